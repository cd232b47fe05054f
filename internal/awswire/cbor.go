package awswire

import (
	"fmt"
	"net/http"

	"strings"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"
)

// IsCBOR tells a request of Smithy's RPC v2 CBOR protocol: POST /service/NAME/operation/OPERATION.
// See https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html.
func IsCBOR(r *http.Request) bool {
	return r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" && strings.HasPrefix(r.URL.Path, "/service/")
}

// RefuseCBOR answers that the operation is not served, in that protocol, so that a client hears the reason and not a
// broken answer. Clients look for the code in __type and for the text in message or Message.
func RefuseCBOR(w http.ResponseWriter, r *http.Request) {
	text := fmt.Sprintf("%s is not served by this version of Ownsight.", truncate(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]))
	body, err := cbor.Marshal(map[string]string{"__type": CodeUnknownOperation, "message": text, "Message": text})
	if err != nil {
		panic(err) // strings only
	}
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("X-Amzn-RequestId", uuid.NewString())
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(body)
}
