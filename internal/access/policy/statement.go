package policy

import (
	"encoding/json"
	"slices"
	"strings"

	"ownsight"
)

// statement is one statement of a policy, checked, in the evaluator's form but for its variables.
type statement struct {
	effect                string
	principals            []principal // of a project policy
	action, notAction     []string    // in lower case
	resource, notResource []text
	conditions            []condition
	ready                 string // what encode gives, if there are no variables
}

// condition is one key under one operator.
type condition struct {
	operator string // as the evaluator knows it
	key      string // in lower case
	values   []text
	negated  bool
	present  bool // holds only where the request has the key
}

// encoding is a statement as the evaluator reads it. No version is given: it is not to look for variables again.
type encoding struct {
	Effect      string
	Action      []string                       `json:",omitempty"`
	NotAction   []string                       `json:",omitempty"`
	Resource    []string                       `json:",omitempty"`
	NotResource []string                       `json:",omitempty"`
	Condition   map[string]map[string][]string `json:",omitempty"`
}

func (s *statement) names(who ownsight.Principal, own bool) bool {
	alone := own && s.effect == "Allow" && !who.IsRoot() // an account is not its users
	return slices.ContainsFunc(s.principals, func(p principal) bool { return p.matches(who, alone) })
}

// mayCover is false only of statements that cannot apply to the request, judged by what stands before the first
// wildcard of their patterns and by the keys they need. It spares the evaluator most statements.
func (s *statement) mayCover(q question) bool {
	if s.action != nil && !slices.ContainsFunc(s.action, func(a string) bool { return mayMatch(a, q.Action) }) {
		return false
	}
	if s.resource != nil && !slices.ContainsFunc(s.resource, func(t text) bool { return t.mayMatch(q.Resource) }) {
		return false
	}
	for _, c := range s.conditions {
		if _, ok := q.Condition[c.key]; c.present && !ok {
			return false
		}
	}
	return true
}

// document makes one of encoded statements: always a list, for a single statement outside one is decoded twice.
func document(statements ...string) string {
	return `{"Statement":[` + strings.Join(statements, ",") + `]}`
}

// mayMatch is false only of a pattern that cannot match s.
func mayMatch(pattern, s string) bool {
	i := strings.IndexAny(pattern, "*?")
	if i < 0 {
		return pattern == s
	}
	return strings.HasPrefix(s, pattern[:i])
}

// encode writes the statement for the evaluator, with variables replaced by their values in the context. It is not ok
// for an Allow that hangs on something being different from a variable without value: "any attempt to match it fails
// and causes the statement to be invalid" (reference_policies_variables). A Deny holds then.
func (s *statement) encode(context map[string][]string) (encoded string, ok bool) {
	if s.ready != "" {
		return s.ready, true
	}
	e := encoding{Effect: s.effect, Action: s.action, NotAction: s.notAction, Condition: map[string]map[string][]string{}}
	e.Resource, _ = resolve(s.resource, context)
	e.NotResource, ok = resolve(s.notResource, context)
	for _, c := range s.conditions {
		values, all := resolve(c.values, context)
		ok = ok && (all || !c.negated)
		if e.Condition[c.operator] == nil {
			e.Condition[c.operator] = map[string][]string{}
		}
		e.Condition[c.operator][c.key] = values
	}
	if !ok && s.effect == "Allow" {
		return "", false
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings, and maps and lists of strings
	}
	return string(b), true
}

// variable reports whether the encoding depends on the request.
func (s *statement) variable() bool {
	return slices.ContainsFunc(s.resource, text.variable) || slices.ContainsFunc(s.notResource, text.variable) ||
		slices.ContainsFunc(s.conditions, func(c condition) bool { return slices.ContainsFunc(c.values, text.variable) })
}
