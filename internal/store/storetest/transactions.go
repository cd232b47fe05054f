package storetest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

func testTransactions(t *testing.T, f fixture) {
	ctx := t.Context()
	require.NoError(t, f.store.Ping(ctx))
	err := f.store.Write(ctx, func(tx *store.Tx) error {
		require.NoError(t, tx.Accounts().Create(ctx, account, began))
		return errStop
	})
	require.ErrorIs(t, err, errStop)
	f.read(func(tx *store.Tx) {
		list, err := tx.Accounts().List(ctx)
		require.NoError(t, err)
		require.Empty(t, list, "what failed left something behind")
	})
	err = f.store.Read(ctx, func(tx *store.Tx) error { return tx.Accounts().Create(ctx, account, began) })
	require.Error(t, err, "a reader could write")

	f.write(func(tx *store.Tx) { require.NoError(t, tx.Accounts().Create(ctx, account, began)) })
	f.read(func(before *store.Tx) {
		_, err := before.Accounts().Get(ctx, account)
		require.NoError(t, err)
		f.write(func(tx *store.Tx) { require.NoError(t, tx.Accounts().Create(ctx, other, began)) })
		list, err := before.Accounts().List(ctx)
		require.NoError(t, err)
		require.Len(t, list, 1, "the reader's view changed under it")
	})
}

// testQuota lets many callers take places of which there are few: a count and an insert in one transaction must hold.
func testQuota(t *testing.T, f fixture) {
	const places, callers = 3, 12
	ctx := t.Context()
	var wait sync.WaitGroup
	for i := range callers {
		wait.Go(func() {
			err := f.store.Write(ctx, func(tx *store.Tx) error {
				n, err := tx.Projects().Count(ctx, account, region)
				if err != nil {
					return err
				}
				if n >= places {
					return ownsight.Errorf(ownsight.LimitExceeded, "full")
				}
				return tx.Projects().Create(ctx, &ownsight.Project{
					ARN: ownsight.ProjectARN{Region: region, Account: account, Name: fmt.Sprint("p", i), Created: began.UnixMilli()},
				})
			})
			if err != nil && ownsight.CodeOf(err) != ownsight.LimitExceeded {
				t.Errorf("caller %d: %v", i, err)
			}
		})
	}
	wait.Wait()
	f.read(func(tx *store.Tx) {
		n, err := tx.Projects().Count(ctx, account, region)
		require.NoError(t, err)
		require.EqualValues(t, places, n)
	})
}
