package disk

import (
	"context"
	"encoding/binary"
	"strings"
)

// https://www.qemu.org/docs/master/interop/qcow2.html
const (
	qcow2Magic = "QFI\xfb"
	qcow1Magic = qcow2Magic + "\x00\x00\x00\x01"

	headerLength2 = 72  // of version 2
	headerLength3 = 104 // of version 3, at least

	minClusterBits, maxClusterBits = 9, 21
	minExtendedClusterBits         = 14
	maxRefcountOrder               = 6

	// QEMU reads no larger tables.
	maxL1Bytes            = 32 << 20
	maxRefcountTableBytes = 8 << 20

	// No cloud has larger disks.
	maxVirtualSize = 64 << 40
	// For each cluster of the file a word is kept in memory.
	maxClusters = 1 << 27
)

// The incompatible features: without knowing each of them a file cannot be read.
const (
	featureDirty = 1 << iota
	featureCorrupt
	featureDataFile
	featureCompression
	featureExtended
	featuresKnown = 1<<iota - 1
)

// autoclearBitmaps says that the file holds the dirty bitmaps of backups.
const autoclearBitmaps = 1

// qcow2 is a file that is being checked. Offsets and lengths are in bytes.
type qcow2 struct {
	*file
	version   uint32
	bits      uint // of a cluster: 1 << bits bytes
	cluster   uint64
	virtual   uint64
	extended  bool // entries of L2 tables have 128 bits, the second half for 32 subclusters
	l1        span
	refTable  span
	refOrder  uint  // a reference count has 1 << refOrder bits
	uses      []use // of each cluster of the file
	allocated uint64
}

// checkQcow2 walks the tables: from the L1 table to the L2 tables to the data, noting how each cluster of the file is
// used, and compares that with the file's own reference counts. Clusters that are counted but not used are no error:
// they cost space, no data.
func checkQcow2(ctx context.Context, f *file) (Info, error) {
	q := &qcow2{file: f}
	if err := q.readHeader(ctx); err != nil {
		return Info{}, err
	}
	if (f.size-1)>>q.bits >= maxClusters {
		return Info{}, errorf("the qcow2 file has clusters of %d bytes, too small for a file of %d bytes: "+
			`write it anew with "qemu-img convert -O qcow2 -o cluster_size=64k FILE NEW"`, q.cluster, f.size)
	}
	q.uses = make([]use, (f.size-1)>>q.bits+1)
	if err := q.claimTables(); err != nil {
		return Info{}, err
	}
	tables, err := q.readL1(ctx)
	if err != nil {
		return Info{}, err
	}
	if err := q.readL2(ctx, tables); err != nil {
		return Info{}, err
	}
	if err := q.checkRefcounts(ctx); err != nil {
		return Info{}, err
	}
	return Info{VirtualSize: int64(q.virtual), Allocated: int64(q.allocated)}, nil
}

func (q *qcow2) damaged(format string, args ...any) error {
	return errorf("the qcow2 file is damaged: "+format+`; "qemu-img check -r all FILE" may repair it, else upload it again`, args...)
}

func (q *qcow2) cutOff(format string, args ...any) error {
	return errorf("the qcow2 file is cut off or damaged: "+format+", but the file ends at byte %d; upload it again", append(args, q.size)...)
}

func (q *qcow2) readHeader(ctx context.Context) error {
	if q.size < headerLength2 {
		return q.cutOff("its header needs %d bytes", headerLength2)
	}
	h := q.head
	q.version = binary.BigEndian.Uint32(h[4:])
	if q.version != 2 && q.version != 3 {
		return errorf("the qcow2 file is of version %d, where 2 and 3 are known: "+convert, q.version)
	}
	bits := binary.BigEndian.Uint32(h[20:])
	if bits < minClusterBits || bits > maxClusterBits {
		return q.damaged("cluster_bits, at byte 20, is %d, not %d to %d", bits, minClusterBits, maxClusterBits)
	}
	q.bits, q.cluster = uint(bits), 1<<bits
	if err := q.readFeatures(); err != nil {
		return err
	}
	if err := q.refuseDependence(); err != nil {
		return err
	}
	q.virtual = binary.BigEndian.Uint64(h[24:])
	if q.virtual == 0 || q.virtual > maxVirtualSize || q.virtual%sector != 0 {
		return q.damaged("the size of the disk, at byte 24, is %d bytes, where it must be a multiple of %d up to %d",
			q.virtual, sector, uint64(maxVirtualSize))
	}
	return q.locateTables()
}

