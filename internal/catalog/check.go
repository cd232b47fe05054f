package catalog

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// Check is what a check of a region found: whether rows and objects agree.
type Check struct {
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
	Deep bool `json:"deep"` // read every object and compare it with its digest
}

// grace is how old an object must be to be taken for an orphan: one that a process cut off from its work was still writing
// may have a row of that moment.
const grace = time.Hour

// AskCheck asks the servers for a check of a region, in a transaction: the first that sees it makes it. It needs no queue,
// so that a command can ask.
func AskCheck(ctx context.Context, tx *store.Tx, region string, deep bool, now time.Time) error {
	payload, err := json.Marshal(checkRequest{deep})
	if err != nil {
		return err
	}
	err = tx.Work().Add(ctx, checkJob, region, payload, 0, now)
	if ownsight.CodeOf(err) == ownsight.InUse {
		return nil
	}
	return err
}

// LastCheck gives what the last check of a region found, if it ended after a moment.
func LastCheck(ctx context.Context, tx *store.Tx, region string, after time.Time) (found Check, done bool, err error) {
	ended, report, err := tx.Contents().Check(ctx, region)
	if err != nil || !ended.After(after) {
		return found, false, err
	}
	return found, true, json.Unmarshal(report, &found)
}

// runCheck compares the rows of a region's chunks with its objects. Objects that nobody needs are removed; chunks without
// their object are marked, so that they are written again when their bytes come by.
func (s *Service) runCheck(ctx context.Context, run *jobs.Run) error {
	var asked checkRequest
	if err := json.Unmarshal(run.Payload(), &asked); err != nil {
		return jobs.Permanent(err)
	}
	found := Check{Region: run.Resource(), Images: []string{}}
	at := s.places.shelf(found.Region)
	wanted, err := s.wanted(ctx, found.Region) // before the objects: what is written meanwhile is no orphan, nor missing
	if err != nil {
		return err
	}
	found.Chunks = int64(len(wanted))
	if err := s.sweep(ctx, at, wanted, &found); err != nil && !errors.Is(err, objects.ErrNoBucket) {
		return err
	}
	if asked.Deep {
		if wanted, err = s.damaged(ctx, at, wanted); err != nil {
			return err
		}
	} else {
		for id, c := range wanted {
			if c.there {
				delete(wanted, id)
			}
		}
	}
	return run.Finish(ctx, func(tx *store.Tx) error {
		if err := s.lost(ctx, tx, wanted, &found); err != nil {
			return err
		}
		report, err := json.Marshal(found)
		if err != nil {
			return err
		}
		s.log.Info("images checked", "region", found.Region, "chunks", found.Chunks, "objects", found.Objects, "orphans", found.Orphans, "missing", found.Missing)
		return tx.Contents().SetCheck(ctx, found.Region, s.now(), report)
	})
}

// needed is a chunk whose object should be there.
type needed struct {
	ownsight.Chunk
	there bool
}

func (s *Service) wanted(ctx context.Context, region string) (map[int64]*needed, error) {
	all := map[int64]*needed{}
	for after := int64(0); ; {
		var list []ownsight.Chunk
		err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.Contents().OfRegion(ctx, region, after, planned)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			after = c.ID
			if c.Stored {
				all[c.ID] = &needed{Chunk: c}
			}
		}
		if len(list) < planned {
			return all, nil
		}
	}
}

// sweep goes through a region's objects: it ticks off those that are wanted and removes those that are nobody's.
func (s *Service) sweep(ctx context.Context, at shelf, wanted map[int64]*needed, found *Check) error {
	var orphans []string
	for object, err := range at.client.List(ctx, at.bucket, at.prefix) {
		if err != nil {
			return err
		}
		found.Objects++
		found.Bytes += object.Size
		id, digest, ok := parseKey(object.Key)
		if c := wanted[id]; ok && c != nil && c.Digest == digest {
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

// damaged reads every object that is there, and leaves the chunks of which it is not what it should be.
func (s *Service) damaged(ctx context.Context, at shelf, wanted map[int64]*needed) (map[int64]*needed, error) {
	bad := map[int64]*needed{}
	var buffer []byte
	for id, c := range wanted {
		if int64(len(buffer)) < c.Size {
			buffer = make([]byte, c.Size)
		}
		if !c.there {
			bad[id] = c
			continue
		}
		_, err := s.get(ctx, at, c.Chunk, buffer)
		switch {
		case errors.Is(err, errDamaged) || errors.Is(err, objects.ErrNotFound):
			bad[id] = c
		case err != nil:
			return nil, err
		}
	}
	return bad, nil
}

// lost marks chunks that are still wanted and not there, and names the images that lack them.
func (s *Service) lost(ctx context.Context, tx *store.Tx, missing map[int64]*needed, found *Check) error {
	for id := range missing {
		still, err := tx.Contents().IsStored(ctx, id)
		if err != nil {
			return err
		}
		if !still {
			continue // given up meanwhile
		}
		images, err := tx.Contents().Lost(ctx, id)
		if err != nil {
			return fmt.Errorf("images that lack chunk %d: %w", id, err)
		}
		found.Missing++
		for _, arn := range images {
			found.Images = append(found.Images, arn.String())
		}
	}
	slices.Sort(found.Images)
	found.Images = slices.Compact(found.Images)
	return nil
}
