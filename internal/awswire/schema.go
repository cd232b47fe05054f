package awswire

import (
	"context"
	"fmt"

	"ownsight"

	"github.com/dlclark/regexp2/v2"
)

// Kind is the type of a shape in the Smithy model of a service.
type Kind uint8

// The kinds and the Go types that carry them. A member of a structure is optional, so there scalars and structures
// are pointers; items of lists are plain values.
const (
	Structure Kind = iota + 1 // struct
	List                      // slice
	Map                       // map[string]string, or map[string]float64
	String                    // string, or a named string type for an enum
	Blob                      // []byte
	Boolean                   // bool
	Integer                   // int32
	Long                      // int64
	Float                     // a float of the model; held and written as float64, so that figures lose nothing
	Double                    // float64
	Timestamp                 // time.Time
)

// Shape is one shape of a service model with all its constraints.
type Shape struct {
	Kind    Kind
	Members []Member // of a structure: the i-th describes the i-th field of the Go struct
	Key     *Shape   // of a map
	Item    *Shape   // of a list; of a map, its value

	// Min and Max bound the characters of a string, the bytes of a blob, the items of a list or map, and the value of
	// a number; nil is unbounded.
	Min, Max *float64
	Pattern  *Pattern // a string must match it in full
	Enum     []string // a string must be one of these

	Sensitive bool // the value is never repeated in a message
}

// Member is one member of a structure under its name on the wire.
type Member struct {
	Name     string
	Shape    *Shape
	Required bool
}

// Pattern is a regular expression of the service model. Models use the dialect of Java, look-around included, which
// RE2 lacks.
type Pattern struct {
	text string
	re   *regexp2.Regexp
}

// MustPattern compiles a pattern of the service model; it panics on one that cannot be compiled.
func MustPattern(text string) *Pattern {
	return &Pattern{text: text, re: regexp2.MustCompile(`\A(?:` + text + `)\z`)}
}

func (p *Pattern) match(s string) bool {
	ok, err := p.re.MatchString(s)
	return ok && err == nil
}

// Model is a service as its clients know it.
type Model struct {
	Name         string // for logs and metrics
	SigningName  string // service in the credential scope
	TargetPrefix string // X-Amz-Target is TargetPrefix.Operation; what Smithy calls the name of the service
	Fault        string // exception that stands for an internal fault
	CBOR         bool   // clients may speak Smithy RPC v2 CBOR as well as AWS JSON
	JSON10       bool   // which is 1.0, not 1.1
	Operations   []*OperationModel
	Statuses     map[string]int // HTTP status of every exception that some operation knows

	// QueryCodes are what exceptions were called in the query protocol, for services that spoke it once: their clients go by
	// those names still. Nil for services that never did.
	QueryCodes map[string]string
}

// OperationModel is one operation of a service.
type OperationModel struct {
	Name   string
	Input  *Shape
	Output *Shape
	Errors []string // the exceptions that clients decode by type; any other is an untyped error to them
}

// Operation is an OperationModel together with the Go structs of its input and output.
type Operation[I, O any] struct{ OperationModel }

// Handler is an operation with the code that serves it; Operation.Handle makes it.
type Handler struct {
	model *OperationModel
	input func() any // a new, empty input
	serve func(context.Context, ownsight.Caller, any) (any, error)
}

// Handle binds an operation to the function that serves it. The function gets an input that satisfies every constraint
// of the model, so required members are not nil. Blobs of the input lie in memory that another request is read into once
// the function has returned without an error.
func (o *Operation[I, O]) Handle(f func(context.Context, ownsight.Caller, *I) (*O, error)) Handler {
	return Handler{
		model: &o.OperationModel,
		input: func() any { return new(I) },
		serve: func(ctx context.Context, c ownsight.Caller, in any) (any, error) {
			out, err := f(ctx, c, in.(*I))
			if err != nil {
				return nil, err
			}
			if out == nil {
				return nil, fmt.Errorf("%s: handler returned neither output nor error", o.Name)
			}
			return out, nil
		},
	}
}
