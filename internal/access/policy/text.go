package policy

import (
	"fmt"
	"strings"
)

// text is a value of a document: literals and policy variables in turn.
type text []piece

// piece is a literal, in the evaluator's form, or the variable of a condition key.
type piece struct {
	literal  string
	key      string  // in lower case
	fallback *string // what a variable stands for where the request lacks its key
}

// unknown stands for a variable without a value: it is in nothing that a request may hold, be it a name, a tag, a header or
// the key of an object.
const unknown = "\x00"

// literal is a text without variables. In a pattern * and ? are wildcards.
func literal(s string, pattern bool) text {
	if !pattern {
		s = veil(s)
	}
	return text{{literal: s}}
}

// parseText reads a value with variables, or says what is wrong with one of them.
func parseText(s string, pattern bool) (text, error) {
	var t text
	for {
		before, rest, found := strings.Cut(s, "${")
		if before != "" || !found && t == nil {
			t = append(t, literal(before, pattern)...)
		}
		if !found {
			return t, nil
		}
		variable, after, closed := cutVariable(rest)
		if !closed {
			return nil, fmt.Errorf("the policy variable ${%s lacks its closing brace; write ${$} for a dollar sign", rest)
		}
		p, err := parseVariable(variable)
		if err != nil {
			return nil, err
		}
		t, s = append(t, p), after
		if s == "" {
			return t, nil
		}
	}
}

// cutVariable cuts at the brace that closes a variable; one within its quoted default does not.
func cutVariable(s string) (variable, after string, closed bool) {
	quoted := false
	for i, c := range s {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == '}' && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return "", "", false
}

func parseVariable(s string) (piece, error) {
	switch s {
	case "":
		return piece{}, fmt.Errorf("the policy variable ${} is empty; name a condition key, such as ${aws:username}")
	case "*", "?", "$":
		return piece{literal: veil(s)}, nil
	}
	key, fallback, found := strings.Cut(s, ",")
	if strings.ContainsAny(key, " '{$") || !isKey(key) {
		return piece{}, fmt.Errorf("the policy variable ${%s} does not name a condition key, such as ${aws:username}", s)
	}
	p := piece{key: strings.ToLower(key)}
	if found {
		fallback = strings.TrimLeft(fallback, " ")
		if len(fallback) < 2 || strings.Count(fallback, "'") != 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
			return piece{}, fmt.Errorf("the default of the policy variable ${%s} must stand in single quotes: ${%s, 'default'}", s, key)
		}
		fallback = veil(fallback[1 : len(fallback)-1])
		p.fallback = &fallback
	}
	return p, nil
}

func (t text) variable() bool {
	for _, p := range t {
		if p.key != "" {
			return true
		}
	}
	return false
}

// mayMatch is false only of a pattern that cannot match s.
func (t text) mayMatch(s string) bool {
	if len(t) == 1 && t[0].key == "" {
		return mayMatch(t[0].literal, s)
	}
	start := t[0].literal
	if i := strings.IndexAny(start, "*?"); i >= 0 {
		start = start[:i]
	}
	return strings.HasPrefix(s, start)
}

// resolve puts values in the place of variables; known is false if one has none. A key with several values cannot be a
// variable.
func resolve(texts []text, context map[string][]string) (resolved []string, known bool) {
	resolved, known = make([]string, len(texts)), true
	for i, t := range texts {
		var b strings.Builder
		for _, p := range t {
			switch values := context[p.key]; {
			case p.key == "":
				b.WriteString(p.literal)
			case len(values) == 1:
				b.WriteString(values[0])
			case len(values) == 0 && p.fallback != nil:
				b.WriteString(*p.fallback)
			default:
				b.WriteString(unknown)
				known = false
			}
		}
		resolved[i] = b.String()
	}
	return resolved, known
}
