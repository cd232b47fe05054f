package awswire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds the nesting of a request; the deepest input of a model here has five levels.
const maxDepth = 64

// decodeJSON reads body, one JSON object, into the struct that into points at, walking its schema. Names are
// case-sensitive, unknown members are skipped, null is absent, a name that occurs twice is refused, as is text that is
// not UTF-8. An empty body is an empty object. Every error is a SerializationException. Blobs are decoded within body,
// which is theirs from then on.
func decodeJSON(body []byte, s *Shape, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := decoder{jsontext.NewDecoder(bytes.NewBuffer(body))}
	err := d.value(s, reflect.ValueOf(into).Elem(), nil)
	end := d.in.InputOffset()
	if err != nil {
		return err
	}
	if _, err := d.in.ReadToken(); !errors.Is(err, io.EOF) {
		return Errorf(CodeSerialization, "The request body goes on after its end at byte %d.", end)
	}
	return nil
}

type decoder struct{ in *jsontext.Decoder }

// value reads one value that is not null into v, which is of the Go type of the shape.
func (d decoder) value(s *Shape, v reflect.Value, at *path) error {
	switch s.Kind {
	case Structure:
		return d.structure(s, v, at)
	case List:
		return d.list(s, v, at)
	case Map:
		return d.mapping(s, v, at)
	case Boolean:
		return d.boolean(v, at)
	case String, Blob:
		return d.text(s, v, at)
	default:
		return d.number(s, v, at)
	}
}

