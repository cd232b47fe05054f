package store

import (
	"context"
	"time"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// User is a user of an account.
type User struct {
	ownsight.Principal
	Created time.Time
}

// Policy is an identity policy of a user.
type Policy struct{ Name, Document string }

// Users reads and writes the users of accounts, and the policies that say what they may.
type Users struct{ q *db.Queries }

// Create adds a user to its account, which must be there; AlreadyExists when there is one of this name.
func (u Users) Create(ctx context.Context, p ownsight.Principal, created time.Time) error {
	n, err := u.q.CreateUser(ctx, db.CreateUserParams{Account: p.Account, Name: p.User, Created: millis(created)})
	if err == nil && n == 0 {
		return ownsight.Errorf(ownsight.AlreadyExists, "account %s has a user %s already", p.Account, p.User)
	}
	return err
}

// Get finds a user; NotFound when there is none.
func (u Users) Get(ctx context.Context, p ownsight.Principal) (User, error) {
	row, err := u.q.GetUser(ctx, db.GetUserParams{Account: p.Account, Name: p.User})
	return user(row), found(err, "account %s has no user %s", p.Account, p.User)
}

// List gives the users of an account by name.
func (u Users) List(ctx context.Context, account string) ([]User, error) {
	rows, err := u.q.ListUsers(ctx, account)
	list := make([]User, len(rows))
	for i, row := range rows {
		list[i] = user(row)
	}
	return list, err
}

// Delete removes a user with its keys and policies; NotFound when there is none.
func (u Users) Delete(ctx context.Context, p ownsight.Principal) error {
	if err := u.q.DeleteKeysOfUser(ctx, db.DeleteKeysOfUserParams{Account: p.Account, Username: p.User}); err != nil {
		return err
	}
	if err := u.q.DeleteUserPolicies(ctx, db.DeleteUserPoliciesParams{Account: p.Account, Username: p.User}); err != nil {
		return err
	}
	n, err := u.q.DeleteUser(ctx, db.DeleteUserParams{Account: p.Account, Name: p.User})
	if err == nil && n == 0 {
		return ownsight.Errorf(ownsight.NotFound, "account %s has no user %s", p.Account, p.User)
	}
	return err
}

// PutPolicy gives a user, who must be there, a policy; an older one of that name is replaced.
func (u Users) PutPolicy(ctx context.Context, p ownsight.Principal, policy Policy) error {
	return u.q.PutUserPolicy(ctx, db.PutUserPolicyParams{Account: p.Account, Username: p.User, Name: policy.Name, Document: policy.Document})
}

// Policies gives the policies of a user by name.
func (u Users) Policies(ctx context.Context, p ownsight.Principal) ([]Policy, error) {
	rows, err := u.q.UserPolicies(ctx, db.UserPoliciesParams{Account: p.Account, Username: p.User})
	list := make([]Policy, len(rows))
	for i, row := range rows {
		list[i] = Policy(row)
	}
	return list, err
}

// DeletePolicy takes a policy from a user; NotFound when there is none of that name.
func (u Users) DeletePolicy(ctx context.Context, p ownsight.Principal, name string) error {
	n, err := u.q.DeleteUserPolicy(ctx, db.DeleteUserPolicyParams{Account: p.Account, Username: p.User, Name: name})
	if err == nil && n == 0 {
		return ownsight.Errorf(ownsight.NotFound, "user %s has no policy %s", p.User, name)
	}
	return err
}

func user(row db.User) User {
	return User{Principal: ownsight.Principal{Account: row.Account, User: row.Name}, Created: fromMillis(row.Created)}
}
