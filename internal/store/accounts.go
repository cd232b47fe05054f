package store

import (
	"context"
	"time"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Account is a tenant.
type Account struct {
	ID      string // twelve digits
	Created time.Time
}

// Accounts reads and writes accounts and access keys.
type Accounts struct{ q *db.Queries }

// Create adds an account; AlreadyExists when there is one with this number.
func (a Accounts) Create(ctx context.Context, id string, created time.Time) error {
	n, err := a.q.CreateAccount(ctx, db.CreateAccountParams{ID: id, Created: millis(created)})
	if err == nil && n == 0 {
		return ownsight.Errorf(ownsight.AlreadyExists, "account %s exists already", id)
	}
	return err
}

// Get finds an account; NotFound when there is none.
func (a Accounts) Get(ctx context.Context, id string) (Account, error) {
	row, err := a.q.GetAccount(ctx, id)
	return account(row), found(err, "there is no account %s", id)
}

// List gives all accounts by number.
func (a Accounts) List(ctx context.Context) ([]Account, error) {
	rows, err := a.q.ListAccounts(ctx)
	list := make([]Account, len(rows))
	for i, row := range rows {
		list[i] = account(row)
	}
	return list, err
}

// AddKey adds an access key to its account; NotFound when there is no such account, AlreadyExists when the key's ID is
// taken.
func (a Accounts) AddKey(ctx context.Context, key ownsight.AccessKey, created time.Time) error {
	if _, err := a.Get(ctx, key.Account); err != nil {
		return err
	}
	n, err := a.q.AddKey(ctx, db.AddKeyParams{
		ID: key.ID, Secret: key.Secret, Account: key.Account, Username: key.User, Created: millis(created), Expires: millis(key.Expires),
	})
	if err == nil && n == 0 {
		return ownsight.Errorf(ownsight.AlreadyExists, "access key %s exists already", key.ID)
	}
	return err
}

// Key finds an access key by its ID; NotFound when there is none.
func (a Accounts) Key(ctx context.Context, id string) (ownsight.AccessKey, error) {
	row, err := a.q.GetKey(ctx, id)
	return accessKey(row), found(err, "there is no access key %s", id)
}

// KeysOf gives the access keys of an account, the oldest first.
func (a Accounts) KeysOf(ctx context.Context, account string) ([]ownsight.AccessKey, error) {
	rows, err := a.q.KeysOfAccount(ctx, account)
	keys := make([]ownsight.AccessKey, len(rows))
	for i, row := range rows {
		keys[i] = accessKey(row)
	}
	return keys, err
}

// DeleteKey removes an access key of a principal; NotFound when it has none of that ID.
func (a Accounts) DeleteKey(ctx context.Context, p ownsight.Principal, id string) error {
	n, err := a.q.DeleteKey(ctx, db.DeleteKeyParams{Account: p.Account, Username: p.User, ID: id})
	if err == nil && n == 0 {
		return ownsight.Errorf(ownsight.NotFound, "%s has no access key %s", p.ARN(), id)
	}
	return err
}

func account(row db.Account) Account { return Account{ID: row.ID, Created: fromMillis(row.Created)} }

func accessKey(row db.AccessKey) ownsight.AccessKey {
	return ownsight.AccessKey{
		Principal: ownsight.Principal{Account: row.Account, User: row.Username},
		ID:        row.ID, Secret: row.Secret, Expires: fromMillis(row.Expires),
	}
}
