package awswire

import (
	"errors"
	"math"
	"reflect"
	"time"
)

// Bounds on what a body may hold, whatever its bytes say.
const (
	maxDepth = 64      // levels of nesting; the deepest input of a model here has five
	maxItems = 1 << 16 // members, items and entries in all; requests of a few hundred are large
)

// source reads a body value by value in the encoding of one protocol. Its errors are SerializationExceptions but for
// errUnfit and errNotBase64, to which only the walk can say where.
type source interface {
	peek() (token, error)         // what comes next, unread
	carries(t token, k Kind) bool // whether a value that begins with the token may become the kind
	open() error                  // reads the beginning of a structure, map or list
	more() (bool, error)          // whether it holds another member, entry or item; if not, its end is read
	name() (string, error)        // of a member or entry; an error the second time
	text() (string, error)
	blob() ([]byte, error)
	integer() (int64, error)
	float() (float64, error) // the seconds of a timestamp, too
	skip() error             // reads one value, whatever it is, to the depth that is allowed
}

// token is how a value begins, in the words that a client reads of it.
type token string

const (
	nullValue   token = "NULL_VALUE"
	trueValue   token = "TRUE_VALUE"
	falseValue  token = "FALSE_VALUE"
	stringValue token = "STRING_VALUE"
	numberValue token = "NUMBER_VALUE"
	startObject token = "START_OBJECT"
	startArray  token = "START_ARRAY"
)

var (
	errUnfit     = errors.New("number does not fit")
	errNotBase64 = errors.New("not base64")
)

var kindNames = map[Kind]string{
	Structure: "a structure", List: "a list", Map: "a map", String: "a String", Blob: "a Blob", Boolean: "a Boolean",
	Integer: "an Integer", Long: "a Long", Float: "a Float", Double: "a Double", Timestamp: "a Timestamp",
}

// decoder walks a schema and its source side by side: names are case-sensitive, unknown members are skipped, null is
// absent. What no source may pass on is a name that occurs twice, text that is not UTF-8, and deep nesting.
type decoder struct {
	in    source
	items int // kept so far
}

// decode reads one structure into the struct that into points at.
func decode(in source, s *Shape, into any) error {
	d := decoder{in: in}
	return d.value(s, reflect.ValueOf(into).Elem(), nil)
}

// value reads one value that is not null into v, which is of the Go type of the shape.
func (d *decoder) value(s *Shape, v reflect.Value, at *path) error {
	next, err := d.in.peek()
	switch {
	case err != nil:
		return err
	case !d.in.carries(next, s.Kind) && at == nil:
		return Errorf(CodeSerialization, "%s can not be converted to %s.", next, kindNames[s.Kind])
	case !d.in.carries(next, s.Kind):
		return Errorf(CodeSerialization, "%s can not be converted to %s at '%s'.", next, kindNames[s.Kind], at)
	}
	switch s.Kind {
	case Structure:
		return d.structure(s, v, at)
	case List:
		return d.list(s, v, at)
	case Map:
		return d.mapping(s, v, at)
	case Boolean:
		v.SetBool(next == trueValue)
		return d.in.skip()
	}
	switch err := d.scalar(s, v); {
	case errors.Is(err, errUnfit):
		return Errorf(CodeSerialization, "The number at '%s' can not be converted to %s.", at, kindNames[s.Kind])
	case errors.Is(err, errNotBase64):
		return Errorf(CodeSerialization, "The value at '%s' is not base64.", at)
	default:
		return err
	}
}

func (d *decoder) structure(s *Shape, v reflect.Value, at *path) error {
	if err := d.in.open(); err != nil {
		return err
	}
	for {
		if more, err := d.more(); !more {
			return err
		}
		name, err := d.in.name()
		if err != nil {
			return err
		}
		if i := s.member(name); i < 0 {
			err = d.in.skip()
		} else {
			err = d.optional(s.Members[i].Shape, v.Field(i), at.member(name))
		}
		if err != nil {
			return err
		}
	}
}

// member finds the member called name; structures are small, so a walk beats a map.
func (s *Shape) member(name string) int {
	for i := range s.Members {
		if s.Members[i].Name == name {
			return i
		}
	}
	return -1
}

// optional reads a value that null leaves absent.
func (d *decoder) optional(s *Shape, field reflect.Value, at *path) error {
	if next, err := d.in.peek(); err != nil {
		return err
	} else if next == nullValue {
		return d.in.skip()
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	return d.value(s, field, at)
}

func (d *decoder) list(s *Shape, v reflect.Value, at *path) error {
	if err := d.in.open(); err != nil {
		return err
	}
	items := reflect.MakeSlice(v.Type(), 0, 0)
	for {
		if s.Max != nil && float64(items.Len()) > *s.Max { // one too many is enough to refuse the list
			v.Set(items)
			return d.leave()
		}
		if more, err := d.more(); !more {
			v.Set(items)
			return err
		}
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(s.Item, item, at.item(items.Len())); err != nil {
			return err
		}
		items = reflect.Append(items, item)
	}
}

// leave reads the rest of a list.
func (d *decoder) leave() error {
	for {
		if more, err := d.in.more(); !more {
			return err
		}
		if err := d.in.skip(); err != nil {
			return err
		}
	}
}

func (d *decoder) mapping(s *Shape, v reflect.Value, at *path) error {
	if err := d.in.open(); err != nil {
		return err
	}
	v.Set(reflect.MakeMap(v.Type()))
	for {
		if more, err := d.more(); !more {
			return err
		}
		name, err := d.in.name()
		if err != nil {
			return err
		}
		value := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(s.Item, value, at.member(name)); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(name), value)
	}
}

// more reports whether the structure, map or list at hand holds another value, and counts it.
func (d *decoder) more() (bool, error) {
	more, err := d.in.more()
	if !more {
		return false, err
	}
	if d.items++; d.items > maxItems {
		return false, Errorf(CodeSerialization, "The request holds more than %d values.", maxItems)
	}
	return true, nil
}

func (d *decoder) scalar(s *Shape, v reflect.Value) error {
	switch s.Kind {
	case String:
		text, err := d.in.text()
		v.SetString(text)
		return err
	case Blob:
		blob, err := d.in.blob()
		v.SetBytes(blob)
		return err
	case Integer, Long:
		n, err := d.in.integer()
		if err == nil && v.OverflowInt(n) {
			err = errUnfit
		}
		v.SetInt(n)
		return err
	}
	f, err := d.in.float()
	switch ms := math.Round(f * 1000); {
	case err != nil:
	case s.Kind != Timestamp:
		v.SetFloat(f)
	case math.Abs(ms) < 1e15: // some 30,000 years
		v.Set(reflect.ValueOf(time.UnixMilli(int64(ms)).UTC()))
	default: // NaN as well
		err = errUnfit
	}
	return err
}
