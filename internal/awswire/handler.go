package awswire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"ownsight"

	"github.com/google/uuid"
)

const contentType = "application/x-amz-json-1.1"

// DefaultMaxBody is the largest body that is read when Config.MaxBody is zero: 16 MiB. The largest valid request is a
// dataset update of 5 MiB, a third more in base64.
const DefaultMaxBody = 16 << 20

// Config is what NewHandler needs.
type Config struct {
	Services []Service
	Verifier *Verifier
	Logger   *slog.Logger
	Observe  func(Call) // hears of every call when it is over; may be nil
	MaxBody  int64      // bytes; 0 is DefaultMaxBody
}

// Call is one finished call, for metrics. Service and Operation are empty where the target is not known.
type Call struct {
	Service   string
	Operation string
	Code      string // of the error that was answered; empty for success
	Status    int
	Duration  time.Duration
}

// trustedLength is how much memory a Content-Length is given before its bytes have come.
const trustedLength = 1 << 20

// farewell is how long a refused client may go on sending its body.
const farewell = 10 * time.Second

// statusCancelled is what logs and metrics show for a client that went away; nothing is sent.
const statusCancelled = 499

// handler serves POST / with an X-Amz-Target.
type handler struct {
	Config
	table operationTable
}

// NewHandler serves AWS JSON 1.1 for the services. An operation that has no handler, or that the model lacks, answers
// UnknownOperationException: no exception of a model means it, and programs act on those as on mistakes of their own.
// No SDK repeats the call.
func NewHandler(c Config) http.Handler {
	if c.MaxBody == 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.Observe == nil {
		c.Observe = func(Call) {}
	}
	return &handler{c, newOperationTable(c.Services)}
}

// exchange is one call on its way through the handler.
type exchange struct {
	id      string
	started time.Time
	service *Service        // unknown until the target is read
	model   *OperationModel // likewise
	caller  ownsight.Caller
}

// The service and operation of a request whose target says nothing.
var (
	unknownService   = &Service{Model: &Model{Fault: "InternalFailure"}}
	unknownOperation = &OperationModel{}
)

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{id: uuid.NewString(), started: time.Now(), service: unknownService, model: unknownOperation}
	answer, err := h.call(x, w, r)
	if r.Context().Err() != nil { // the client is gone; what went wrong for that reason is nobody's fault
		h.finish(r.Context(), x, slog.LevelInfo, statusCancelled, "")
		return
	}
	if err != nil {
		h.refuse(x, w, r, err)
		return
	}
	x.write(w, http.StatusOK, answer)
	h.finish(r.Context(), x, slog.LevelDebug, http.StatusOK, "") // metrics count them; a line each would drown the rest
}

// call takes a request through the steps of the package comment.
func (h *handler) call(x *exchange, w http.ResponseWriter, r *http.Request) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // the very value that net/http panics with
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		} else if p != nil {
			panic(p)
		}
	}()
	op, err := h.find(x, r)
	if err != nil {
		return nil, err
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != contentType {
		return nil, &Error{CodeUnsupportedMediaType, "Content-Type must be " + contentType + ".",
			http.StatusUnsupportedMediaType}
	}
	claim, err := h.Verifier.Claim(r, x.service.Model.SigningName)
	if err != nil {
		return nil, err
	}
	body, err := h.read(w, r)
	if err != nil {
		return nil, err
	}
	if x.caller, err = claim.Verify(body); err != nil {
		return nil, err
	}
	return op.do(r.Context(), x.caller, body)
}

// find finds the operation that the target names. The target of a presigned request may lie in its query.
func (h *handler) find(x *exchange, r *http.Request) (operation, error) {
	target := r.Header.Get("X-Amz-Target")
	if target == "" {
		target = r.URL.Query().Get("X-Amz-Target")
	}
	prefix, name, _ := strings.Cut(target, ".")
	service, known := h.table.prefixes[prefix]
	if known {
		x.service = service
	}
	op, served := h.table.operations[target]
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/" || !known || name == "":
		return op, Errorf(CodeUnknownOperation, "The request must be POST / with an X-Amz-Target of a known service.")
	case !served:
		return op, Errorf(CodeUnknownOperation, "%s is not served by this version of Ownsight.", truncate(name))
	}
	x.model = op.model
	return op, nil
}

// read takes the body in, up to the limit.
func (h *handler) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > h.MaxBody {
		return nil, tooLarge(h.MaxBody)
	}
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 0), trustedLength)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, h.MaxBody))
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		return nil, tooLarge(h.MaxBody)
	case err != nil:
		return nil, Errorf(CodeSerialization, "The request body ended early.")
	}
	return body.Bytes(), nil
}

// refuse answers an error.
func (h *handler) refuse(x *exchange, w http.ResponseWriter, r *http.Request, err error) {
	e, internal := x.service.wireError(err)
	level := slog.LevelInfo
	var more []any
	switch {
	case internal:
		level, more = slog.LevelError, []any{"cause", err}
	case x.model.unexpected(x.service.Model, e.Code):
		level, more = slog.LevelWarn, []any{"unexpected", "clients do not know this error of the operation"}
	}
	// A client that still writes its body would see a closed connection in place of the answer.
	// It gets a while for that, and no longer.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(farewell))
	_, _ = io.CopyN(io.Discard, r.Body, h.MaxBody)
	w.Header().Set("X-Amzn-ErrorType", e.Code)
	x.write(w, e.Status, x.errorBody(e))
	h.finish(r.Context(), x, level, e.Status, e.Code, more...)
}

// errorBody has the code under every name that some SDK looks for: botocore reads __type alone, others Code or the
// header.
func (x *exchange) errorBody(e *Error) []byte {
	b := appendString([]byte(`{"__type":`), e.Code)
	b = appendString(append(b, `,"Code":`...), e.Code)
	b = appendString(append(b, `,"Message":`...), e.Message)
	b = appendString(append(b, `,"Logref":`...), x.id)
	return append(b, '}')
}

func (x *exchange) write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-RequestId", x.id)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// finish leaves one line in the log and tells the metrics. Neither headers nor bodies are ever logged.
func (h *handler) finish(ctx context.Context, x *exchange, level slog.Level, status int, code string, more ...any) {
	took := time.Since(x.started)
	attributes := append(x.attributes(), "status", status, "duration", took)
	if code != "" {
		attributes = append(attributes, "error", code)
	}
	h.Logger.Log(ctx, level, "request", append(attributes, more...)...)
	h.Observe(Call{x.service.Model.Name, x.model.Name, code, status, took})
}

func (x *exchange) attributes() []any {
	attributes := []any{"request", x.id, "service", x.service.Model.Name, "operation", x.model.Name}
	if x.caller.Account != "" {
		attributes = append(attributes, "account", x.caller.Account)
	}
	return attributes
}
