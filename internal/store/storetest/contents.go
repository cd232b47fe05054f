package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ownsight"
	"ownsight/internal/store"
)

const faraway = "eu-central-1"

// listOf makes a list of chunks of ten bytes whose digests begin with the given bytes; 0 is a hole.
func listOf(first int64, digests ...byte) (list []store.ContentChunk) {
	for i, d := range digests {
		c := store.ContentChunk{Seq: first + int64(i)}
		c.Size, c.Digest[0] = 10, d
		list = append(list, c)
	}
	return list
}

func (f fixture) content(region string, digests ...byte) (id int64, list []store.ContentChunk) {
	f.t.Helper()
	list = listOf(1, digests...)
	f.write(func(tx *store.Tx) {
		var err error
		id, err = tx.Contents().Create(f.t.Context(), region, int64(10*len(digests)))
		require.NoError(f.t, err)
		require.NoError(f.t, tx.Contents().Append(f.t.Context(), id, region, list))
	})
	return id, list
}

func (f fixture) stored(list []store.ContentChunk) {
	f.t.Helper()
	f.write(func(tx *store.Tx) {
		for _, c := range list {
			require.NoError(f.t, tx.Contents().Stored(f.t.Context(), []int64{c.ID}))
		}
	})
}

// dropped takes contents apart and gives the first bytes of what lies in the trash of a region.
func (f fixture) dropped(region string, contents ...int64) (digests []byte) {
	f.t.Helper()
	f.write(func(tx *store.Tx) {
		for _, content := range contents {
			for gone := false; !gone; {
				var err error
				gone, err = tx.Contents().Drop(f.t.Context(), content, 2)
				require.NoError(f.t, err)
			}
		}
		trash, err := tx.Contents().Trash(f.t.Context(), region, 100)
		require.NoError(f.t, err)
		for _, c := range trash {
			digests = append(digests, c.Digest[0])
		}
	})
	return digests
}

func testContents(t *testing.T, f fixture) {
	ctx := t.Context()
	one, list := f.content(region, 1, 2, 0, 1)
	require.Equal(t, list[0].ID, list[3].ID, "the same bytes are kept once")
	require.Zero(t, list[2].ID, "a hole is not kept")
	require.False(t, list[3].Stored)
	f.stored(list[:1])
	two, more := f.content(region, 1, 3)
	require.Equal(t, list[0].ID, more[0].ID)
	require.True(t, more[0].Stored)
	f.read(func(tx *store.Tx) {
		got, err := tx.Contents().List(ctx, one, 1, 2)
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.Equal(t, []any{int64(2), list[1].ID, list[1].Digest, int64(10), false},
			[]any{got[0].Seq, got[0].ID, got[0].Digest, got[0].Size, got[0].Stored})
		require.Equal(t, []any{int64(3), int64(0), true}, []any{got[1].Seq, got[1].ID, got[1].Stored}, "a hole lacks nothing")
		missing, err := tx.Contents().MissingBytes(ctx, one)
		require.NoError(t, err)
		require.EqualValues(t, 10, missing)
	})
	require.Equal(t, []byte{2}, f.dropped(region, one), "the other one has chunk 1")
	require.Equal(t, []byte{1, 2, 3}, f.dropped(region, two))
	_, again := f.content(region, 3)
	require.Greater(t, again[0].ID, more[1].ID, "a number is never used again")
	f.write(func(tx *store.Tx) {
		for id, known := range map[int64]bool{more[1].ID: true, again[0].ID: true, again[0].ID + 1: false} {
			got, err := tx.Contents().Knows(ctx, id, again[0].Digest)
			require.NoError(t, err)
			require.Equal(t, known, got, "trash and what is kept are known")
		}
		regions, err := tx.Contents().TrashRegions(ctx)
		require.NoError(t, err)
		require.Equal(t, []string{region}, regions)
		trash, err := tx.Contents().Trash(ctx, region, 10)
		require.NoError(t, err)
		require.NoError(t, tx.Contents().Emptied(ctx, trash))
		regions, err = tx.Contents().TrashRegions(ctx)
		require.NoError(t, err)
		require.Empty(t, regions)
	})
}

func testContentCopies(t *testing.T, f fixture) {
	ctx := t.Context()
	source, list := f.content(region, 1, 2, 0, 3, 2)
	f.stored(append(list[:2:2], list[3]))
	_, there := f.content(faraway, 2)
	f.stored(there)
	var target int64
	f.write(func(tx *store.Tx) {
		var err error
		target, err = tx.Contents().Create(ctx, faraway, 50)
		require.NoError(t, err)
		for _, want := range []bool{false, false, true} {
			complete, err := tx.Contents().Plan(ctx, target, source, faraway, 2)
			require.NoError(t, err)
			require.Equal(t, want, complete)
		}
		missing, err := tx.Contents().Missing(ctx, target, source, 0, 10)
		require.NoError(t, err)
		require.Len(t, missing, 2)
		require.Equal(t, []int64{1, list[0].ID, 4, list[3].ID}, []int64{missing[0].Seq, missing[0].Source, missing[1].Seq, missing[1].Source})
		require.NotEqual(t, missing[0].ID, missing[0].Source)
		rest, err := tx.Contents().Missing(ctx, target, source, 1, 10)
		require.NoError(t, err)
		require.Equal(t, missing[1:], rest)
		bytes, err := tx.Contents().MissingBytes(ctx, target)
		require.NoError(t, err)
		require.EqualValues(t, 20, bytes)
		require.NoError(t, tx.Contents().Stored(ctx, []int64{missing[0].ID, missing[1].ID}))
		bytes, err = tx.Contents().MissingBytes(ctx, target)
		require.NoError(t, err)
		require.Zero(t, bytes)
		got, err := tx.Contents().List(ctx, target, 0, 10)
		require.NoError(t, err)
		for i, c := range got {
			require.Equal(t, []any{list[i].Seq, list[i].Digest, list[i].Size, true}, []any{c.Seq, c.Digest, c.Size, c.Stored})
		}
	})
	require.Empty(t, f.dropped(faraway), "nothing yet")
	require.Equal(t, []byte{1, 3}, f.dropped(faraway, target))
	require.ElementsMatch(t, []byte{1, 2, 3}, f.dropped(region, source))
}

