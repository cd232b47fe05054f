package objects

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3err"
)

// adminMark travels in the session token of the gateway's account record, the
// only part of it that reaches EvaluatePolicy beside the account's name.
const adminMark = "admin"

// EvaluatePolicy stands for the identity policies of the caller: an account
// may do anything with its own buckets, whatever their bucket policies forget
// to say, may list them, and its administrators may make more. Everything else
// needs a bucket policy or an ACL. An explicit Deny there wins.
func (i *identity) EvaluatePolicy(accountID, mark string, actions []auth.Action, resources []string, _ map[string][]string) (auth.PolicyEvaluation, error) {
	allowed := make([][]bool, len(resources))
	for r, resource := range resources {
		own, err := i.owns(accountID, resource)
		if err != nil {
			return auth.PolicyEvaluation{}, err
		}
		for _, action := range actions {
			ok := own
			switch action {
			case auth.CreateBucketAction:
				ok = mark == adminMark
			case auth.ListAllMyBucketsAction:
				ok = true
			}
			allowed[r] = append(allowed[r], ok)
		}
	}
	evaluation := auth.PolicyEvaluation{PrincipalArn: rootARN(accountID)}
	decide(&evaluation.Decisions, allowed)
	return evaluation, nil
}

// decide writes the matrix in the gateway's type, which it does not export:
// 0 is "nothing said", 1 is "allow".
func decide[Decision ~int](decisions *[][]Decision, allowed [][]bool) {
	for _, row := range allowed {
		decided := make([]Decision, len(row))
		for i, ok := range row {
			if ok {
				decided[i] = 1
			}
		}
		*decisions = append(*decisions, decided)
	}
}

// owns tells whether the bucket of arn:aws:s3:::bucket[/key] is the account's.
// A bucket that is not there is nobody's.
func (i *identity) owns(accountID, resource string) (bool, error) {
	bucket, _, _ := strings.Cut(strings.TrimPrefix(resource, auth.ResourceArnPrefix), "/")
	if CheckBucket(bucket) != nil {
		return false, nil
	}
	text, err := i.files.GetBucketAcl(context.Background(), &s3.GetBucketAclInput{Bucket: &bucket})
	var missing s3err.S3Error
	if errors.As(err, &missing) {
		return false, nil
	}
	if err != nil || len(text) == 0 {
		return false, err
	}
	var acl auth.ACL
	if err := json.Unmarshal(text, &acl); err != nil {
		return false, fmt.Errorf("owner of bucket %s: %w", bucket, err)
	}
	return acl.Owner == accountID, nil
}

// ResolvePrincipals gives those principals of a bucket policy that can name no
// account here.
func (i *identity) ResolvePrincipals(principals []string) ([]string, error) {
	var unknown []string
	for _, principal := range principals {
		id := strings.TrimSuffix(strings.TrimPrefix(principal, "arn:aws:iam::"), ":root")
		if !accountPattern.MatchString(id) || principal != id && principal != rootARN(id) {
			unknown = append(unknown, principal)
		}
	}
	return unknown, nil
}

// ResolveAccounts gives those grantees of an ACL that are not account numbers.
func (i *identity) ResolveAccounts(accounts []string) ([]string, error) {
	var unknown []string
	for _, id := range accounts {
		if !accountPattern.MatchString(id) {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}
