package catalog

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"ownsight"
	"ownsight/internal/chunk"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

const (
	// movers is how many chunks of one job are on their way at a time.
	movers = 8
	// planned is how many places of a list are written in one transaction.
	planned = 5000
	// listed is how many chunks are read from the database at a time.
	listed = 500
	// noted is how often what was moved is written down: what a killed process repeats at most.
	noted = 250 * time.Millisecond
)

// Copy is what CopyImage asks for.
type Copy struct {
	Source, Target ownsight.ImageARN // of one account
	Description    *string           // nil: that of the source
}

// Copy adds an image in COPYING to the destination's region with the job that moves its bytes. Errors: NotFound (source,
// region), NotReady (source), Incompatible (a public image), AlreadyExists, LimitExceeded.
func (s *Service) Copy(ctx context.Context, c Copy) error {
	if !s.places.Has(c.Target.Region) {
		return unknown(c.Target.Region)
	}
	return s.store.Write(ctx, func(tx *store.Tx) error {
		source, err := s.own(ctx, tx, c.Source)
		if err != nil {
			return err
		}
		if source.State != ownsight.ImageAvailable {
			return ownsight.Errorf(ownsight.NotReady, "The image %s is %s; only one that is AVAILABLE can be copied.", source.ARN.Name, source.State)
		}
		image := s.newImage(c.Target, ownsight.ImageCopying, "Copying: waiting to begin")
		image.Details = source.Details
		image.Details.CopiedFrom = source.ARN.String()
		if c.Description != nil {
			image.Details.Description = *c.Description
		}
		image.Source = source.Content
		if image.Content, err = s.newContent(ctx, tx, c.Target.Region, source.Details.Disk.Size); err != nil {
			return err
		}
		if err := s.add(ctx, tx, image, nil); err != nil {
			return err
		}
		if err := s.bounded(ctx, tx, image, s.limits.ImageCopies, "copies into the region"); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, copyJob, jobs.Resource(image.ID), nil)
	})
}

// runCopy writes the list of the copy's chunks, and then moves those that the region does not have.
func (s *Service) runCopy(ctx context.Context, run *jobs.Run) (err error) {
	image, err := s.atWork(ctx, run)
	if err != nil {
		return err
	}
	defer func() { s.stumble(ctx, run, image, err) }()
	region := image.ARN.Region
	for complete := false; !complete; {
		err := run.Update(ctx, func(tx *store.Tx) (err error) {
			complete, err = tx.Contents().Plan(ctx, image.Content, image.Source, region, planned)
			return err
		})
		if err != nil {
			return err
		}
	}
	to := s.places.shelf(region)
	if err := to.ensure(ctx); err != nil {
		return err
	}
	source, err := ownsight.ParseImageARN(image.Details.CopiedFrom)
	if err != nil {
		return jobs.Permanent(err)
	}
	if err := s.move(ctx, run, image, s.places.shelf(source.Region), to); err != nil {
		return err
	}
	return run.Finish(ctx, func(tx *store.Tx) error { return s.available(ctx, tx, image, ownsight.ImageCopying) })
}

// available ends the making of an image well, in the transaction that ends its job.
func (s *Service) available(ctx context.Context, tx *store.Tx, image *ownsight.Image, from ownsight.ImageState) error {
	left, err := tx.Contents().MissingBytes(ctx, image.Content)
	if err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%d bytes are still missing", left)
	}
	if _, err := tx.Images().Move(ctx, image.ID, from, ownsight.ImageAvailable, ownsight.ImageReason{}); err != nil {
		return err
	}
	if err := tx.Images().SetContents(ctx, image.ID, image.Content, 0); err != nil {
		return err
	}
	return s.release(ctx, tx, image.Source)
}

