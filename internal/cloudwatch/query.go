package cloudwatch

import (
	"fmt"
	"net/http"
	"time"

	"ownsight/internal/awswire"

	"github.com/google/uuid"
)

// NewOldProtocol refuses requests in the query protocol, which CloudWatch's clients spoke until 2025, in words that those
// clients can show.
func NewOldProtocol(observe awswire.Observer) http.Handler {
	const code, message = "InvalidAction", "CloudWatch is served over Smithy RPC v2 CBOR and AWS JSON 1.0, not over the query protocol of older SDKs. Use a later version of the SDK."
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started, id := time.Now(), uuid.NewString()
		w.Header().Set("Content-Type", "text/xml")
		w.Header().Set("X-Amzn-RequestId", id)
		observe(r, awswire.Call{ID: id, Service: Model.Name, Code: code, Message: message, Status: http.StatusBadRequest, Duration: time.Since(started)})
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `<ErrorResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>`,
			code, message, id)
	})
}
