// Package policy judges requests by IAM policy documents: by the identity policies of users, and by the project
// policies with which a Custom Labels project lets others copy its model versions.
//
// The evaluator is versitygw's (iamapi/policy): effects, wildcards, condition operators. What it leaves open, or does
// otherwise than the IAM User Guide says (its pages are named in brackets), is done before it is asked:
//
//   - Documents are read strictly: names of members in their exact case, none twice, none unknown, no other type than the
//     grammar's. The evaluator takes "effect" for "Effect" and knows no Id. Ids are for resource policies only; Sids of
//     identity policies have letters and digits only (reference_policies_grammar, reference_policies_elements_sid).
//   - Policy variables: any condition key (tags too: ${aws:PrincipalTag/team}), defaults (${aws:username, 'nobody'}), and
//     ${*}, ${?}, ${$}. What a variable brings in is never a wildcard (reference_policies_variables). A variable
//     without value equals nothing; in an Allow statement, what must not equal it makes the statement not apply.
//   - ForAnyValue with a negated operator does not hold where the key is absent. Keys without values are absent
//     (reference_policies_multi-value-conditions).
//   - Keys that differ in case only are one key: twice under one operator is malformed, and values of a request's
//     are taken together.
//   - Dates in any form of W3C's note, such as 2026-01-31, not RFC 3339 alone.
//   - What an operator can never read (a date that is none, "yes" for a Bool) is malformed, for a Deny with it would
//     never hold. This is stricter than the evaluator's authors found IAM to be.
//   - Partitions: a resource may be written arn:*:... or arn:aws*:... (the evaluator takes neither); any other partition
//     than aws is malformed.
//
// Left as the evaluator has it: ? stands for one byte, not one letter, of a tag outside ASCII; the ARN operators compare
// whole ARNs, not segment by segment, so that a pattern with fewer segments may match too; ForAllValues does not take an
// empty text for an absent one; ARNs of resources may have wildcards for the service.
package policy

import (
	"strings"

	"github.com/versity/versitygw/iamapi/policy"
	"github.com/versity/versitygw/iamapi/types"

	"ownsight"
)

// Request is what is asked of policies: "rekognition:CreateProject", the ARN of the resource or "*", and the condition
// keys with their values, such as aws:RequestTag/team. Keys of the context may be in any case; one without values is
// absent.
type Request struct {
	Action, Resource string
	Context          map[string][]string
}

// CheckIdentity reports what is wrong with an identity policy, as a MalformedPolicy error that names the statement and
// the member. At most 6144 characters are taken, not counting white space (reference_iam-quotas, managed policies).
func CheckIdentity(document string) error {
	_, err := parse(document, identity)
	return err
}

// Identity decides a request by all identity policies of a principal together: one Deny that applies outweighs every
// Allow. A document that CheckIdentity refuses denies.
func Identity(documents []string, r Request) ownsight.Decision {
	return decide(documents, identity, r, func(*statement) bool { return true })
}

// CheckProject reports what is wrong with a project policy, as a MalformedPolicy error that names the statement and the
// member. Its length and characters are the wire model's to check.
//
// Only the action rekognition:CopyProjectVersion may be named, without wildcards: "the only supported action" (Custom
// Labels guide, md-create-project-policy-document). Roles, sessions and federated users may be named as principals;
// there are none here, so they match nobody.
func CheckProject(document string) error {
	_, err := parse(document, project)
	return err
}

// Project decides a request by all policies of a project together, for who asks; own says whether the project is its
// account's. An account's number or root ARN speaks of all its principals, but to those of the project's own account it
// gives nothing: what of the account's a user may, its identity policies say. A document that CheckProject refuses denies.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func Project(documents []string, who ownsight.Principal, own bool, r Request) ownsight.Decision {
	return decide(documents, project, r, func(s *statement) bool { return s.names(who, own) })
}

// decide asks the evaluator about those statements of all documents that may apply, no more, since it reads what it is
// given anew for every decision.
func decide(documents []string, k kind, r Request, applies func(*statement) bool) ownsight.Decision {
	if len(documents) == 0 {
		return ownsight.Unsaid
	}
	q := newQuestion(r)
	var apply []string
	for _, d := range documents {
		statements, err := remembered.parse(d, k)
		if err != nil {
			return ownsight.Deny
		}
		for _, s := range statements {
			if !applies(s) || !s.mayCover(q) {
				continue
			}
			if encoded, ok := s.encode(q.Condition); ok {
				apply = append(apply, encoded)
			}
		}
	}
	if len(apply) == 0 {
		return ownsight.Unsaid
	}
	switch policy.EvaluateIdentityPolicies([]types.PolicyEntry{{PolicyDocument: document(apply...)}}, q.RequestContext) {
	case policy.DecisionNoMatch:
		return ownsight.Unsaid
	case policy.DecisionAllow:
		return ownsight.Allow
	default:
		return ownsight.Deny
	}
}

// question is a request in the form that statements are encoded in: actions and condition keys in lower case,
// wildcards of values veiled.
type question struct{ policy.RequestContext }

func newQuestion(r Request) question {
	context := make(map[string][]string, len(r.Context))
	for key, values := range r.Context {
		key = strings.ToLower(key)
		for _, v := range values {
			context[key] = append(context[key], veil(v))
		}
	}
	return question{policy.RequestContext{
		Action:    strings.ToLower(r.Action),
		Resource:  veil(r.Resource),
		Condition: context,
	}}
}

// wildcards stand for themselves once they are veiled: the evaluator knows no way to write them so. The two
// control characters are in no name, tag or header.
var wildcards = strings.NewReplacer("*", "\x01", "?", "\x02")

func veil(s string) string { return wildcards.Replace(s) }
