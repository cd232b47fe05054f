package access

import (
	"context"
	"regexp"
	"time"

	"ownsight"
	"ownsight/internal/access/policy"
	"ownsight/internal/store"
)

// maxPolicies is how many policies a user may have, as many managed policies as AWS lets one attach.
const maxPolicies = 10

var policyName = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)

// CreateUser adds a user to an account. It may do nothing until it has a policy, and call nothing until it has a key.
func (s *Service) CreateUser(ctx context.Context, p ownsight.Principal) error {
	if !ownsight.ValidUser(p.User) {
		return ownsight.Errorf(ownsight.InvalidParameter, "user %q: needs 1 to 64 letters, digits or + = , . @ _ -", p.User)
	}
	return s.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Accounts().Get(ctx, p.Account); err != nil {
			return err
		}
		return tx.Users().Create(ctx, p, s.now())
	})
}

// DeleteUser removes a user with its keys and policies; NotFound when there is none.
func (s *Service) DeleteUser(ctx context.Context, p ownsight.Principal) error {
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.Users().Delete(ctx, p) })
}

// Users lists the users of an account by name; NotFound when there is no such account.
func (s *Service) Users(ctx context.Context, account string) (list []store.User, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		if _, err := tx.Accounts().Get(ctx, account); err != nil {
			return err
		}
		list, err = tx.Users().List(ctx, account)
		return err
	})
	return list, err
}

// PutPolicy gives a user a policy, in place of one of the same name. A document that is not one is MalformedPolicy.
func (s *Service) PutPolicy(ctx context.Context, p ownsight.Principal, name, document string) error {
	if !policyName.MatchString(name) {
		return ownsight.Errorf(ownsight.InvalidParameter, "policy %q: needs 1 to 128 letters, digits or + = , . @ _ -", name)
	}
	if err := policy.CheckIdentity(document); err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Users().Get(ctx, p); err != nil {
			return err
		}
		if err := tx.Users().PutPolicy(ctx, p, store.Policy{Name: name, Document: document}); err != nil {
			return err
		}
		list, err := tx.Users().Policies(ctx, p)
		if err == nil && len(list) > maxPolicies {
			return ownsight.Errorf(ownsight.LimitExceeded, "User %s has %d policies, as many as are allowed. Put the statements into one of them.", p.User, maxPolicies)
		}
		return err
	})
}

// Policies lists the policies of a user by name; NotFound when there is no such user.
func (s *Service) Policies(ctx context.Context, p ownsight.Principal) (list []store.Policy, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		if _, err := tx.Users().Get(ctx, p); err != nil {
			return err
		}
		list, err = tx.Users().Policies(ctx, p)
		return err
	})
	return list, err
}

// DeletePolicy takes a policy from a user; NotFound when there is none of that name.
func (s *Service) DeletePolicy(ctx context.Context, p ownsight.Principal, name string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.Users().DeletePolicy(ctx, p, name) })
}

// CreateKey gives a user one more access key, which is written under a profile of the data folder's credentials file.
// It expires after life; 0 is never.
func (s *Service) CreateKey(ctx context.Context, dir string, p ownsight.Principal, profile string, life time.Duration) (ownsight.AccessKey, error) {
	key := newKey(p)
	if life < 0 {
		return key, ownsight.Errorf(ownsight.InvalidParameter, "a key cannot expire in the past (%v)", life)
	}
	if life > 0 {
		key.Expires = s.now().Add(life).Truncate(time.Millisecond)
	}
	return key, s.writeProfile(dir, profile, func() (ownsight.AccessKey, error) {
		return key, s.store.Write(ctx, func(tx *store.Tx) error {
			if p.Account == ownsight.SystemAccount {
				return ownsight.Errorf(ownsight.InvalidParameter, "account %s is the system's own", p.Account)
			}
			if !p.IsRoot() {
				if _, err := tx.Users().Get(ctx, p); err != nil {
					return err
				}
			}
			return tx.Accounts().AddKey(ctx, key, s.now())
		})
	})
}

// Keys lists the access keys of an account and its users, the oldest first.
func (s *Service) Keys(ctx context.Context, account string) (list []ownsight.AccessKey, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		if _, err := tx.Accounts().Get(ctx, account); err != nil {
			return err
		}
		list, err = tx.Accounts().KeysOf(ctx, account)
		return err
	})
	return list, err
}

// DeleteKey takes an access key away; NotFound when the principal has none of that ID. Requests may be signed with it
// for a second more.
func (s *Service) DeleteKey(ctx context.Context, p ownsight.Principal, id string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.Accounts().DeleteKey(ctx, p, id) })
}
