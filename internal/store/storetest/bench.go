package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

const (
	batch   = 4096    // entries a transaction
	full    = 250_000 // entries of the largest dataset that the service model allows
	changed = 10_000  // entries of the largest update, 5 MiB
)

// Bench measures what grows with the size of a dataset: writing entries, counting them, and a page of those that a
// filter lets through.
func Bench(b *testing.B, open func(*testing.B) *store.Store) {
	s := open(b)
	d := benchDataset(b, s, "growing")
	b.Run("Upsert", func(b *testing.B) {
		written := 0
		for b.Loop() {
			write(b, s, d, benchEntries(written, batch))
			written += batch
		}
		b.ReportMetric(float64(written)/b.Elapsed().Seconds(), "entries/s")
	})
	d = benchDataset(b, s, "full")
	for first := 0; first < full; first += batch {
		write(b, s, d, benchEntries(first, min(batch, full-first)))
	}
	b.Run("Filters", func(b *testing.B) { benchFilters(b, s, d) })
	b.Run("UpdateEverywhere", func(b *testing.B) {
		list := make([]ownsight.Entry, changed)
		for i := range list {
			list[i] = benchEntry(i * full / changed)
		}
		for b.Loop() {
			write(b, s, d, list)
		}
	})
	b.Run("RefreshStats", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, s.Write(b.Context(), func(tx *store.Tx) error {
				_, err := tx.Entries().RefreshStats(b.Context(), d)
				return err
			}))
		}
	})
}

// benchFilters asks for a page of a hundred with every combination of filters, each with values that let through one
// entry, half of them or none, where half of one filter is just what the other does not let through; at the start, in
// the middle and near the end. It reports the median of each, the usual one and the slowest, and names the slowest; and
// the slowest of all single pages.
func benchFilters(b *testing.B, s *store.Store, dataset int64) {
	took := map[string][]time.Duration{}
	for b.Loop() {
		for name, f := range benchCombinations() {
			for _, after := range []int64{0, full / 2, full - 500} {
				began := time.Now()
				require.NoError(b, s.Read(b.Context(), func(tx *store.Tx) error {
					_, err := tx.Entries().List(b.Context(), dataset, f, after, 101)
					return err
				}))
				at := fmt.Sprintf("%s after %d", name, after)
				took[at] = append(took[at], time.Since(began))
			}
		}
	}
	slowest := time.Duration(0)
	median := func(name string) time.Duration { return took[name][len(took[name])/2] }
	for _, times := range took {
		slices.Sort(times)
		slowest = max(slowest, times[len(times)-1])
	}
	names := slices.SortedFunc(maps.Keys(took), func(x, y string) int { return cmp.Compare(median(y), median(x)) })
	for _, name := range names[:5] {
		b.Logf("%.1f ms: %s", milliseconds(median(name)), name)
	}
	b.ReportMetric(milliseconds(median(names[len(names)/2])), "p50-ms")
	b.ReportMetric(milliseconds(median(names[0])), "worst-ms")
	b.ReportMetric(milliseconds(slowest), "max-ms")
	b.ReportMetric(float64(len(names)), "pages")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func benchCombinations() map[string]ownsight.EntryFilter {
	yes, no := true, false
	all := map[string]ownsight.EntryFilter{}
	for _, labels := range []string{"", "one", "even", "label-3", "none", "even one none label-1 label-2 label-3 label-4 label-5 label-6 label-7"} {
		for _, labeled := range []*bool{nil, &yes, &no} {
			for _, errors := range []*bool{nil, &yes, &no} {
				for _, part := range []string{"", "/", "line-1", "s3://pictures/line-1", "zzz", "9e3779b97f4a7c15", benchEntry(full - 9).SourceRef} {
					f := ownsight.EntryFilter{AnyLabel: strings.Fields(labels), Labeled: labeled, HasErrors: errors, SourceRefContains: part}
					all[fmt.Sprintf("labels %q labeled %s errors %s part %q", labels, maybe(labeled), maybe(errors), part)] = f
				}
			}
		}
	}
	return all
}

func maybe(b *bool) string {
	if b == nil {
		return "any"
	}
	return fmt.Sprint(*b)
}

func benchEntries(first, count int) []ownsight.Entry {
	list := make([]ownsight.Entry, count)
	for i := range list {
		list[i] = benchEntry(first + i)
	}
	return list
}

// benchEntry makes an entry with a line of some 450 bytes. Every second one is labelled even, in folder line-0; those in
// line-1 have errors or no labels, half each.
func benchEntry(n int) ownsight.Entry {
	ref := fmt.Sprintf("s3://pictures/line-%d/2026-11-%02d/%016x.jpg", n%2, 1+n%28, uint64(n)*0x9e3779b97f4a7c15)
	e := ownsight.Entry{SourceRef: ref, Labeled: n%4 != 3, HasErrors: n%4 == 1}
	e.Line = fmt.Sprintf(`{"source-ref":%q,"defect":%d,"defect-metadata":{"confidence":1,"job-name":"labeling-job/defect",`+
		`"class-name":"label-%d","human-annotated":"yes","creation-date":"2026-11-14T22:13:20.000Z","type":"groundtruth/image-classification"},`+
		`"side":1,"side-metadata":{"confidence":1,"job-name":"labeling-job/side","class-name":"even","human-annotated":"yes",`+
		`"creation-date":"2026-11-14T22:13:20.000Z","type":"groundtruth/image-classification"}}`, ref, n, n%50)
	if n%2 == 0 {
		e.Labels = []ownsight.EntryLabel{{Name: fmt.Sprint("label-", n%50)}, {Name: "even"}}
	} else if e.Labeled {
		e.Labels = []ownsight.EntryLabel{{Name: fmt.Sprint("label-", n%50)}}
	}
	if n == full-2 {
		e.Labels[0].Name = "one"
	}
	return e
}

func write(b *testing.B, s *store.Store, dataset int64, list []ownsight.Entry) {
	require.NoError(b, s.Write(b.Context(), func(tx *store.Tx) error { return tx.Entries().Upsert(b.Context(), dataset, list) }))
}

// benchDataset makes a project of this name with an empty dataset.
func benchDataset(b *testing.B, s *store.Store, name string) (id int64) {
	require.NoError(b, s.Write(b.Context(), func(tx *store.Tx) error {
		p := &ownsight.Project{ARN: ownsight.ProjectARN{Region: region, Account: account, Name: name, Created: 1}}
		if err := tx.Projects().Create(b.Context(), p); err != nil {
			return err
		}
		d := &ownsight.Dataset{ProjectID: p.ID, ARN: ownsight.DatasetARN{Type: ownsight.Train, Created: 1}}
		err := tx.Datasets().Create(b.Context(), d)
		id = d.ID
		return err
	}))
	return id
}
