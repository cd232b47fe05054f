package policy

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ownsight"
)

// place is where in a document something is, in the words of an error: Statement[1] (Sid "Read").Action.
type place string

func (at place) member(name string) place { return at + place("."+name) }

func (at place) malformed(format string, args ...any) error {
	return ownsight.Errorf(ownsight.MalformedPolicy, "%s: %s", at, fmt.Sprintf(format, args...))
}

// parseObject reads a JSON object into the struct that names all its members.
func parseObject(v jsontext.Value, into any, at place) error {
	if k := v.Kind(); k != '{' && k != jsontext.KindInvalid {
		return at.malformed("must be a JSON object")
	}
	err := json.Unmarshal(v, into, json.RejectUnknownMembers(true))
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return at.malformed("the member %s appears twice", strings.TrimPrefix(string(syntax.JSONPointer), "/"))
	case errors.As(err, &syntax):
		return at.malformed("is not JSON, at byte %d: %v", syntax.ByteOffset, syntax.Err)
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return at.malformed("%s", unknownMember(semantic.JSONPointer.LastToken(), into))
	}
	return at.malformed("%v", err)
}

func unknownMember(name string, of any) string {
	t := reflect.TypeOf(of).Elem()
	var names []string
	for i := range t.NumField() {
		if strings.EqualFold(t.Field(i).Name, name) {
			return fmt.Sprintf("has no member %q; write %q", name, t.Field(i).Name)
		}
		names = append(names, t.Field(i).Name)
	}
	return fmt.Sprintf("has no member %q, only %s", name, strings.Join(names, ", "))
}

// eachMember calls f with the members of a JSON object, in their order.
func eachMember(v jsontext.Value, at place, f func(name string, v jsontext.Value) error) error {
	if v.Kind() != '{' {
		return at.malformed("must be a JSON object")
	}
	d := jsontext.NewDecoder(bytes.NewReader(v))
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		n := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err := f(n, value); err != nil {
			return err
		}
	}
	return nil
}

func parseString(v jsontext.Value, at place) (s string, err error) {
	if v.Kind() != '"' || json.Unmarshal(v, &s) != nil {
		return "", at.malformed("must be a string")
	}
	return s, nil
}

// parseStrings takes one string or a list of strings.
func parseStrings(v jsontext.Value, at place) ([]string, error) {
	list, err := elements(v)
	strs := make([]string, len(list))
	for i, e := range list {
		if strs[i], err = parseString(e, at); err != nil {
			return nil, at.malformed("must be a string or a list of strings")
		}
	}
	return strs, err
}

// parseScalars is parseStrings with numbers and booleans allowed, as written.
func parseScalars(v jsontext.Value, at place) ([]string, error) {
	list, err := elements(v)
	strs := make([]string, len(list))
	for i, e := range list {
		switch e.Kind() {
		case '"':
			if strs[i], err = parseString(e, at); err != nil {
				return nil, err
			}
		case '0', 't', 'f':
			strs[i] = string(e)
		default:
			return nil, at.malformed("must be a string, number or boolean, or a list of such")
		}
	}
	return strs, err
}

// elements gives those of a JSON list; anything else is its own only one.
func elements(v jsontext.Value) (list []jsontext.Value, err error) {
	if v.Kind() != '[' {
		return []jsontext.Value{v}, nil
	}
	return list, json.Unmarshal(v, &list)
}
