// Package sts answers GetCallerIdentity of the AWS Security Token Service, so that a client can ask who it is before
// it does anything else. The service speaks the AWS query protocol: a form in, XML out, errors with status 403.
package sts

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"ownsight"
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
}

// NewHandler serves GetCallerIdentity, as a form that is posted or as a presigned GET.
func NewHandler(v *awswire.Verifier, logger *slog.Logger) http.Handler { return &handler{v, logger} }

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
	started, id := time.Now(), uuid.NewString()
	level, attributes := slog.LevelDebug, []any{"request", id, "service", signingName, "operation", action}
	caller, err := h.identify(w, r)
	status := http.StatusOK
	if err != nil {
		e := queryError(err)
		answer := errorResponse{Type: "Sender", Code: e.Code, Message: e.Message, RequestID: id}
		level = slog.LevelInfo
		if status = e.Status; status >= http.StatusInternalServerError {
			answer.Type, level = "Receiver", slog.LevelError
			attributes = append(attributes, "cause", err)
		}
		attributes = append(attributes, "error", e.Code)
		write(w, id, status, answer)
	} else {
		write(w, id, status, identityResponse{
			ARN: caller.ARN(), UserID: userID(caller), Account: caller.Account, RequestID: id,
		})
	}
	attributes = append(attributes, "account", caller.Account, "status", status, "duration", time.Since(started))
	h.logger.Log(r.Context(), level, "request", attributes...)
}

// identify checks the signature and that the action is the one that is served.
func (h *handler) identify(w http.ResponseWriter, r *http.Request) (ownsight.Caller, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return ownsight.Caller{}, &awswire.Error{
			Code: "RequestEntityTooLarge", Message: "The request is too large.", Status: http.StatusRequestEntityTooLarge,
		}
	}
	claim, err := h.verifier.Claim(r, signingName)
	if err != nil {
		return ownsight.Caller{}, err
	}
	caller, err := claim.Verify(body)
	if err != nil {
		return ownsight.Caller{}, err
	}
	form := r.URL.Query()
	if r.Method == http.MethodPost {
		if form, err = url.ParseQuery(string(body)); err != nil {
			return caller, &awswire.Error{
				Code: "MalformedQueryString", Message: "The body is not a form.", Status: http.StatusBadRequest,
			}
		}
	}
	if form.Get("Action") != action || form.Get("Version") != version {
		return caller, &awswire.Error{
			Code:    "InvalidAction",
			Message: "Only the action " + action + " of version " + version + " is served by this version of Ownsight.",
			Status:  http.StatusBadRequest,
		}
	}
	return caller, nil
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

// userID is the unique id that IAM gives a user; here it follows from the name. That of the root is the account.
func userID(c ownsight.Caller) string {
	if c.IsRoot() {
		return c.Account
	}
	sum := sha256.Sum256([]byte(c.ARN()))
	return "AIDA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
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
