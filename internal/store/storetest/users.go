package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

func testUsers(t *testing.T, f fixture) {
	ctx := t.Context()
	ann, bob := ownsight.Principal{Account: account, User: "ann"}, ownsight.Principal{Account: account, User: "bob"}
	key := ownsight.AccessKey{Principal: ann, ID: "AKIAANN", Secret: "s", Expires: began.Add(time.Hour)}
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Accounts().Create(ctx, account, began))
		require.NoError(t, tx.Accounts().Create(ctx, other, began))
		require.NoError(t, tx.Users().Create(ctx, bob, began))
		require.NoError(t, tx.Users().Create(ctx, ann, began.Add(time.Second)))
		require.NoError(t, tx.Users().Create(ctx, ownsight.Principal{Account: other, User: "ann"}, began))
		require.NoError(t, tx.Users().PutPolicy(ctx, ann, store.Policy{Name: "read", Document: "{}"}))
		require.NoError(t, tx.Users().PutPolicy(ctx, ann, store.Policy{Name: "all", Document: "{1}"}))
		require.NoError(t, tx.Users().PutPolicy(ctx, ann, store.Policy{Name: "read", Document: "{2}"}))
		require.NoError(t, tx.Accounts().AddKey(ctx, key, began))
	})
	f.refused(ownsight.AlreadyExists, func(tx *store.Tx) error { return tx.Users().Create(ctx, ann, began) })
	f.refused(ownsight.NotFound, func(tx *store.Tx) error { return tx.Accounts().DeleteKey(ctx, bob, key.ID) })
	f.refused(ownsight.NotFound, func(tx *store.Tx) error { return tx.Users().DeletePolicy(ctx, ann, "write") })
	f.read(func(tx *store.Tx) {
		list, err := tx.Users().List(ctx, account)
		require.NoError(t, err)
		require.Equal(t, []store.User{{Principal: ann, Created: began.Add(time.Second)}, {Principal: bob, Created: began}}, list)
		policies, err := tx.Users().Policies(ctx, ann)
		require.NoError(t, err)
		require.Equal(t, []store.Policy{{Name: "all", Document: "{1}"}, {Name: "read", Document: "{2}"}}, policies)
		policies, err = tx.Users().Policies(ctx, ownsight.Principal{Account: other, User: "ann"})
		require.NoError(t, err)
		require.Empty(t, policies)
		got, err := tx.Accounts().Key(ctx, key.ID)
		require.NoError(t, err)
		require.Equal(t, key, got)
		_, err = tx.Users().Get(ctx, ownsight.Principal{Account: other, User: "bob"})
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
	})
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Users().DeletePolicy(ctx, ann, "read"))
		require.NoError(t, tx.Users().Delete(ctx, ann))
	})
	f.refused(ownsight.NotFound, func(tx *store.Tx) error { return tx.Users().Delete(ctx, ann) })
	f.read(func(tx *store.Tx) {
		_, err := tx.Accounts().Key(ctx, key.ID)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err), "a key goes with its user")
		_, err = tx.Users().Get(ctx, ownsight.Principal{Account: other, User: "ann"})
		require.NoError(t, err)
	})
}

func testPolicies(t *testing.T, f fixture) {
	ctx := t.Context()
	p, q := f.project(account, region, "leaves", began), f.project(account, region, "trees", began)
	policy := ownsight.ProjectPolicy{Name: "b", Document: "{}", Revision: "1", Created: began, Updated: began}
	first := policy
	first.Name = "a"
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Policies().Put(ctx, p.ID, policy))
		require.NoError(t, tx.Policies().Put(ctx, p.ID, first))
		require.NoError(t, tx.Policies().Put(ctx, q.ID, policy))
	})
	policy.Document, policy.Revision, policy.Updated = "{1}", "2", began.Add(time.Second)
	f.write(func(tx *store.Tx) { require.NoError(t, tx.Policies().Put(ctx, p.ID, policy)) })
	f.read(func(tx *store.Tx) {
		got, err := tx.Policies().Get(ctx, p.ID, "b")
		require.NoError(t, err)
		require.Equal(t, policy, got)
		list, err := tx.Policies().List(ctx, p.ID, "", 5)
		require.NoError(t, err)
		require.Equal(t, []ownsight.ProjectPolicy{first, policy}, list)
		list, err = tx.Policies().List(ctx, p.ID, "a", 5)
		require.NoError(t, err)
		require.Equal(t, []ownsight.ProjectPolicy{policy}, list)
		n, err := tx.Policies().Count(ctx, p.ID)
		require.NoError(t, err)
		require.EqualValues(t, 2, n)
	})
	f.write(func(tx *store.Tx) { require.NoError(t, tx.Policies().Delete(ctx, p.ID, "a")) })
	f.refused(ownsight.NotFound, func(tx *store.Tx) error { return tx.Policies().Delete(ctx, p.ID, "a") })
	f.write(func(tx *store.Tx) { require.NoError(t, tx.Policies().DeleteAll(ctx, p.ID)) })
	f.read(func(tx *store.Tx) {
		_, err := tx.Policies().Get(ctx, p.ID, "b")
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
		_, err = tx.Policies().Get(ctx, q.ID, "b")
		require.NoError(t, err)
	})
}

func testVersionCopies(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	source := f.version(p, "one", began)
	count := func() (n int64) {
		f.read(func(tx *store.Tx) {
			var err error
			n, err = tx.Versions().CountCopiesOf(ctx, source.ARN)
			require.NoError(t, err)
		})
		return n
	}
	require.Zero(t, count())
	target := *source
	target.ARN.Name, target.Source, target.Status = "two", source.ARN, ownsight.VersionCopying
	target.Requester.User = "ann"
	f.write(func(tx *store.Tx) { require.NoError(t, tx.Versions().Create(ctx, &target)) })
	require.EqualValues(t, 1, count())
	f.write(func(tx *store.Tx) {
		got, err := tx.Versions().ByARN(ctx, target.ARN)
		require.NoError(t, err)
		require.Equal(t, &target, got)
		_, err = tx.Versions().Move(ctx, target.ID, ownsight.VersionCopying, ownsight.VersionCopied, "")
		require.NoError(t, err)
	})
	require.Zero(t, count())
}
