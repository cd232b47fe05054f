package dataset

import (
	"bytes"
	"context"
	"strings"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

// runUpdate changes all entries in one transaction, so that a refused update leaves the content as it was.
func (s *Service) runUpdate(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	refuse := func(err error) error { return s.refuse(ctx, run, updateRefused, err, id) }
	tally := manifest.Tally{Limits: s.limits}
	var entries []ownsight.Entry
	if err := eachLine(bytes.NewReader(run.Payload()), &tally, func(e ownsight.Entry) error {
		entries = append(entries, e)
		return nil
	}); err != nil {
		return refuse(err)
	}
	if err := tally.ImportError(); err != nil {
		return refuse(err)
	}
	err = run.Finish(ctx, func(tx *store.Tx) error {
		if err := s.merge(ctx, tx, id, entries); err != nil {
			return err
		}
		return s.settle(ctx, tx, updated, messageUpdated, id)
	})
	return refuse(err)
}

// merge upserts entries and checks what only shows once old and new lie together: one bucket, and the limits.
func (s *Service) merge(ctx context.Context, tx *store.Tx, id int64, entries []ownsight.Entry) error {
	first, err := tx.Entries().List(ctx, id, ownsight.EntryFilter{}, 0, 1)
	if err != nil {
		return err
	}
	if len(first) > 0 && len(entries) > 0 && bucketOf(first[0].SourceRef) != bucketOf(entries[0].SourceRef) {
		return manifest.NewFileError(manifest.SeveralBuckets)
	}
	if err := tx.Entries().Upsert(ctx, id, entries); err != nil {
		return err
	}
	stats, err := tx.Entries().RefreshStats(ctx, id)
	if err != nil {
		return err
	}
	if s.limits.Labels > 0 && stats.Labels > s.limits.Labels {
		return manifest.NewFileError(manifest.TooManyLabels)
	}
	if s.limits.Entries > 0 && stats.Total > s.limits.Entries {
		return manifest.NewFileError(manifest.TooManyRows)
	}
	return nil
}

func bucketOf(sourceRef string) string {
	bucket, _, _ := strings.Cut(strings.TrimPrefix(sourceRef, "s3://"), "/")
	return bucket
}
