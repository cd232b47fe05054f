package objects

import (
	"context"
	"fmt"

	"ownsight"
)

// permit says before a request whether it may be made: nil, or an error that is
// [ErrAccessDenied].
type permit func(ctx context.Context, action string, at URI, conditions map[string][]string) error

// permit gives the rules for a principal on another S3 server. That server
// knows the key of an account at best, so what sets an account apart from the
// system, and its users from each other, is decided here.
func (c Config) permit(p ownsight.Principal) permit {
	refuse := func(action string, at URI, why string) error {
		return fmt.Errorf("%w: %s is not authorized to perform %s on %s: %s", ErrAccessDenied, p.ARN(), action, at, why)
	}
	_, hasKey := c.Keys[p.Account]
	return func(ctx context.Context, action string, at URI, conditions map[string][]string) error {
		if !hasKey {
			return refuse(action, at, "its account has no key for the S3 server")
		}
		if c.Archive != "" && (at.Bucket == c.Archive) != (p.Account == ownsight.SystemAccount) {
			return refuse(action, at, "the bucket is not the account's")
		}
		decision, err := identityDecision(ctx, c.Rights, p, action, at.arn(), conditions)
		switch {
		case err != nil:
			return err
		case decision == ownsight.Deny:
			return refuse(action, at, "an identity-based policy denies it")
		case decision != ownsight.Allow:
			return refuse(action, at, "no identity-based policy allows it")
		}
		return nil
	}
}

// arn names an object, or a bucket where there is no key.
func (u URI) arn() string {
	if u.Key == "" {
		return arnPrefix + u.Bucket
	}
	return arnPrefix + u.Bucket + "/" + u.Key
}
