package disk

import (
	"cmp"
	"context"
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	entryOffset     = 0x00ff_ffff_ffff_fe00 // of an L1 entry, and of an L2 entry that is not compressed
	entryCopied     = 1 << 63
	entryCompressed = 1 << 62
	entryZero       = 1 // of an L2 entry

	l1Reserved = 0x7f00_0000_0000_01ff
	l2Reserved = 0x3f00_0000_0000_01fe

	refTableReserved = 0x1ff

	subclusters = 32 // of a cluster
)

// table is a cluster that another table points to.
type table struct {
	at    uint64 // in the file, in bytes
	index int    // of the entry that points to it
}

// readL1 gives the L2 tables.
func (q *qcow2) readL1(ctx context.Context) ([]table, error) {
	var tables []table
	err := q.streamRuns(ctx, q.l1, func(from uint64, b []byte) error {
		for i := 0; i < len(b); i += 8 {
			entry, index := binary.BigEndian.Uint64(b[i:]), int(from+uint64(i))/8
			if entry == 0 {
				continue
			}
			at := entry & entryOffset
			if entry&l1Reserved != 0 || at == 0 || at%q.cluster != 0 {
				return q.damaged("entry %d of the L1 table, at byte %d, is %#x, which is no place of an L2 table",
					index, q.l1.at+from+uint64(i), entry)
			}
			if !q.holds(span{at, q.cluster}) {
				return q.cutOff("entry %d of the L1 table points to an L2 table of %d bytes at byte %d", index, q.cluster, at)
			}
			if _, ok := q.claim(span{at, q.cluster}, useWhole|copied(entry)); !ok {
				return q.damaged("entry %d of the L1 table points to byte %d, where something else is", index, at)
			}
			tables = append(tables, table{at, index})
		}
		return nil
	})
	return tables, err
}

func copied(entry uint64) use {
	if entry&entryCopied != 0 {
		return useCopied
	}
	return 0
}

// readTables reads tables of a cluster each, several at a time where they lie side by side.
func (q *qcow2) readTables(ctx context.Context, tables []table, visit func(t table, b []byte) error) error {
	slices.SortFunc(tables, func(a, b table) int { return cmp.Compare(a.at, b.at) })
	var runs []span
	for _, t := range tables {
		if n := len(runs); n > 0 && runs[n-1].end() == t.at && runs[n-1].length+q.cluster <= runSize {
			runs[n-1].length += q.cluster
		} else {
			runs = append(runs, span{t.at, q.cluster})
		}
	}
	return q.stream(ctx, runs, func(_ int, b []byte) error {
		for ; len(b) > 0; b, tables = b[q.cluster:], tables[1:] {
			if err := visit(tables[0], b[:q.cluster]); err != nil {
				return err
			}
		}
		return nil
	})
}

// readL2 goes over all clusters of the disk.
func (q *qcow2) readL2(ctx context.Context, tables []table) error {
	size := q.cluster / q.l2Entries()
	return q.readTables(ctx, tables, func(t table, b []byte) error {
		for i := range q.l2Entries() {
			e := l2Entry{table: t.at, index: i, guest: (uint64(t.index)*q.l2Entries() + i) << q.bits}
			e.word = binary.BigEndian.Uint64(b[i*size:])
			if q.extended {
				e.subclusters = binary.BigEndian.Uint64(b[i*size+8:])
			}
			if e.word == 0 && e.subclusters == 0 {
				continue
			}
			check := q.checkData
			if e.word&entryCompressed != 0 {
				check = q.checkCompressed
			}
			if err := check(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// l2Entry says where a cluster of the disk is.
type l2Entry struct {
	table       uint64 // the offset of its table in the file
	index       uint64 // in that table
	guest       uint64 // the offset in the disk of the cluster that it is for
	word        uint64
	subclusters uint64 // 32 bits "reads as zeros", 32 bits "is allocated"; 0 unless entries are extended
}

func (q *qcow2) checkData(e l2Entry) error {
	reserved := uint64(l2Reserved)
	if q.version == 2 || q.extended {
		reserved |= entryZero
	}
	at, allocated := e.word&entryOffset, uint32(e.subclusters)
	switch {
	case e.word&reserved != 0 || at%q.cluster != 0:
		return q.damaged("entry %d of the L2 table at byte %d is %#x, which is no place of a cluster", e.index, e.table, e.word)
	case uint32(e.subclusters>>32)&allocated != 0:
		return q.damaged("entry %d of the L2 table at byte %d has subclusters that hold data and read as zeros at once (%#x)",
			e.index, e.table, e.subclusters)
	case at == 0 && (e.word&entryCopied != 0 || allocated != 0):
		return q.damaged("entry %d of the L2 table at byte %d is %#x, which has no place but holds data", e.index, e.table, e.word)
	case at == 0:
		return nil
	}
	// What is never read need not be in the file: the end of a disk's last cluster, what reads as zeros, subclusters at
	// the end that hold nothing.
	needed := q.cluster
	switch {
	case q.extended:
		needed = max(1, uint64(bits.Len32(allocated))*(q.cluster/subclusters))
	case e.word&entryZero != 0:
		needed = 1
	}
	if e.guest < q.virtual {
		needed = min(needed, q.virtual-e.guest)
	}
	if !q.holds(span{at, needed}) {
		return q.cutOff("entry %d of the L2 table at byte %d points to %d bytes of data at byte %d", e.index, e.table, needed, at)
	}
	if _, ok := q.claim(span{at, needed}, useWhole|copied(e.word)); !ok {
		return q.damaged("entry %d of the L2 table at byte %d points to byte %d, where something else is", e.index, e.table, at)
	}
	switch {
	case q.extended:
		q.allocated += uint64(bits.OnesCount32(allocated)) * q.cluster / subclusters
	case e.word&entryZero == 0:
		q.allocated += q.cluster
	}
	return nil
}

func (q *qcow2) checkCompressed(e l2Entry) error {
	if e.word&entryCopied != 0 || e.subclusters != 0 {
		return q.damaged("entry %d of the L2 table at byte %d is compressed but has flags of one that is not (%#x, %#x)",
			e.index, e.table, e.word, e.subclusters)
	}
	width := 62 - (q.bits - 8) // of the offset, in bits; the rest counts sectors after the first
	at := e.word & (1<<width - 1)
	data := span{at: at, length: (e.word&(entryCompressed-1)>>width+1)*sector - at%sector}
	if at >= q.size || data.end() > roundUp(q.size, sector) {
		return q.cutOff("entry %d of the L2 table at byte %d points to %d bytes of compressed data at byte %d",
			e.index, e.table, data.length, at)
	}
	if where, ok := q.claimCompressed(data); !ok {
		return q.damaged("entry %d of the L2 table at byte %d points to %d bytes of compressed data at byte %d, "+
			"where something else is, at byte %d", e.index, e.table, data.length, at, where)
	}
	q.allocated += data.length
	return nil
}
