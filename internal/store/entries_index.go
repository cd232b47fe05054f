package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// maxBlocks is how many blocks of the index are read at a time: a megabyte or so with their references.
const maxBlocks = 16

// numbered is a block with its number.
type numbered struct {
	number int64
	*block
}

// eachBlocks hands the blocks of a dataset's index to fn, in order and from a number on, some at a time, until fn has seen
// enough. Few are read at first and more after that, since most filters find a page full soon.
func (e Entries) eachBlocks(ctx context.Context, datasetID, first int64, fn func([]numbered) (enough bool, err error)) error {
	for count := int32(1); ; count = min(4*count, maxBlocks) {
		rows, err := e.tx.q.BlockMembers(ctx, db.BlockMembersParams{DatasetID: datasetID, First: first, Count: count})
		if err != nil || len(rows) == 0 {
			return err
		}
		list := make([]numbered, len(rows))
		for i, row := range rows {
			b, err := decodeMembers(row.Members)
			if err != nil {
				return err
			}
			list[i] = numbered{row.Number, b}
		}
		if enough, err := fn(list); enough || err != nil {
			return err
		}
		first = rows[len(rows)-1].Number + 1
	}
}

// find gives the places in the order of the entries that a filter lets through, after a place, at most limit.
func (e Entries) find(ctx context.Context, datasetID int64, f ownsight.EntryFilter, after int64, limit int) (seqs []any, err error) {
	first, begin := blockOf(after + 1)
	err = e.eachBlocks(ctx, datasetID, first, func(blocks []numbered) (enough bool, err error) {
		found := make([]places, len(blocks))
		for i, b := range blocks {
			if found[i] = b.matching(f); b.number == first {
				found[i].dropBelow(begin)
			}
		}
		if f.SourceRefContains != "" {
			if err := e.search(ctx, datasetID, blocks, found, []byte(f.SourceRefContains)); err != nil {
				return false, err
			}
		}
		for i, b := range blocks {
			for place := range found[i].all() {
				if len(seqs) == limit {
					return true, nil
				}
				seqs = append(seqs, seqOf(b.number, place))
			}
		}
		return len(seqs) == limit, nil
	})
	return seqs, err
}

// search keeps of the places found in blocks those whose source reference has part in it.
func (e Entries) search(ctx context.Context, datasetID int64, blocks []numbered, found []places, part []byte) error {
	first, last := 0, len(blocks)-1
	for first <= last && found[first] == (places{}) {
		first++
	}
	for first <= last && found[last] == (places{}) {
		last--
	}
	if first > last {
		return nil
	}
	rows, err := e.tx.sql.QueryContext(ctx, "SELECT refs FROM entry_blocks WHERE dataset_id = $1 AND number >= $2 AND number <= $3 ORDER BY number",
		datasetID, blocks[first].number, blocks[last].number)
	if err != nil {
		return err
	}
	defer rows.Close()
	for i := first; rows.Next(); i++ {
		var packed sql.RawBytes // until the next row, which saves a copy
		if err := rows.Scan(&packed); err != nil {
			return err
		}
		refs, err := decodeRefs(packed)
		if err != nil {
			return err
		}
		containing := refs.containing(part)
		found[i].keep(&containing, true)
	}
	return rows.Err()
}

// index brings the index up to date with entries that were written, each once.
func (e Entries) index(ctx context.Context, datasetID int64, entries []*ownsight.Entry) error {
	byBlock := map[int64][]*ownsight.Entry{}
	for _, entry := range entries {
		number, _ := blockOf(entry.Seq)
		byBlock[number] = append(byBlock[number], entry)
	}
	for number, entries := range byBlock {
		b, err := e.block(ctx, datasetID, number)
		if err != nil {
			return err
		}
		b.put(entries)
		if err := e.putBlock(ctx, datasetID, number, b); err != nil {
			return err
		}
	}
	return nil
}

// block reads one block; one that is not there is empty.
func (e Entries) block(ctx context.Context, datasetID, number int64) (*block, error) {
	row, err := e.tx.q.OneBlock(ctx, db.OneBlockParams{DatasetID: datasetID, Number: number})
	if errors.Is(err, sql.ErrNoRows) {
		return new(block), nil
	}
	if err != nil {
		return nil, err
	}
	b, err := decodeMembers(row.Members)
	if err != nil {
		return nil, err
	}
	b.refs, err = decodeRefs(row.Refs)
	return b, err
}

// putBlock writes one block; an empty one goes.
func (e Entries) putBlock(ctx context.Context, datasetID, number int64, b *block) error {
	if b.present == (places{}) {
		return e.tx.q.DeleteBlock(ctx, db.DeleteBlockParams{DatasetID: datasetID, Number: number})
	}
	members, refs := b.encode()
	return e.tx.q.PutBlock(ctx, db.PutBlockParams{DatasetID: datasetID, Number: number, Members: members, Refs: refs})
}

// moveIndex moves what the index knows of the entries at some places to another dataset.
func (e Entries) moveIndex(ctx context.Context, from, to int64, seqs []int64) error {
	byBlock := map[int64]places{}
	for _, seq := range seqs {
		number, place := blockOf(seq)
		which := byBlock[number]
		which.add(place)
		byBlock[number] = which
	}
	for number, which := range byBlock {
		source, err := e.block(ctx, from, number)
		if err != nil {
			return err
		}
		target, err := e.block(ctx, to, number)
		if err != nil {
			return err
		}
		source.moveTo(target, which)
		if err := e.putBlock(ctx, from, number, source); err != nil {
			return err
		}
		if err := e.putBlock(ctx, to, number, target); err != nil {
			return err
		}
	}
	return nil
}

// unindex takes the entries up to a place out of the index.
func (e Entries) unindex(ctx context.Context, datasetID, last int64) error {
	number, end := blockOf(last + 1)
	if err := e.tx.q.DeleteBlocksBefore(ctx, db.DeleteBlocksBeforeParams{DatasetID: datasetID, Number: number}); err != nil {
		return err
	}
	b, err := e.block(ctx, datasetID, number)
	if err != nil {
		return err
	}
	var which places
	for i := range end {
		which.add(i)
	}
	b.moveTo(new(block), which)
	return e.putBlock(ctx, datasetID, number, b)
}

// Index makes the index of those datasets that have none, since they were written by a program without one.
func (s *Store) Index(ctx context.Context) error {
	return s.Write(ctx, func(tx *Tx) error {
		datasets, err := tx.q.DatasetsWithoutIndex(ctx)
		if err != nil {
			return err
		}
		for _, id := range datasets {
			if err := tx.Entries().indexAll(ctx, id); err != nil {
				return fmt.Errorf("index dataset %d: %w", id, err)
			}
		}
		return nil
	})
}

func (e Entries) indexAll(ctx context.Context, datasetID int64) error {
	pending := make([]*ownsight.Entry, 0, blockSize)
	flush := func() error {
		defer func() { pending = pending[:0] }()
		return e.index(ctx, datasetID, pending)
	}
	err := e.Each(ctx, datasetID, func(entry *ownsight.Entry) error {
		if pending = append(pending, entry); len(pending) < blockSize {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}
