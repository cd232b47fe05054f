package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// The kinds of jobs; the names lie in databases.
const (
	importJob = "dataset-import"
	updateJob = "dataset-update"
	deleteJob = "dataset-delete"
)

// batch is how many entries are written in one transaction: enough to be quick, few enough not to hold others up.
const batch = 1000

// The messages that DescribeDataset shows, as the AWS service words them where its wording is known.
const (
	messageCreated  = "The dataset was successfully created."
	messageImported = "The dataset was successfully created from the manifest file."
	messageUpdated  = "The dataset was successfully updated."
	messageFault    = "The service had a problem and gave up after several attempts. Try again; the server's log names the cause."
)

func (s *Service) importKind() jobs.Kind {
	return jobs.Kind{Name: importJob, Queue: Queue, Run: s.runImport, Fail: s.giveUp(ownsight.DatasetCreating, ownsight.DatasetCreateFailed)}
}

func (s *Service) updateKind() jobs.Kind {
	return jobs.Kind{Name: updateJob, Queue: Queue, Run: s.runUpdate, Fail: s.giveUp(ownsight.DatasetUpdating, ownsight.DatasetUpdateFailed)}
}

// deleteKind never gives up: a deletion has no failed state to go to.
func (s *Service) deleteKind() jobs.Kind {
	return jobs.Kind{Name: deleteJob, Queue: Queue, Run: s.runDelete}
}

// giveUp writes the end of a job whose attempts are spent.
func (s *Service) giveUp(from, to ownsight.DatasetStatus) func(context.Context, *store.Tx, string, error) error {
	return func(ctx context.Context, tx *store.Tx, resource string, _ error) error {
		id, err := jobs.ParseResource(resource)
		if err != nil {
			return err
		}
		_, err = tx.Datasets().Move(ctx, id, from, to, store.DatasetChange{Message: messageFault, Outcome: ownsight.ServiceError, Updated: s.now()})
		return err
	}
}

// refuse ends a job whose file cannot be taken: the user's mistake, which another attempt would meet again. A creation
// that is refused leaves no entries. Any other error is handed on.
func (s *Service) refuse(ctx context.Context, run *jobs.Run, id int64, from, to ownsight.DatasetStatus, cause error) error {
	var refused *manifest.FileError
	if !errors.As(cause, &refused) {
		return cause
	}
	if to == ownsight.DatasetCreateFailed {
		if err := s.clear(ctx, run, id); err != nil {
			return err
		}
	}
	s.log.Info("manifest refused", "dataset_id", id, "reason", cause)
	return run.Finish(ctx, func(tx *store.Tx) error {
		_, err := tx.Datasets().Move(ctx, id, from, to, store.DatasetChange{Message: refused.Message, Outcome: ownsight.ClientError, Updated: s.now()})
		return err
	})
}

// runImport fills a new dataset. It starts from the first line again after an interruption: entries are matched by
// source-ref, so that what is there already is only written over with itself.
func (s *Service) runImport(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	message := messageCreated
	if source, err := decodeSource(run.Payload()); err != nil {
		return jobs.Permanent(err)
	} else if source != nil {
		message = messageImported
		account, err := s.accountOf(ctx, id)
		if err != nil {
			return err
		}
		if err := s.importManifest(ctx, run, id, account, *source); err != nil {
			return s.refuse(ctx, run, id, ownsight.DatasetCreating, ownsight.DatasetCreateFailed, err)
		}
	}
	return run.Finish(ctx, func(tx *store.Tx) error {
		if _, err := tx.Entries().RefreshStats(ctx, id); err != nil {
			return err
		}
		_, err := tx.Datasets().Move(ctx, id, ownsight.DatasetCreating, ownsight.DatasetCreated,
			store.DatasetChange{Message: message, Outcome: ownsight.Success, Updated: s.now()})
		return err
	})
}

