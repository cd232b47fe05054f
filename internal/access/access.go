// Package access answers who a key belongs to and whether its holder may do what it asks: accounts, access keys, and
// the decision that the wire takes before every operation.
package access

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"ownsight"
	"ownsight/internal/store"
)

// Service keeps accounts and their keys.
type Service struct {
	store    *store.Store
	now      func() time.Time
	keys     memory[string, ownsight.AccessKey]
	policies memory[ownsight.Principal, []string]
}

// New makes the service; now is the clock.
func New(s *store.Store, now func() time.Time) *Service { return &Service{store: s, now: now} }

// CreateAccount adds an account with one administrator key. An account that is there already is AlreadyExists.
func (s *Service) CreateAccount(ctx context.Context, account string) (ownsight.AccessKey, error) {
	if account == ownsight.SystemAccount {
		return ownsight.AccessKey{}, ownsight.Errorf(ownsight.InvalidParameter, "account %s is the system's own", account)
	}
	if !ownsight.ValidAccount(account) {
		return ownsight.AccessKey{}, ownsight.Errorf(ownsight.InvalidParameter, "account %q: needs twelve digits, such as 444455556666", account)
	}
	key := newKey(ownsight.Principal{Account: account})
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Accounts().Create(ctx, account, s.now()); err != nil {
			return err
		}
		return tx.Accounts().AddKey(ctx, key, s.now())
	})
	return key, err
}

// Accounts lists all accounts by number.
func (s *Service) Accounts(ctx context.Context) (list []store.Account, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.Accounts().List(ctx)
		return err
	})
	return list, err
}

// CreateProfile adds an account and writes its key to the data folder under a profile, which must be free. An account
// whose key never reached the file, since the process died or the disk was full, gets a new one; any other account that
// is there already is AlreadyExists.
func (s *Service) CreateProfile(ctx context.Context, dir, account, profile string) error {
	return s.writeProfile(dir, profile, func() (ownsight.AccessKey, error) {
		key, err := s.CreateAccount(ctx, account)
		if ownsight.CodeOf(err) == ownsight.AlreadyExists {
			return s.replaceLostKey(ctx, dir, account, err)
		}
		return key, err
	})
}

// writeProfile writes the key that is made under a profile of the credentials file, which must be free.
func (s *Service) writeProfile(dir, profile string, makeKey func() (ownsight.AccessKey, error)) error {
	if err := CheckProfile(profile); err != nil {
		return err
	}
	release, err := lockCredentials(dir)
	if err != nil {
		return err
	}
	defer release()
	taken, err := HasProfile(dir, profile)
	if err != nil {
		return err
	}
	if taken {
		return ownsight.Errorf(ownsight.AlreadyExists, "profile %q is in %s already; choose another name with --profile", profile, credentialsPath(dir))
	}
	key, err := makeKey()
	if err != nil {
		return err
	}
	return appendProfile(dir, profile, key)
}

// replaceLostKey gives an account a new key if none of its keys is in the file; exists is the error otherwise.
func (s *Service) replaceLostKey(ctx context.Context, dir, account string, exists error) (key ownsight.AccessKey, err error) {
	var keys []ownsight.AccessKey
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		keys, err = tx.Accounts().KeysOf(ctx, account)
		return err
	})
	if err != nil {
		return key, err
	}
	for _, k := range keys {
		if there, err := hasKey(dir, k.ID); err != nil || there {
			return key, errors.Join(err, exists)
		}
	}
	key = newKey(ownsight.Principal{Account: account})
	return key, s.store.Write(ctx, func(tx *store.Tx) error { return tx.Accounts().AddKey(ctx, key, s.now()) })
}

// EnsureDefault makes the default account at the first start and writes its key to the data folder. A start that was
// cut off before the key reached the file gives the account a new one; another node of a cluster, whose folder has no file,
// does not, for the first one has it.
func (s *Service) EnsureDefault(ctx context.Context, dir string) error {
	release, err := lockCredentials(dir)
	if err != nil {
		return err
	}
	defer release()
	written, err := HasProfile(dir, "default")
	if err != nil || written {
		return err
	}
	key, err := s.CreateAccount(ctx, ownsight.DefaultAccount)
	if ownsight.CodeOf(err) == ownsight.AlreadyExists {
		if s.store.Dialect().Shared {
			return nil
		}
		key = newKey(ownsight.Principal{Account: ownsight.DefaultAccount})
		err = s.store.Write(ctx, func(tx *store.Tx) error { return tx.Accounts().AddKey(ctx, key, s.now()) })
	}
	if err != nil {
		return fmt.Errorf("default account: %w", err)
	}
	return appendProfile(dir, "default", key)
}

// newKey makes a random administrator key, in the form of AWS's.
func newKey(p ownsight.Principal) ownsight.AccessKey {
	b := make([]byte, 40)
	rand.Read(b)
	return ownsight.AccessKey{
		Principal: p,
		ID:        "AKIA" + base32.StdEncoding.EncodeToString(b[:10]),
		Secret:    base64.RawStdEncoding.EncodeToString(b[10:]),
	}
}
