package dataset

import (
	"context"
	"strconv"

	"ownsight"
	"ownsight/internal/store"
)

// Entries lists up to limit entries that the filter selects, in the order of the manifest, from after a page token on.
// The next token is empty at the end.
func (s *Service) Entries(ctx context.Context, arn ownsight.DatasetARN, f ownsight.EntryFilter, token string, limit int) (entries []ownsight.Entry, next string, err error) {
	after := int64(0)
	if token != "" {
		if after, err = strconv.ParseInt(token, 36, 64); err != nil || after < 0 {
			return nil, "", ownsight.Errorf(ownsight.InvalidPageToken, "NextToken is not one that this list has given.")
		}
	}
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		d, err := tx.Datasets().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if err := readable(d); err != nil {
			return err
		}
		entries, err = tx.Entries().List(ctx, d.ID, f, after, limit+1)
		return err
	})
	if len(entries) > limit {
		entries = entries[:limit]
		next = strconv.FormatInt(entries[limit-1].Seq, 36)
	}
	return entries, next, err
}

// Labels lists up to limit labels with their counts, by name, from after a page token on, which is a name.
func (s *Service) Labels(ctx context.Context, arn ownsight.DatasetARN, after string, limit int) (labels []ownsight.LabelStats, next string, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		d, err := tx.Datasets().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if err := readable(d); err != nil {
			return err
		}
		labels, err = tx.Entries().Labels(ctx, d.ID, after, limit+1)
		return err
	})
	if len(labels) > limit {
		labels = labels[:limit]
		next = labels[limit-1].Name
	}
	return labels, next, err
}
