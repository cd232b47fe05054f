package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"ownsight"
)

// rowsPerInsert is how many rows one INSERT carries: the trip to the database and its parsing are shared by so many,
// and the parameters stay well below what either database takes.
const rowsPerInsert = 100

// Upsert writes entries, which are told apart by their source reference: one that the dataset has keeps its place and
// is replaced, labels included; new ones follow in the order given, though not always at neighbouring places. Seq is
// filled in. Of two entries with the same reference in one call the later wins, at the place of the earlier.
func (e Entries) Upsert(ctx context.Context, datasetID int64, entries []ownsight.Entry) error {
	last, err := e.tx.q.LastSeq(ctx, datasetID)
	if err != nil {
		return err
	}
	rows, at := distinct(entries)
	var values, labels, replaced []any
	for i, entry := range rows {
		entry.Seq = last + int64(i) + 1
		values = append(values, datasetID, entry.Seq, entry.SourceRef, entry.Labeled, entry.HasErrors, entry.Line)
	}
	err = e.insertEntries(ctx, values, func(ref string, seq int64) {
		if entry := rows[at[ref]]; entry.Seq != seq {
			entry.Seq = seq
			replaced = append(replaced, seq)
		}
	})
	if err != nil {
		return fmt.Errorf("write entries: %w", err)
	}
	for i := range entries {
		entries[i].Seq = rows[at[entries[i].SourceRef]].Seq
	}
	for _, entry := range rows {
		for _, label := range entry.Labels {
			labels = append(labels, datasetID, entry.Seq, label.Name, label.Boxes)
		}
	}
	if err := e.unlabel(ctx, datasetID, replaced); err != nil {
		return fmt.Errorf("replace labels: %w", err)
	}
	if err := e.insertLabels(ctx, labels); err != nil {
		return fmt.Errorf("write labels: %w", err)
	}
	if err := e.index(ctx, datasetID, rows); err != nil {
		return fmt.Errorf("index entries: %w", err)
	}
	return nil
}

// distinct gives one entry for each source reference, and where it stands among them.
func distinct(entries []ownsight.Entry) (rows []*ownsight.Entry, at map[string]int) {
	at = make(map[string]int, len(entries))
	for i := range entries {
		entry := &entries[i]
		if j, twice := at[entry.SourceRef]; twice {
			rows[j] = entry
			continue
		}
		at[entry.SourceRef] = len(rows)
		rows = append(rows, entry)
	}
	return rows, at
}

// unlabel takes all labels off entries.
func (e Entries) unlabel(ctx context.Context, datasetID int64, seqs []any) error {
	for chunk := range slices.Chunk(seqs, rowsPerInsert) {
		text := fmt.Sprintf("DELETE FROM entry_labels WHERE seq IN %s AND dataset_id = $%d", tuples(1, len(chunk)), len(chunk)+1)
		if _, err := e.tx.sql.ExecContext(ctx, text, append(slices.Clone(chunk), datasetID)...); err != nil {
			return err
		}
	}
	return nil
}

// insertEntries writes rows of entries, some at a time, and tells the place of each.
func (e Entries) insertEntries(ctx context.Context, values []any, placed func(ref string, seq int64)) error {
	const columns = 6
	for chunk := range slices.Chunk(values, rowsPerInsert*columns) {
		rows, err := e.tx.sql.QueryContext(ctx,
			"INSERT INTO entries (dataset_id, seq, source_ref, labeled, has_errors, line) VALUES "+tuples(len(chunk)/columns, columns)+
				" ON CONFLICT (dataset_id, source_ref) DO UPDATE SET labeled = excluded.labeled,"+
				" has_errors = excluded.has_errors, line = excluded.line RETURNING source_ref, seq", chunk...)
		if err != nil {
			return err
		}
		if err := eachPlace(rows, placed); err != nil {
			return err
		}
	}
	return nil
}

// eachPlace reads the places that an INSERT returned.
func eachPlace(rows *sql.Rows, placed func(ref string, seq int64)) error {
	defer rows.Close()
	for rows.Next() {
		var ref string
		var seq int64
		if err := rows.Scan(&ref, &seq); err != nil {
			return err
		}
		placed(ref, seq)
	}
	return rows.Err()
}

// insertLabels writes rows of labels, some at a time; a label that an entry names twice counts once.
func (e Entries) insertLabels(ctx context.Context, values []any) error {
	const columns = 4
	for chunk := range slices.Chunk(values, rowsPerInsert*columns) {
		_, err := e.tx.sql.ExecContext(ctx, "INSERT INTO entry_labels (dataset_id, seq, name, boxes) VALUES "+
			tuples(len(chunk)/columns, columns)+" ON CONFLICT DO NOTHING", chunk...)
		if err != nil {
			return err
		}
	}
	return nil
}

// tuples writes ($1, $2), ($3, $4), ... for a number of rows.
func tuples(rows, columns int) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteByte(')')
	return b.String()
}