func (s *Service) importManifest(ctx context.Context, run *jobs.Run, id int64, account string, at ownsight.Location) error {
	body, _, err := s.objects.Account(account).Get(ctx, at.Bucket, at.Key, at.Version)
	if errors.Is(err, objects.ErrAccessDenied) {
		return manifest.NewFileError(manifest.InvalidPermissionsManifest)
	}
	if errors.Is(err, objects.ErrNotFound) || errors.Is(err, objects.ErrNoBucket) {
		return manifest.NewFileError(manifest.UnsupportedManifest)
	}
	if err != nil {
		return err
	}
	defer body.Close()
	var tally manifest.Tally
	pending := make([]ownsight.Entry, 0, batch)
	flush := func() error {
		if len(pending) == 0 {
			return nil
		}
		err := run.Update(ctx, func(tx *store.Tx) error { return tx.Entries().Upsert(ctx, id, pending) })
		if err == nil {
			s.log.Debug("entries written", "dataset_id", id, "entries", len(pending))
		}
		pending = pending[:0]
		return err
	}
	err = eachLine(body, &tally, func(e ownsight.Entry) error {
		if pending = append(pending, e); len(pending) < batch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	if err := tally.ImportError(); err != nil {
		return err
	}
	return flush()
}

// runUpdate changes all entries in one transaction, so that a refused update leaves the content as it was.
func (s *Service) runUpdate(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	refuse := func(err error) error {
		return s.refuse(ctx, run, id, ownsight.DatasetUpdating, ownsight.DatasetUpdateFailed, err)
	}
	var tally manifest.Tally
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
		_, err = tx.Datasets().Move(ctx, id, ownsight.DatasetUpdating, ownsight.DatasetUpdated,
			store.DatasetChange{Message: messageUpdated, Outcome: ownsight.Success, Updated: s.now()})
		return err
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
	if stats.Labels > manifest.MaxLabels {
		return manifest.NewFileError(manifest.TooManyLabels)
	}
	if stats.Total > manifest.MaxLines {
		return manifest.NewFileError(manifest.TooManyRows)
	}
	return nil
}

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
			n, err := tx.Entries().DeleteSome(ctx, id, 5*batch)
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

// eachLine reads a manifest through tally and hands on every entry that is kept.
func eachLine(r io.Reader, tally *manifest.Tally, keep func(ownsight.Entry) error) error {
	lines := manifest.NewReader(r)
	for {
		row, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if line := manifest.Parse(row.Bytes); tally.Add(line) {
			if err := keep(line.Entry()); err != nil {
				return err
			}
		}
	}
}

// checkManifest refuses a manifest that cannot be reached while the caller still waits for the answer.
func (s *Service) checkManifest(ctx context.Context, account string, at ownsight.Location) error {
	info, err := s.objects.Account(account).Head(ctx, at.Bucket, at.Key, at.Version)
	if errors.Is(err, objects.ErrUnavailable) {
		return err
	}
	if err != nil {
		return ownsight.Errorf(ownsight.InvalidS3Object, "Unable to get object metadata from S3. Check object key, region and/or access permissions. (s3://%s/%s)", at.Bucket, at.Key)
	}
	if info.Size > manifest.MaxBytes {
		return ownsight.Errorf(ownsight.InvalidS3Object, "The manifest s3://%s/%s has %d bytes; %d are allowed.", at.Bucket, at.Key, info.Size, manifest.MaxBytes)
	}
	return nil
}

func (s *Service) accountOf(ctx context.Context, id int64) (account string, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		d, err := tx.Datasets().ByID(ctx, id)
		if err == nil {
			account = d.ARN.Account
		}
		return err
	})
	return account, err
}

func bucketOf(sourceRef string) string {
	bucket, _, _ := strings.Cut(strings.TrimPrefix(sourceRef, "s3://"), "/")
	return bucket
}

func encodeSource(source *ownsight.Location) ([]byte, error) {
	if source == nil {
		return nil, nil
	}
	return json.Marshal(source)
}

func decodeSource(payload []byte) (*ownsight.Location, error) {
	if len(payload) == 0 {
		return nil, nil
	}
	source := new(ownsight.Location)
	if err := json.Unmarshal(payload, source); err != nil {
		return nil, fmt.Errorf("source of a dataset: %w", err)
	}
	return source, nil
}
