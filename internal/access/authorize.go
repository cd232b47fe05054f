package access

import (
	"context"
	"slices"
	"strconv"
	"time"

	"ownsight"
	"ownsight/internal/access/policy"
	"ownsight/internal/store"
)

// Request is what somebody wants to do with one resource.
type Request struct {
	Action   string            // such as rekognition:CreateProject
	Resource string            // its ARN, or * where the action has none
	Account  string            // whose resource it is
	Tags     map[string]string // that the request gives to a resource
	TagKeys  []string          // that the request names without values
	Policies []string          // documents of the resource's own policies
}

// Authorize decides whether a caller may do what a request says; if not, the error is AccessDenied.
//
// An account's root may do everything in its account. A user needs an Allow in its identity policies. What belongs to
// another account needs an Allow on both sides: of the caller's own identity, and of the resource's policies. A Deny
// anywhere wins.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (s *Service) Authorize(ctx context.Context, c ownsight.Caller, r Request) error {
	own := c.Account == r.Account
	if !own && len(r.Policies) == 0 {
		return denied(c, r)
	}
	if c.IsRoot() && own && len(r.Policies) == 0 {
		return nil
	}
	about, err := s.about(ctx, c, r)
	if err != nil {
		return err
	}
	asked := policy.Request{Action: r.Action, Resource: r.Resource, Context: about}
	identity, err := s.identity(ctx, c.Principal, asked)
	if err != nil {
		return err
	}
	resource := policy.Project(r.Policies, c.Principal, own, asked)
	allowed := identity == ownsight.Allow && resource == ownsight.Allow
	if own {
		allowed = identity == ownsight.Allow || resource == ownsight.Allow
	}
	if !allowed || identity == ownsight.Deny || resource == ownsight.Deny {
		return denied(c, r)
	}
	return nil
}

// Decide says what a principal's own policies have to say about an action on a resource, as S3 asks. conditions are what
// is known of the request; what is known of the principal is added.
func (s *Service) Decide(ctx context.Context, p ownsight.Principal, action, resource string, conditions map[string][]string) (ownsight.Decision, error) {
	if p.IsRoot() {
		return ownsight.Allow, nil
	}
	about := s.aboutPrincipal(p)
	for key, values := range conditions {
		about[key] = values
	}
	return s.identity(ctx, p, policy.Request{Action: action, Resource: resource, Context: about})
}

func (s *Service) identity(ctx context.Context, p ownsight.Principal, asked policy.Request) (ownsight.Decision, error) {
	if p.IsRoot() {
		return ownsight.Allow, nil
	}
	documents, err := s.documents(ctx, p)
	if err != nil {
		return ownsight.Deny, err
	}
	return policy.Identity(documents, asked), nil
}

func denied(c ownsight.Caller, r Request) error {
	return ownsight.Errorf(ownsight.AccessDenied, "User: %s is not authorized to perform: %s on resource: %s", c.ARN(), r.Action, r.Resource)
}

// aboutPrincipal is what conditions may ask about who calls, and when.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (s *Service) aboutPrincipal(p ownsight.Principal) map[string][]string {
	now := s.now().UTC()
	about := map[string][]string{
		"aws:PrincipalArn":     {p.ARN()},
		"aws:PrincipalAccount": {p.Account},
		"aws:PrincipalType":    {"User"},
		"aws:username":         {p.User},
		"aws:userid":           {p.ID()},
		"aws:CurrentTime":      {now.Format(time.RFC3339)},
		"aws:EpochTime":        {strconv.FormatInt(now.Unix(), 10)},
	}
	if p.IsRoot() {
		about["aws:PrincipalType"] = []string{"Account"}
		delete(about, "aws:username")
	}
	return about
}

// about is what conditions may ask about a request of a service.
func (s *Service) about(ctx context.Context, c ownsight.Caller, r Request) (map[string][]string, error) {
	about := s.aboutPrincipal(c.Principal)
	about["aws:RequestedRegion"] = []string{c.Region}
	about["aws:SecureTransport"] = []string{strconv.FormatBool(c.TLS)}
	about["aws:ResourceAccount"] = []string{r.Account}
	if c.Address != "" {
		about["aws:SourceIp"] = []string{c.Address}
	}
	if c.Agent != "" {
		about["aws:UserAgent"] = []string{c.Agent}
	}
	keys := slices.Clone(r.TagKeys)
	for key, value := range r.Tags {
		about["aws:RequestTag/"+key] = []string{value}
		keys = append(keys, key)
	}
	if len(keys) > 0 {
		about["aws:TagKeys"] = keys
	}
	if r.Resource == "*" {
		return about, nil
	}
	return about, s.store.Read(ctx, func(tx *store.Tx) error {
		tags, err := tx.Tags().Get(ctx, r.Resource)
		for key, value := range tags {
			about["aws:ResourceTag/"+key] = []string{value}
		}
		return err
	})
}
