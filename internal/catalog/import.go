package catalog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"ownsight"
	"ownsight/internal/chunk"
	"ownsight/internal/disk"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// batch is how many chunks are written down, and then sent, at a time while a disk is taken in.
const batch = 8

// Import is what CreateImportedImage asks for.
type Import struct {
	Image     ownsight.ImageARN
	Disk      string // ami-…
	Details   ownsight.ImageDetails
	Tags      map[string]string
	Requester ownsight.Principal
	DryRun    bool
}

// Import adds an image in IMPORTING with the job that takes its disk in. Errors: NotFound (disk), AlreadyExists,
// LimitExceeded; DryRun when all is well and nothing was to be done.
func (s *Service) Import(ctx context.Context, in Import) (image *ownsight.Image, err error) {
	if !s.places.Has(in.Image.Region) {
		return nil, unknown(in.Image.Region)
	}
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.Disks().ByID(ctx, in.Image.Account, in.Image.Region, in.Disk)
		if err != nil {
			return err
		}
		image = s.newImage(in.Image, ownsight.ImageImporting, "Importing: waiting to begin")
		image.Details, image.Requester = in.Details, in.Requester
		image.Details.Platform, image.Details.Disk, image.Details.Source = d.Platform, d.File, &ownsight.DiskSource{ID: d.ID, Bucket: d.At.Bucket, Key: d.At.Key, ETag: d.ETag}
		if image.Content, err = s.newContent(ctx, tx, in.Image.Region, d.File.Size); err != nil {
			return err
		}
		if err := s.add(ctx, tx, image, in.Tags); err != nil {
			return err
		}
		if err := s.bounded(ctx, tx, image, s.limits.ImageUpdates, "imports"); err != nil {
			return err
		}
		if in.DryRun {
			return ownsight.Errorf(ownsight.DryRun, "The image could be imported; DryRun was set, so it is not.")
		}
		return s.jobs.Enqueue(ctx, tx, importJob, jobs.Resource(image.ID), nil)
	})
	return image, err
}

