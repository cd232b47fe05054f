package objects

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/versity/versitygw/auth"

	"ownsight"
)

// EvaluatePolicy judges the actions of a request on each of its resources, as
// S3 does: what a policy denies is denied. In its own account a principal may
// do what either its identity policies or the bucket's policy allows; with
// another account's bucket only what both allow.
//
// The gateway asks after it has judged the bucket's policy by itself, or the
// ACL where there is none, and takes either side's word for an Allow. Only a
// session policy can take back what it granted so. Therefore a verdict is said
// twice: what is granted, and as a session policy what may be granted at all.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (i *identity) EvaluatePolicy(accountID, user string, actions []auth.Action, resources []string, request map[string][]string) (auth.PolicyEvaluation, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	p := ownsight.Principal{Account: accountID, User: user}
	judge := judge{identity: i, principal: p, conditions: fromOutside(request)}
	granted := make([][]ownsight.Decision, len(resources))
	grantable := make([][]ownsight.Decision, len(resources))
	for r, resource := range resources {
		for _, action := range actions {
			verdict, err := judge.judge(ctx, action, resource)
			if err != nil {
				return auth.PolicyEvaluation{}, err
			}
			granted[r] = append(granted[r], verdict.granted)
			grantable[r] = append(grantable[r], verdict.grantable)
		}
	}
	evaluation := auth.PolicyEvaluation{PrincipalArn: p.ARN(), HasSessionPolicy: true}
	tell(&evaluation.Decisions, granted)
	tell(&evaluation.SessionDecisions, grantable)
	return evaluation, nil
}

// tell writes the matrix in the gateway's type, which it does not export: 0 is
// "nothing said", 1 is "allow", 2 is "deny", as ours are.
func tell[Decision ~int](matrix *[][]Decision, decisions [][]ownsight.Decision) {
	for _, row := range decisions {
		told := make([]Decision, len(row))
		for i, decision := range row {
			told[i] = Decision(decision)
		}
		*matrix = append(*matrix, told)
	}
}

// fromOutside leaves out the address of a request that came from inside the
// program, which has none.
func fromOutside(conditions map[string][]string) map[string][]string {
	if !slices.Equal(conditions["aws:SourceIp"], []string{net.IPv4zero.String()}) {
		return conditions
	}
	conditions = maps.Clone(conditions)
	delete(conditions, "aws:SourceIp")
	return conditions
}

// ownersOnly are the actions that S3 keeps to the account that owns a bucket,
// whatever its policy says.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
var ownersOnly = []auth.Action{auth.GetBucketPolicyAction, auth.PutBucketPolicyAction, auth.DeleteBucketPolicyAction}

// judge judges what one principal asks for in one request.
type judge struct {
	*identity
	principal  ownsight.Principal
	conditions map[string][]string

	bucket *bucket // of the last resource: few requests have two
}

// verdict is what is granted, and how much of what the gateway itself has
// granted may stay.
type verdict struct{ granted, grantable ownsight.Decision }

func (j *judge) judge(ctx context.Context, action auth.Action, resource string) (verdict, error) {
	if source, _, versioned := strings.Cut(resource, "?versionId="); versioned && action == auth.GetObjectAction {
		action, resource = auth.GetObjectVersionAction, source // of a copy, shown as its header has it
	}
	name, key, _ := strings.Cut(strings.TrimPrefix(resource, arnPrefix), "/")
	if action == auth.PutObjectAction && key == "" && !j.principal.IsRoot() {
		return verdict{}, nil // a form upload is shown without its key: no policy on keys could hold
	}
	own, err := identityDecision(ctx, j.rights, j.principal, string(action), resource, j.conditions)
	if err != nil {
		return verdict{}, err
	}
	if action == auth.CreateBucketAction || action == auth.ListAllMyBucketsAction {
		return verdict{own, own}, nil // there is no bucket
	}
	if j.bucket == nil || j.bucket.name != name {
		if j.bucket, err = j.open(ctx, name, j.principal); err != nil {
			return verdict{}, err
		}
	}
	theirs := j.bucket.policy.decide(action, name, key, j.conditions, j.files.NormalizeObjectKey)
	either, both := max(own, theirs), min(own, theirs) // Unsaid is less than Allow
	switch {
	case either == ownsight.Deny:
		return verdict{ownsight.Deny, ownsight.Deny}, nil
	case j.bucket.owner == j.principal.Account:
		return verdict{either, either}, nil
	case slices.Contains(ownersOnly, action):
		return verdict{}, nil
	case j.bucket.policy == nil:
		return verdict{ownsight.Unsaid, own}, nil // an ACL may grant it
	}
	return verdict{both, both}, nil
}
