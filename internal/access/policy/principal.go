package policy

import (
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ownsight"
)

// principal is whom a statement of a project policy speaks of: everybody, all of an account, or the one that an ARN
// names.
type principal struct {
	everybody    bool
	account, arn string
}

// matches tells whether a principal covers who asks; alone, an account does not cover its users.
func (p principal) matches(who ownsight.Principal, alone bool) bool {
	return p.everybody || p.account != "" && p.account == who.Account && !alone || p.arn != "" && p.arn == who.ARN()
}

// principalARN tells accounts from users, roles and sessions, with the characters that IAM allows in their names and
// paths (reference_policies_elements_principal, reference_iam-quotas).
var principalARN = regexp.MustCompile(`^arn:aws:(?:iam::(\d{12}):(root|(?:user|role)/[\w+=,.@/-]+)|` +
	`sts::(\d{12}):(?:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+))$`)

// parsePrincipals reads a Principal: "*", or {"AWS": one or a list}.
func parsePrincipals(v jsontext.Value, at place) ([]principal, error) {
	const remedy = `write "*" or {"AWS": "111122223333"}`
	if v.Kind() == '"' {
		s, err := parseString(v, at)
		if err == nil && s != "*" {
			err = at.malformed("%q is not a principal; %s", s, remedy)
		}
		return []principal{{everybody: true}}, err
	}
	var kinds []principal
	err := eachMember(v, at, func(name string, v jsontext.Value) error {
		if name != "AWS" {
			return at.malformed("principals of the kind %q cannot copy models; %s", name, remedy)
		}
		ids, err := parseStrings(v, at.member(name))
		for _, id := range ids {
			var p principal
			if p, err = parsePrincipal(id, at.member(name)); err != nil {
				break
			}
			kinds = append(kinds, p)
		}
		return err
	})
	if err == nil && len(kinds) == 0 {
		err = at.malformed("names nobody; %s", remedy)
	}
	return kinds, err
}

func parsePrincipal(id string, at place) (principal, error) {
	m := principalARN.FindStringSubmatch(id)
	switch {
	case id == "*":
		return principal{everybody: true}, nil
	case ownsight.ValidAccount(id):
		return principal{account: id}, nil
	case m != nil && m[2] == "root":
		return principal{account: m[1]}, nil
	case m != nil:
		return principal{arn: id}, nil
	case strings.ContainsAny(id, "*?"):
		return principal{}, at.malformed(`%q: a wildcard cannot be a part of a principal; "*" alone is everybody`, id)
	}
	return principal{}, at.malformed("%q is not a principal; needs an account's twelve digits, "+
		"arn:aws:iam::ACCOUNT:root or arn:aws:iam::ACCOUNT:user/NAME", id)
}
