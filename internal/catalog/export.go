package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

const (
	// partSize is the least size of the parts that a disk is written to S3 in, in bytes, and mostParts how many of them an
	// object may have: S3 takes 10,000.
	partSize  = 16 << 20
	mostParts = 9000
	// partsAtOnce is how many parts are on their way at a time, and readers how many chunks of one are read.
	partsAtOnce = 2
	readers     = 4
)

// Export is what CreateExportImageTask asks for.
type Export struct {
	Image       ownsight.ImageARN
	Name        string // of the disk that it becomes
	Description string
	Tags        map[string]string
	Requester   ownsight.Principal
}

// Export adds a task with the job that writes the image's disk to S3. Errors: NotFound, NotPermitted, NotReady,
// LimitExceeded.
func (s *Service) Export(ctx context.Context, in Export) (task ownsight.ImageExport, err error) {
	if err := objects.CheckKey(in.Name); err != nil {
		return task, ownsight.Errorf(ownsight.InvalidParameter, "AmiName %q cannot be part of the key of a file in S3: %v.", in.Name, err)
	}
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		image, err := s.own(ctx, tx, in.Image)
		if err != nil {
			return err
		}
		if image.State != ownsight.ImageAvailable {
			return ownsight.Errorf(ownsight.NotReady, "The image %s is %s; only one that is AVAILABLE can be exported.", in.Image.Name, image.State)
		}
		task = ownsight.ImageExport{
			Task: uuid.NewString(), Account: in.Image.Account, Region: in.Image.Region, Image: in.Image, Created: s.now().UTC(),
			State: ownsight.ImageExporting, Message: "Exporting: waiting to begin", Name: in.Name, Description: in.Description, Tags: in.Tags, Content: image.Content,
			File: image.Details.Disk, Platform: image.Details.Platform, Requester: in.Requester,
		}
		if err := tx.Disks().CreateExport(ctx, &task); err != nil {
			return err
		}
		if most := s.limits.ImageUpdates; most > 0 {
			n, err := tx.Disks().CountExports(ctx, task.Account, task.Region, ownsight.ImageExporting)
			if err != nil {
				return err
			}
			if n > most {
				return ownsight.Errorf(ownsight.LimitExceeded, "%d exports are under way, which is the most at a time. Repeat the request when one has ended.", most)
			}
		}
		return s.jobs.Enqueue(ctx, tx, exportJob, jobs.Resource(task.ID), nil)
	})
	return task, err
}

// Task gives one export task of an account in a region; NotFound when there is none.
func (s *Service) Task(ctx context.Context, account, region, id string) (task ownsight.ImageExport, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		task, err = tx.Disks().Export(ctx, account, region, id)
		return err
	})
	return task, err
}

// Tasks gives the export tasks of an account in a region that a filter lets through, the newest first, before a row number,
// and where the next page starts; 0 is the start and the end.
func (s *Service) Tasks(ctx context.Context, account, region string, want func(ownsight.ImageExport) bool, before int64, limit int) (list []ownsight.ImageExport, next int64, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		list, next = nil, 0
		for at := before; ; {
			page, err := tx.Disks().Exports(ctx, account, region, at, listed)
			if err != nil {
				return err
			}
			for _, task := range page {
				at = task.ID
				if !want(task) {
					continue
				}
				if len(list) == limit {
					next = list[limit-1].ID
					return nil
				}
				list = append(list, task)
			}
			if len(page) < listed {
				return nil
			}
		}
	})
	return list, next, err
}

// Exporting gives the export tasks of an account in a region that are under way.
func (s *Service) Exporting(ctx context.Context, account, region string) ([]ownsight.ImageExport, error) {
	list, _, err := s.Tasks(ctx, account, region, func(t ownsight.ImageExport) bool { return t.State == ownsight.ImageExporting }, 0, listed)
	return list, err
}

// ExportBucket is where the disks of an account's exports in a region are written.
func ExportBucket(account, region string) string { return "ownsight-exports-" + account + "-" + region }

