package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Contents reads and writes the bytes of disks: lists of chunks, and which chunks a region keeps.
//
// A chunk is there for as long as a list refers to it; then it lies in the trash until its object is deleted. Numbers of
// chunks are never used again, so whoever writes a chunk of the same digest meanwhile writes another object.
type Contents struct{ q *db.Queries }

// ContentChunk is a place in a list of chunks.
type ContentChunk struct {
	Seq int64 // from 1
	ownsight.Chunk
}

// MissingChunk is a chunk that a content lacks, and the one to copy it from.
type MissingChunk struct {
	ContentChunk
	Source int64 // number of the chunk in the other content
}

// Create adds an empty content of a region, which will have so many bytes.
func (c Contents) Create(ctx context.Context, region string, size int64) (int64, error) {
	return c.q.CreateContent(ctx, db.CreateContentParams{Region: region, Size: size})
}

// Append adds chunks to the end of a content, each with its Seq, Digest and Size; a chunk with the zero digest is a hole. It
// sets their ID and whether the region has them stored.
func (c Contents) Append(ctx context.Context, content int64, region string, list []ContentChunk) error {
	for i := range list {
		one := &list[i]
		if one.Digest != ([32]byte{}) {
			row, err := c.q.AddChunk(ctx, db.AddChunkParams{Region: region, Digest: one.Digest[:], Size: one.Size})
			if err != nil {
				return err
			}
			one.ID, one.Stored = row.ID, row.Stored
		}
		err := c.q.AddContentChunk(ctx, db.AddContentChunkParams{ContentID: content, Seq: one.Seq, ChunkID: number(one.ID), Size: one.Size})
		if err != nil {
			return err
		}
	}
	return nil
}

