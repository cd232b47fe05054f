package catalog

import (
	"context"
	"errors"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// dropped is how many chunks leave a content, or the trash, at a time.
const dropped = 500

// release gives up contents that somebody has stopped using; those that nobody uses go. What nobody uses nobody can begin
// to use: a content is reached through an image or an export only.
func (s *Service) release(ctx context.Context, tx *store.Tx, contents ...int64) error {
	for _, content := range contents {
		if content == 0 {
			continue
		}
		used, err := tx.Contents().Used(ctx, content)
		if err != nil {
			return err
		}
		if !used {
			if err := s.once(ctx, tx, dropJob, jobs.Resource(content)); err != nil {
				return err
			}
		}
	}
	return nil
}

// once enqueues work unless it waits already.
func (s *Service) once(ctx context.Context, tx *store.Tx, kind, resource string) error {
	err := s.jobs.Enqueue(ctx, tx, kind, resource, nil)
	if ownsight.CodeOf(err) == ownsight.InUse {
		return nil
	}
	return err
}

// runDrop takes a content apart. Chunks that no other content has go to the trash of the region.
func (s *Service) runDrop(ctx context.Context, run *jobs.Run) error {
	content, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	for {
		var gone bool
		step := func(tx *store.Tx) (err error) {
			gone, err = tx.Contents().Drop(ctx, content, dropped)
			return err
		}
		if err := run.Update(ctx, step); err != nil {
			return err
		}
		if gone {
			break
		}
	}
	return run.Finish(ctx, func(tx *store.Tx) error {
		regions, err := tx.Contents().TrashRegions(ctx)
		if err != nil {
			return err
		}
		for _, region := range regions {
			if err := s.once(ctx, tx, trashJob, region); err != nil {
				return err
			}
		}
		return nil
	})
}

// runTrash deletes the objects of a region's chunks that nobody has any more, and then their rows.
func (s *Service) runTrash(ctx context.Context, run *jobs.Run) error {
	region := run.Resource()
	at := s.places.shelf(region)
	for {
		var list []ownsight.Chunk
		err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.Contents().Trash(ctx, region, dropped)
			return err
		})
		if err != nil {
			return err
		}
		if len(list) > 0 {
			keys := make([]string, len(list))
			for i, c := range list {
				keys[i] = at.key(c.ID, c.Digest)
			}
			if err := at.client.DeleteKeys(ctx, at.bucket, keys); err != nil && !errors.Is(err, objects.ErrNoBucket) {
				return err
			}
			err := run.Update(ctx, func(tx *store.Tx) error { return tx.Contents().Emptied(ctx, list) })
			if err != nil {
				return err
			}
			continue
		}
		err = run.Finish(ctx, func(tx *store.Tx) error {
			more, err := tx.Contents().Trash(ctx, region, 1)
			if err == nil && len(more) > 0 {
				return errMore
			}
			return err
		})
		if !errors.Is(err, errMore) {
			return err
		}
	}
}

// errMore says that the trash was filled again while its last part was emptied.
var errMore = errors.New("there is more in the trash")
