package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

func testAccounts(t *testing.T, f fixture) {
	ctx := t.Context()
	owner := ownsight.AccessKey{ID: "AKIAOWNER", Secret: "s1", Principal: ownsight.Principal{Account: account}}
	user := ownsight.AccessKey{ID: "AKIAUSER", Secret: "s2", Principal: ownsight.Principal{Account: account, User: "ann"}}
	f.refused(ownsight.NotFound, func(tx *store.Tx) error { return tx.Accounts().AddKey(ctx, owner, began) })
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Accounts().Create(ctx, other, began.Add(time.Hour)))
		require.NoError(t, tx.Accounts().Create(ctx, account, began))
		require.NoError(t, tx.Accounts().AddKey(ctx, user, began.Add(time.Second)))
		require.NoError(t, tx.Accounts().AddKey(ctx, owner, began))
	})
	f.refused(ownsight.AlreadyExists, func(tx *store.Tx) error { return tx.Accounts().Create(ctx, account, began) })
	f.refused(ownsight.AlreadyExists, func(tx *store.Tx) error { return tx.Accounts().AddKey(ctx, owner, began) })
	f.read(func(tx *store.Tx) {
		list, err := tx.Accounts().List(ctx)
		require.NoError(t, err)
		require.Equal(t, []store.Account{{ID: account, Created: began}, {ID: other, Created: began.Add(time.Hour)}}, list)
		got, err := tx.Accounts().Key(ctx, "AKIAUSER")
		require.NoError(t, err)
		require.Equal(t, user, got)
		keys, err := tx.Accounts().KeysOf(ctx, account)
		require.NoError(t, err)
		require.Equal(t, []ownsight.AccessKey{owner, user}, keys)
		keys, err = tx.Accounts().KeysOf(ctx, other)
		require.NoError(t, err)
		require.Empty(t, keys)
		_, err = tx.Accounts().Key(ctx, "AKIANOBODY")
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
		_, err = tx.Accounts().Get(ctx, "000000000000")
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
	})
}

func testTags(t *testing.T, f fixture) {
	ctx := t.Context()
	const one, two = "arn:aws:rekognition:one", "arn:aws:rekognition:two"
	get := func(arn string) (tags map[string]string) {
		f.read(func(tx *store.Tx) {
			var err error
			tags, err = tx.Tags().Get(ctx, arn)
			require.NoError(t, err)
		})
		return tags
	}
	require.Equal(t, map[string]string{}, get(one))
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Tags().Put(ctx, one, map[string]string{"team": "sight", "cost": "", "ключ": "значение"}))
		require.NoError(t, tx.Tags().Put(ctx, two, map[string]string{"team": "other"}))
	})
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Tags().Put(ctx, one, map[string]string{"team": "vision"}))
		require.NoError(t, tx.Tags().Delete(ctx, one, []string{"cost", "absent"}))
	})
	require.Equal(t, map[string]string{"team": "vision", "ключ": "значение"}, get(one))
	f.write(func(tx *store.Tx) { require.NoError(t, tx.Tags().DeleteAll(ctx, one)) })
	require.Empty(t, get(one))
	require.Equal(t, map[string]string{"team": "other"}, get(two))
}
