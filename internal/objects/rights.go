package objects

import (
	"context"
	"fmt"

	"ownsight"
)

// Rights tells what the identity policies of a user say. It is never asked
// about an account's root, who may do everything that is the account's to do.
//
// The action is one of S3's, such as s3:GetObject; the resource is
// arn:aws:s3:::bucket/key, arn:aws:s3:::bucket or, to list all buckets,
// arn:aws:s3:::*. The conditions are what is known of the request, not to be
// changed: from the embedded server aws:CurrentTime, aws:EpochTime,
// aws:SecureTransport, aws:SourceIp, aws:UserAgent, aws:Referer, s3:prefix,
// s3:delimiter, s3:max-keys, s3:x-amz-acl and s3:VersionId, each where the
// request has it; from clients of another S3 server s3:prefix. The time and what
// is known of the principal, the implementation adds.
//
// It is asked once for every object of a request and must be quick. Safe for
// use by many goroutines.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
type Rights interface {
	Decide(ctx context.Context, p ownsight.Principal, action, resource string, conditions map[string][]string) (ownsight.Decision, error)
}

const arnPrefix = "arn:aws:s3:::"

// identityDecision is what a principal's own account lets it do.
func identityDecision(ctx context.Context, rights Rights, p ownsight.Principal, action, resource string, conditions map[string][]string) (ownsight.Decision, error) {
	if p.IsRoot() {
		return ownsight.Allow, nil
	}
	if rights == nil {
		return ownsight.Unsaid, nil
	}
	decision, err := rights.Decide(ctx, p, action, resource, conditions)
	if err != nil {
		return ownsight.Unsaid, fmt.Errorf("rights of %s: %w", p.ARN(), err)
	}
	return decision, nil
}
