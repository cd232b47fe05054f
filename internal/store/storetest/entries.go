package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

func testEntryOrder(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	d, e := f.dataset(p, ownsight.Train), f.dataset(p, ownsight.Test)
	f.upsert(d, nil)
	f.upsert(d, entries(0, 250, ownsight.EntryLabel{Name: "oak"}, ownsight.EntryLabel{Name: "ash", Boxes: 2}))
	f.upsert(e, entries(0, 1))

	// One that is there is replaced in place, labels included; new ones follow; of two alike the later wins.
	change := entries(7, 1, ownsight.EntryLabel{Name: "elm"})
	change[0].HasErrors, change[0].Line = true, "changed"
	twice := entries(300, 3)
	twice[2] = entries(300, 1, ownsight.EntryLabel{Name: "fir"}, ownsight.EntryLabel{Name: "fir"})[0]
	batch := append(change, twice...)
	f.upsert(d, batch)
	require.EqualValues(t, 8, batch[0].Seq)
	require.Greater(t, batch[1].Seq, int64(250))
	require.Greater(t, batch[2].Seq, batch[1].Seq)
	require.Equal(t, batch[1].Seq, batch[3].Seq)

	f.read(func(tx *store.Tx) {
		var got []ownsight.Entry
		require.NoError(t, tx.Entries().Each(ctx, d.ID, func(e *ownsight.Entry) error { got = append(got, *e); return nil }))
		require.Len(t, got, 252)
		require.True(t, slices.IsSortedFunc(got, func(a, b ownsight.Entry) int { return cmp.Compare(a.Seq, b.Seq) }))
		require.Equal(t, "s3://pictures/set/000000.jpg", got[0].SourceRef)
		require.Equal(t, []ownsight.EntryLabel{{Name: "ash", Boxes: 2}, {Name: "oak"}}, got[0].Labels)
		changed := ownsight.Entry{
			Seq: 8, SourceRef: "s3://pictures/set/000007.jpg", Line: "changed", Labeled: true, HasErrors: true,
			Labels: []ownsight.EntryLabel{{Name: "elm"}},
		}
		require.Equal(t, changed, got[7])
		require.Equal(t, []ownsight.EntryLabel{{Name: "fir"}}, got[250].Labels)
		require.Empty(t, got[251].Labels)

		one, err := tx.Entries().BySourceRef(ctx, d.ID, changed.SourceRef)
		require.NoError(t, err)
		require.Equal(t, &changed, one)
		_, err = tx.Entries().BySourceRef(ctx, d.ID, "s3://pictures/set/000007.jp")
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
		require.ErrorIs(t, tx.Entries().Each(ctx, d.ID, func(*ownsight.Entry) error { return errStop }), errStop)
	})
}

