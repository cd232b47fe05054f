package dataset

import (
	"context"

	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

// runDelete removes the entries, then the dataset.
func (s *Service) runDelete(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	if err := s.clear(ctx, run, id); err != nil {
		return err
	}
	return run.Finish(ctx, func(tx *store.Tx) error {
		d, err := tx.Datasets().ByID(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.Tags().DeleteAll(ctx, d.ARN.String()); err != nil {
			return err
		}
		return tx.Datasets().Delete(ctx, id)
	})
}

// clear removes all entries of a dataset, some at a time.
func (s *Service) clear(ctx context.Context, run *jobs.Run, id int64) error {
	for more := true; more; {
		err := run.Update(ctx, func(tx *store.Tx) error {
			n, err := tx.Entries().DeleteSome(ctx, id, batch)
			more = n > 0
			return err
		})
		if err != nil {
			return err
		}
		s.log.Debug("entries removed", "dataset_id", id, "more", more)
	}
	return nil
}
