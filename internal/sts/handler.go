// Package sts answers GetCallerIdentity of the AWS Security Token Service, so that a client can ask who it is before
// it does anything else. The service speaks the AWS query protocol: a form in, XML out, errors with status 403.
package sts

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"ownsight/internal/awswire"

	"github.com/google/uuid"
)

const (
	signingName = "sts"
	action      = "GetCallerIdentity"
	version     = "2011-06-15"
	maxBody     = 64 << 10
)

type handler struct {
	verifier *awswire.Verifier
	logger   *slog.Logger
	observe  awswire.Observer
}

// NewHandler serves GetCallerIdentity, as a form that is posted or as a presigned GET, and tells an observer.
func NewHandler(v *awswire.Verifier, logger *slog.Logger, observe awswire.Observer) http.Handler {
	return &handler{v, logger, observe}
}

type identityResponse struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	ARN       string   `xml:"GetCallerIdentityResult>Arn"`
	UserID    string   `xml:"GetCallerIdentityResult>UserId"`
	Account   string   `xml:"GetCallerIdentityResult>Account"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

type errorResponse struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Type      string   `xml:"Error>Type"` // Sender or Receiver: who is at fault
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	call := awswire.Call{ID: uuid.NewString(), Service: signingName, Status: http.StatusOK}
	level, attributes := slog.LevelDebug, []any{"request", call.ID, "service", signingName, "operation", action}
	var answer any
	if err := h.identify(&call, w, r); err != nil {
		e := queryError(err)
		call.Code, call.Message, call.Status = e.Code, e.Message, e.Status
		fault := "Sender"
		level = slog.LevelInfo
		if e.Status >= http.StatusInternalServerError {
			fault, level = "Receiver", slog.LevelError
			attributes = append(attributes, "cause", err)
		}
		attributes = append(attributes, "error", e.Code)
		answer = errorResponse{Type: fault, Code: e.Code, Message: e.Message, RequestID: call.ID}
	} else {
		answer = identityResponse{
			ARN: call.Caller.ARN(), UserID: call.Caller.ID(), Account: call.Caller.Account, RequestID: call.ID,
		}
	}
	call.Duration = time.Since(started)
	attributes = append(attributes, "account", call.Caller.Account, "status", call.Status, "duration", call.Duration)
	h.logger.Log(r.Context(), level, "request", attributes...)
	h.observe(r, call)
	write(w, call.ID, call.Status, answer)
}

// identify finds out who calls and what for, and checks that it is the action that is served.
func (h *handler) identify(call *awswire.Call, w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return &awswire.Error{
			Code: "RequestEntityTooLarge", Message: "The request is too large.", Status: http.StatusRequestEntityTooLarge,
		}
	}
	form, malformed := r.URL.Query(), error(nil)
	if r.Method == http.MethodPost {
		form, malformed = url.ParseQuery(string(body))
	}
	call.Asked = form.Get("Action")
	if call.Asked == action && form.Get("Version") == version {
		call.Operation = action
	}
	claim, err := h.verifier.Claim(r, signingName)
	if err != nil {
		return err
	}
	if call.Caller, err = claim.Verify(body); err != nil {
		return err
	}
	switch {
	case malformed != nil:
		return &awswire.Error{
			Code: "MalformedQueryString", Message: "The body is not a form.", Status: http.StatusBadRequest,
		}
	case call.Operation == "":
		return &awswire.Error{
			Code:    "InvalidAction",
			Message: "Only the action " + action + " of version " + version + " is served by this version of Ownsight.",
			Status:  http.StatusBadRequest,
		}
	}
	return nil
}

// queryCodes gives the names and statuses that services of the query protocol have for failed signatures.
var queryCodes = map[string]awswire.Error{
	awswire.CodeMissingAuthentication: {Code: "MissingAuthenticationToken", Status: http.StatusForbidden},
	awswire.CodeIncompleteSignature:   {Code: "IncompleteSignature", Status: http.StatusBadRequest},
	awswire.CodeUnrecognizedClient:    {Code: "InvalidClientTokenId", Status: http.StatusForbidden},
	awswire.CodeInvalidSignature:      {Code: "SignatureDoesNotMatch", Status: http.StatusForbidden},
	awswire.CodeExpiredToken:          {Code: "ExpiredToken", Status: http.StatusForbidden},
}

func queryError(err error) awswire.Error {
	var known *awswire.Error
	if !errors.As(err, &known) {
		return awswire.Error{
			Code:    "InternalFailure",
			Message: "An internal error occurred. The log has the cause under the request id.",
			Status:  http.StatusInternalServerError,
		}
	}
	e, ok := queryCodes[known.Code]
	if !ok {
		return *known
	}
	e.Message = known.Message
	return e
}

func write(w http.ResponseWriter, id string, status int, answer any) {
	var b bytes.Buffer
	encoder := xml.NewEncoder(&b)
	encoder.Indent("", "  ")
	_ = encoder.Encode(answer) // plain strings into memory
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("X-Amzn-RequestId", id)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
