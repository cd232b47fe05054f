// Package access answers who a key belongs to and whether its holder may do what it asks: accounts, access keys, and
// the decision that the wire takes before every operation.
package access

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"time"

	"ownsight"
	"ownsight/internal/store"
)

// Service keeps accounts and their keys.
type Service struct {
	store *store.Store
	now   func() time.Time
}

// New makes the service; now is the clock.
func New(s *store.Store, now func() time.Time) *Service { return &Service{store: s, now: now} }

// Key finds an access key with its secret; an unknown one is a NotFound error.
func (s *Service) Key(ctx context.Context, id string) (key ownsight.AccessKey, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		key, err = tx.Accounts().Key(ctx, id)
		return err
	})
	return key, err
}

// CreateAccount adds an account with one administrator key. An account that is there already is AlreadyExists.
func (s *Service) CreateAccount(ctx context.Context, account string) (ownsight.AccessKey, error) {
	if !ownsight.ValidAccount(account) {
		return ownsight.AccessKey{}, ownsight.Errorf(ownsight.InvalidParameter, "account %q: needs twelve digits", account)
	}
	key := newKey(account)
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Accounts().Create(ctx, account, s.now()); err != nil {
			return err
		}
		return tx.Accounts().AddKey(ctx, key, s.now())
	})
	return key, err
}

// CreateProfile adds an account and writes its key to the data folder under a profile, which must be free.
func (s *Service) CreateProfile(ctx context.Context, dir, account, profile string) error {
	if err := CheckProfile(profile); err != nil {
		return err
	}
	taken, err := HasProfile(dir, profile)
	if err != nil {
		return err
	}
	if taken {
		return ownsight.Errorf(ownsight.AlreadyExists, "profile %q is in %s already; choose another name with --profile", profile, credentialsPath(dir))
	}
	key, err := s.CreateAccount(ctx, account)
	if err != nil {
		return err
	}
	return AppendProfile(dir, profile, key)
}

// EnsureDefault makes the default account at the first start and writes its key to the data folder. A start that was
// cut off before the key reached the file gives the account a new one.
func (s *Service) EnsureDefault(ctx context.Context, dir string) error {
	written, err := HasProfile(dir, "default")
	if err != nil || written {
		return err
	}
	key, err := s.CreateAccount(ctx, ownsight.DefaultAccount)
	if ownsight.CodeOf(err) == ownsight.AlreadyExists {
		key = newKey(ownsight.DefaultAccount)
		err = s.store.Write(ctx, func(tx *store.Tx) error { return tx.Accounts().AddKey(ctx, key, s.now()) })
	}
	if err != nil {
		return fmt.Errorf("default account: %w", err)
	}
	return AppendProfile(dir, "default", key)
}

// Authorize decides whether a caller may act on resources of an account and region. Every key is its account's
// administrator; nothing crosses an account.
func Authorize(c ownsight.Caller, operation, resource, account string) error {
	if c.Account != account {
		return ownsight.Errorf(ownsight.AccessDenied, "User: %s is not authorized to perform: %s on resource: %s", c.ARN(), operation, resource)
	}
	return nil
}

// newKey makes a random administrator key, in the form of AWS's.
func newKey(account string) ownsight.AccessKey {
	b := make([]byte, 40)
	rand.Read(b)
	return ownsight.AccessKey{
		ID:      "AKIA" + base32.StdEncoding.EncodeToString(b[:10]),
		Secret:  base64.RawStdEncoding.EncodeToString(b[10:]),
		Account: account,
		Root:    true,
	}
}
