package objects

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3err"

	"ownsight"
)

// bucket is what a judge must know of one.
type bucket struct {
	name   string
	owner  string        // account; empty where the bucket is not there
	policy *bucketPolicy // nil where it has none
}

// open reads a bucket as a principal meets it. A name that cannot be a bucket's
// is one that is not there.
func (i *identity) open(ctx context.Context, name string, p ownsight.Principal) (*bucket, error) {
	found := &bucket{name: name}
	if CheckBucket(name) != nil {
		return found, nil
	}
	var missing s3err.S3Error
	text, err := i.files.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &name})
	if errors.As(err, &missing) {
		return found, nil
	}
	if err != nil {
		return nil, fmt.Errorf("owner of bucket %s: %w", name, err)
	}
	acl, err := auth.ParseACL(text)
	if err != nil {
		return nil, fmt.Errorf("owner of bucket %s: %w", name, err)
	}
	found.owner = acl.Owner
	text, err = i.files.GetBucketPolicy(ctx, name)
	if errors.As(err, &missing) {
		return found, nil
	}
	if err == nil {
		found.policy, err = parseBucketPolicy(text, p, p.Account == acl.Owner)
	}
	if err != nil {
		return nil, fmt.Errorf("policy of bucket %s: %w", name, err)
	}
	return found, nil
}

// bucketPolicy is those statements of a bucket's policy that speak of one
// principal, written as if they spoke of everybody, which the gateway's
// evaluator can judge with conditions about the principal.
type bucketPolicy struct {
	principal ownsight.Principal

	allow []byte // the statements that allow; nil if none
	deny  []byte // those that deny, after one that allows everything; nil if none
}

// statement is decoded as the gateway does, without regard to the case of names.
type statement struct {
	Effect    auth.BucketPolicyAccessType
	Principal json.RawMessage
	Action    json.RawMessage
	Resource  json.RawMessage
	Condition json.RawMessage `json:",omitempty"`
}

type policyDocument struct {
	Version   string `json:",omitempty"`
	Statement []statement
}

var everything = statement{
	Effect:    auth.BucketPolicyAccessTypeAllow,
	Principal: json.RawMessage(`"*"`),
	Action:    json.RawMessage(`"s3:*"`),
	Resource:  json.RawMessage(`"` + arnPrefix + `*"`),
}

func parseBucketPolicy(text []byte, p ownsight.Principal, own bool) (*bucketPolicy, error) {
	var document policyDocument
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	allow, deny := policyDocument{Version: document.Version}, policyDocument{Version: document.Version}
	for _, s := range document.Statement {
		var named auth.Principals
		if err := json.Unmarshal(s.Principal, &named); err != nil {
			return nil, err
		}
		denies := s.Effect == auth.BucketPolicyAccessTypeDeny
		if !speaksOf(named, p, denies || !own) {
			continue
		}
		s.Principal = everything.Principal
		if denies {
			deny.Statement = append(deny.Statement, s)
		} else {
			allow.Statement = append(allow.Statement, s)
		}
	}
	policy := &bucketPolicy{principal: p}
	var errAllow, errDeny error
	if len(allow.Statement) > 0 {
		policy.allow, errAllow = json.Marshal(allow)
	}
	if len(deny.Statement) > 0 {
		deny.Statement = append(deny.Statement, everything)
		policy.deny, errDeny = json.Marshal(deny)
	}
	return policy, errors.Join(errAllow, errDeny)
}

// speaksOf tells whether a statement's principals cover p. An account, written
// as its number or its root, covers its users (delegated) where it is denied
// something or given another account's bucket: what of it its users get, their
// identity policies say. In its own buckets it has nothing to give them.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func speaksOf(named auth.Principals, p ownsight.Principal, delegated bool) bool {
	names := []string{"*", p.ARN()}
	if p.IsRoot() || delegated {
		names = append(names, p.Account, ownsight.Principal{Account: p.Account}.ARN())
	}
	for _, name := range names {
		if _, found := named[name]; found {
			return true
		}
	}
	return false
}

func (b *bucketPolicy) decide(action auth.Action, bucket, key string, request map[string][]string, normalize func(bucket, key string) string) ownsight.Decision {
	if b == nil {
		return ownsight.Unsaid
	}
	conditions := withPrincipal(request, b.principal)
	key = strings.ReplaceAll(key, "*", "\x01") // the evaluator would not find a pattern's wildcard in its own sign
	allows := func(policy []byte) bool {
		return auth.VerifyPublicBucketPolicy(policy, bucket, key, conditions, normalize, action) == nil
	}
	switch {
	case b.deny != nil && !allows(b.deny):
		return ownsight.Deny
	case b.allow != nil && allows(b.allow):
		return ownsight.Allow
	}
	return ownsight.Unsaid
}

// withPrincipal adds what is known of a principal to what is known of a request,
// as far as the gateway lets a bucket's policy ask for it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func withPrincipal(request map[string][]string, p ownsight.Principal) map[string][]string {
	conditions := maps.Clone(request)
	conditions["aws:PrincipalArn"] = []string{p.ARN()}
	conditions["aws:userid"] = []string{p.ID()}
	if !p.IsRoot() {
		conditions["aws:username"] = []string{p.User}
	}
	return conditions
}

// ResolvePrincipals gives those principals of a bucket policy that can name
// nobody here. Users are taken by their name, whether they exist or not: they
// live where this package does not look.
func (i *identity) ResolvePrincipals(principals []string) ([]string, error) {
	var unknown []string
	for _, principal := range principals {
		if !namesSomebody(principal) {
			unknown = append(unknown, principal)
		}
	}
	return unknown, nil
}

func namesSomebody(principal string) bool {
	name, isARN := strings.CutPrefix(principal, "arn:aws:iam::")
	if !isARN {
		return ownsight.ValidAccount(principal)
	}
	account, name, _ := strings.Cut(name, ":")
	user, isUser := strings.CutPrefix(name, "user/")
	return ownsight.ValidAccount(account) && (name == "root" || isUser && ownsight.ValidUser(user))
}

// ResolveAccounts gives those grantees of an ACL that are not account numbers.
func (i *identity) ResolveAccounts(accounts []string) ([]string, error) {
	var unknown []string
	for _, id := range accounts {
		if !ownsight.ValidAccount(id) {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}
