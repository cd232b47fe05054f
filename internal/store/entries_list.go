package store

import (
	"context"
	"fmt"
	"slices"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// List gives the entries of a dataset that a filter lets through, after a place in the order, at most limit. Their
// Labels are not filled in: Line says all.
func (e Entries) List(ctx context.Context, datasetID int64, f ownsight.EntryFilter, after int64, limit int) ([]ownsight.Entry, error) {
	seqs, err := e.find(ctx, datasetID, f, after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]ownsight.Entry, 0, len(seqs))
	for chunk := range slices.Chunk(seqs, rowsPerInsert) {
		if list, err = e.appendAt(ctx, list, datasetID, chunk); err != nil {
			return nil, fmt.Errorf("list entries: %w", err)
		}
	}
	return list, nil
}

// appendAt adds the entries at some places of the order.
func (e Entries) appendAt(ctx context.Context, list []ownsight.Entry, datasetID int64, seqs []any) ([]ownsight.Entry, error) {
	text := fmt.Sprintf("SELECT seq, source_ref, labeled, has_errors, line FROM entries WHERE seq IN %s AND dataset_id = $%d ORDER BY seq",
		tuples(1, len(seqs)), len(seqs)+1)
	rows, err := e.tx.sql.QueryContext(ctx, text, append(slices.Clone(seqs), datasetID)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row db.Entry
		if err := rows.Scan(&row.Seq, &row.SourceRef, &row.Labeled, &row.HasErrors, &row.Line); err != nil {
			return nil, err
		}
		list = append(list, entry(row))
	}
	return list, rows.Err()
}
