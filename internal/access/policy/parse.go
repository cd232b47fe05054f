package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/versity/versitygw/iamapi/iamerr"
	"github.com/versity/versitygw/iamapi/policy"
)

// kind says which grammar a document is read by.
type kind int

const (
	identity kind = iota
	project
)

const (
	// maxBytes bounds what is read at all: the length of IAM's own parameter, PolicyDocument.
	maxBytes = 131072
	// maxIdentity is the quota of a managed policy, white space not counted (reference_iam-quotas).
	maxIdentity = 6144
)

// rawDocument and rawStatement have the members of the grammar (reference_policies_grammar).
type rawDocument struct{ Version, Id, Statement jsontext.Value }

type rawStatement struct {
	Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition jsontext.Value
}

// parse reads and checks a document.
func parse(document string, k kind) ([]*statement, error) {
	at := place("the policy document")
	if len(document) > maxBytes {
		return nil, at.malformed("has %d bytes; at most %d are read", len(document), maxBytes)
	}
	if n := size(document); k == identity && n > maxIdentity {
		return nil, at.malformed("has %d characters, not counting white space; at most %d are allowed", n, maxIdentity)
	}
	var raw rawDocument
	if err := parseObject(jsontext.Value(document), &raw, at); err != nil {
		return nil, err
	}
	variables, err := parseVersion(raw.Version)
	if err != nil {
		return nil, err
	}
	if raw.Id != nil {
		if k == identity {
			return nil, place("Id").malformed("only policies of resources have one; remove it")
		}
		if _, err := parseString(raw.Id, "Id"); err != nil {
			return nil, err
		}
	}
	list, places, err := parseStatements(raw.Statement)
	if err != nil {
		return nil, err
	}
	statements := make([]*statement, len(list))
	sids := map[string]bool{}
	for i, raw := range list {
		sid, err := parseSid(raw.Sid, k, places[i])
		if err != nil {
			return nil, err
		}
		if sid != "" {
			if sids[sid] {
				return nil, places[i].member("Sid").malformed("%q is the Sid of another statement too", sid)
			}
			sids[sid] = true
			places[i] += place(fmt.Sprintf(" (Sid %q)", sid))
		}
		if statements[i], err = parseStatement(raw, k, variables, places[i]); err != nil {
			return nil, err
		}
	}
	return statements, nil
}

func parseVersion(v jsontext.Value) (variables bool, err error) {
	if v == nil {
		return false, nil
	}
	switch version, err := parseString(v, "Version"); {
	case err != nil:
		return false, err
	case version != policy.Version2008 && version != policy.Version2012:
		return false, place("Version").malformed(`%q is unknown; write "2012-10-17"`, version)
	default:
		return version == policy.Version2012, nil
	}
}

// parseStatements takes one statement or a list, with the place of each.
func parseStatements(v jsontext.Value) (list []rawStatement, places []place, err error) {
	at := place("Statement")
	switch v.Kind() {
	case '{':
		list, places = make([]rawStatement, 1), []place{at}
		return list, places, parseObject(v, &list[0], at)
	case '[':
		var elements []jsontext.Value
		if err := json.Unmarshal(v, &elements); err != nil {
			return nil, nil, fmt.Errorf("statements: %w", err)
		}
		list = make([]rawStatement, len(elements))
		for i, e := range elements {
			places = append(places, place(fmt.Sprintf("Statement[%d]", i)))
			if err := parseObject(e, &list[i], places[i]); err != nil {
				return nil, nil, err
			}
		}
	}
	if len(list) == 0 {
		return nil, nil, at.malformed("needs at least one statement: [{...}]")
	}
	return list, places, nil
}

func parseSid(v jsontext.Value, k kind, at place) (string, error) {
	if v == nil {
		return "", nil
	}
	sid, err := parseString(v, at.member("Sid"))
	odd := func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	if err == nil && k == identity && strings.ContainsFunc(sid, odd) {
		err = at.member("Sid").malformed("%q has other characters than A-Z, a-z and 0-9", sid)
	}
	return sid, err
}

func parseStatement(raw rawStatement, k kind, variables bool, at place) (*statement, error) {
	s := &statement{}
	var err error
	if raw.Effect == nil {
		return nil, at.malformed("lacks Effect")
	}
	if s.effect, err = parseString(raw.Effect, at.member("Effect")); err != nil {
		return nil, err
	}
	if s.effect != "Allow" && s.effect != "Deny" {
		return nil, at.member("Effect").malformed(`%q is neither "Allow" nor "Deny"`, s.effect)
	}
	if err := s.parsePrincipal(raw, k, at); err != nil {
		return nil, err
	}
	if err := s.parseActions(raw, k, at); err != nil {
		return nil, err
	}
	if err := s.parseResources(raw, k, variables, at); err != nil {
		return nil, err
	}
	if raw.Condition != nil {
		if s.conditions, err = parseConditions(raw.Condition, at.member("Condition"), variables); err != nil {
			return nil, err
		}
	}
	return s, s.prepare(at)
}

// prepare encodes the statement, if it is the same for all requests, and has the evaluator's own word on it.
func (s *statement) prepare(at place) error {
	trial := *s
	trial.effect = "Deny" // one that applies though variables have no value
	encoded, _ := trial.encode(nil)
	if err := policy.Parse(document(encoded)); err != nil {
		var known iamerr.Error
		errors.As(err, &known)
		return at.malformed("is refused: %s", known.Message)
	}
	if !s.variable() {
		s.ready, _ = s.encode(nil)
	}
	return nil
}

func (s *statement) parsePrincipal(raw rawStatement, k kind, at place) (err error) {
	switch {
	case raw.NotPrincipal != nil:
		return at.malformed("must not have NotPrincipal")
	case k == identity && raw.Principal != nil:
		return at.malformed("must not have Principal: an identity policy speaks of those it is attached to")
	case k == project && raw.Principal == nil:
		return at.malformed(`lacks Principal, such as {"AWS": "111122223333"}`)
	case k == project:
		s.principals, err = parsePrincipals(raw.Principal, at.member("Principal"))
	}
	return err
}

// size counts as IAM does: characters that are not white space.
func size(s string) (n int) {
	for _, r := range s {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}
