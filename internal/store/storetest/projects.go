package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

func testProjects(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	require.NotZero(t, p.ID)
	f.refused(ownsight.AlreadyExists, func(tx *store.Tx) error {
		return tx.Projects().Create(ctx, &ownsight.Project{ARN: ownsight.ProjectARN{
			Region: region, Account: account, Name: "leaves", Created: began.UnixMilli() + 1,
		}})
	})
	f.project(account, "eu-central-1", "leaves", began)
	f.project(other, region, "leaves", began)
	f.project(account, region, "Leaves", began) // names tell case
	f.read(func(tx *store.Tx) {
		got, err := tx.Projects().ByARN(ctx, p.ARN)
		require.NoError(t, err)
		require.Equal(t, p, got)
		wrong := p.ARN
		wrong.Created++
		_, err = tx.Projects().ByARN(ctx, wrong)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
		_, err = tx.Projects().ByName(ctx, account, region, "trees")
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
		n, err := tx.Projects().Count(ctx, account, region)
		require.NoError(t, err)
		require.EqualValues(t, 2, n)
	})
	f.write(func(tx *store.Tx) {
		moved, err := tx.Projects().Move(ctx, p.ID, ownsight.ProjectCreating, ownsight.ProjectDeleting)
		require.NoError(t, err)
		require.False(t, moved, "moved from a state that it is not in")
		moved, err = tx.Projects().Move(ctx, p.ID, ownsight.ProjectCreated, ownsight.ProjectDeleting)
		require.NoError(t, err)
		require.True(t, moved)
	})
	v, d := f.version(p, "one", began), f.dataset(p, ownsight.Train)
	for _, remove := range []func(tx *store.Tx) error{
		func(tx *store.Tx) error { return tx.Versions().Delete(ctx, v.ID) },
		func(tx *store.Tx) error { return tx.Datasets().Delete(ctx, d.ID) },
	} {
		f.refused(ownsight.InUse, func(tx *store.Tx) error { return tx.Projects().Delete(ctx, p.ID) })
		f.write(func(tx *store.Tx) { require.NoError(t, remove(tx)) })
	}
	for range 2 { // gone already is no error
		f.write(func(tx *store.Tx) { require.NoError(t, tx.Projects().Delete(ctx, p.ID)) })
	}
	f.read(func(tx *store.Tx) {
		_, err := tx.Projects().ByARN(ctx, p.ARN)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
	})
}

func testProjectPages(t *testing.T, f fixture) {
	ctx := t.Context()
	var want []string // newest first; pairs share a millisecond, where the later row is the newer
	for i := range 7 {
		name := fmt.Sprint("p", i)
		f.project(account, region, name, began.Add(time.Duration(i/2)*time.Millisecond))
		want = append([]string{name}, want...)
	}
	f.project(other, region, "foreign", began)
	walk := func(filter store.ProjectFilter, limit int) (names []string, pages int) {
		for at, first := (store.Cursor{}), true; first || !at.IsZero(); first = false {
			f.read(func(tx *store.Tx) {
				list, next, err := tx.Projects().List(ctx, filter, at, limit)
				require.NoError(t, err)
				require.LessOrEqual(t, len(list), limit)
				for _, p := range list {
					names = append(names, p.ARN.Name)
				}
				at = next
			})
			pages++
		}
		return names, pages
	}
	all := store.ProjectFilter{Account: account, Region: region}
	for limit, wantPages := range map[int]int{1: 7, 2: 4, 3: 3, 7: 1, 100: 1} {
		got, pages := walk(all, limit)
		require.Equal(t, want, got, "limit %d", limit)
		require.Equal(t, wantPages, pages, "limit %d", limit)
	}
	some := all
	some.Names = []string{"p5", "p1", "absent"}
	got, _ := walk(some, 1)
	require.Equal(t, []string{"p5", "p1"}, got)
	features := all
	features.Features = []ownsight.Feature{ownsight.ContentModeration}
	got, _ = walk(features, 10)
	require.Empty(t, got)
	features.Features = append(features.Features, ownsight.CustomLabels)
	got, _ = walk(features, 10)
	require.Equal(t, want, got)
	require.Error(t, f.store.Read(ctx, func(tx *store.Tx) error {
		_, _, err := tx.Projects().List(ctx, store.ProjectFilter{Names: make([]string, 11)}, store.Cursor{}, 1)
		return err
	}))
}
