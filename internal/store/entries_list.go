package store

import (
	"context"
	"fmt"
	"strings"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// fewRefs is how many entries are looked up by the start of their source reference and sorted; when more have it, walking
// the dataset in order meets some soon.
const fewRefs = 1000

// List gives the entries of a dataset that a filter lets through, after a place in the order, at most limit. Their
// Labels are not filled in: Line says all.
//
// A part of the source reference that starts with s3:// is looked for at the start of the reference, where alone a URI
// can stand, and so is found in an index whether it is a whole URI or the first part of one; anything else is looked
// for everywhere.
func (e Entries) List(ctx context.Context, datasetID int64, f ownsight.EntryFilter, after int64, limit int) ([]ownsight.Entry, error) {
	q := query{position: e.tx.position, dataset: datasetID, filter: f}
	if strings.HasPrefix(f.SourceRefContains, "s3://") {
		n, err := e.tx.q.CountPrefix(ctx, db.CountPrefixParams{
			DatasetID: datasetID, First: f.SourceRefContains, Last: f.SourceRefContains + endOfPrefix, Count: fewRefs + 1,
		})
		if err != nil {
			return nil, fmt.Errorf("list entries: %w", err)
		}
		q.few = n <= fewRefs
	}
	text := q.page(after, limit)
	rows, err := e.tx.sql.QueryContext(ctx, text, q.args...)
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	defer rows.Close()
	var list []ownsight.Entry
	for rows.Next() {
		var row db.Entry
		if err := rows.Scan(&row.Seq, &row.SourceRef, &row.Labeled, &row.HasErrors, &row.Line); err != nil {
			return nil, fmt.Errorf("list entries: %w", err)
		}
		list = append(list, entry(row))
	}
	return list, rows.Err()
}

// endOfPrefix is put after a prefix to get the end of the range of texts that start with it.
const endOfPrefix = "\U0010FFFF"

// query is a SELECT under construction; placeholders are numbered in the order in which they appear, as SQLite wants.
type query struct {
	args     []any
	position string
	dataset  int64
	filter   ownsight.EntryFilter
	few      bool // the source reference that is asked for starts those of a few entries only
}

func (q *query) arg(value any) string {
	q.args = append(q.args, value)
	return fmt.Sprintf("$%d", len(q.args))
}

// page is the query for one page. Each label that is asked for gives at most limit places from its own index range, so
// that a page costs the same however many entries carry the labels.
func (q *query) page(after int64, limit int) string {
	text := "SELECT e.seq, e.source_ref, e.labeled, e.has_errors, e.line FROM entries e WHERE e.dataset_id = " + q.arg(q.dataset)
	if len(q.filter.AnyLabel) == 0 {
		return text + " AND e.seq > " + q.arg(after) + q.conditions() + " ORDER BY e.seq LIMIT " + q.arg(limit)
	}
	branches := make([]string, len(q.filter.AnyLabel))
	for i, label := range q.filter.AnyLabel {
		branches[i] = "SELECT seq FROM (" + q.carrying(label, after, limit) + fmt.Sprintf(") b%d", i)
	}
	return text + " AND e.seq IN (" + strings.Join(branches, " UNION ") + ") ORDER BY e.seq LIMIT " + q.arg(limit)
}

// carrying is the query for the first places where entries carry a label.
func (q *query) carrying(label string, after int64, limit int) string {
	text := "SELECT l.seq FROM entry_labels l"
	if f := q.filter; f.Labeled != nil || f.HasErrors != nil || f.SourceRefContains != "" {
		text += " JOIN entries e ON e.dataset_id = l.dataset_id AND e.seq = l.seq"
	}
	return text + " WHERE l.dataset_id = " + q.arg(q.dataset) + " AND l.name = " + q.arg(label) +
		" AND l.seq > " + q.arg(after) + q.conditions() + " ORDER BY l.seq LIMIT " + q.arg(limit)
}

// conditions are those on the entry itself.
func (q *query) conditions() string {
	f, where := q.filter, ""
	if f.Labeled != nil {
		where += " AND e.labeled = " + q.arg(*f.Labeled)
	}
	if f.HasErrors != nil {
		where += " AND e.has_errors = " + q.arg(*f.HasErrors)
	}
	switch ref := f.SourceRefContains; {
	case q.few:
		where += " AND e.seq IN (SELECT u.seq FROM entries u WHERE u.dataset_id = " + q.arg(q.dataset) +
			" AND u.source_ref >= " + q.arg(ref) + " AND u.source_ref < " + q.arg(ref+endOfPrefix) + ")"
	case strings.HasPrefix(ref, "s3://"):
		where += " AND " + q.position + "(e.source_ref, " + q.arg(ref) + ") = 1"
	case ref != "":
		where += " AND " + q.position + "(e.source_ref, " + q.arg(ref) + ") > 0"
	}
	return where
}
