package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

func testVersions(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	v := f.version(p, "one", began.Add(time.Second))
	f.refused(ownsight.InUse, func(tx *store.Tx) error {
		again := *v
		again.ARN.Created++
		return tx.Versions().Create(ctx, &again)
	})
	f.version(f.project(account, region, "trees", began), "one", began)
	get := func() (got *ownsight.Version) {
		f.read(func(tx *store.Tx) {
			var err error
			got, err = tx.Versions().ByARN(ctx, v.ARN)
			require.NoError(t, err)
		})
		return got
	}
	require.Equal(t, v, get())
	f.read(func(tx *store.Tx) {
		got, err := tx.Versions().ByID(ctx, v.ID)
		require.NoError(t, err)
		require.Equal(t, v, got)
		wrong := v.ARN
		wrong.Created++
		_, err = tx.Versions().ByARN(ctx, wrong)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
		_, err = tx.Versions().ByID(ctx, 1<<40)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
	})
	f1 := 0.0 // zero is a figure too
	result := &ownsight.TrainingResult{F1: &f1, BaseModel: "base", Files: []ownsight.File{{Output: ownsight.ModelFile, Size: 7, SHA256: "ab"}}}
	f.write(func(tx *store.Tx) {
		for _, want := range []bool{true, false} {
			moved, err := tx.Versions().Move(ctx, v.ID, ownsight.VersionTraining, ownsight.VersionTrained, "trained")
			require.NoError(t, err)
			require.Equal(t, want, moved)
		}
		require.NoError(t, tx.Versions().SetResult(ctx, v.ID, result, began.Add(time.Hour), 90*time.Second))
		require.NoError(t, tx.Versions().SetUnits(ctx, v.ID, 2, 5))
		require.NoError(t, tx.Versions().SetMessage(ctx, v.ID, "ready"))
	})
	v.Status, v.Message, v.Result, v.MinUnits, v.MaxUnits = ownsight.VersionTrained, "ready", result, 2, 5
	v.Ended, v.Billable = began.Add(time.Hour), 90*time.Second
	require.Equal(t, v, get())
	f.write(func(tx *store.Tx) { require.NoError(t, tx.Versions().Delete(ctx, v.ID)) })
	f.read(func(tx *store.Tx) {
		_, err := tx.Versions().ByARN(ctx, v.ARN)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
	})
}

func testVersionPages(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	f.version(f.project(account, region, "trees", began), "foreign", began)
	var want []string
	for i := range 5 {
		name := fmt.Sprint("v", i)
		f.version(p, name, began.Add(time.Duration(i/2)*time.Second))
		want = append([]string{name}, want...)
	}
	walk := func(names []string, limit int) (got []string) {
		for at, first := (store.Cursor{}), true; first || !at.IsZero(); first = false {
			f.read(func(tx *store.Tx) {
				list, next, err := tx.Versions().List(ctx, p.ID, names, at, limit)
				require.NoError(t, err)
				for _, v := range list {
					got = append(got, v.ARN.Name)
				}
				at = next
			})
		}
		return got
	}
	for _, limit := range []int{1, 2, 5, 100} {
		require.Equal(t, want, walk(nil, limit))
	}
	require.Equal(t, []string{"v4", "v0"}, walk([]string{"v0", "v4", "foreign"}, 1))
}

func testVersionCounts(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	for i, status := range []ownsight.VersionStatus{
		ownsight.VersionTraining, ownsight.VersionTraining, ownsight.VersionStarting, ownsight.VersionRunning,
		ownsight.VersionStopping, ownsight.VersionStopped,
	} {
		v := f.version(p, fmt.Sprint("v", i), began)
		f.write(func(tx *store.Tx) {
			moved, err := tx.Versions().Move(ctx, v.ID, ownsight.VersionTraining, status, "")
			require.NoError(t, err)
			require.True(t, moved)
		})
	}
	f.version(f.project(other, region, "leaves", began), "v", began)
	f.version(f.project(account, "eu-central-1", "leaves", began), "v", began)
	f.read(func(tx *store.Tx) {
		n, err := tx.Versions().CountByStatus(ctx, account, region, ownsight.VersionTraining)
		require.NoError(t, err)
		require.EqualValues(t, 2, n)
		n, err = tx.Versions().CountByStatus(ctx, account, region, ownsight.VersionStarting, ownsight.VersionRunning)
		require.NoError(t, err)
		require.EqualValues(t, 2, n)
		n, err = tx.Versions().CountOfProject(ctx, p.ID)
		require.NoError(t, err)
		require.EqualValues(t, 6, n)
		running, err := tx.Versions().Running(ctx)
		require.NoError(t, err)
		var names []string
		for _, v := range running {
			names = append(names, v.ARN.Name)
		}
		require.Equal(t, []string{"v2", "v3", "v4"}, names)
	})
}
