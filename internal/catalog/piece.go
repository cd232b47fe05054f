package catalog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
)

const (
	// tries is how often one object is asked for or sent before the attempt at the whole ends.
	tries = 5
	// patience is how long one object may take, or an answer stand still: far above what a chunk of at most 1.5 MiB does on
	// a line that is of use.
	patience = 2 * time.Minute
	// maxTake is the most bytes that are taken from the throttle at a time.
	maxTake = 8 << 20
)

// errDamaged says that an object is not what its name says.
var errDamaged = errors.New("damaged")

// errStill says that an S3 server did not go on with its answer.
var errStill = fmt.Errorf("%w: it has not gone on for %s", objects.ErrUnavailable, patience)

// get reads a chunk and checks it: what it gives has the chunk's digest. A chunk that stays damaged, or is gone, is
// permanent.
func (s *Service) get(ctx context.Context, from shelf, c ownsight.Chunk, buffer []byte) ([]byte, error) {
	content := buffer[:c.Size]
	key := from.key(c.ID, c.Digest)
	if err := s.take(ctx, len(content)); err != nil {
		return nil, err
	}
	err := s.persist(ctx, func(ctx context.Context) error {
		if err := from.client.ReadRange(ctx, from.bucket, key, "", content, 0); err != nil {
			return err
		}
		if sha256.Sum256(content) != c.Digest {
			return fmt.Errorf("%w: s3://%s/%s has other bytes than its name says", errDamaged, from.bucket, key)
		}
		return nil
	})
	if errors.Is(err, errDamaged) || errors.Is(err, objects.ErrNotFound) {
		return nil, jobs.Permanent(err)
	}
	return content, err
}

// put writes a chunk; the S3 server checks its digest as well.
func (s *Service) put(ctx context.Context, to shelf, c ownsight.Chunk, content []byte) error {
	return s.persist(ctx, func(ctx context.Context) error {
		return to.client.PutExact(ctx, to.bucket, to.key(c.ID, c.Digest), content, c.Digest)
	})
}

// persist repeats what an S3 server failed to do, with growing pauses: some six seconds in all.
func (s *Service) persist(ctx context.Context, do func(context.Context) error) (err error) {
	once := func() error {
		limited, cancel := context.WithTimeoutCause(ctx, patience, errStill)
		defer cancel()
		return do(limited)
	}
	for try := range tries {
		if err = once(); err == nil || ctx.Err() != nil || !errors.Is(err, objects.ErrUnavailable) && !errors.Is(err, errDamaged) {
			return err
		}
		s.meter.retry()
		pause := time.NewTimer(200 * time.Millisecond << try)
		select {
		case <-ctx.Done():
			pause.Stop()
			return context.Cause(ctx)
		case <-pause.C:
		}
	}
	return err
}

// take waits until the operator's limit lets so many bytes pass.
func (s *Service) take(ctx context.Context, n int) error {
	if s.throttle == nil {
		return nil
	}
	for ; n > 0; n -= maxTake {
		if err := s.throttle.WaitN(ctx, min(n, maxTake)); err != nil {
			return err
		}
	}
	return nil
}
