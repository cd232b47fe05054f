package disk

import (
	"context"
	"encoding/binary"
)

// checkRefcounts compares how clusters are used with the reference counts that the file keeps of them.
func (q *qcow2) checkRefcounts(ctx context.Context) error {
	blocks, err := q.readRefcountTable(ctx)
	if err != nil {
		return err
	}
	// Clusters whose counts are nowhere have a count of 0.
	perBlock := q.countsPerBlock()
	next := uint64(0)
	for _, block := range blocks {
		if err := q.checkCounts(next, uint64(block.index)*perBlock, nil); err != nil {
			return err
		}
		next = uint64(block.index+1) * perBlock
	}
	if err := q.checkCounts(next, uint64(len(q.uses)), nil); err != nil {
		return err
	}
	return q.readTables(ctx, blocks, func(t table, b []byte) error {
		first := uint64(t.index) * perBlock
		return q.checkCounts(first, first+perBlock, b)
	})
}

func (q *qcow2) countsPerBlock() uint64 { return q.cluster * 8 >> q.refOrder }

// readRefcountTable gives the blocks of counts for clusters that the file has, in the order of those.
func (q *qcow2) readRefcountTable(ctx context.Context) ([]table, error) {
	var blocks []table
	err := q.streamRuns(ctx, q.refTable, func(from uint64, b []byte) error {
		for i := 0; i < len(b); i += 8 {
			at, index := binary.BigEndian.Uint64(b[i:]), int(from+uint64(i))/8
			if at == 0 {
				continue
			}
			if at&refTableReserved != 0 || at%q.cluster != 0 {
				return q.damaged("entry %d of the refcount table is %#x, which is no place of a refcount block", index, at)
			}
			if !q.holds(span{at, q.cluster}) {
				return q.cutOff("entry %d of the refcount table points to a refcount block of %d bytes at byte %d", index, q.cluster, at)
			}
			if _, ok := q.claim(span{at, q.cluster}, useWhole|useUnflagged); !ok {
				return q.damaged("entry %d of the refcount table points to byte %d, where something else is", index, at)
			}
			if uint64(index)*q.countsPerBlock() < uint64(len(q.uses)) {
				blocks = append(blocks, table{at, index})
			}
		}
		return nil
	})
	return blocks, err
}

// checkCounts compares the clusters from first to before end with a block of counts that begins with the first one's, or
// with no counts at all.
func (q *qcow2) checkCounts(first, end uint64, block []byte) error {
	for i := first; i < min(end, uint64(len(q.uses))); i++ {
		u := q.uses[i]
		if u == 0 {
			continue
		}
		count := uint64(0)
		if block != nil {
			count = refcount(block, i-first, q.refOrder)
		}
		if count < u.references() {
			return q.damaged("the cluster at byte %d is used %d times, but its reference count is %d", i<<q.bits, u.references(), count)
		}
		if u&useWhole != 0 && u&useUnflagged == 0 && (count == 1) != (u&useCopied != 0) {
			return q.damaged(`the flag "copied" of the entry that points to the cluster at byte %d does not agree with `+
				"its reference count, which is %d", i<<q.bits, count)
		}
	}
	return nil
}

// refcount gives a count of 1 << order bits from a block. Below 8 bits the first one is in the lowest bits of a byte.
func refcount(block []byte, i uint64, order uint) uint64 {
	switch order {
	case 3:
		return uint64(block[i])
	case 4:
		return uint64(binary.BigEndian.Uint16(block[2*i:]))
	case 5:
		return uint64(binary.BigEndian.Uint32(block[4*i:]))
	case 6:
		return binary.BigEndian.Uint64(block[8*i:])
	}
	perByte := uint64(8) >> order
	return uint64(block[i/perByte]) >> (i % perByte << order) & (1<<(1<<order) - 1)
}