// List gives the chunks of a content after a place in its list.
func (c Contents) List(ctx context.Context, content, after int64, limit int) ([]ContentChunk, error) {
	rows, err := c.q.ListContentChunks(ctx, db.ListContentChunksParams{ContentID: content, After: after, Count: int32(limit)})
	if err != nil {
		return nil, err
	}
	list := make([]ContentChunk, len(rows))
	for i, row := range rows {
		list[i] = ContentChunk{Seq: row.Seq, Chunk: ownsight.Chunk{ID: row.ID.Int64, Size: row.Size, Stored: row.Stored.Bool || !row.ID.Valid}}
		if !row.ID.Valid {
			continue
		}
		if list[i].Digest, err = digest(row.Digest); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Resume finds where to go on with a content that was being written when the process ended: it cuts the list before the
// first chunk that is not stored, and gives the number of the last one that stays and the bytes up to its end.
func (c Contents) Resume(ctx context.Context, content int64) (last, size int64, err error) {
	unstored, err := c.q.FirstUnstoredChunk(ctx, content)
	if err != nil {
		return 0, 0, err
	}
	if unstored > 0 {
		tail, err := c.List(ctx, content, unstored-1, math.MaxInt32)
		if err == nil {
			err = c.drop(ctx, content, tail)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	row, err := c.q.ContentLength(ctx, content)
	return row.Last, row.Size, err
}

// Plan writes the next stretch of the list of a content that becomes a copy of another one in a region: at most limit
// chunks. It reports whether the list is complete.
func (c Contents) Plan(ctx context.Context, target, source int64, region string, limit int64) (complete bool, err error) {
	row, err := c.q.ContentLength(ctx, target)
	if err != nil {
		return false, err
	}
	after := row.Last
	err = c.q.PlanChunks(ctx, db.PlanChunksParams{Region: region, Source: source, After: after, Upto: after + limit})
	if err != nil {
		return false, err
	}
	n, err := c.q.PlanContentChunks(ctx, db.PlanContentChunksParams{Target: target, Region: region, Source: source, After: after, Upto: after + limit})
	return n < limit, err
}

// Missing gives the chunks of a content, after a place in its list, that are yet to be copied from another content.
func (c Contents) Missing(ctx context.Context, target, source, after int64, limit int) ([]MissingChunk, error) {
	rows, err := c.q.MissingChunks(ctx, db.MissingChunksParams{Target: target, Source: source, After: after, Count: int32(limit)})
	if err != nil {
		return nil, err
	}
	list := make([]MissingChunk, len(rows))
	for i, row := range rows {
		list[i] = MissingChunk{ContentChunk: ContentChunk{Seq: row.Seq, Chunk: ownsight.Chunk{ID: row.ID, Size: row.Size}}, Source: row.Source}
		if list[i].Digest, err = digest(row.Digest); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// MissingBytes tells how many bytes of a content its region does not have.
func (c Contents) MissingBytes(ctx context.Context, content int64) (int64, error) {
	return c.q.MissingBytes(ctx, content)
}

// Stored records that the objects of chunks are there.
func (c Contents) Stored(ctx context.Context, chunks []int64) error {
	for _, id := range chunks {
		if err := c.q.StoredChunk(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Used reports whether an image or an export needs a content.
func (c Contents) Used(ctx context.Context, content int64) (bool, error) {
	return c.q.ContentIsUsed(ctx, db.ContentIsUsedParams{Content: number(content), Source: number(content), Export: number(content)})
}

// Drop removes at most limit chunks from the front of a content's list, and the content with the last one. Chunks that no
// list refers to any more go to the trash. It reports whether the content is gone.
func (c Contents) Drop(ctx context.Context, content int64, limit int) (gone bool, err error) {
	list, err := c.List(ctx, content, 0, limit)
	if err != nil {
		return false, err
	}
	if err := c.drop(ctx, content, list); err != nil {
		return false, err
	}
	if len(list) == limit {
		return false, nil
	}
	return true, c.q.DeleteContent(ctx, content)
}

// drop takes chunks out of a content's list, and those that no other list has to the trash.
func (c Contents) drop(ctx context.Context, content int64, list []ContentChunk) error {
	for _, one := range list {
		if err := c.q.DeleteContentChunk(ctx, db.DeleteContentChunkParams{ContentID: content, Seq: one.Seq}); err != nil {
			return err
		}
		if one.ID == 0 {
			continue
		}
		row, err := c.q.DeleteUnusedChunk(ctx, one.ID)
		if errors.Is(err, sql.ErrNoRows) {
			continue // another list has it
		}
		if err == nil {
			err = c.q.AddTrash(ctx, db.AddTrashParams{ID: one.ID, Region: row.Region, Digest: row.Digest})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Trash gives chunks of a region whose objects are to be deleted.
func (c Contents) Trash(ctx context.Context, region string, limit int) ([]ownsight.Chunk, error) {
	rows, err := c.q.ListTrash(ctx, db.ListTrashParams{Region: region, Count: int32(limit)})
	if err != nil {
		return nil, err
	}
	list := make([]ownsight.Chunk, len(rows))
	for i, row := range rows {
		list[i].ID = row.ID
		if list[i].Digest, err = digest(row.Digest); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Emptied records that the objects of chunks are gone.
func (c Contents) Emptied(ctx context.Context, chunks []ownsight.Chunk) error {
	for _, one := range chunks {
		if err := c.q.DeleteTrash(ctx, one.ID); err != nil {
			return err
		}
	}
	return nil
}

// TrashRegions gives the regions that have trash.
func (c Contents) TrashRegions(ctx context.Context) ([]string, error) { return c.q.TrashRegions(ctx) }

// RegionChunk is a chunk of a region.
type RegionChunk struct {
	ownsight.Chunk
	Needed bool // by an image that is AVAILABLE
}

// OfRegion gives the chunks of a region after a row number, whatever lists refer to them.
func (c Contents) OfRegion(ctx context.Context, region string, after int64, limit int) ([]RegionChunk, error) {
	rows, err := c.q.RegionChunks(ctx, db.RegionChunksParams{Region: region, After: after, Count: int32(limit)})
	if err != nil {
		return nil, err
	}
	list := make([]RegionChunk, len(rows))
	for i, row := range rows {
		list[i] = RegionChunk{Chunk: ownsight.Chunk{ID: row.Chunk.ID, Size: row.Chunk.Size, Stored: row.Chunk.Stored}, Needed: row.Needed}
		if list[i].Digest, err = digest(row.Chunk.Digest); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Place is where a region's chunks lie.
type Place struct {
	Region, Place string
	Used          bool // the region has chunks
}

// Places gives where regions keep their chunks, as far as they have ever had any.
func (c Contents) Places(ctx context.Context) ([]Place, error) {
	rows, err := c.q.ListImagePlaces(ctx)
	list := make([]Place, len(rows))
	for i, row := range rows {
		list[i] = Place(row)
	}
	return list, err
}

// Settle records where a region's chunks lie, unless that is recorded.
func (c Contents) Settle(ctx context.Context, region, place string) error {
	return c.q.AddImagePlace(ctx, db.AddImagePlaceParams{Region: region, Place: place})
}

// Resettle records that a region that has no chunks keeps them elsewhere from now on.
func (c Contents) Resettle(ctx context.Context, region, place string) error {
	return c.q.MoveImagePlace(ctx, db.MoveImagePlaceParams{Region: region, Place: place})
}

// Knows reports whether an object of a chunk has its place: the chunk is kept, on its way, or in the trash.
func (c Contents) Knows(ctx context.Context, id int64, d [32]byte) (bool, error) {
	row, err := c.q.FindChunk(ctx, id)
	if err == nil {
		return bytes.Equal(row.Digest, d[:]), nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	n, err := c.q.InTrash(ctx, id)
	return n > 0, err
}

// IsStored reports whether the object of a chunk is there, as far as is known.
func (c Contents) IsStored(ctx context.Context, id int64) (bool, error) {
	row, err := c.q.FindChunk(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return row.Stored, err
}

// Lost records that the object of a chunk is not there any more, so that it is written again when somebody brings its
// bytes, and gives the images that lack them.
func (c Contents) Lost(ctx context.Context, id int64) (images []ownsight.ImageARN, err error) {
	if err := c.q.UnstoredChunk(ctx, id); err != nil {
		return nil, err
	}
	rows, err := c.q.ImagesOfChunk(ctx, number(id))
	for _, row := range rows {
		images = append(images, ownsight.ImageARN{Region: row.Region, Account: row.Account, Name: row.Name})
	}
	return images, err
}

// SetCheck records what a check of a region found.
func (c Contents) SetCheck(ctx context.Context, region string, ended time.Time, report []byte) error {
	return c.q.PutImageCheck(ctx, db.PutImageCheckParams{Region: region, Ended: millis(ended), Report: string(report)})
}

// Check gives what the last check of a region found, and when it ended; the zero time when there was none.
func (c Contents) Check(ctx context.Context, region string) (ended time.Time, report []byte, err error) {
	row, err := c.q.GetImageCheck(ctx, region)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil, nil
	}
	return fromMillis(row.Ended), []byte(row.Report), err
}

func digest(b []byte) (d [32]byte, err error) {
	if len(b) != len(d) {
		return d, fmt.Errorf("a digest of %d bytes in the database", len(b))
	}
	return [32]byte(b), nil
}
