package awswire

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// decodeJSON reads body, one JSON object, into the struct that into points at, walking its schema. An empty body is an
// empty object. Every error is a SerializationException. Blobs are decoded within body, which is theirs from then on.
func decodeJSON(body []byte, s *Shape, into any) error {
	in := &jsonSource{body: body}
	if in.next(); in.at == len(body) {
		return nil
	}
	if err := decode(in, s, into); err != nil {
		return err
	}
	end := in.at
	if in.next(); in.at < len(body) {
		return trailing(int64(end))
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

// jsonSource reads JSON. A picture is one string of megabytes, so strings are searched for their end, not walked to it;
// what is in them, and what a number is, jsontext says.
type jsonSource struct {
	body  []byte
	at    int // next byte
	stack []object
}

// object is an object or array that is being read.
type object struct {
	end   byte                // '}' or ']'
	begun bool                // something of it has been read
	names map[string]struct{} // read so far
}

// next passes over white space and gives the byte behind it, unread; 0 at the end of the body.
func (j *jsonSource) next() byte {
	for ; j.at < len(j.body); j.at++ {
		switch c := j.body[j.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

var jsonLiterals = map[byte]struct {
	text string
	is   token
}{'n': {"null", nullValue}, 't': {"true", trueValue}, 'f': {"false", falseValue}}

func (j *jsonSource) peek() (token, error) {
	c := j.next()
	switch {
	case c == '"':
		return stringValue, nil
	case c == '{':
		return startObject, nil
	case c == '[':
		return startArray, nil
	case c == '-' || '0' <= c && c <= '9':
		return numberValue, nil
	}
	if l, ok := jsonLiterals[c]; ok && bytes.HasPrefix(j.body[j.at:], []byte(l.text)) {
		return l.is, nil
	}
	return "", j.malformed()
}

func (j *jsonSource) carries(t token, k Kind) bool {
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

func (j *jsonSource) open() error {
	if len(j.stack) >= maxDepth {
		return tooDeep()
	}
	j.stack = append(j.stack, object{end: j.body[j.at] + 2}) // as ASCII has them
	j.at++
	return nil
}

func (j *jsonSource) more() (bool, error) {
	top := &j.stack[len(j.stack)-1]
	switch c := j.next(); {
	case c == top.end:
		j.stack = j.stack[:len(j.stack)-1]
		j.at++
		return false, nil
	case !top.begun:
		top.begun = true
		return true, nil
	case c != ',':
		return false, j.malformed()
	}
	j.at++
	return true, nil
}

func (j *jsonSource) name() (string, error) {
	j.next()
	start := j.at
	name, err := j.label()
	if err != nil {
		return "", err
	}
	top := &j.stack[len(j.stack)-1]
	if _, ok := top.names[name]; ok {
		return "", repeated(int64(start))
	}
	if top.names == nil {
		top.names = map[string]struct{}{}
	}
	top.names[name] = struct{}{}
	return name, nil
}

// label reads a name and the colon behind it.
func (j *jsonSource) label() (string, error) {
	name, err := j.text()
	if err != nil {
		return "", err
	}
	if j.next() != ':' {
		return "", j.malformed()
	}
	j.at++
	return name, nil
}

func (j *jsonSource) text() (string, error) {
	raw, err := j.quoted()
	if err != nil {
		return "", err
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		j.at -= len(raw)
		return "", j.malformed()
	}
	return string(text), nil
}

// quoted reads a string with its quotes, as it is written.
func (j *jsonSource) quoted() ([]byte, error) {
	if j.next() != '"' {
		return nil, j.malformed()
	}
	start := j.at
	for end := start + 1; ; {
		n := bytes.IndexByte(j.body[end:], '"')
		if n < 0 {
			j.at = len(j.body)
			return nil, j.malformed()
		}
		end += n + 1
		before := bytes.TrimRight(j.body[start:end-1], `\`)
		if escapes := end - 1 - start - len(before); escapes%2 == 0 {
			j.at = end
			return j.body[start:end], nil
		}
	}
}

// blob decodes base64 where it lies in the body, which is megabytes and done with here. Some writers of JSON escape the
// slash, which is in the alphabet, so a string with escapes is unquoted first.
func (j *jsonSource) blob() ([]byte, error) {
	raw, err := j.quoted()
	if err != nil {
		return nil, err
	}
	text := raw[1 : len(raw)-1]
	escaped := bytes.IndexByte(text, '\\') >= 0
	if escaped {
		if text, err = jsontext.AppendUnquote(nil, raw); err != nil {
			return nil, errNotBase64
		}
	}
	n, err := base64.StdEncoding.Decode(text, text) // what is written never overtakes what is read
	if err != nil || !escaped && base64.StdEncoding.EncodedLen(n) != len(text) {
		return nil, errNotBase64 // the second for line breaks, which base64 passes over and no JSON has but as escapes
	}
	return text[:n:n], nil
}

// number reads a number as it is written.
func (j *jsonSource) number() (string, error) {
	start := j.at
	for j.at < len(j.body) && strings.IndexByte("+-.0123456789eE", j.body[j.at]) >= 0 {
		j.at++
	}
	raw := jsontext.Value(j.body[start:j.at])
	if !raw.IsValid() {
		j.at = start
		return "", j.malformed()
	}
	return string(raw), nil
}

func (j *jsonSource) integer() (int64, error) {
	raw, err := j.number()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		return 0, errUnfit
	}
	return n, nil
}

func (j *jsonSource) float() (float64, error) {
	raw, err := j.number()
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return 0, errUnfit
	}
	return f, nil
}

// skip reads a value that nobody asked for; names within it may occur twice, since nobody reads them.
func (j *jsonSource) skip() error {
	next, err := j.peek()
	if err != nil {
		return err
	}
	switch next {
	case stringValue:
		_, err = j.text()
		return err
	case numberValue:
		_, err = j.number()
		return err
	case startObject, startArray:
		return j.discard(next == startObject)
	}
	j.at += len(jsonLiterals[j.body[j.at]].text)
	return nil
}

// discard reads an object or array that nobody asked for.
func (j *jsonSource) discard(named bool) error {
	if err := j.open(); err != nil {
		return err
	}
	for {
		if more, err := j.more(); !more {
			return err
		}
		if named {
			if _, err := j.label(); err != nil {
				return err
			}
		}
		if err := j.skip(); err != nil {
			return err
		}
	}
}

// malformed says where the body stops being JSON.
func (j *jsonSource) malformed() error {
	return Errorf(CodeSerialization, "The request body is not valid JSON at byte %d.", j.at)
}