// move moves the chunks that a region lacks of an image, several at a time, and writes down every moment what is there.
func (s *Service) move(ctx context.Context, run *jobs.Run, image *ownsight.Image, from, to shelf) error {
	var missing int64
	err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
		missing, err = tx.Contents().MissingBytes(ctx, image.Content)
		return err
	})
	if err != nil {
		return err
	}
	size := image.Details.Disk.Size
	told := s.meter.progress("Copying", size, size-missing)
	defer told.end()
	if run.Attempt() == 1 {
		s.meter.kept(size - missing)
	}
	arrived := &arrivals{}
	group, moving := errgroup.WithContext(ctx)
	queue := make(chan store.MissingChunk)
	group.Go(func() error {
		defer close(queue)
		return s.missing(moving, image, queue)
	})
	for range movers {
		group.Go(func() error {
			buffer := make([]byte, chunk.Max)
			for c := range queue {
				if err := s.carry(moving, from, to, c, buffer); err != nil {
					return err
				}
				arrived.add(c.ID)
				told.done.Add(c.Size)
			}
			return nil
		})
	}
	noting, still := context.WithCancel(ctx)
	var notes sync.WaitGroup
	notes.Go(func() { s.noteEvery(noting, run, image, arrived, told) })
	err = group.Wait()
	still()
	notes.Wait()
	// What arrived is written down even when something went wrong: it need not come again.
	if noteErr := s.note(context.WithoutCancel(ctx), run, image, arrived, told); err == nil {
		err = noteErr
	}
	return err
}

// carry moves a chunk, unless another job has brought it meanwhile.
func (s *Service) carry(ctx context.Context, from, to shelf, c store.MissingChunk, buffer []byte) error {
	var there bool
	err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
		there, err = tx.Contents().IsStored(ctx, c.ID)
		return err
	})
	if err != nil || there {
		s.meter.kept(c.Size)
		return err
	}
	content, err := s.get(ctx, from, ownsight.Chunk{ID: c.Source, Digest: c.Digest, Size: c.Size}, buffer)
	if err == nil {
		err = s.put(ctx, to, c.Chunk, content)
	}
	if err == nil {
		s.meter.moved(c.Size)
	}
	return err
}

// missing queues what a region lacks of an image, each chunk once.
func (s *Service) missing(ctx context.Context, image *ownsight.Image, queue chan<- store.MissingChunk) error {
	seen := map[int64]bool{}
	for after := int64(0); ; {
		var list []store.MissingChunk
		err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.Contents().Missing(ctx, image.Content, image.Source, after, listed)
			return err
		})
		if err != nil {
			return err
		}
		for _, c := range list {
			after = c.Seq
			if seen[c.ID] {
				continue
			}
			seen[c.ID] = true
			select {
			case queue <- c:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		if len(list) < listed {
			return nil
		}
	}
}

// arrivals are chunks whose objects are there, which no row says yet.
type arrivals struct {
	mu  sync.Mutex
	ids []int64
}

func (a *arrivals) add(id int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = append(a.ids, id)
}

func (a *arrivals) take() []int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	ids := a.ids
	a.ids = nil
	return ids
}

func (s *Service) noteEvery(ctx context.Context, run *jobs.Run, image *ownsight.Image, arrived *arrivals, told *progress) {
	ticker := time.NewTicker(noted)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.note(ctx, run, image, arrived, told); err != nil && ctx.Err() == nil {
			s.log.Warn("what was moved could not be written down", "image", image.ARN.String(), "err", err)
		}
	}
}

// note writes down what has arrived and how far the job is. What could not be written is taken up the next time.
func (s *Service) note(ctx context.Context, run *jobs.Run, image *ownsight.Image, arrived *arrivals, told *progress) error {
	ids := arrived.take()
	err := run.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Contents().Stored(ctx, ids); err != nil {
			return err
		}
		return tx.Images().SetMessage(ctx, image.ID, told.String())
	})
	if err != nil {
		for _, id := range ids {
			arrived.add(id)
		}
		return err
	}
	if len(ids) == 0 {
		return nil
	}
	return run.Checkpoint(ctx, "moving", nil) // it gets on: attempts that failed before do not count
}