// exported is what an export has done so far.
type exported struct {
	Upload string         `json:"upload"`
	Parts  []objects.Part `json:"parts"`           // from the first on, without a gap
	Begun  int            `json:"begun,omitempty"` // how often it was begun anew, for the S3 server had forgotten the parts
}

// mostBegun is how often an export is begun anew.
const mostBegun = 3

// runExport writes a disk in parts, from the first that is missing.
func (s *Service) runExport(ctx context.Context, run *jobs.Run) (err error) {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	defer func() {
		s.stumbleAt(ctx, run, err, func(tx *store.Tx, why string) error { return tx.Disks().SetExportMessage(ctx, id, why) })
	}()
	var task ownsight.ImageExport
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		task, err = tx.Disks().ExportByID(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	client := s.places.as(task.Region, task.Requester) // whose bucket it is
	at := ownsight.Location{Bucket: ExportBucket(task.Account, task.Region), Key: task.Task + "/" + task.Name + "." + task.File.Format}
	from, err := s.open(ctx, task.Content, s.places.shelf(task.Region))
	if err != nil {
		return err
	}
	var state exported
	if b := run.State(); len(b) > 0 {
		if err := json.Unmarshal(b, &state); err != nil {
			return jobs.Permanent(fmt.Errorf("state of export %d: %w", id, err))
		}
	}
	if state.Upload == "" {
		if state.Upload, err = beginParts(ctx, client, at); err != nil {
			return permanent(err)
		}
		b, err := json.Marshal(state)
		if err != nil {
			return err
		}
		if err := run.Checkpoint(ctx, "exporting", b); err != nil {
			return err
		}
	}
	w := &writer{service: s, run: run, task: id, client: client, at: at, from: from, state: state, done: map[int32]objects.Part{}}
	if err := w.write(ctx); err != nil {
		return w.giveUp(ctx, err)
	}
	etag, err := w.end(ctx)
	if err != nil {
		return w.giveUp(ctx, err)
	}
	d := ownsight.Disk{ID: newDiskID(), Account: task.Account, Region: task.Region, Created: s.now().UTC(), Name: task.Name,
		Platform: task.Platform, At: at, ETag: etag, File: task.File, Image: task.Image.String()}
	return run.Finish(ctx, func(tx *store.Tx) error {
		if err := tx.Disks().Create(ctx, d); err != nil {
			return err
		}
		if err := tx.Disks().EndExport(ctx, id, ownsight.ImageExported, d.ID, ""); err != nil {
			return err
		}
		return s.release(ctx, tx, task.Content)
	})
}

// failExport ends a task badly.
func (s *Service) failExport(ctx context.Context, tx *store.Tx, resource string, cause error) error {
	id, err := jobs.ParseResource(resource)
	if err != nil {
		return err
	}
	task, err := tx.Disks().ExportByID(ctx, id)
	if err != nil {
		return err
	}
	if err := tx.Disks().EndExport(ctx, id, ownsight.ImageExportFailed, "", reason(cause)); err != nil {
		return err
	}
	return s.release(ctx, tx, task.Content)
}

// writer writes a disk in parts.
type writer struct {
	service *Service
	run     *jobs.Run
	task    int64
	client  *objects.Client
	at      ownsight.Location
	from    *file

	mu    sync.Mutex
	state exported
	done  map[int32]objects.Part // beyond a gap in state.Parts
}

// beginParts begins the object, and makes the bucket only where it is not there: who may write need not be allowed that.
func beginParts(ctx context.Context, client *objects.Client, at ownsight.Location) (string, error) {
	upload, err := client.BeginParts(ctx, at.Bucket, at.Key)
	if !errors.Is(err, objects.ErrNoBucket) {
		return upload, err
	}
	if err := client.EnsureBucket(ctx, at.Bucket); err != nil {
		return "", err
	}
	return client.BeginParts(ctx, at.Bucket, at.Key)
}

// end makes the object of its parts. Where an earlier attempt has done that and did not live to tell, the object is there.
func (w *writer) end(ctx context.Context) (etag string, err error) {
	etag, err = w.client.EndParts(ctx, w.at.Bucket, w.at.Key, w.state.Upload, w.state.Parts)
	if errors.Is(err, objects.ErrNoUpload) {
		info, missing := w.client.Head(ctx, w.at.Bucket, w.at.Key, "")
		if missing == nil && info.Size == w.from.size {
			return info.ETag, nil
		}
	}
	return etag, err
}

// giveUp ends an attempt. Parts that the S3 server does not know any more are forgotten, so that the next attempt begins
// anew; those of a task that will not be tried again are removed.
func (w *writer) giveUp(ctx context.Context, cause error) error {
	if errors.Is(cause, objects.ErrNoUpload) && w.state.Begun < mostBegun {
		b, err := json.Marshal(exported{Begun: w.state.Begun + 1})
		if err == nil {
			err = w.run.Checkpoint(ctx, "anew", b)
		}
		return errors.Join(cause, err)
	}
	if objects.Wrong(cause) || errors.Is(cause, errDamaged) {
		return jobs.Permanent(errors.Join(cause, w.client.DropParts(ctx, w.at.Bucket, w.at.Key, w.state.Upload)))
	}
	return cause
}

// part is a stretch of chunks that becomes one part of an object.
type part struct {
	number int32
	chunks []ownsight.Chunk
	size   int64
}

// parts cuts a list of chunks into parts. The same list gives the same parts.
func parts(list []ownsight.Chunk, size int64) (all []part) {
	least := max(partSize, size/mostParts)
	current := part{number: 1}
	for _, c := range list {
		current.chunks = append(current.chunks, c)
		current.size += c.Size
		if current.size >= least {
			all = append(all, current)
			current = part{number: current.number + 1}
		}
	}
	if current.size > 0 {
		all = append(all, current)
	}
	return all
}

func (w *writer) write(ctx context.Context) error {
	all := parts(w.from.chunks, w.from.size)
	var done int64
	for _, p := range all[:min(len(w.state.Parts), len(all))] {
		done += p.size
	}
	told := w.service.meter.progress("Exporting", w.from.size, done)
	defer told.end()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(partsAtOnce)
	for _, p := range all[min(len(w.state.Parts), len(all)):] {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := w.writePart(ctx, p); err != nil {
				return err
			}
			told.done.Add(p.size)
			w.service.meter.moved(p.size)
			return w.run.Update(ctx, func(tx *store.Tx) error { return tx.Disks().SetExportMessage(ctx, w.task, told.String()) })
		})
	}
	return group.Wait()
}

func (w *writer) writePart(ctx context.Context, p part) error {
	content := make([]byte, p.size)
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	rest := content
	for _, c := range p.chunks {
		into := rest[:c.Size]
		rest = rest[c.Size:]
		if c.ID == 0 {
			continue // it is zeros already
		}
		group.Go(func() error {
			_, err := w.service.get(reading, w.from.from, c, into)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	var written objects.Part
	err := w.service.persist(ctx, func(ctx context.Context) (err error) {
		written, err = w.client.PutPart(ctx, w.at.Bucket, w.at.Key, w.state.Upload, p.number, content)
		return err
	})
	if err != nil {
		return err
	}
	return w.note(ctx, written)
}

// note records a part, and with it those that waited for it.
func (w *writer) note(ctx context.Context, p objects.Part) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done[p.Number] = p
	before := len(w.state.Parts)
	for {
		next, ok := w.done[int32(len(w.state.Parts)+1)]
		if !ok {
			break
		}
		w.state.Parts = append(w.state.Parts, next)
		delete(w.done, next.Number)
	}
	if len(w.state.Parts) == before {
		return nil
	}
	b, err := json.Marshal(w.state)
	if err != nil {
		return err
	}
	return w.run.Checkpoint(ctx, "exporting", b)
}
