package awswire

import (
	"net/http"
	"strings"
)

// protocol is how calls and answers lie in HTTP; what they mean is the same in all of them.
type protocol struct {
	form  string              // of requests, to tell a client that got it wrong
	media func(*Model) string // the content type of requests and answers

	// target gives what a request asks for as PREFIX.OPERATION, and whether it asks in the form of the protocol.
	target func(*http.Request) (target string, formal bool)
	serves func(*Model) bool // whether clients of the service may speak it
	decode func(body []byte, s *Shape, into any) error
	encode func(s *Shape, out any) ([]byte, error)
	mark   func(http.Header)                               // as an answer, whatever it says
	refuse func(h http.Header, e *Error, id string) []byte // puts an error into the header and gives the body
}

// protocolOf tells what a request speaks.
func protocolOf(r *http.Request) *protocol {
	if IsCBOR(r) {
		return &rpcCBOR
	}
	return &awsJSON
}

var awsJSON = protocol{
	form:   "POST / with an X-Amz-Target of a known service",
	media:  jsonMedia,
	target: jsonTarget,
	serves: func(*Model) bool { return true },
	decode: decodeJSON,
	encode: encodeJSON,
	mark:   func(http.Header) {},
	refuse: refuseJSON,
}

func jsonMedia(m *Model) string {
	if m.JSON10 {
		return "application/x-amz-json-1.0"
	}
	return "application/x-amz-json-1.1"
}

// jsonTarget reads the target in the header, or in the query of a presigned request.
func jsonTarget(r *http.Request) (string, bool) {
	target := r.Header.Get("X-Amz-Target")
	if target == "" {
		target = r.URL.Query().Get("X-Amz-Target")
	}
	return target, r.URL.Path == "/"
}

// refuseJSON has the code under every name that some SDK looks for: botocore reads __type alone, others Code or the
// header.
func refuseJSON(h http.Header, e *Error, id string) []byte {
	h.Set("X-Amzn-ErrorType", e.Code)
	b := appendString([]byte(`{"__type":`), e.Code)
	b = appendString(append(b, `,"Code":`...), e.Code)
	b = appendString(append(b, `,"Message":`...), e.Message)
	b = appendString(append(b, `,"Logref":`...), id)
	return append(b, '}')
}

var rpcCBOR = protocol{
	form:   "POST /service/SERVICE/operation/OPERATION of a known service, and have no X-Amz-Target",
	media:  func(*Model) string { return "application/cbor" },
	target: cborTarget,
	serves: func(m *Model) bool { return m.CBOR },
	decode: decodeCBOR,
	encode: encodeCBOR,
	mark:   func(h http.Header) { h.Set(smithyProtocol, rpcV2CBOR) }, // without it clients do not read the body
	refuse: refuseCBOR,
}

const (
	smithyProtocol = "Smithy-Protocol"
	rpcV2CBOR      = "rpc-v2-cbor"
)

// IsCBOR tells a request of Smithy RPC v2 CBOR, which says so itself.
// See https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html.
func IsCBOR(r *http.Request) bool { return r.Header.Get(smithyProtocol) == rpcV2CBOR }

// cborTarget reads the last four segments of the path: the protocol lets anything come before them, and a service be
// called by its name with that of its namespace. A target in the header, which somebody on the way could go by, is
// forbidden.
func cborTarget(r *http.Request) (target string, formal bool) {
	segments := strings.Split(r.URL.Path, "/")
	n := len(segments)
	if n < 5 || segments[n-4] != "service" || segments[n-2] != "operation" {
		return "", false
	}
	service, operation := segments[n-3], segments[n-1]
	service = service[strings.LastIndexByte(service, '.')+1:]
	return service + "." + operation, r.Header.Get("X-Amz-Target") == "" && r.Header.Get("X-Amzn-Target") == ""
}

// refuseCBOR puts the error into the body alone. The Go SDK looks for the text of a modelled exception under the name
// that the model has, Message, and for any other under message.
func refuseCBOR(_ http.Header, e *Error, _ string) []byte {
	b := appendHead(nil, majorMap, 3)
	b = appendText(appendText(b, "__type"), e.Code)
	b = appendText(appendText(b, "message"), e.Message)
	return appendText(appendText(b, "Message"), e.Message)
}
