package awswire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// decodeJSON reads body, one JSON object, into the struct that into points at, walking its schema. An empty body is an
// empty object. Every error is a SerializationException. Blobs are decoded within body, which is theirs from then on.
func decodeJSON(body []byte, s *Shape, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	in := jsonSource{jsontext.NewDecoder(bytes.NewBuffer(body))}
	if err := decode(in, s, into); err != nil {
		return err
	}
	end := in.InputOffset()
	if _, err := in.ReadToken(); !errors.Is(err, io.EOF) {
		return trailing(end)
	}
	return nil
}

// trailing says that a body has more than one value.
func trailing(end int64) *Error {
	return Errorf(CodeSerialization, "The request body goes on after its end at byte %d.", end)
}

// repeated says that a body has a name twice.
func repeated(at int64) *Error {
	return Errorf(CodeSerialization, "The request body has a member twice, at byte %d.", at)
}

func tooDeep() *Error {
	return Errorf(CodeSerialization, "The request is nested more than %d levels deep.", maxDepth)
}

// jsonSource reads JSON. The decoder below it refuses names that occur twice and text that is not UTF-8.
type jsonSource struct{ *jsontext.Decoder }

var jsonTokens = map[jsontext.Kind]token{
	'n': nullValue, 't': trueValue, 'f': falseValue, '"': stringValue, '0': numberValue, '{': startObject, '[': startArray,
}

func (j jsonSource) peek() (token, error) {
	if t, ok := jsonTokens[j.PeekKind()]; ok {
		return t, nil
	}
	_, err := j.ReadToken() // no value begins here; the token says why
	return "", j.malformed(err)
}

func (j jsonSource) carries(t token, k Kind) bool {
	switch k {
	case Structure, Map:
		return t == startObject
	case List:
		return t == startArray
	case Boolean:
		return t == trueValue || t == falseValue
	case String, Blob:
		return t == stringValue
	}
	return t == numberValue
}

func (j jsonSource) open() error {
	_, err := j.ReadToken()
	return j.malformed(err)
}

func (j jsonSource) more() (bool, error) {
	if kind := j.PeekKind(); kind != '}' && kind != ']' {
		return true, nil
	}
	_, err := j.ReadToken()
	return false, j.malformed(err)
}

func (j jsonSource) name() (string, error) { return j.text() }

func (j jsonSource) text() (string, error) {
	t, err := j.ReadToken()
	if err != nil {
		return "", j.malformed(err)
	}
	return t.String(), nil
}

// blob decodes base64 where it lies in the body, which is megabytes and done with here. Some writers of JSON escape the
// slash, which is in the alphabet, so a string with escapes is unquoted first.
func (j jsonSource) blob() ([]byte, error) {
	raw, err := j.ReadValue()
	if err != nil {
		return nil, j.malformed(err)
	}
	text := []byte(raw[1 : len(raw)-1])
	if bytes.IndexByte(text, '\\') >= 0 {
		if text, err = jsontext.AppendUnquote(nil, raw); err != nil {
			return nil, errNotBase64
		}
	}
	n, err := base64.StdEncoding.Decode(text, text) // what is written never overtakes what is read
	if err != nil {
		return nil, errNotBase64
	}
	return text[:n:n], nil
}

func (j jsonSource) integer() (int64, error) {
	raw, err := j.ReadValue()
	if err != nil {
		return 0, j.malformed(err)
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0, errUnfit
	}
	return n, nil
}

func (j jsonSource) float() (float64, error) {
	raw, err := j.ReadValue()
	if err != nil {
		return 0, j.malformed(err)
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, errUnfit
	}
	return f, nil
}

func (j jsonSource) skip() error {
	depth := j.StackDepth()
	for {
		if _, err := j.ReadToken(); err != nil {
			return j.malformed(err)
		}
		switch now := j.StackDepth(); {
		case now > maxDepth:
			return tooDeep()
		case now == depth:
			return nil
		}
	}
}

// malformed says where the body stops being JSON; nil for nil.
func (j jsonSource) malformed(err error) error {
	if err == nil {
		return nil
	}
	at := j.InputOffset()
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at = syntax.ByteOffset
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return repeated(at)
	}
	return Errorf(CodeSerialization, "The request body is not valid JSON at byte %d.", at)
}
