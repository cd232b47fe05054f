package awswire

import (
	"fmt"
	"net/http"
)

// Errors that AWS front ends answer for every service; they are in no service's model. See "Common errors" in the
// AWS API references. Status is 400 where nothing else is said.
const (
	CodeAccessDenied          = "AccessDeniedException"
	CodeExpiredToken          = "ExpiredTokenException"
	CodeIncompleteSignature   = "IncompleteSignatureException"
	CodeInvalidSignature      = "InvalidSignatureException"
	CodeMissingAuthentication = "MissingAuthenticationTokenException"
	CodeRequestTimeout        = "RequestTimeoutException"        // which SDKs try again
	CodeRequestTooLarge       = "RequestEntityTooLargeException" // 413
	CodeSerialization         = "SerializationException"
	CodeUnknownOperation      = "UnknownOperationException"
	CodeUnrecognizedClient    = "UnrecognizedClientException"
	CodeUnsupportedMediaType  = "UnsupportedMediaTypeException" // 415
	CodeValidation            = "ValidationException"
)

// Error is an answer other than success, in the words that the client reads. Anything else that a handler returns and
// Service.MapError does not know is an internal fault: the client sees the request id, the log the cause.
type Error struct {
	Code    string
	Message string
	Status  int // HTTP status; 0 is that of the service model, or 400
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes an Error with the status of the service model.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// nameForQuery says in a header what an error was called in the query protocol.
//
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait
func (m *Model) nameForQuery(h http.Header, e *Error) {
	if m.QueryCodes == nil {
		return
	}
	code, fault := e.Code, "Sender"
	if old, ok := m.QueryCodes[code]; ok {
		code = old
	}
	if e.Status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	h.Set("X-Amzn-Query-Error", code+";"+fault)
}

func tooLarge(limit int64) *Error {
	return &Error{
		Code:    CodeRequestTooLarge,
		Message: fmt.Sprintf("The request body is larger than %d bytes.", limit),
		Status:  http.StatusRequestEntityTooLarge,
	}
}
