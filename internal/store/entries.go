package store

import (
	"context"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// pageSize is how many entries Each reads at a time.
const pageSize = 500

// Entries reads and writes the entries of datasets, and the labels on them.
type Entries struct{ tx *Tx }

// BySourceRef finds an entry, with its labels; NotFound when there is none.
func (e Entries) BySourceRef(ctx context.Context, datasetID int64, ref string) (*ownsight.Entry, error) {
	row, err := e.tx.q.EntryBySourceRef(ctx, db.EntryBySourceRefParams{DatasetID: datasetID, SourceRef: ref})
	if err != nil {
		return nil, found(err, "the dataset has no entry for %s", ref)
	}
	one := []ownsight.Entry{entry(row)}
	return &one[0], e.label(ctx, datasetID, one)
}

// Each calls fn for every entry in order, with its labels, until fn gives an error. fn may use the transaction, and may
// keep the entry.
func (e Entries) Each(ctx context.Context, datasetID int64, fn func(*ownsight.Entry) error) error {
	for after := int64(0); ; {
		rows, err := e.tx.q.EntriesAfter(ctx, db.EntriesAfterParams{DatasetID: datasetID, After: after, Count: pageSize})
		if err != nil || len(rows) == 0 {
			return err
		}
		list := make([]ownsight.Entry, len(rows))
		for i, row := range rows {
			list[i] = entry(row)
		}
		if err := e.label(ctx, datasetID, list); err != nil {
			return err
		}
		for i := range list {
			if err := fn(&list[i]); err != nil {
				return err
			}
		}
		after = list[len(list)-1].Seq
	}
}

// label fills in the labels of neighbouring entries.
func (e Entries) label(ctx context.Context, datasetID int64, list []ownsight.Entry) error {
	rows, err := e.tx.q.LabelsOfEntries(ctx, db.LabelsOfEntriesParams{
		DatasetID: datasetID, First: list[0].Seq, Last: list[len(list)-1].Seq,
	})
	i := 0
	for _, row := range rows {
		for list[i].Seq < row.Seq {
			i++
		}
		list[i].Labels = append(list[i].Labels, ownsight.EntryLabel{Name: row.Name, Boxes: row.Boxes})
	}
	return err
}

// DeleteSome removes the first entries of a dataset, at most limit, and tells how many those were; 0 when none is left.
func (e Entries) DeleteSome(ctx context.Context, datasetID int64, limit int) (int, error) {
	last, err := e.tx.q.NthSeq(ctx, db.NthSeqParams{DatasetID: datasetID, Count: int32(limit)})
	if err != nil || last == 0 {
		return 0, err
	}
	if err := e.unindex(ctx, datasetID, last); err != nil {
		return 0, err
	}
	if err := e.tx.q.DeleteLabelsUpTo(ctx, db.DeleteLabelsUpToParams{DatasetID: datasetID, Last: last}); err != nil {
		return 0, err
	}
	n, err := e.tx.q.DeleteEntriesUpTo(ctx, db.DeleteEntriesUpToParams{DatasetID: datasetID, Last: last})
	return int(n), err
}

// RefreshStats counts a dataset's entries and labels anew and records the result.
func (e Entries) RefreshStats(ctx context.Context, datasetID int64) (ownsight.DatasetStats, error) {
	var none ownsight.DatasetStats
	if err := e.tx.q.DeleteDatasetLabels(ctx, datasetID); err != nil {
		return none, err
	}
	if err := e.tx.q.SumLabels(ctx, datasetID); err != nil {
		return none, err
	}
	labels, err := e.tx.q.CountDatasetLabels(ctx, datasetID)
	if err != nil {
		return none, err
	}
	stats := ownsight.DatasetStats{Labels: labels}
	err = e.eachBlocks(ctx, datasetID, 0, func(blocks []numbered) (enough bool, err error) {
		for _, b := range blocks {
			stats.Total += b.present.count()
			stats.Labeled += b.labeled.count()
			stats.Errors += b.errors.count()
		}
		return false, nil
	})
	if err != nil {
		return none, err
	}
	return stats, e.tx.Datasets().SetStats(ctx, datasetID, stats)
}

// Labels gives the labels of a dataset as last counted, by name, after a name.
func (e Entries) Labels(ctx context.Context, datasetID int64, after string, limit int) ([]ownsight.LabelStats, error) {
	rows, err := e.tx.q.ListDatasetLabels(ctx, db.ListDatasetLabelsParams{
		DatasetID: datasetID, After: after, Count: int32(limit),
	})
	list := make([]ownsight.LabelStats, len(rows))
	for i, row := range rows {
		list[i] = ownsight.LabelStats{Name: row.Name, Entries: row.Entries, Boxes: row.Boxes}
	}
	return list, err
}

func entry(row db.Entry) ownsight.Entry {
	return ownsight.Entry{
		Seq: row.Seq, SourceRef: row.SourceRef, Line: row.Line, Labeled: row.Labeled, HasErrors: row.HasErrors,
	}
}
