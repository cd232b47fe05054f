package manifest

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// form is a way to show lines together with their problems: which members of the original are left out, and under
// which names problems are added. An empty name adds nothing.
type form struct {
	errors, warnings string
	outer            []string // left out of the line
	inner            []string // left out of label attributes, their metadata and annotations
	labeled          bool     // says whether the line is labelled
}

var (
	listedForm = form{
		errors:  "cl-errors",
		outer:   []string{"cl-metadata", "cl-errors"},
		inner:   []string{"cl-errors"},
		labeled: true,
	}
	validatedForm = form{
		errors:   "errors",
		warnings: "warnings",
		outer:    []string{"cl-metadata", "cl-errors", "errors", "warnings"},
		inner:    []string{"cl-errors", "errors", "warnings"},
	}
)

// Listed is the line as ListDatasetEntries shows it: compact, its own members first, then cl-metadata, and cl-errors
// at each level that has some. What an earlier listing added is replaced.
func (l Line) Listed() string { return l.render(listedForm) }

// Validated is the line as the validation manifest of a training shows it, with errors and warnings at each level. Of
// a line that is not JSON only the error is left.
func (l Line) Validated() string { return l.render(validatedForm) }

// preserve keeps strings and numbers as they were written.
var preserve = []jsontext.Options{jsontext.PreserveRawStrings(true), jsontext.AllowDuplicateNames(true)}

func (l Line) render(f form) string {
	whole, parts := l.problemsByMember()
	out := append(make([]byte, 0, 1024), '{')
	for _, m := range l.members {
		if slices.Contains(f.outer, m.name) {
			continue
		}
		out = appendKey(out, m.key)
		if f.touches(m, parts[m.name]) {
			out = f.appendPart(out, m.value, parts[m.name])
		} else {
			out = appendCompact(out, m.value)
		}
	}
	if f.labeled {
		out = appendKey(out, jsontext.Value(`"cl-metadata"`))
		out = append(out, `{"is_labeled":`...)
		out = append(out, map[bool]string{true: "true}", false: "false}"}[l.labeled]...)
	}
	out = f.appendProblems(out, whole)
	return string(append(out, '}'))
}

// problemsByMember sorts problems into those of the line and those of one of its members.
func (l Line) problemsByMember() (whole []Problem, parts map[string][]Problem) {
	for _, p := range l.Problems {
		if p.Level == LineLevel {
			whole = append(whole, p)
			continue
		}
		name := p.Attribute
		if p.Level == MetadataLevel {
			name += metadataSuffix
		}
		if parts == nil {
			parts = map[string][]Problem{}
		}
		parts[name] = append(parts[name], p)
	}
	return whole, parts
}

// touches reports whether the member must be rewritten: it has problems, or may hold what an earlier form added.
func (f form) touches(m member, problems []Problem) bool {
	if m.value.Kind() != jsontext.KindBeginObject {
		return false
	}
	return len(problems) > 0 || slices.ContainsFunc(f.inner, func(name string) bool {
		return bytes.Contains(m.value, []byte(name))
	})
}

// appendPart writes a label attribute or its metadata with its problems and those of its annotations.
func (f form) appendPart(out []byte, object jsontext.Value, problems []Problem) []byte {
	var own []Problem
	inside := map[int][]Problem{}
	for _, p := range problems {
		if p.Level == AnnotationLevel {
			inside[p.Annotation] = append(inside[p.Annotation], p)
		} else {
			own = append(own, p)
		}
	}
	return f.appendObject(out, object, own, func(out []byte, m member) []byte {
		if m.name != "annotations" || m.value.Kind() != jsontext.KindBeginArray {
			return appendCompact(out, m.value)
		}
		out = append(out, '[')
		for i, element := range elements(m.value) {
			if i > 0 {
				out = append(out, ',')
			}
			out = f.appendAnnotation(out, element, inside[i])
		}
		return append(out, ']')
	})
}

func (f form) appendAnnotation(out []byte, element jsontext.Value, problems []Problem) []byte {
	if element.Kind() != jsontext.KindBeginObject {
		return appendCompact(out, element)
	}
	return f.appendObject(out, element, problems, func(out []byte, m member) []byte {
		return appendCompact(out, m.value)
	})
}

// appendObject writes an object without the members that the form leaves out, and with problems at its end.
func (f form) appendObject(out []byte, object jsontext.Value, problems []Problem, value func([]byte, member) []byte) []byte {
	list, _ := members(object) // part of a line that has been read before
	out = append(out, '{')
	for _, m := range list {
		if !slices.Contains(f.inner, m.name) {
			out = value(appendKey(out, m.key), m)
		}
	}
	return append(f.appendProblems(out, problems), '}')
}

func (f form) appendProblems(out []byte, problems []Problem) []byte {
	var errors, warnings []Problem
	for _, p := range problems {
		if p.Severity == Warning {
			warnings = append(warnings, p)
		} else {
			errors = append(errors, p)
		}
	}
	return appendProblemList(appendProblemList(out, f.errors, errors), f.warnings, warnings)
}

func appendProblemList(out []byte, name string, problems []Problem) []byte {
	if name == "" || len(problems) == 0 {
		return out
	}
	out = append(appendKey(out, jsontext.Value(`"`+name+`"`)), '[')
	for i, p := range problems {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, `{"code":"`...), p.Code...), `","message":`...)
		out, _ = jsontext.AppendQuote(out, p.Message) // names in it were read as UTF-8
		out = append(out, '}')
	}
	return append(out, ']')
}

// appendKey begins the next member of the object that out ends in.
func appendKey(out []byte, key jsontext.Value) []byte {
	if out[len(out)-1] != '{' {
		out = append(out, ',')
	}
	return append(append(out, key...), ':')
}

func appendCompact(out []byte, v jsontext.Value) []byte {
	out, _ = jsontext.AppendFormat(out, v, preserve...) // v has been read before
	return out
}
