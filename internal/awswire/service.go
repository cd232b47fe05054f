package awswire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"ownsight"
)

// Service is a service model with the code that serves it.
type Service struct {
	Model    *Model
	Handlers []Handler

	// MapError turns an error of the domain into the service's words; nil means that it is an internal fault.
	// Handlers may return an *Error as well, which is not mapped.
	MapError func(error) *Error

	// Authorize refuses a call with an error of the domain. It sees the checked input and runs before the handler;
	// nil allows everything to everybody who can sign.
	Authorize func(ctx context.Context, c ownsight.Caller, operation string, input any) error

	// Shed refuses a call with an error of the domain before its body is hashed, so that a flood costs as little as may
	// be. Who has sent the body is not proven yet: claimed is whom the request says to be from, by the id of an access key,
	// and the body may be anything. So the error must tell a stranger no more than that the server is busy, and who knows
	// an id no more than that about the account that it belongs to. Metrics and records have the refusal without a caller.
	// Shed is quick, and neither changes nor keeps the body; nil refuses nothing.
	Shed func(claimed ownsight.Caller, operation string, body []byte) error

	// Resources names what a call is about, as ARNs, for Call.Resources. It sees the checked input; nil names nothing.
	// What a call makes, its answer names.
	Resources func(c ownsight.Caller, operation string, input any) []string
}

// operation is one served operation together with its service.
type operation struct {
	service *Service
	Handler
}

// operationTable finds what a target names: PREFIX.OPERATION, as in an X-Amz-Target.
type operationTable struct {
	prefixes   map[string]*Service
	operations map[string]operation // by target
}

// newOperationTable panics when two services share a target or an operation has two handlers, as http.ServeMux does.
func newOperationTable(services []Service) operationTable {
	t := operationTable{map[string]*Service{}, map[string]operation{}}
	for i := range services {
		s := &services[i]
		if t.prefixes[s.Model.TargetPrefix] != nil {
			panic("awswire: two services with the target " + s.Model.TargetPrefix)
		}
		t.prefixes[s.Model.TargetPrefix] = s
		for _, h := range s.Handlers {
			target := s.Model.TargetPrefix + "." + h.model.Name
			if _, ok := t.operations[target]; ok || !slices.Contains(s.Model.Operations, h.model) {
				panic("awswire: " + target + " is served twice or is not in the model of " + s.Model.Name)
			}
			t.operations[target] = operation{s, h}
		}
	}
	return t
}

// admit refuses a call that the service has no room for, or finds out who has sent it.
func (o *operation) admit(x *exchange, c *Claim, body []byte) (err error) {
	if o.service.Shed != nil {
		if err := o.service.Shed(c.Caller(), o.model.Name, body); err != nil {
			return err
		}
	}
	x.caller, err = c.Verify(body)
	return err
}

// do runs one call whose sender is known: body, constraints, authorisation, handler, answer.
func (o *operation) do(ctx context.Context, x *exchange, body []byte) ([]byte, error) {
	in := o.input()
	if err := x.protocol.decode(body, o.model.Input, in); err != nil {
		return nil, err
	}
	if err := validate(o.model.Input, in); err != nil {
		return nil, err
	}
	if o.service.Resources != nil {
		x.resources = o.service.Resources(x.caller, o.model.Name, in)
	}
	if o.service.Authorize != nil {
		if err := o.service.Authorize(ctx, x.caller, o.model.Name, in); err != nil {
			return nil, err
		}
	}
	out, err := o.serve(ctx, x.caller, in)
	if err != nil {
		return nil, err
	}
	x.resources = append(x.resources, made(o.model.Output, out)...)
	answer, err := x.protocol.encode(o.model.Output, out)
	if err != nil {
		return nil, fmt.Errorf("encode the output of %s: %w", o.model.Name, err)
	}
	return answer, nil
}

// made gives the ARNs that an answer names: those of what the call has made.
func made(shape *Shape, out any) (arns []string) {
	fields := reflect.ValueOf(out).Elem()
	for i, member := range shape.Members {
		if arn, ok := fields.Field(i).Interface().(*string); ok && arn != nil && strings.HasSuffix(member.Name, "Arn") {
			arns = append(arns, *arn)
		}
	}
	return arns
}

// wireError gives the words and the status in which a client hears of err. Of an internal fault it hears nothing but
// that it happened.
func (s *Service) wireError(err error) (e *Error, internal bool) {
	var known *Error
	if !errors.As(err, &known) && s.MapError != nil {
		known = s.MapError(err)
	}
	if known == nil {
		return &Error{s.Model.Fault, "An internal error occurred. The log has the cause under the request id.",
			http.StatusInternalServerError}, true
	}
	answer := *known
	if answer.Status == 0 {
		answer.Status = s.Model.Statuses[answer.Code]
	}
	if answer.Status == 0 {
		answer.Status = http.StatusBadRequest
	}
	return &answer, false
}

// unexpected reports whether code is an exception of the service that this operation does not model.
func (o *OperationModel) unexpected(m *Model, code string) bool {
	return m.Statuses[code] != 0 && !slices.Contains(o.Errors, code)
}