// runImport takes a disk in, from where an earlier attempt came to, and checks what it has.
func (s *Service) runImport(ctx context.Context, run *jobs.Run) (err error) {
	image, err := s.atWork(ctx, run)
	if err != nil {
		return err
	}
	defer func() { s.stumble(ctx, run, image, err) }()
	if image.State == ownsight.ImageImporting {
		if err := s.takeIn(ctx, run, image); err != nil {
			return err
		}
		err := run.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Images().Move(ctx, image.ID, ownsight.ImageImporting, ownsight.ImageValidating, ownsight.ImageReason{Message: "Checking the disk"})
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := s.validate(ctx, image); err != nil {
		return err
	}
	return run.Finish(ctx, func(tx *store.Tx) error { return s.available(ctx, tx, image, ownsight.ImageValidating) })
}

// failImport fails an image in either of the states of an import.
func (s *Service) failImport(ctx context.Context, tx *store.Tx, resource string, cause error) error {
	for _, from := range []ownsight.ImageState{ownsight.ImageImporting, ownsight.ImageValidating} {
		if err := s.failImage(from, CodeImportFailure)(ctx, tx, resource, cause); err != nil {
			return err
		}
	}
	return nil
}

// takeIn reads the file to its end, chunk by chunk.
func (s *Service) takeIn(ctx context.Context, run *jobs.Run, image *ownsight.Image) error {
	var last, offset int64
	err := run.Update(ctx, func(tx *store.Tx) (err error) {
		last, offset, err = tx.Contents().Resume(ctx, image.Content)
		return err
	})
	size := image.Details.Disk.Size
	if err != nil || offset == size {
		return err
	}
	to := s.places.shelf(image.ARN.Region)
	if err := to.ensure(ctx); err != nil {
		return err
	}
	told := s.meter.progress("Importing", size, offset)
	defer told.end()
	group, reading := errgroup.WithContext(ctx)
	pieces := make(chan piece, batch)
	free := newBuffers(2*batch + 1)
	group.Go(func() error {
		defer close(pieces)
		return s.cut(reading, image, offset, free, pieces)
	})
	group.Go(func() error { return s.keep(reading, run, image, to, last, free, pieces, told) })
	return group.Wait()
}

// piece is a chunk with its bytes.
type piece struct {
	store.ContentChunk
	buffer  []byte
	content []byte
}

// buffers are what chunks lie in while they are on their way.
type buffers chan []byte

func newBuffers(n int) buffers {
	b := make(buffers, n)
	for range n {
		b <- nil // made when it is needed
	}
	return b
}

func (b buffers) take(ctx context.Context) ([]byte, error) {
	select {
	case buffer := <-b:
		if buffer == nil {
			buffer = make([]byte, chunk.Max)
		}
		return buffer, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// cut reads the file from an offset on and cuts it into chunks with their digests.
func (s *Service) cut(ctx context.Context, image *ownsight.Image, offset int64, free buffers, pieces chan<- piece) error {
	client := s.places.as(image.ARN.Region, image.Requester)
	from, size := image.Details.Source, image.Details.Disk.Size
	at := ownsight.Location{Bucket: from.Bucket, Key: from.Key}
	watch, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body, err := client.OpenRange(watch, at.Bucket, at.Key, from.ETag, offset, size-offset)
	if err != nil {
		return permanent(unreadable(err, at))
	}
	defer body.Close()
	cutter := chunk.New(&watched{body, cancel})
	for {
		buffer, err := free.take(ctx)
		if err != nil {
			return err
		}
		content, err := cutter.Next(buffer)
		if errors.Is(err, io.EOF) {
			if offset != size {
				return fmt.Errorf("s3://%s/%s: %w after %d bytes", at.Bucket, at.Key, io.ErrUnexpectedEOF, offset)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read s3://%s/%s: %w", at.Bucket, at.Key, err)
		}
		if err := s.take(ctx, len(content)); err != nil {
			return err
		}
		offset += int64(len(content))
		p := piece{buffer: buffer, content: content}
		p.Size = int64(len(content))
		if !chunk.IsZero(content) {
			p.Digest = sha256.Sum256(content)
		}
		select {
		case pieces <- p:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// watched ends a request whose answer stands still.
type watched struct {
	io.Reader
	end context.CancelCauseFunc
}

func (w *watched) Read(p []byte) (int, error) {
	defer time.AfterFunc(patience, func() { w.end(errStill) }).Stop()
	return w.Reader.Read(p)
}

// keep writes chunks down, some at a time, and sends those that the region does not have.
func (s *Service) keep(ctx context.Context, run *jobs.Run, image *ownsight.Image, to shelf, last int64, free buffers, pieces <-chan piece, told *progress) error {
	for {
		var list []piece
		for p := range pieces { // one, and what waits behind it
			last++
			p.Seq = last
			list = append(list, p)
			if len(list) == batch || len(pieces) == 0 {
				break
			}
		}
		if len(list) == 0 {
			return nil
		}
		rows := make([]store.ContentChunk, len(list))
		for i, p := range list {
			rows[i] = p.ContentChunk
		}
		err := run.Update(ctx, func(tx *store.Tx) error {
			return tx.Contents().Append(ctx, image.Content, image.ARN.Region, rows)
		})
		if err != nil {
			return err
		}
		ids, err := s.send(ctx, to, rows, list)
		if err != nil {
			return err
		}
		for _, p := range list {
			told.done.Add(p.Size)
			free <- p.buffer
		}
		err = run.Update(ctx, func(tx *store.Tx) error {
			if err := tx.Contents().Stored(ctx, ids); err != nil {
				return err
			}
			return tx.Images().SetMessage(ctx, image.ID, told.String())
		})
		if err == nil {
			err = run.Checkpoint(ctx, "importing", nil)
		}
		if err != nil {
			return err
		}
	}
}

// send writes the objects that are not there yet, all at the same time, and gives their numbers.
func (s *Service) send(ctx context.Context, to shelf, rows []store.ContentChunk, list []piece) (ids []int64, err error) {
	sending, group := map[int64]bool{}, errgroup.Group{}
	for i, row := range rows {
		if row.ID == 0 || row.Stored || sending[row.ID] {
			s.meter.kept(row.Size)
			continue
		}
		sending[row.ID] = true
		ids = append(ids, row.ID)
		group.Go(func() error {
			err := s.put(ctx, to, row.Chunk, list[i].content)
			if err == nil {
				s.meter.moved(row.Size)
			}
			return err
		})
	}
	return ids, group.Wait()
}

// validate checks the disk that was taken in, from the chunks themselves.
func (s *Service) validate(ctx context.Context, image *ownsight.Image) error {
	file, err := s.open(ctx, image.Content, s.places.shelf(image.ARN.Region))
	if err != nil {
		return err
	}
	of := image.Details.Disk
	if file.size != of.Size {
		return fmt.Errorf("the disk has %d bytes here and %d where it came from", file.size, of.Size)
	}
	if _, err := disk.Check(ctx, file, of.Size, disk.Format(of.Format)); err != nil {
		var wrong *disk.Error
		if errors.As(err, &wrong) {
			return jobs.Permanent(ownsight.Errorf(ownsight.Incompatible, "The disk is not whole: %s", wrong.Error()))
		}
		return err
	}
	return nil
}

// permanent marks what another attempt would meet again.
func permanent(err error) error {
	var told *ownsight.Error
	if errors.As(err, &told) || objects.Wrong(err) {
		return jobs.Permanent(err)
	}
	return err
}