func testImagePlaces(t *testing.T, f fixture) {
	ctx := t.Context()
	f.content(region, 1)
	f.write(func(tx *store.Tx) {
		for _, place := range []string{"a", "b"} { // the first stays
			require.NoError(t, tx.Contents().Settle(ctx, region, place))
			require.NoError(t, tx.Contents().Settle(ctx, faraway, place))
		}
		require.NoError(t, tx.Contents().Resettle(ctx, faraway, "c"))
		list, err := tx.Contents().Places(ctx)
		require.NoError(t, err)
		require.Equal(t, []store.Place{{Region: faraway, Place: "c"}, {Region: region, Place: "a", Used: true}}, list)
	})
}

func testContentResume(t *testing.T, f fixture) {
	ctx := t.Context()
	content, list := f.content(region, 1, 0, 2, 3, 4)
	f.stored([]store.ContentChunk{list[0], list[3]})
	f.write(func(tx *store.Tx) {
		for range 2 { // the second time there is nothing to do
			last, size, err := tx.Contents().Resume(ctx, content)
			require.NoError(t, err)
			require.Equal(t, []int64{2, 20}, []int64{last, size}, "the list ends before the first chunk that is not stored")
		}
		require.NoError(t, tx.Contents().Append(ctx, content, region, listOf(3, 2)))
	})
	require.ElementsMatch(t, []byte{2, 3, 4}, f.dropped(region))
	image := f.image(account, region, "office")
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Images().SetContents(ctx, image.ID, content, 0))
		images, err := tx.Contents().Lost(ctx, list[0].ID)
		require.NoError(t, err)
		require.Equal(t, []ownsight.ImageARN{image.ARN}, images)
		stored, err := tx.Contents().IsStored(ctx, list[0].ID)
		require.NoError(t, err)
		require.False(t, stored)
		chunks, err := tx.Contents().OfRegion(ctx, region, 0, 10)
		require.NoError(t, err)
		require.Len(t, chunks, 2)
		require.Equal(t, []bool{true, true}, []bool{chunks[0].Needed, chunks[1].Needed})
		moved, err := tx.Images().Move(ctx, image.ID, ownsight.ImageAvailable, ownsight.ImageCopying, ownsight.ImageReason{})
		require.NoError(t, err)
		require.True(t, moved)
		chunks, err = tx.Contents().OfRegion(ctx, region, chunks[0].ID, 10)
		require.NoError(t, err)
		require.Len(t, chunks, 1)
		require.False(t, chunks[0].Needed, "an image that is not there yet needs nothing")
		at, _, err := tx.Contents().Check(ctx, region)
		require.NoError(t, err)
		require.True(t, at.IsZero())
		require.NoError(t, tx.Contents().SetCheck(ctx, region, began, []byte("{}")))
		require.NoError(t, tx.Contents().SetCheck(ctx, region, began.Add(time.Second), []byte(`{"a":1}`)))
		at, report, err := tx.Contents().Check(ctx, region)
		require.NoError(t, err)
		require.Equal(t, []any{began.Add(time.Second), `{"a":1}`}, []any{at, string(report)})
	})
}

// testContentsAtOnce takes contents apart while others with the same chunks are written: whatever meets, every list has
// its chunks, and nothing that a list has lies in the trash.
func testContentsAtOnce(t *testing.T, f fixture) {
	ctx := t.Context()
	var group errgroup.Group
	lists := make([]int64, 24)
	for i := range lists {
		group.Go(func() error {
			var content int64
			err := f.store.Write(ctx, func(tx *store.Tx) (err error) {
				if content, err = tx.Contents().Create(ctx, region, 40); err != nil {
					return err
				}
				return tx.Contents().Append(ctx, content, region, listOf(1, 1, 2, 3, byte(4+i%3)))
			})
			if err != nil || i%2 == 0 {
				lists[i] = content
				return err
			}
			return f.store.Write(ctx, func(tx *store.Tx) error {
				_, err := tx.Contents().Drop(ctx, content, 100)
				return err
			})
		})
	}
	require.NoError(t, group.Wait())
	f.read(func(tx *store.Tx) {
		used := map[int64]bool{}
		for _, content := range lists {
			if content == 0 {
				continue
			}
			list, err := tx.Contents().List(ctx, content, 0, 10)
			require.NoError(t, err)
			require.Len(t, list, 4)
			for _, c := range list {
				require.NotZero(t, c.ID)
				used[c.ID] = true
			}
		}
		trash, err := tx.Contents().Trash(ctx, region, 100)
		require.NoError(t, err)
		for _, c := range trash {
			require.False(t, used[c.ID])
		}
		kept, err := tx.Contents().OfRegion(ctx, region, 0, 100)
		require.NoError(t, err)
		require.Len(t, kept, len(used), "nothing is kept that no list has")
	})
}
