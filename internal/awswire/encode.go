package awswire

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// encodeJSON writes the struct that out points at as its schema says. Absent members are left out; a list or map that
// is empty but not nil is written.
func encodeJSON(s *Shape, out any) ([]byte, error) {
	return appendJSON(make([]byte, 0, 512), s, reflect.ValueOf(out).Elem())
}

func appendJSON(b []byte, s *Shape, v reflect.Value) ([]byte, error) {
	switch s.Kind {
	case Structure:
		return appendStructure(b, s, v)
	case List:
		return appendList(b, s, v)
	case Map:
		return appendMap(b, s, v)
	case String:
		return appendString(b, v.String()), nil
	case Blob:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v.Bytes())
		return append(b, '"'), nil
	case Boolean:
		return strconv.AppendBool(b, v.Bool()), nil
	case Integer, Long:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case Float, Double:
		return appendFloat(b, v.Float(), v.Type().Bits())
	case Timestamp:
		seconds := float64(v.Interface().(time.Time).UnixMilli()) / 1000
		return strconv.AppendFloat(b, seconds, 'f', -1, 64), nil
	}
	return nil, fmt.Errorf("shape of unknown kind %d", s.Kind)
}

func appendStructure(b []byte, s *Shape, v reflect.Value) ([]byte, error) {
	b = append(b, '{')
	first := true
	for i := range s.Members {
		m, field := &s.Members[i], v.Field(i)
		if field.IsNil() {
			continue
		}
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, m.Name), ':')
		var err error
		if b, err = appendJSON(b, m.Shape, field); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return append(b, '}'), nil
}

func appendList(b []byte, s *Shape, v reflect.Value) ([]byte, error) {
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendJSON(b, s.Item, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendMap(b []byte, s *Shape, v reflect.Value) ([]byte, error) {
	b = append(b, '{')
	for i, key := range sortedKeys(v) {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendJSON(append(appendString(b, key.String()), ':'), s.Item, v.MapIndex(key)); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return append(b, '}'), nil
}

// sortedKeys gives the keys of a map in the order in which they are written.
func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

// appendString writes a JSON string; bytes that are not UTF-8 become U+FFFD, which is all that its error would say.
func appendString(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

// appendFloat writes the shortest number that reads back as f at its own precision, with a point or an exponent, so that
// languages which tell 1 from 1.0 make a float of it.
func appendFloat(b []byte, f float64, bits int) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is not a JSON number", f)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	digits := strconv.AppendFloat(nil, f, format, -1, bits)
	if !bytes.ContainsAny(digits, ".e") {
		digits = append(digits, ".0"...)
	}
	return append(b, digits...), nil
}
