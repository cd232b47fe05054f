package dataset

import (
	"context"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

// copyEntries fills a new dataset with the entries of another, in their order, as one view of the database shows them:
// whatever happens to the source meanwhile. What an earlier attempt has copied goes first, for the source may have
// changed since.
func (s *Service) copyEntries(ctx context.Context, run *jobs.Run, id int64, from ownsight.DatasetARN) error {
	if err := s.clear(ctx, run, id); err != nil {
		return err
	}
	return s.store.Read(ctx, func(tx *store.Tx) error {
		source, err := tx.Datasets().ByARN(ctx, from)
		if ownsight.CodeOf(err) == ownsight.NotFound || err == nil && source.Status == ownsight.DatasetDeleting {
			return ownsight.Errorf(ownsight.NotFound, "The dataset %s was deleted before it could be copied.", from)
		}
		if err != nil {
			return err
		}
		out := batches{write: func(entries []ownsight.Entry) error { return s.write(ctx, run, id, entries) }}
		if err := tx.Entries().Each(ctx, source.ID, func(e *ownsight.Entry) error { return out.add(*e) }); err != nil {
			return err
		}
		return out.flush()
	})
}
