package manifest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	sourceRefKey   = "source-ref"
	metadataSuffix = "-metadata"
)

// reserved are members that the service or a labelling tool adds; none is a label attribute.
var reserved = []string{sourceRefKey, "cl-metadata", "cl-errors", "errors", "warnings", "creation-date"}

// Parse judges one line. What is wrong with it is in the result, which keeps raw: the caller must not change it. Nil,
// which Reader gives for blank and overlong lines, is not JSON. Duplicate names within an object are not JSON either.
func Parse(raw []byte) Line {
	var l Line
	var ok bool
	if l.members, ok = members(raw); !ok {
		l.Fail(InvalidJSONLine)
		return l
	}
	byName := make(map[string]jsontext.Value, len(l.members))
	for _, m := range l.members {
		byName[m.name] = m.value
	}
	l.readSourceRef(byName)
	l.readAttributes(byName)
	return l
}

// member is one name and value of a JSON object.
type member struct {
	name  string
	key   jsontext.Value // the name as it stands there, quoted
	value jsontext.Value
}

var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(new(bytes.Buffer)) }}

// members gives the members of the JSON object raw in their order; false when raw is anything else. The values are
// parts of raw.
func members(raw []byte) ([]member, bool) {
	d := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(d)
	d.Reset(bytes.NewReader(raw))
	if t, err := d.ReadToken(); err != nil || t.Kind() != jsontext.KindBeginObject {
		return nil, false
	}
	// part takes the next value out of raw, since what the decoder gives is gone at its next step.
	part := func() (jsontext.Value, error) {
		v, err := d.ReadValue()
		end := d.InputOffset()
		return raw[end-int64(len(v)) : end : end], err
	}
	list := make([]member, 0, 8)
	for d.PeekKind() != jsontext.KindEndObject {
		key, err := part()
		if err != nil {
			return nil, false
		}
		value, err := part()
		if err != nil {
			return nil, false
		}
		list = append(list, member{name: unquote(key), key: key, value: value})
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, false
	}
	_, err := d.ReadToken()
	return list, errors.Is(err, io.EOF)
}

// elements gives the elements of a valid JSON array.
func elements(array jsontext.Value) []jsontext.Value {
	d := jsontext.NewDecoder(bytes.NewReader(array), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return nil
	}
	var list []jsontext.Value
	for d.PeekKind() != jsontext.KindEndArray {
		v, err := d.ReadValue()
		if err != nil {
			return nil
		}
		list = append(list, v.Clone())
	}
	return list
}

// unquote gives the text of a valid JSON string.
func unquote(v jsontext.Value) string {
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	text, _ := jsontext.AppendUnquote(nil, v) // v has been read as a string before
	return string(text)
}

func (l *Line) readSourceRef(byName map[string]jsontext.Value) {
	value, ok := byName[sourceRefKey]
	if !ok {
		l.Fail(MissingSourceRef)
		return
	}
	if value.Kind() == jsontext.KindString {
		text := unquote(value)
		if at, ok := ParseSourceRef(text); ok {
			l.SourceRef, l.Picture = text, at
			return
		}
	}
	l.Fail(InvalidSourceRef)
}

// readAttributes reads every pair of a member K and a member K-metadata, and judges the line by what they hold.
func (l *Line) readAttributes(byName map[string]jsontext.Value) {
	var found [outcomes]int
	pairs := 0
	for _, m := range l.members {
		partner := m.name + metadataSuffix
		metadata, ok := byName[partner]
		if !ok || slices.Contains(reserved, m.name) || slices.Contains(reserved, partner) {
			continue
		}
		pairs++
		a := attribute{line: l, name: m.name, value: m.value, metadata: metadata}
		found[a.read()]++
	}
	l.labeled = pairs > found[empty]
	switch {
	case pairs == 0 && l.bare():
		l.report(WarnUnannotatedRecord, Warning)
	case pairs == 0:
		l.report(NoLabelAttributes, LineInvalid)
	case found[labelled] > 0:
	case pairs == found[empty]:
		l.report(WarnNoAnnotations, Warning)
	case found[unusable] > 0 && found[malformed] == 0:
		l.report(NoValidAnnotations, LineInvalid)
	default:
		l.report(NoValidLabelAttributes, LineInvalid)
	}
}

// bare reports whether the line says nothing but which picture it is: a picture that is yet to be labelled. Half a
// label attribute is a mistake instead.
func (l *Line) bare() bool {
	return !slices.ContainsFunc(l.members, func(m member) bool {
		return !slices.Contains(reserved, m.name) && !strings.HasPrefix(m.name, sourceRefKey)
	})
}

func (l *Line) report(code Code, s Severity) {
	l.Problems = append(l.Problems, Problem{Code: code, Message: code.message(""), Severity: s})
}
