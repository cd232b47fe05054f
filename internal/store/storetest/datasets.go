package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

func testDatasets(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	q := f.project(account, region, "trees", began)
	test, train := f.dataset(p, ownsight.Test), f.dataset(p, ownsight.Train)
	f.refused(ownsight.AlreadyExists, func(tx *store.Tx) error {
		return tx.Datasets().Create(ctx, &ownsight.Dataset{ProjectID: p.ID, ARN: train.ARN})
	})
	f.read(func(tx *store.Tx) {
		got, err := tx.Datasets().ByARN(ctx, train.ARN)
		require.NoError(t, err)
		require.Equal(t, train, got)
		got, err = tx.Datasets().ByID(ctx, test.ID)
		require.NoError(t, err)
		require.Equal(t, test, got)
		list, err := tx.Datasets().OfProject(ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, []ownsight.Dataset{*train, *test}, list)
		list, err = tx.Datasets().OfProject(ctx, q.ID)
		require.NoError(t, err)
		require.Empty(t, list)
		wrong := train.ARN
		wrong.Created++
		_, err = tx.Datasets().ByARN(ctx, wrong)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
		_, err = tx.Datasets().ByID(ctx, 1<<40)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
	})
	others := []*ownsight.Project{f.project(account, region, "empty", began), f.project(account, "eu-west-1", "elsewhere", began), f.project(account, region, "last", began)}
	there, far := f.dataset(others[2], ownsight.Train), f.dataset(others[1], ownsight.Train)
	f.read(func(tx *store.Tx) {
		of, err := tx.Datasets().OfProjects(ctx, []ownsight.Project{*others[2], *others[0], *p})
		require.NoError(t, err)
		require.Equal(t, []ownsight.Dataset{*there}, of[others[2].ID])
		require.Empty(t, of[others[0].ID])
		require.Empty(t, of[far.ProjectID])
		own, err := tx.Datasets().OfProject(ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, own, of[p.ID])
		of, err = tx.Datasets().OfProjects(ctx, nil)
		require.NoError(t, err)
		require.Empty(t, of)
	})
	change := store.DatasetChange{Message: "done", Outcome: ownsight.Success, Updated: began.Add(time.Minute)}
	f.write(func(tx *store.Tx) {
		for _, want := range []bool{true, false} { // the second comes too late
			moved, err := tx.Datasets().Move(ctx, train.ID, ownsight.DatasetCreating, ownsight.DatasetCreated, change)
			require.NoError(t, err)
			require.Equal(t, want, moved)
		}
		require.NoError(t, tx.Datasets().SetStats(ctx, train.ID, ownsight.DatasetStats{Labeled: 1, Total: 2, Labels: 3, Errors: 4}))
	})
	f.read(func(tx *store.Tx) {
		got, err := tx.Datasets().ByARN(ctx, train.ARN)
		require.NoError(t, err)
		train.Status, train.Message, train.Outcome, train.Updated = ownsight.DatasetCreated, "done", ownsight.Success, change.Updated
		train.Stats = ownsight.DatasetStats{Labeled: 1, Total: 2, Labels: 3, Errors: 4}
		require.Equal(t, train, got)
	})
	f.write(func(tx *store.Tx) { require.NoError(t, tx.Datasets().Delete(ctx, train.ID)) })
	f.read(func(tx *store.Tx) {
		_, err := tx.Datasets().ByARN(ctx, train.ARN)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
	})
}