func (d decoder) structure(s *Shape, v reflect.Value, at *path) error {
	if err := d.open(s, '{', at); err != nil {
		return err
	}
	for d.in.PeekKind() != '}' {
		name, err := d.in.ReadToken()
		if err != nil {
			return d.malformed(err)
		}
		i := s.member(name)
		if i < 0 {
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		m := &s.Members[i]
		if err := d.optional(m.Shape, v.Field(i), at.member(m.Name)); err != nil {
			return err
		}
	}
	return d.next()
}

// member finds the member called name; structures are small, so a walk beats a map.
func (s *Shape) member(name jsontext.Token) int {
	text := name.String()
	for i := range s.Members {
		if s.Members[i].Name == text {
			return i
		}
	}
	return -1
}

// optional reads a value that null leaves absent.
func (d decoder) optional(s *Shape, field reflect.Value, at *path) error {
	if d.in.PeekKind() == 'n' {
		return d.skip()
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	return d.value(s, field, at)
}

func (d decoder) list(s *Shape, v reflect.Value, at *path) error {
	if err := d.open(s, '[', at); err != nil {
		return err
	}
	items := reflect.MakeSlice(v.Type(), 0, 0)
	for i := 0; d.in.PeekKind() != ']'; i++ {
		if s.Max != nil && float64(i) > *s.Max { // one too many is enough to refuse the list
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(s.Item, item, at.item(i)); err != nil {
			return err
		}
		items = reflect.Append(items, item)
	}
	v.Set(items)
	return d.next()
}

func (d decoder) mapping(s *Shape, v reflect.Value, at *path) error {
	if err := d.open(s, '{', at); err != nil {
		return err
	}
	entries := map[string]string{}
	for d.in.PeekKind() != '}' {
		key, err := d.in.ReadToken()
		if err != nil {
			return d.malformed(err)
		}
		name, value := key.String(), ""
		if err := d.value(s.Item, reflect.ValueOf(&value).Elem(), at.member(name)); err != nil {
			return err
		}
		entries[name] = value
	}
	v.Set(reflect.ValueOf(entries))
	return d.next()
}

func (d decoder) boolean(v reflect.Value, at *path) error {
	switch kind := d.in.PeekKind(); kind {
	case 't', 'f':
		v.SetBool(kind == 't')
		return d.next()
	default:
		return d.mismatch(kind, Boolean, at)
	}
}

func (d decoder) text(s *Shape, v reflect.Value, at *path) error {
	if kind := d.in.PeekKind(); kind != '"' {
		return d.mismatch(kind, s.Kind, at)
	}
	if s.Kind == String {
		token, err := d.in.ReadToken()
		if err != nil {
			return d.malformed(err)
		}
		v.SetString(token.String())
		return nil
	}
	raw, err := d.in.ReadValue()
	if err != nil {
		return d.malformed(err)
	}
	blob, err := decodeBlob(raw)
	if err != nil {
		return Errorf(CodeSerialization, "The value at '%s' is not base64.", at)
	}
	v.SetBytes(blob)
	return nil
}

// decodeBlob decodes a JSON string of base64 where it lies in the body, which is megabytes and done with here. Some
// writers of JSON escape the slash, which is in the alphabet, so a string with escapes is unquoted first.
func decodeBlob(raw jsontext.Value) ([]byte, error) {
	text := []byte(raw[1 : len(raw)-1])
	if bytes.IndexByte(text, '\\') >= 0 {
		var err error
		if text, err = jsontext.AppendUnquote(nil, raw); err != nil {
			return nil, err
		}
	}
	n, err := base64.StdEncoding.Decode(text, text) // what is written never overtakes what is read
	return text[:n:n], err
}

func (d decoder) number(s *Shape, v reflect.Value, at *path) error {
	if kind := d.in.PeekKind(); kind != '0' {
		return d.mismatch(kind, s.Kind, at)
	}
	raw, err := d.in.ReadValue()
	if err != nil {
		return d.malformed(err)
	}
	text := string(raw)
	switch s.Kind {
	case Integer, Long:
		var n int64
		if n, err = strconv.ParseInt(text, 10, v.Type().Bits()); err == nil {
			v.SetInt(n)
		}
	case Float, Double:
		var f float64
		if f, err = strconv.ParseFloat(text, v.Type().Bits()); err == nil {
			v.SetFloat(f)
		}
	case Timestamp:
		var seconds float64
		if seconds, err = strconv.ParseFloat(text, 64); err == nil && math.Abs(seconds) < 1e12 {
			v.Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()))
		} else if err == nil {
			err = strconv.ErrRange
		}
	}
	if err != nil {
		return Errorf(CodeSerialization, "The number at '%s' can not be converted to %s.", at, kindNames[s.Kind])
	}
	return nil
}

// open reads the bracket that begins a structure, map or list.
func (d decoder) open(s *Shape, bracket jsontext.Kind, at *path) error {
	if kind := d.in.PeekKind(); kind != bracket {
		return d.mismatch(kind, s.Kind, at)
	}
	return d.next()
}

// next reads one token whose kind is known.
func (d decoder) next() error {
	if _, err := d.in.ReadToken(); err != nil {
		return d.malformed(err)
	}
	return nil
}

// skip reads a value that nobody asked for, whatever it is, to the depth that is allowed.
func (d decoder) skip() error {
	depth := d.in.StackDepth()
	for {
		if _, err := d.in.ReadToken(); err != nil {
			return d.malformed(err)
		}
		switch now := d.in.StackDepth(); {
		case now > maxDepth:
			return Errorf(CodeSerialization, "The request is nested more than %d levels deep.", maxDepth)
		case now == depth:
			return nil
		}
	}
}

var kindNames = map[Kind]string{
	Structure: "a structure", List: "a list", Map: "a map", String: "a String", Blob: "a Blob", Boolean: "a Boolean",
	Integer: "an Integer", Long: "a Long", Float: "a Float", Double: "a Double", Timestamp: "a Timestamp",
}

var jsonNames = map[jsontext.Kind]string{
	'n': "NULL_VALUE", 't': "TRUE_VALUE", 'f': "FALSE_VALUE", '"': "STRING_VALUE", '0': "NUMBER_VALUE",
	'{': "START_OBJECT", '[': "START_ARRAY",
}

// mismatch says that the JSON type at hand cannot become the type of the model.
func (d decoder) mismatch(got jsontext.Kind, want Kind, at *path) error {
	name, ok := jsonNames[got]
	if !ok { // no value begins here; the token says why
		_, err := d.in.ReadToken()
		return d.malformed(err)
	}
	if at == nil {
		return Errorf(CodeSerialization, "%s can not be converted to %s.", name, kindNames[want])
	}
	return Errorf(CodeSerialization, "%s can not be converted to %s at '%s'.", name, kindNames[want], at)
}

// malformed says where the body stops being JSON.
func (d decoder) malformed(err error) error {
	at := d.in.InputOffset()
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at = syntax.ByteOffset
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return Errorf(CodeSerialization, "The request body has a member twice, at byte %d.", at)
	}
	return Errorf(CodeSerialization, "The request body is not valid JSON at byte %d.", at)
}
