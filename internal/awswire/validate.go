package awswire

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds on the work that one bad request can cause.
const (
	maxViolations = 50       // collected before the walk gives up
	maxMatched    = 64 << 10 // bytes of a string that is still held against its pattern
)

// validate holds a decoded input against every constraint of its schema and collects all violations in one
// ValidationException, worded as AWS front ends do:
//
//	2 validation errors detected: Value 'x y' at 'projectName' failed to satisfy constraint: Member must satisfy
//	regular expression pattern: [a-zA-Z0-9_.\-]+; Value null at 'versionName' failed to satisfy constraint: Member
//	must not be null
func validate(s *Shape, in any) error {
	var found violations
	found.value(s, reflect.ValueOf(in).Elem(), nil)
	switch len(found) {
	case 0:
		return nil
	case 1:
		return Errorf(CodeValidation, "1 validation error detected: %s", found[0])
	}
	return Errorf(CodeValidation, "%d validation errors detected: %s", len(found), strings.Join(found, "; "))
}

type violations []string

func (f *violations) full() bool { return len(*f) >= maxViolations }

func (f *violations) add(value string, at *path, constraint string) {
	if !f.full() {
		*f = append(*f, fmt.Sprintf("Value%s at '%s' failed to satisfy constraint: %s", value, at, constraint))
	}
}

// value checks one value that is present.
func (f *violations) value(s *Shape, v reflect.Value, at *path) {
	for _, c := range violated(s, v) {
		f.add(echo(s, v), at, c)
	}
	switch s.Kind {
	case Structure:
		f.members(s, v, at)
	case List:
		f.items(s, v, at)
	case Map:
		f.entries(s, v, at)
	}
}

func (f *violations) members(s *Shape, v reflect.Value, at *path) {
	for i := range s.Members {
		m, field := &s.Members[i], v.Field(i)
		switch {
		case f.full():
			return
		case !field.IsNil():
			if field.Kind() == reflect.Pointer {
				field = field.Elem()
			}
			f.value(m.Shape, field, at.member(m.Name))
		case m.Required:
			f.add(" null", at.member(m.Name), "Member must not be null")
		}
	}
}

// items checks structures one by one. Plain items are reported once for the whole list, with all that is asked of an
// item, as AWS does. Items past the bound of the list are not looked at.
func (f *violations) items(s *Shape, v reflect.Value, at *path) {
	if s.Max != nil && float64(v.Len()) > *s.Max {
		return
	}
	for i := 0; i < v.Len() && !f.full(); i++ {
		item := v.Index(i)
		if s.Item.Kind == Structure || s.Item.Kind == List || s.Item.Kind == Map {
			f.value(s.Item, item, at.item(i))
		} else if len(violated(s.Item, item)) > 0 {
			f.add(echo(s, v), at, "Member must satisfy constraint: "+demands(s.Item))
			return
		}
	}
}

func (f *violations) entries(s *Shape, v reflect.Value, at *path) {
	if s.Max != nil && float64(v.Len()) > *s.Max {
		return
	}
	keys, values := true, true
	for entry := v.MapRange(); entry.Next(); {
		keys = keys && len(violated(s.Key, entry.Key())) == 0
		values = values && len(violated(s.Item, entry.Value())) == 0
	}
	if !keys {
		f.add(echo(s, v), at, "Map keys must satisfy constraint: "+demands(s.Key))
	}
	if !values {
		f.add(echo(s, v), at, "Map value must satisfy constraint: "+demands(s.Item))
	}
}

// violated lists the constraints of the shape itself that v breaks, not those of what it contains.
func violated(s *Shape, v reflect.Value) (broken []string) {
	if n, what := measure(s, v); what != "" {
		if s.Max != nil && !(n <= *s.Max) { // NaN, which CBOR has, is within no bounds
			broken = append(broken, atMost(what, *s.Max))
		}
		if s.Min != nil && !(n >= *s.Min) {
			broken = append(broken, atLeast(what, *s.Min))
		}
	}
	if s.Kind != String {
		return broken
	}
	text := v.String()
	if s.Pattern != nil && (len(text) > maxMatched || !s.Pattern.match(text)) {
		broken = append(broken, matching(s.Pattern))
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		broken = append(broken, among(s.Enum))
	}
	return broken
}

// measure gives what Min and Max bound, and the word for it.
func measure(s *Shape, v reflect.Value) (n float64, what string) {
	switch s.Kind {
	case String:
		return float64(utf8.RuneCountInString(v.String())), "length"
	case Blob, List, Map:
		return float64(v.Len()), "length"
	case Integer, Long:
		return float64(v.Int()), "value"
	case Float, Double:
		return v.Float(), "value"
	}
	return 0, ""
}

// demands lists all constraints of a shape, broken or not.
func demands(s *Shape) string {
	var all []string
	what := "length"
	if s.Kind != String && s.Kind != Blob {
		what = "value"
	}
	if s.Max != nil {
		all = append(all, atMost(what, *s.Max))
	}
	if s.Min != nil {
		all = append(all, atLeast(what, *s.Min))
	}
	if s.Pattern != nil {
		all = append(all, matching(s.Pattern))
	}
	if len(s.Enum) > 0 {
		all = append(all, among(s.Enum))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func atMost(what string, n float64) string {
	return "Member must have " + what + " less than or equal to " + number(n, 64)
}

func atLeast(what string, n float64) string {
	return "Member must have " + what + " greater than or equal to " + number(n, 64)
}

func matching(p *Pattern) string { return "Member must satisfy regular expression pattern: " + p.text }
func among(enum []string) string { return "Member must satisfy enum value set: " + bracketed(enum) }

func bracketed(list []string) string { return "[" + strings.Join(list, ", ") + "]" }

func number(f float64, bits int) string { return strconv.FormatFloat(f, 'f', -1, bits) }

// echo repeats a value in a message: shortened, and not at all where it is a secret, a blob or made of structures.
func echo(s *Shape, v reflect.Value) string {
	text, ok := printed(s, v)
	if !ok {
		return ""
	}
	return " '" + truncate(text) + "'"
}

func printed(s *Shape, v reflect.Value) (text string, ok bool) {
	if s.Sensitive {
		return "", false
	}
	switch s.Kind {
	case String:
		return v.String(), true
	case Integer, Long:
		return strconv.FormatInt(v.Int(), 10), true
	case Float, Double:
		return number(v.Float(), v.Type().Bits()), true
	case List:
		var items []string
		for i := range min(v.Len(), maxEcho) {
			item, ok := printed(s.Item, v.Index(i))
			if !ok {
				return "", false
			}
			items = append(items, item)
		}
		return bracketed(items), true
	case Map:
		if s.Key.Sensitive || s.Item.Sensitive {
			return "", false
		}
		entries := v.Interface().(map[string]string)
		var items []string
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			items = append(items, key+"="+entries[key])
		}
		return "{" + strings.Join(items, ", ") + "}", true
	}
	return "", false
}
