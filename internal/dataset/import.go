package dataset

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// runImport fills a new dataset. It starts from the first entry again after an interruption: entries are matched by
// source-ref, so that what is there already is only written over with itself.
func (s *Service) runImport(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	source, err := decodeSource(run.Payload())
	if err != nil {
		return jobs.Permanent(err)
	}
	message, err := s.fill(ctx, run, id, source)
	if err != nil {
		return s.refuse(ctx, run, createRefused, err, id)
	}
	return run.Finish(ctx, func(tx *store.Tx) error {
		if _, err := tx.Entries().RefreshStats(ctx, id); err != nil {
			return err
		}
		return s.settle(ctx, tx, created, message, id)
	})
}

// fill writes the entries of a source and tells what to say when all is well.
func (s *Service) fill(ctx context.Context, run *jobs.Run, id int64, source Source) (message string, err error) {
	switch {
	case source.Manifest != nil:
		return messageImported, s.importManifest(ctx, run, id, source.Requester, *source.Manifest)
	case source.Dataset != nil:
		return messageCopied, s.copyEntries(ctx, run, id, *source.Dataset)
	default:
		return messageCreated, nil
	}
}

// importManifest writes the entries of a manifest. While some are written the next are read.
func (s *Service) importManifest(ctx context.Context, run *jobs.Run, id int64, requester ownsight.Principal, at ownsight.Location) error {
	body, err := s.openManifest(ctx, requester, at)
	if err != nil {
		return err
	}
	defer body.Close()
	group, ctx := errgroup.WithContext(ctx)
	tally := manifest.Tally{Limits: s.limits}
	ready := make(chan []ownsight.Entry)
	group.Go(func() error {
		defer close(ready)
		out := batches{write: func(entries []ownsight.Entry) error {
			select {
			case ready <- entries:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}}
		if err := eachLine(body, &tally, out.add); err != nil {
			return err
		}
		return out.flush()
	})
	group.Go(func() error {
		for entries := range ready {
			if err := s.write(ctx, run, id, entries); err != nil {
				return err
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return tally.ImportError()
}

// write writes some entries of an import.
func (s *Service) write(ctx context.Context, run *jobs.Run, id int64, entries []ownsight.Entry) error {
	err := run.Update(ctx, func(tx *store.Tx) error { return tx.Entries().Upsert(ctx, id, entries) })
	if err == nil {
		s.log.Debug("entries written", "dataset_id", id, "entries", len(entries))
	}
	return err
}

func (s *Service) openManifest(ctx context.Context, requester ownsight.Principal, at ownsight.Location) (io.ReadCloser, error) {
	body, info, err := s.objects.As(requester).Get(ctx, at.Bucket, at.Key, at.Version)
	switch {
	case errors.Is(err, objects.ErrAccessDenied):
		return nil, manifest.NewFileError(manifest.InvalidPermissionsManifest)
	case errors.Is(err, objects.ErrNotFound), errors.Is(err, objects.ErrNoBucket):
		return nil, manifest.NewFileError(manifest.UnsupportedManifest)
	case err != nil:
		return nil, err
	case info.Size > manifest.MaxBytes: // as the reader would find out after a gigabyte
		body.Close()
		return nil, manifest.NewFileError(manifest.ManifestTooLarge)
	}
	return body, nil
}

// eachLine reads a manifest through tally and hands on every entry that is kept. It stops where the labels have become
// too many, which grows worse with every line.
func eachLine(r io.Reader, tally *manifest.Tally, keep func(ownsight.Entry) error) error {
	lines := manifest.NewReader(r, tally.Limits.Entries)
	for {
		row, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line := manifest.Parse(row.Bytes)
		if !tally.Add(line) {
			continue
		}
		if err := tally.LabelError(); err != nil {
			return err
		}
		if err := keep(line.Entry()); err != nil {
			return err
		}
	}
}
