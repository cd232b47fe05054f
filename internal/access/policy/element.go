package policy

import (
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"ownsight"
)

// copyAction is the one action that project policies are about.
const copyAction = "rekognition:CopyProjectVersion"

func (s *statement) parseActions(raw rawStatement, k kind, at place) (err error) {
	s.action, s.notAction, err = parseEither(raw.Action, raw.NotAction, "Action", "NotAction", k, at)
	if err != nil {
		return err
	}
	for _, list := range [][]string{s.action, s.notAction} {
		for i, a := range list {
			service, name, _ := strings.Cut(a, ":")
			switch {
			case k == project && !strings.EqualFold(a, copyAction):
				return at.member("Action").malformed("%q: the only action of a project policy is %s", a, copyAction)
			case a != "*" && (name == "" || service == "" || strings.ContainsFunc(service, notOfService)):
				return at.malformed(`the action %q needs the form SERVICE:ACTION, such as rekognition:Describe*, or "*"`, a)
			}
			list[i] = strings.ToLower(a)
		}
	}
	return nil
}

func notOfService(r rune) bool {
	return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
}

func (s *statement) parseResources(raw rawStatement, k kind, variables bool, at place) error {
	yes, no, err := parseEither(raw.Resource, raw.NotResource, "Resource", "NotResource", k, at)
	if err != nil {
		return err
	}
	if s.resource, err = parseARNs(yes, k, variables, at.member("Resource")); err != nil {
		return err
	}
	s.notResource, err = parseARNs(no, k, variables, at.member("NotResource"))
	return err
}

func parseARNs(patterns []string, k kind, variables bool, at place) (texts []text, err error) {
	for _, p := range patterns {
		t := literal(p, true)
		if p != "*" {
			fields := strings.SplitN(p, ":", 6)
			if len(fields) < 6 || fields[0] != "arn" {
				return nil, at.malformed(`%q is not an ARN; needs "*" or arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`, p)
			}
			switch fields[1] {
			case "*", "aws*", ownsight.Partition:
				fields[1] = ownsight.Partition
			default:
				return nil, at.malformed("%q: the only partition here is %q", p, ownsight.Partition)
			}
			if k == project && fields[2] != "rekognition" {
				return nil, at.malformed("%q is not of rekognition; name model versions, such as "+
					"arn:aws:rekognition:REGION:ACCOUNT:project/NAME/version/*", p)
			}
			if variables && strings.Contains(strings.Join(fields[:5], ""), "${") {
				return nil, at.malformed("%q: policy variables may stand after the fifth colon only", p)
			}
			p = strings.Join(fields, ":")
			t = literal(p, true)
		}
		if variables {
			if t, err = parseText(p, true); err != nil {
				return nil, at.malformed("%v", err)
			}
		}
		texts = append(texts, t)
	}
	return texts, nil
}

// parseEither reads the one of two members that a statement must have. A project policy must not have the second.
func parseEither(v, not jsontext.Value, member, notMember string, k kind, at place) (list, notList []string, err error) {
	switch {
	case not != nil && k == project:
		return nil, nil, at.malformed("must not have %s", notMember)
	case v != nil && not != nil:
		return nil, nil, at.malformed("has both %s and %s; choose one", member, notMember)
	case v != nil:
		list, err = parseStrings(v, at.member(member))
	case not != nil:
		notList, err = parseStrings(not, at.member(notMember))
	default:
		err = at.malformed("lacks %s", member)
	}
	if err == nil && len(list)+len(notList) == 0 {
		err = at.malformed("has an empty list of %ss", strings.ToLower(member))
	}
	return list, notList, err
}
