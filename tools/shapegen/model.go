package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// model is the part of a botocore service-2.json that clients can see on the wire.
type model struct {
	Metadata struct {
		EndpointPrefix string   `json:"endpointPrefix"`
		SigningName    string   `json:"signingName"`
		ServiceID      string   `json:"serviceId"`
		TargetPrefix   string   `json:"targetPrefix"`
		Protocols      []string `json:"protocols"`
		JSONVersion    string   `json:"jsonVersion"`

		// there, and empty, where the service spoke the query protocol once
		QueryCompatible *struct{} `json:"awsQueryCompatible"`
	} `json:"metadata"`
	Operations map[string]operation      `json:"operations"`
	Shapes     map[string]jsontext.Value `json:"shapes"`
}

type operation struct {
	Name   string `json:"name"`
	Input  ref    `json:"input"`
	Output ref    `json:"output"`
	Errors []ref  `json:"errors"`
}

type ref struct {
	Shape         string         `json:"shape"`
	Documentation jsontext.Value `json:"documentation"`
}

// shape lists every trait that the generator understands; any other fails the generation, so that a constraint of a
// newer model cannot get lost unnoticed.
type shape struct {
	Type          string         `json:"type"`
	Members       members        `json:"members"`
	Required      []string       `json:"required"`
	Member        *ref           `json:"member"`
	Key           *ref           `json:"key"`
	Value         *ref           `json:"value"`
	Min           *float64       `json:"min"`
	Max           *float64       `json:"max"`
	Pattern       string         `json:"pattern"`
	Enum          []string       `json:"enum"`
	Sensitive     bool           `json:"sensitive"`
	Exception     bool           `json:"exception"`
	Fault         bool           `json:"fault"`
	Box           bool           `json:"box"`
	Error         *errorTrait    `json:"error"`
	Documentation jsontext.Value `json:"documentation"`

	// of exceptions and the query protocol alone
	Synthetic bool     `json:"synthetic"`
	XMLOrder  []string `json:"xmlOrder"`
}

type errorTrait struct {
	HTTPStatusCode int    `json:"httpStatusCode"`
	Code           string `json:"code"` // in the query protocol
	SenderFault    bool   `json:"senderFault"`
}

// members keeps the order of the model, which the generated struct and its schema share.
type members []member

type member struct {
	Name string
	ref
}

func (m *members) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		one := member{Name: name.String()}
		if err := json.UnmarshalDecode(dec, &one.ref, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		*m = append(*m, one)
	}
	_, err := dec.ReadToken()
	return err
}

// service is the model cut down to what a list of operations reaches.
type service struct {
	model
	operations []operation
	shapes     map[string]*shape
	names      []string // of shapes, sorted
	faults     []string // exceptions, sorted
}

func cut(m model, wanted []string) (*service, error) {
	s := &service{model: m, shapes: map[string]*shape{}}
	for _, name := range wanted {
		op, ok := m.Operations[name]
		if !ok {
			return nil, fmt.Errorf("the model has no operation %q", name)
		}
		s.operations = append(s.operations, op)
		for _, r := range append([]ref{op.Input, op.Output}, op.Errors...) {
			if err := s.reach(r.Shape, nil); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.shapes)) {
		if s.shapes[name].Exception {
			s.faults = append(s.faults, name)
		} else {
			s.names = append(s.names, name)
		}
	}
	return s, nil
}

// reach takes over a shape and all that it refers to. The way to it is in above: schemas are Go literals that point
// at each other, which a recursive shape could not be.
func (s *service) reach(name string, above []string) error {
	if slices.Contains(above, name) {
		return fmt.Errorf("shape %s is recursive", name)
	}
	if s.shapes[name] != nil {
		return nil
	}
	raw, ok := s.Shapes[name]
	if !ok {
		return fmt.Errorf("the model has no shape %q", name)
	}
	sh := new(shape)
	if err := json.Unmarshal(raw, sh, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("shape %s: %w", name, err)
	}
	if !sh.Exception {
		if _, ok := kinds[sh.Type]; !ok {
			return fmt.Errorf("shape %s: unknown type %q", name, sh.Type)
		}
		above = append(above, name)
		for _, r := range sh.refs() {
			if err := s.reach(r.Shape, above); err != nil {
				return err
			}
		}
		if sh.Type == "map" && (s.goType(sh.Key.Shape) != "string" || !plain[s.goType(sh.Value.Shape)]) {
			return fmt.Errorf("shape %s: only maps of plain strings or numbers are supported", name)
		}
	}
	s.shapes[name] = sh
	return nil
}

// plain are the Go types that a map may hold.
var plain = map[string]bool{"string": true, "float64": true}

func (sh *shape) refs() (all []ref) {
	for _, m := range sh.Members {
		all = append(all, m.ref)
	}
	for _, r := range []*ref{sh.Member, sh.Key, sh.Value} {
		if r != nil {
			all = append(all, *r)
		}
	}
	return all
}

// status is the HTTP status of an exception: its own, or 500 for a fault of the service, or 400.
func (sh *shape) status() int {
	switch {
	case sh.Error != nil:
		return sh.Error.HTTPStatusCode
	case sh.Fault:
		return 500
	}
	return 400
}