// testEntriesFromManyWriters lets writers append to one dataset at a time, some with the same pictures.
func testEntriesFromManyWriters(t *testing.T, f fixture) {
	d := f.dataset(f.project(account, region, "leaves", began), ownsight.Train)
	var wait sync.WaitGroup
	for i := range 6 {
		wait.Go(func() {
			err := f.store.Write(t.Context(), func(tx *store.Tx) error {
				return tx.Entries().Upsert(t.Context(), d.ID, entries(20*i, 40, ownsight.EntryLabel{Name: "oak"}))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	f.write(func(tx *store.Tx) {
		stats, err := tx.Entries().RefreshStats(t.Context(), d.ID)
		require.NoError(t, err)
		require.Equal(t, ownsight.DatasetStats{Labeled: 140, Total: 140, Labels: 1}, stats)
		labels, err := tx.Entries().Labels(t.Context(), d.ID, "", 1)
		require.NoError(t, err)
		require.EqualValues(t, 140, labels[0].Entries)
	})
}

func testEntryFilters(t *testing.T, f fixture) {
	ctx := t.Context()
	d := f.dataset(f.project(account, region, "leaves", began), ownsight.Train)
	list := entries(0, 6)
	for i, labels := range [][]string{{"oak"}, {}, {"ash", "oak"}, {"Ash"}, {}, {"oak"}} {
		for _, name := range labels {
			list[i].Labels = append(list[i].Labels, ownsight.EntryLabel{Name: name})
		}
		list[i].Labeled, list[i].HasErrors = len(labels) > 0, i >= 4
	}
	list[3].SourceRef = "s3://pictures/100%_oak/a.jpg"
	f.upsert(d, list)
	yes, no := true, false
	for name, test := range map[string]struct {
		filter ownsight.EntryFilter
		want   []int64
	}{
		"all":              {ownsight.EntryFilter{}, []int64{1, 2, 3, 4, 5, 6}},
		"labeled":          {ownsight.EntryFilter{Labeled: &yes}, []int64{1, 3, 4, 6}},
		"unlabeled":        {ownsight.EntryFilter{Labeled: &no}, []int64{2, 5}},
		"errors":           {ownsight.EntryFilter{HasErrors: &yes}, []int64{5, 6}},
		"no errors":        {ownsight.EntryFilter{HasErrors: &no}, []int64{1, 2, 3, 4}},
		"both":             {ownsight.EntryFilter{HasErrors: &yes, Labeled: &yes}, []int64{6}},
		"one label":        {ownsight.EntryFilter{AnyLabel: []string{"oak"}}, []int64{1, 3, 6}},
		"any label, once":  {ownsight.EntryFilter{AnyLabel: []string{"ash", "oak"}}, []int64{1, 3, 6}},
		"unknown label":    {ownsight.EntryFilter{AnyLabel: []string{"fir"}}, nil},
		"label and errors": {ownsight.EntryFilter{AnyLabel: []string{"oak", "Ash"}, HasErrors: &no}, []int64{1, 3, 4}},
		"whole URI":        {ownsight.EntryFilter{SourceRefContains: "s3://pictures/set/000002.jpg"}, []int64{3}},
		"start of URI":     {ownsight.EntryFilter{SourceRefContains: "s3://pictures/set/00000"}, []int64{1, 2, 3, 5, 6}},
		"part":             {ownsight.EntryFilter{SourceRefContains: "04.jp"}, []int64{5}},
		"part is no pattern": {
			ownsight.EntryFilter{SourceRefContains: "%_"}, []int64{4},
		},
		"part tells case":   {ownsight.EntryFilter{SourceRefContains: "OAK"}, nil},
		"part and label":    {ownsight.EntryFilter{SourceRefContains: "set", AnyLabel: []string{"Ash", "ash"}}, []int64{3}},
		"URI, other bucket": {ownsight.EntryFilter{SourceRefContains: "s3://other"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for limit := 1; limit <= 7; limit++ {
				require.Equal(t, test.want, walk(t, f, d.ID, test.filter, limit), "limit %d", limit)
			}
		})
	}
	f.read(func(tx *store.Tx) {
		got, err := tx.Entries().List(ctx, d.ID, ownsight.EntryFilter{AnyLabel: []string{"ash"}}, 0, 1)
		require.NoError(t, err)
		want := list[2]
		want.Labels = nil
		require.Equal(t, []ownsight.Entry{want}, got)
	})
}

// walk lists all that a filter lets through, page by page, and gives the places.
func walk(t *testing.T, f fixture, dataset int64, filter ownsight.EntryFilter, limit int) (seqs []int64) {
	for after := int64(0); ; {
		var list []ownsight.Entry
		f.read(func(tx *store.Tx) {
			var err error
			list, err = tx.Entries().List(t.Context(), dataset, filter, after, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, len(list), limit)
		})
		if len(list) == 0 {
			return seqs
		}
		for _, e := range list {
			seqs = append(seqs, e.Seq)
		}
		after = seqs[len(seqs)-1]
	}
}

// testEntryFiltersAgainstPlainCode compares the queries with a loop, over entries and filters drawn at random, after
// each thing that can happen to entries.
func testEntryFiltersAgainstPlainCode(t *testing.T, f fixture) {
	ctx, random := t.Context(), rand.New(rand.NewPCG(1, 2))
	p := f.project(account, region, "leaves", began)
	d, aside := f.dataset(p, ownsight.Train), f.dataset(p, ownsight.Test)
	for _, step := range []struct {
		what string
		do   func(tx *store.Tx) error
	}{
		{"written", func(tx *store.Tx) error { return tx.Entries().Upsert(ctx, d.ID, drawn(random, 0, 2600)) }},
		{"some changed, some added", func(tx *store.Tx) error { return tx.Entries().Upsert(ctx, d.ID, drawn(random, 2000, 700)) }},
		{"some moved away", func(tx *store.Tx) error {
			var seqs []int64
			for seq := int64(3); seq < 2500; seq += 1 + random.Int64N(9) {
				seqs = append(seqs, seq)
			}
			return tx.Entries().Move(ctx, d.ID, aside.ID, seqs)
		}},
		{"the first deleted", func(tx *store.Tx) error {
			n, err := tx.Entries().DeleteSome(ctx, d.ID, 1100)
			require.Equal(t, 1100, n)
			return err
		}},
		{"index lost", func(tx *store.Tx) error {
			_, err := tx.SQL().ExecContext(ctx, "DELETE FROM entry_blocks")
			return err
		}},
	} {
		f.write(func(tx *store.Tx) { require.NoError(t, step.do(tx), step.what) })
		if step.what == "index lost" {
			require.NoError(t, f.store.Index(ctx))
		}
		for _, of := range []*ownsight.Dataset{d, aside} {
			compareFilters(t, f, of, random, step.what)
		}
	}
}

// drawn makes entries of which each carries every one of a few labels with a probability of a fifth.
func drawn(random *rand.Rand, first, count int) []ownsight.Entry {
	list := entries(first, count)
	for i := range list {
		for _, name := range names {
			if random.IntN(5) == 0 {
				list[i].Labels = append(list[i].Labels, ownsight.EntryLabel{Name: name})
			}
		}
		list[i].Labeled, list[i].HasErrors = len(list[i].Labels) > 0, random.IntN(4) == 0
	}
	return list
}

var names = []string{"ash", "elm", "fir", "oak"}

// compareFilters lists a dataset with filters drawn at random, and counts it.
func compareFilters(t *testing.T, f fixture, d *ownsight.Dataset, random *rand.Rand, what string) {
	var list []ownsight.Entry
	f.read(func(tx *store.Tx) {
		require.NoError(t, tx.Entries().Each(t.Context(), d.ID, func(e *ownsight.Entry) error { list = append(list, *e); return nil }))
	})
	maybe := func() *bool {
		if random.IntN(2) == 0 {
			return nil
		}
		b := random.IntN(2) == 0
		return &b
	}
	for range 12 {
		filter := ownsight.EntryFilter{Labeled: maybe(), HasErrors: maybe()}
		filter.AnyLabel = names[random.IntN(len(names)):]
		if random.IntN(2) == 0 {
			filter.AnyLabel = nil
		}
		filter.SourceRefContains = []string{"", "7", "s3://pictures/set/0001", "et/0023", "none"}[random.IntN(5)]
		var want []int64
		for _, e := range list {
			if passes(e, filter) {
				want = append(want, e.Seq)
			}
		}
		require.Equal(t, want, walk(t, f, d.ID, filter, 97), "%s: %+v", what, filter)
	}
	f.write(func(tx *store.Tx) {
		stats, err := tx.Entries().RefreshStats(t.Context(), d.ID)
		require.NoError(t, err)
		var want ownsight.DatasetStats
		labels := map[string]bool{}
		for _, e := range list {
			want.Total++
			if e.Labeled {
				want.Labeled++
			}
			if e.HasErrors {
				want.Errors++
			}
			for _, l := range e.Labels {
				labels[l.Name] = true
			}
		}
		want.Labels = int64(len(labels))
		require.Equal(t, want, stats, what)
	})
}

func passes(e ownsight.Entry, f ownsight.EntryFilter) bool {
	carries := func(name string) bool {
		return slices.ContainsFunc(e.Labels, func(l ownsight.EntryLabel) bool { return l.Name == name })
	}
	return (f.Labeled == nil || *f.Labeled == e.Labeled) && (f.HasErrors == nil || *f.HasErrors == e.HasErrors) &&
		strings.Contains(e.SourceRef, f.SourceRefContains) &&
		(len(f.AnyLabel) == 0 || slices.ContainsFunc(f.AnyLabel, carries))
}

func testEntryStats(t *testing.T, f fixture) {
	ctx := t.Context()
	d := f.dataset(f.project(account, region, "leaves", began), ownsight.Train)
	list := slices.Concat(
		entries(0, 3, ownsight.EntryLabel{Name: "oak"}),
		entries(3, 2, ownsight.EntryLabel{Name: "ash", Boxes: 3}, ownsight.EntryLabel{Name: "Zelkova", Boxes: 1}),
		entries(5, 4),
	)
	list[8].HasErrors = true
	f.upsert(d, list)
	want := ownsight.DatasetStats{Labeled: 5, Total: 9, Labels: 3, Errors: 1}
	for range 2 { // counting again changes nothing
		f.write(func(tx *store.Tx) {
			got, err := tx.Entries().RefreshStats(ctx, d.ID)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	labels := []ownsight.LabelStats{{Name: "Zelkova", Entries: 2, Boxes: 2}, {Name: "ash", Entries: 2, Boxes: 6}, {Name: "oak", Entries: 3}}
	f.read(func(tx *store.Tx) {
		got, err := tx.Datasets().ByID(ctx, d.ID)
		require.NoError(t, err)
		require.Equal(t, want, got.Stats)
		list, err := tx.Entries().Labels(ctx, d.ID, "", 2)
		require.NoError(t, err)
		require.Equal(t, labels[:2], list)
		list, err = tx.Entries().Labels(ctx, d.ID, "ash", 2)
		require.NoError(t, err)
		require.Equal(t, labels[2:], list)
	})
	f.upsert(d, entries(0, 5)) // takes all labels away
	f.write(func(tx *store.Tx) {
		got, err := tx.Entries().RefreshStats(ctx, d.ID)
		require.NoError(t, err)
		require.Equal(t, ownsight.DatasetStats{Total: 9, Errors: 1}, got)
		list, err := tx.Entries().Labels(ctx, d.ID, "", 9)
		require.NoError(t, err)
		require.Empty(t, list)
	})
}

func testEntryDelete(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	d, e := f.dataset(p, ownsight.Train), f.dataset(p, ownsight.Test)
	f.upsert(d, entries(0, 25, ownsight.EntryLabel{Name: "oak"}))
	f.upsert(e, entries(0, 3, ownsight.EntryLabel{Name: "oak"}))
	require.Error(t, f.store.Write(ctx, func(tx *store.Tx) error { return tx.Datasets().Delete(ctx, d.ID) }),
		"a dataset went while it had entries")
	for i, want := range []int{10, 10, 5, 0} {
		f.write(func(tx *store.Tx) {
			n, err := tx.Entries().DeleteSome(ctx, d.ID, 10)
			require.NoError(t, err)
			require.Equal(t, want, n, fmt.Sprint("round ", i))
		})
	}
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Datasets().Delete(ctx, d.ID))
		stats, err := tx.Entries().RefreshStats(ctx, e.ID)
		require.NoError(t, err)
		require.Equal(t, ownsight.DatasetStats{Labeled: 3, Total: 3, Labels: 1}, stats)
	})
}
