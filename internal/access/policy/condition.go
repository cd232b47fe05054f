package policy

import (
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// operand says what values an operator takes.
type operand int

const (
	exactString operand = iota
	pattern
	number
	date
	boolean
	network
	binary
)

// operators are those of the IAM User Guide (reference_policies_elements_condition_operators), but for their prefixes
// ForAllValues: and ForAnyValue: and their suffix IfExists.
var operators = map[string]operand{
	"StringEquals": exactString, "StringNotEquals": exactString,
	"StringEqualsIgnoreCase": exactString, "StringNotEqualsIgnoreCase": exactString,
	"StringLike": pattern, "StringNotLike": pattern,
	"NumericEquals": number, "NumericNotEquals": number, "NumericLessThan": number,
	"NumericLessThanEquals": number, "NumericGreaterThan": number, "NumericGreaterThanEquals": number,
	"DateEquals": date, "DateNotEquals": date, "DateLessThan": date,
	"DateLessThanEquals": date, "DateGreaterThan": date, "DateGreaterThanEquals": date,
	"Bool": boolean, "Null": boolean,
	"BinaryEquals": binary,
	"IpAddress":    network, "NotIpAddress": network,
	"ArnEquals": pattern, "ArnLike": pattern, "ArnNotEquals": pattern, "ArnNotLike": pattern,
}

// parseConditions reads a Condition: operators, keys under them, one value or a list for each.
func parseConditions(v jsontext.Value, at place, variables bool) ([]condition, error) {
	var conditions []condition
	err := eachMember(v, at, func(operator string, v jsontext.Value) error {
		base, anyValue := strings.CutPrefix(operator, "ForAnyValue:")
		if !anyValue {
			base = strings.TrimPrefix(base, "ForAllValues:")
		}
		base, ifExists := strings.CutSuffix(base, "IfExists")
		takes, ok := operators[base]
		if !ok || base == "Null" && ifExists {
			return at.malformed("%q is not a condition operator, such as StringEquals or DateLessThanIfExists", operator)
		}
		at := at.member(operator)
		seen := map[string]bool{}
		return eachMember(v, at, func(key string, v jsontext.Value) error {
			c := condition{operator: operator, key: strings.ToLower(key), negated: strings.Contains(base, "Not")}
			c.present = anyValue && c.negated && !ifExists
			if !isKey(key) {
				return at.malformed("%q is not a condition key; needs a service before a colon, such as aws:username", key)
			}
			if seen[c.key] {
				return at.malformed("the key %q appears twice, for case does not matter in it", key)
			}
			seen[c.key] = true
			values, err := parseScalars(v, at.member(key))
			if err != nil {
				return err
			}
			for _, s := range values {
				t, err := parseOperand(s, takes, variables)
				if err != nil {
					return at.member(key).malformed("%v", err)
				}
				c.values = append(c.values, t)
			}
			conditions = append(conditions, c)
			return nil
		})
	})
	return conditions, err
}

// isKey reports whether key has the form of a condition key, such as aws:username.
func isKey(key string) bool {
	service, name, _ := strings.Cut(key, ":")
	return service != "" && name != ""
}

// parseOperand reads one value in the form that its operator takes. Only operators on strings and ARNs take variables.
func parseOperand(s string, takes operand, variables bool) (text, error) {
	var ok bool
	var needs string
	switch takes {
	case exactString, pattern:
		if variables {
			return parseText(s, takes == pattern)
		}
		return literal(s, takes == pattern), nil
	case binary:
		ok = true
	case number:
		f, err := strconv.ParseFloat(s, 64)
		ok, needs = err == nil && !math.IsNaN(f) && !math.IsInf(f, 0), "a number"
	case boolean:
		s = strings.ToLower(s)
		ok, needs = s == "true" || s == "false", "true or false"
	case network:
		_, _, err := net.ParseCIDR(s)
		ok, needs = err == nil || net.ParseIP(s) != nil, "an address or network, such as 203.0.113.0/24"
	case date:
		s, ok = normalDate(s)
		needs = "a date, such as 2026-01-31T00:00:00Z or 2026-01-31, or seconds since 1970"
	}
	if !ok {
		return nil, fmt.Errorf("%q does not fit the operator; needs %s", s, needs)
	}
	return literal(s, false), nil
}

// normalDate turns the forms of W3C's note on dates into RFC 3339, the one that the evaluator reads beside seconds since
// 1970. A year alone cannot be told from seconds.
func normalDate(s string) (string, bool) {
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return s, math.Abs(f) < 1e12
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.Format(time.RFC3339Nano), true
		}
	}
	return s, false
}
