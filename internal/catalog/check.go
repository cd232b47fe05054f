package catalog

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// Check is what a check of a region found: whether rows and objects agree.
type Check struct {
	ID          string   `json:"id"` // of the request
	Region      string   `json:"region"`
	Chunks      int64    `json:"chunks"`  // that images need
	Objects     int64    `json:"objects"` // that are there
	Bytes       int64    `json:"bytes"`   // of them
	Orphans     int64    `json:"orphans"` // objects that no image needs, removed
	OrphanBytes int64    `json:"orphanBytes"`
	Missing     int64    `json:"missing"` // chunks whose object is gone or damaged
	Images      []string `json:"images"`  // ARNs of the images that lack them
}

// checkRequest is what a check was asked for.
type checkRequest struct {
	ID   string `json:"id"`
	Deep bool   `json:"deep"` // read every object and compare it with its digest
}

// grace is how old an object must be to be taken for an orphan: one that a process cut off from its work was still writing
// may have a row of that moment.
const grace = time.Hour

// AskCheck asks the servers for a check of a region, in a transaction: the first that sees it makes it. It needs no queue,
// so that a command can ask. InUse while another check of the region waits or is made.
func AskCheck(ctx context.Context, tx *store.Tx, region, id string, deep bool, now time.Time) error {
	payload, err := json.Marshal(checkRequest{id, deep})
	if err != nil {
		return err
	}
	return tx.Work().Add(ctx, checkJob, region, payload, 0, now)
}

// CheckOf gives what the check of a region that was asked for under an id found, when it is done and was the last.
func CheckOf(ctx context.Context, tx *store.Tx, region, id string) (found Check, done bool, err error) {
	_, report, err := tx.Contents().Check(ctx, region)
	if err != nil || len(report) == 0 {
		return found, false, err
	}
	err = json.Unmarshal(report, &found)
	return found, found.ID == id, err
}

// runCheck compares the rows of a region's chunks with its objects. Objects that nobody needs are removed. Chunks without
// their object are marked, so that they are written again when their bytes come by; those that were marked and are there, are
// not any more.
func (s *Service) runCheck(ctx context.Context, run *jobs.Run) error {
	var asked checkRequest
	if err := json.Unmarshal(run.Payload(), &asked); err != nil {
		return jobs.Permanent(err)
	}
	found := Check{ID: asked.ID, Region: run.Resource(), Images: []string{}}
	at := s.places.shelf(found.Region)
	known, err := s.known(ctx, found.Region) // before the objects: what is written meanwhile is no orphan, nor missing
	if err != nil {
		return err
	}
	for _, c := range known {
		if c.Needed {
			found.Chunks++
		}
	}
	if err := s.sweep(ctx, at, known, &found); err != nil && (found.Chunks > 0 || !errors.Is(err, objects.ErrNoBucket)) {
		return err
	}
	if asked.Deep {
		if err := s.readAll(ctx, at, known); err != nil {
			return err
		}
	}
	if err := s.mark(ctx, run, known, &found); err != nil {
		return err
	}
	return run.Finish(ctx, func(tx *store.Tx) error {
		report, err := json.Marshal(found)
		if err != nil {
			return err
		}
		s.log.Info("images checked", "region", found.Region, "chunks", found.Chunks, "objects", found.Objects, "orphans", found.Orphans, "missing", found.Missing)
		return tx.Contents().SetCheck(ctx, found.Region, s.now(), report)
	})
}

// checked is a chunk and whether its object is there, and right as far as that was looked at.
type checked struct {
	store.RegionChunk
	there bool
}

func (s *Service) known(ctx context.Context, region string) (map[int64]*checked, error) {
	all := map[int64]*checked{}
	for after := int64(0); ; {
		var list []store.RegionChunk
		err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.Contents().OfRegion(ctx, region, after, planned)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			after = c.ID
			all[c.ID] = &checked{RegionChunk: c}
		}
		if len(list) < planned {
			return all, nil
		}
	}
}

// sweep goes through a region's objects: it ticks off those of known chunks and removes those that are nobody's.
func (s *Service) sweep(ctx context.Context, at shelf, all map[int64]*checked, found *Check) error {
	var orphans []string
	for object, err := range at.client.List(ctx, at.bucket, at.prefix) {
		if err != nil {
			return err
		}
		found.Objects++
		found.Bytes += object.Size
		id, digest, ok := parseKey(object.Key)
		if c := all[id]; ok && c != nil && c.Digest == digest {
			c.there = object.Size == c.Size
			continue
		}
		known := false
		if ok {
			err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
				known, err = tx.Contents().Knows(ctx, id, digest)
				return err
			})
			if err != nil {
				return err
			}
		}
		if !known && s.now().Sub(object.Modified) > grace {
			found.Orphans++
			found.OrphanBytes += object.Size
			orphans = append(orphans, object.Key)
		}
	}
	return at.client.DeleteKeys(ctx, at.bucket, orphans)
}

// parseKey is the inverse of shelf.key.
func parseKey(key string) (id int64, digest [32]byte, ok bool) {
	name, number, _ := strings.Cut(key[strings.LastIndexByte(key, '/')+1:], "-")
	b, err := hex.DecodeString(name)
	if err != nil || len(b) != len(digest) {
		return 0, digest, false
	}
	id, err = strconv.ParseInt(number, 10, 64)
	return id, [32]byte(b), err == nil
}

// readAll reads every object that is there and needed, several at a time; those that are not what their name says count as
// not there.
func (s *Service) readAll(ctx context.Context, at shelf, all map[int64]*checked) error {
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for _, c := range all {
		if !c.there || !c.Needed {
			continue
		}
		group.Go(func() error {
			_, err := s.get(reading, at, c.Chunk, make([]byte, c.Size))
			if errors.Is(err, errDamaged) || errors.Is(err, objects.ErrNotFound) {
				c.there = false
				return nil
			}
			return err
		})
	}
	return group.Wait()
}

// mark writes down which chunks are there, where that is not what was known, and names the images that lack some.
func (s *Service) mark(ctx context.Context, run *jobs.Run, all map[int64]*checked, found *Check) error {
	var there, gone []int64
	for id, c := range all {
		switch {
		case c.there && !c.Stored:
			there = append(there, id)
		case !c.there && c.Needed:
			gone = append(gone, id)
		}
	}
	for part := range slices.Chunk(there, dropped) {
		err := run.Update(ctx, func(tx *store.Tx) error { return tx.Contents().Stored(ctx, part) })
		if err != nil {
			return err
		}
	}
	for part := range slices.Chunk(gone, dropped) {
		var hurt []ownsight.ImageARN
		err := run.Update(ctx, func(tx *store.Tx) error {
			hurt = nil
			for _, id := range part {
				images, err := tx.Contents().Lost(ctx, id)
				if err != nil {
					return err
				}
				hurt = append(hurt, images...)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, arn := range hurt {
			found.Images = append(found.Images, arn.String())
		}
	}
	slices.Sort(found.Images)
	found.Images = slices.Compact(found.Images)
	if len(found.Images) > 0 { // else they were given up meanwhile
		found.Missing = int64(len(gone))
	}
	return nil
}
