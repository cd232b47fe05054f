package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

// testEntryMove moves every third of many entries, and some that are not there.
func testEntryMove(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	from, to := f.dataset(p, ownsight.Train), f.dataset(p, ownsight.Test)
	const count, moved = 1800, 600
	list := entries(0, count, ownsight.EntryLabel{Name: "oak"}, ownsight.EntryLabel{Name: "ash", Boxes: 2})
	f.upsert(from, list)
	var seqs []int64
	for i := 0; i < count; i += 3 {
		seqs = append(seqs, list[i].Seq)
	}
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Entries().Move(ctx, from.ID, to.ID, append(seqs, 1_000_000)))
		require.NoError(t, tx.Entries().Move(ctx, from.ID, to.ID, nil))
		for _, d := range []struct {
			id    int64
			count int64
		}{{from.ID, count - moved}, {to.ID, moved}} {
			stats, err := tx.Entries().RefreshStats(ctx, d.id)
			require.NoError(t, err)
			require.Equal(t, ownsight.DatasetStats{Labeled: d.count, Total: d.count, Labels: 2}, stats)
			labels, err := tx.Entries().Labels(ctx, d.id, "", 9)
			require.NoError(t, err)
			require.Equal(t, []ownsight.LabelStats{{Name: "ash", Entries: d.count, Boxes: 2 * d.count}, {Name: "oak", Entries: d.count}}, labels)
		}
	})
	require.Equal(t, seqs, walk(t, f, to.ID, ownsight.EntryFilter{AnyLabel: []string{"oak"}}, 100))
	require.Equal(t, seqs[:1], walk(t, f, to.ID, ownsight.EntryFilter{SourceRefContains: list[0].SourceRef}, 100))
	f.read(func(tx *store.Tx) {
		one, err := tx.Entries().BySourceRef(ctx, to.ID, list[3].SourceRef)
		require.NoError(t, err)
		require.Equal(t, []ownsight.EntryLabel{{Name: "ash", Boxes: 2}, {Name: "oak"}}, one.Labels)
		_, err = tx.Entries().BySourceRef(ctx, from.ID, list[3].SourceRef)
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
	})

	// What was moved away can come again as new, behind the others.
	again := entries(0, 1)
	f.upsert(from, again)
	require.Greater(t, again[0].Seq, list[count-1].Seq)
	require.Error(t, f.store.Write(ctx, func(tx *store.Tx) error {
		return tx.Entries().Move(ctx, to.ID, from.ID, []int64{list[0].Seq})
	}), "a picture that both have was moved")
}
