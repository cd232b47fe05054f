package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

const (
	batch = 1000    // entries a transaction
	full  = 250_000 // entries of the largest dataset that the service model allows
)

// Bench measures what grows with the size of a dataset: writing entries, and a page of those that a filter lets through.
func Bench(b *testing.B, open func(*testing.B) *store.Store) {
	s := open(b)
	d := benchDataset(b, s, "growing")
	b.Run("Upsert", func(b *testing.B) {
		written := 0
		for b.Loop() {
			write(b, s, d, written)
			written += batch
		}
		b.ReportMetric(float64(written)/b.Elapsed().Seconds(), "entries/s")
	})
	d = benchDataset(b, s, "full")
	for first := 0; first < full; first += batch {
		write(b, s, d, first)
	}
	yes, no := true, false
	for name, f := range map[string]ownsight.EntryFilter{
		"All":            {},
		"RareErrors":     {HasErrors: &yes},
		"Unlabeled":      {Labeled: &no},
		"RareCombined":   {HasErrors: &yes, Labeled: &no},
		"CommonLabel":    {AnyLabel: []string{"label-3"}},
		"TenLabels":      {AnyLabel: []string{"rare", "label-1", "label-2", "label-3", "label-4", "label-5", "label-6", "label-7", "label-8", "label-9"}},
		"RareLabel":      {AnyLabel: []string{"rare"}},
		"WholeURI":       {SourceRefContains: "s3://pictures/set/249999.jpg"},
		"StartOfAllURIs": {SourceRefContains: "s3://pictures/"},
		"RarePart":       {SourceRefContains: "249999"},
		"CommonPart":     {SourceRefContains: "set/"},
	} {
		b.Run("List/"+name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, s.Read(b.Context(), func(tx *store.Tx) error {
					list, err := tx.Entries().List(b.Context(), d, f, 0, 100)
					require.NotEmpty(b, list)
					return err
				}))
			}
		})
	}
	b.Run("RefreshStats", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, s.Write(b.Context(), func(tx *store.Tx) error {
				_, err := tx.Entries().RefreshStats(b.Context(), d)
				return err
			}))
		}
	})
}

// write adds a batch of lines such as Ground Truth writes them, with two labels each, errors in one of 5000.
func write(b *testing.B, s *store.Store, dataset int64, first int) {
	list := entries(first, batch)
	for i := range list {
		n := first + i
		list[i].Line = fmt.Sprintf(`{"source-ref":%q,"kind-%d":1,"kind-metadata":{"confidence":1,"job-name":"labeling-job/kind",`+
			`"class-name":"label-%d","human-annotated":"yes","creation-date":"2023-11-14T22:13:20.000Z","type":"groundtruth/image-classification"}}`,
			list[i].SourceRef, n, n%10)
		list[i].HasErrors = n%5000 == 4999
		if n%10 == 9 {
			continue
		}
		list[i].Labeled = true
		list[i].Labels = []ownsight.EntryLabel{{Name: fmt.Sprint("label-", n%10)}, {Name: fmt.Sprint("label-", 10+n%7)}}
		if n == full-2 {
			list[i].Labels[1].Name = "rare"
		}
	}
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