// readFeatures reads what only version 3 has.
func (q *qcow2) readFeatures() error {
	q.refOrder = 4
	if q.version == 2 {
		return q.readExtensions(headerLength2)
	}
	if q.size < headerLength3 {
		return q.cutOff("its header needs %d bytes", headerLength3)
	}
	h := q.head
	length := uint64(binary.BigEndian.Uint32(h[100:]))
	if length < headerLength3 || length%8 != 0 || length > min(q.cluster, headSize) {
		return q.damaged("the length of the header, at byte 100, is %d bytes", length)
	}
	if length > q.size {
		return q.cutOff("its header needs %d bytes", length)
	}
	features := binary.BigEndian.Uint64(h[72:])
	var compression byte
	if length > headerLength3 {
		compression = h[104]
	}
	order := binary.BigEndian.Uint32(h[96:])
	switch {
	case features&^featuresKnown != 0:
		return errorf("the qcow2 file has features that are not known here (incompatible_features, at byte 72, is %#x): "+convert, features)
	case features&featureCorrupt != 0:
		return errorf(`the qcow2 file is marked as corrupt: "qemu-img check -r all FILE" may repair it`)
	case features&featureDirty != 0:
		return errorf("the qcow2 file is marked as dirty, for it was not closed by what wrote it: " +
			`stop the machine that uses it, run "qemu-img check -r all FILE", and upload it again`)
	case features&featureDataFile != 0:
		return errorf("the qcow2 file has its data in another file: " + convert)
	case features&featureCompression != 0 != (compression != 0) || compression > 1:
		return q.damaged("the type of compression, at byte 104, is %d, which is not known or does not agree with incompatible_features (%#x)",
			compression, features)
	case order > maxRefcountOrder:
		return q.damaged("refcount_order, at byte 96, is %d, not 0 to %d", order, maxRefcountOrder)
	case features&featureExtended != 0 && q.bits < minExtendedClusterBits:
		return q.damaged("it has extended L2 entries in clusters of %d bytes, where they need %d", q.cluster, 1<<minExtendedClusterBits)
	case binary.BigEndian.Uint64(h[88:])&autoclearBitmaps != 0:
		return errorf("the qcow2 file holds dirty bitmaps, which belong to the backups of the machine that it was copied from: " +
			`remove them with "qemu-img bitmap --remove", or ` + convert)
	}
	q.extended, q.refOrder = features&featureExtended != 0, uint(order)
	return q.readExtensions(length)
}

// readExtensions goes over the header's extensions, which must not reach beyond the first cluster.
func (q *qcow2) readExtensions(at uint64) error {
	end := min(q.cluster, uint64(len(q.head)))
	if name := binary.BigEndian.Uint64(q.head[8:]); name != 0 {
		end = min(end, name)
	}
	for at+8 <= end {
		kind, length := binary.BigEndian.Uint32(q.head[at:]), uint64(binary.BigEndian.Uint32(q.head[at+4:]))
		if kind == 0 {
			return nil
		}
		if length > end-at-8 {
			return q.damaged("the header extension %#x at byte %d has %d bytes, more than there is room for", kind, at, length)
		}
		at += 8 + roundUp(length, 8)
	}
	return nil
}

// refuseDependence refuses a file that is no disk by itself, or more than one.
//
// Snapshots are refused though they could be walked: an image is one state of a disk, nobody can choose another one of a
// copy, and what its owner deleted would go to everyone whom the image is shared with.
func (q *qcow2) refuseDependence() error {
	h := q.head
	switch {
	case binary.BigEndian.Uint64(h[8:]) != 0:
		return errorf("the qcow2 file has a backing file%s, without which it is not whole: "+
			`merge them with "qemu-img convert -O qcow2 FILE NEW", or, where it has all of the data itself, "qemu-img rebase -u -b '' FILE"`,
			q.backingFile())
	case binary.BigEndian.Uint32(h[32:]) != 0:
		return errorf("the qcow2 file is encrypted: " + unlock)
	case binary.BigEndian.Uint32(h[60:]) != 0:
		return errorf("the qcow2 file holds %d internal snapshots, where an image is one state of a disk: "+
			`delete them with "qemu-img snapshot -d NAME FILE", or leave them behind with "qemu-img convert -O qcow2 FILE NEW"`,
			binary.BigEndian.Uint32(h[60:]))
	}
	return nil
}

// backingFile gives the name of the backing file for a message, or "" where it cannot be told.
func (q *qcow2) backingFile() string {
	at, length := binary.BigEndian.Uint64(q.head[8:]), uint64(binary.BigEndian.Uint32(q.head[16:]))
	if length == 0 || length > 1023 || at > uint64(len(q.head))-min(length, uint64(len(q.head))) {
		return ""
	}
	name := strings.ToValidUTF8(string(q.head[at:at+length]), "?")
	return " (" + strings.Map(printable, name) + ")"
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '?'
	}
	return r
}

// locateTables finds the L1 table and the refcount table.
func (q *qcow2) locateTables() error {
	h := q.head
	entries := uint64(binary.BigEndian.Uint32(h[36:]))
	q.l1 = span{binary.BigEndian.Uint64(h[40:]), entries * 8}
	needed := (q.virtual-1)/(q.cluster*q.l2Entries()) + 1
	if entries < needed || q.l1.length > maxL1Bytes {
		return q.damaged("the L1 table has %d entries (l1_size, at byte 36), where a disk of %d bytes needs %d and %d are possible",
			entries, q.virtual, needed, maxL1Bytes/8)
	}
	q.refTable = span{binary.BigEndian.Uint64(h[48:]), uint64(binary.BigEndian.Uint32(h[56:])) << q.bits}
	if q.refTable.length == 0 || q.refTable.length > maxRefcountTableBytes {
		return q.damaged("the refcount table has %d bytes (refcount_table_clusters, at byte 56), where 1 to %d are possible",
			q.refTable.length, maxRefcountTableBytes)
	}
	return nil
}

func (q *qcow2) claimTables() error {
	if err := q.claimTable("the header", span{0, q.cluster}); err != nil {
		return err
	}
	if err := q.claimTable("the L1 table", q.l1); err != nil {
		return err
	}
	return q.claimTable("the refcount table", q.refTable)
}

// l2Entries gives how many clusters of the disk an L2 table is for.
func (q *qcow2) l2Entries() uint64 {
	if q.extended {
		return q.cluster / 16
	}
	return q.cluster / 8
}
