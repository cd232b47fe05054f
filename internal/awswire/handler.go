package awswire

import (
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"ownsight"

	"github.com/google/uuid"
)

// DefaultMaxBody is the largest body that is read when Config.MaxBody is zero: 16 MiB. The largest valid request is a
// dataset update of 5 MiB, a third more in base64.
const DefaultMaxBody = 16 << 20

// Config is what NewHandler needs.
type Config struct {
	Services []Service
	Verifier *Verifier
	Logger   *slog.Logger
	Observe  Observer // may be nil
	MaxBody  int64    // bytes; 0 is DefaultMaxBody
}

// Observer hears of every call just before it is answered, with the request that it came in. It must be quick, and use
// no body.
type Observer func(*http.Request, Call)

// Call is one call as it is about to be answered, for metrics and records. Service and Operation are those of a model,
// and empty where the request names none.
type Call struct {
	ID        string          // of the request, as the client is told
	Caller    ownsight.Caller // empty where the request is not known to be anybody's
	Service   string
	Operation string
	Asked     string   // PREFIX.OPERATION, as the client calls them
	Resources []string // ARNs of what the call is about
	Code      string   // of the error that is answered; empty for success
	Message   string   // of that error
	Status    int      // of HTTP
	Duration  time.Duration
}

// farewell is how long a refused client may go on sending its body.
const farewell = 10 * time.Second

// What logs, metrics and records show for a client that went away; nothing is sent. Without an error, the call was over.
const (
	StatusCancelled = 499
	CodeCancelled   = "ClientDisconnected"
)

// handler serves the operations of all services in every protocol.
type handler struct {
	Config
	table operationTable
}

// NewHandler serves the services over AWS JSON 1.1, and over Smithy RPC v2 CBOR where their models have it. An operation
// that has no handler, or that the model lacks, answers UnknownOperationException: no exception of a model means it, and
// programs act on those as on mistakes of their own. No SDK repeats the call.
func NewHandler(c Config) http.Handler {
	if c.MaxBody == 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.Observe == nil {
		c.Observe = func(*http.Request, Call) {}
	}
	return &handler{c, newOperationTable(c.Services)}
}

// exchange is one call on its way through the handler.
type exchange struct {
	id        string
	started   time.Time
	protocol  *protocol
	target    string
	service   *Service        // unknown until the target is read
	model     *OperationModel // likewise
	caller    ownsight.Caller // empty until the signature is verified
	begun     bool            // to read the body
	late      bool            // is the body; net/http takes the client to be gone, but it may only be slow
	resources []string        // none until the body is read
}

// The service and operation of a request whose target says nothing.
var (
	unknownService   = &Service{Model: &Model{Fault: "InternalFailure"}}
	unknownOperation = &OperationModel{}
)

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{id: uuid.NewString(), started: time.Now(), protocol: protocolOf(r), service: unknownService, model: unknownOperation}
	answer, err := h.call(x, w, r)
	if r.Context().Err() != nil && !x.late { // the client is gone; what went wrong for that reason is nobody's fault
		gone := Error{Status: StatusCancelled}
		if err != nil {
			gone.Code = CodeCancelled
		}
		h.finish(r, x, slog.LevelInfo, gone)
		return
	}
	if err != nil {
		h.refuse(x, w, r, err)
		return
	}
	h.finish(r, x, slog.LevelDebug, Error{Status: http.StatusOK}) // metrics count them; a line each would drown the rest
	x.write(w, http.StatusOK, answer)
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
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != x.media() {
		return nil, &Error{CodeUnsupportedMediaType, "Content-Type must be " + x.media() + ".",
			http.StatusUnsupportedMediaType}
	}
	claim, err := h.Verifier.Claim(r, x.service.Model.SigningName)
	if err != nil {
		return nil, err
	}
	body, err := h.read(x, w, r)
	if err != nil {
		return nil, err
	}
	if err := op.admit(x, claim, body.Bytes()); err != nil {
		recycle(body)
		return nil, err
	}
	if answer, err = op.do(r.Context(), x, body.Bytes()); err == nil {
		recycle(body)
	}
	return answer, err
}

// find finds the operation that the request asks for.
func (h *handler) find(x *exchange, r *http.Request) (operation, error) {
	target, formal := x.protocol.target(r)
	x.target = target
	prefix, name, _ := strings.Cut(target, ".")
	service, known := h.table.prefixes[prefix]
	if known = known && x.protocol.serves(service.Model); known {
		x.service = service
	}
	op, served := h.table.operations[target]
	switch {
	case r.Method != http.MethodPost || !formal || !known || name == "":
		return op, Errorf(CodeUnknownOperation, "The request must be %s.", x.protocol.form)
	case !served:
		return op, Errorf(CodeUnknownOperation, "%s is not served by this version of Ownsight.", truncate(name))
	}
	x.model = op.model
	return op, nil
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
	// A client that still writes its body would see a closed connection in place of the answer. It gets a while for that,
	// and no longer. One that waits to be asked for its body is not asked.
	hasten(w, r)
	if x.begun || r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, h.MaxBody)
	}
	h.finish(r, x, level, *e, more...)
	x.service.Model.nameForQuery(w.Header(), e)
	x.write(w, e.Status, x.protocol.refuse(w.Header(), e, x.id))
}

// hasten has the wait for what is left of a body end with the farewell. One that sets the deadline of its connection for every read is told
// itself: the next read would put off what the connection alone was told.
func hasten(w http.ResponseWriter, r *http.Request) {
	type deadliner interface{ SetReadDeadline(time.Time) error }
	line := deadliner(http.NewResponseController(w))
	if body, ok := r.Body.(deadliner); ok {
		line = body
	}
	_ = line.SetReadDeadline(time.Now().Add(farewell)) // fails where the connection has none
}

// media is the content type of the request and of its answer.
func (x *exchange) media() string { return x.protocol.media(x.service.Model) }

func (x *exchange) write(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	x.protocol.mark(h)
	h.Set("Content-Type", x.media())
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Amzn-RequestId", x.id)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// finish leaves one line in the log and tells the observer, before the answer goes out: what a client knows to have
// happened has been recorded. Neither headers nor bodies are ever logged.
func (h *handler) finish(r *http.Request, x *exchange, level slog.Level, answer Error, more ...any) {
	took := time.Since(x.started)
	attributes := append(x.attributes(), "status", answer.Status, "duration", took)
	if answer.Code != "" {
		attributes = append(attributes, "error", answer.Code)
	}
	h.Logger.Log(r.Context(), level, "request", append(attributes, more...)...)
	h.Observe(r, Call{
		ID: x.id, Caller: x.caller, Service: x.service.Model.Name, Operation: x.model.Name, Asked: x.target,
		Resources: x.resources, Code: answer.Code, Message: answer.Message, Status: answer.Status, Duration: took,
	})
}

func (x *exchange) attributes() []any {
	attributes := []any{"request", x.id, "service", x.service.Model.Name, "operation", x.model.Name}
	if x.caller.Account != "" {
		attributes = append(attributes, "account", x.caller.Account)
	}
	return attributes
}
