package awswire

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
)

// encodeCBOR writes the struct that out points at as its schema says, all lengths definite. Absent members are left
// out; a list or map that is empty but not nil is written.
func encodeCBOR(s *Shape, out any) ([]byte, error) {
	return appendCBOR(make([]byte, 0, 512), s, reflect.ValueOf(out).Elem())
}

func appendCBOR(b []byte, s *Shape, v reflect.Value) ([]byte, error) {
	switch s.Kind {
	case Structure:
		return appendCBORStructure(b, s, v)
	case List:
		b = appendHead(b, majorArray, uint64(v.Len()))
		var err error
		for i := range v.Len() {
			if b, err = appendCBOR(b, s.Item, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return b, nil
	case Map:
		b = appendHead(b, majorMap, uint64(v.Len()))
		var err error
		for _, key := range sortedKeys(v) {
			if b, err = appendCBOR(appendText(b, key.String()), s.Item, v.MapIndex(key)); err != nil {
				return nil, err
			}
		}
		return b, nil
	case String:
		return appendText(b, v.String()), nil
	case Blob:
		return append(appendHead(b, majorBytes, uint64(v.Len())), v.Bytes()...), nil
	case Boolean:
		if v.Bool() {
			return append(b, majorSimple<<5|simpleTrue), nil
		}
		return append(b, majorSimple<<5|simpleFalse), nil
	case Integer, Long:
		return appendInteger(b, v.Int()), nil
	case Float:
		return appendSingle(b, v.Float())
	case Double:
		return appendDouble(b, v.Float()), nil
	case Timestamp:
		return appendTimestamp(b, v.Interface().(time.Time)), nil
	}
	return nil, fmt.Errorf("shape of unknown kind %d", s.Kind)
}

func appendCBORStructure(b []byte, s *Shape, v reflect.Value) ([]byte, error) {
	present := uint64(0)
	for i := range s.Members {
		if !v.Field(i).IsNil() {
			present++
		}
	}
	b = appendHead(b, majorMap, present)
	for i := range s.Members {
		m, field := &s.Members[i], v.Field(i)
		if field.IsNil() {
			continue
		}
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		var err error
		if b, err = appendCBOR(appendText(b, m.Name), m.Shape, field); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return b, nil
}

// appendText writes text; bytes that are not UTF-8 become U+FFFD, as in JSON.
func appendText(b []byte, s string) []byte {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return append(appendHead(b, majorText, uint64(len(s))), s...)
}

func appendInteger(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, majorNegative, uint64(-1-n))
	}
	return appendHead(b, majorUnsigned, uint64(n))
}

// appendSingle writes a Float, which the Go SDK takes in single precision only.
func appendSingle(b []byte, f float64) ([]byte, error) {
	single := float32(f)
	if math.IsInf(float64(single), 0) && !math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is too large for a Float", f)
	}
	return binary.BigEndian.AppendUint32(append(b, majorSimple<<5|floatSingle), math.Float32bits(single)), nil
}

func appendDouble(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, majorSimple<<5|floatDouble), math.Float64bits(f))
}

// appendTimestamp writes seconds, to the millisecond. The Go SDK makes milliseconds of them and cuts off what is left,
// so the double is one that does not fall short of its millisecond: the next one where the nearest would.
func appendTimestamp(b []byte, t time.Time) []byte {
	b = appendHead(b, majorTag, tagEpoch)
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return appendInteger(b, ms/1000)
	}
	seconds := float64(ms) / 1000
	if int64(seconds*1000) != ms {
		seconds = math.Nextafter(seconds, math.Copysign(math.Inf(1), seconds))
	}
	return appendDouble(b, seconds)
}
