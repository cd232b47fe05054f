package disk_test

import (
	"encoding/binary"
	"hash/crc32"
)

// tinyFile is a qcow2 file of seven clusters: header, L1 table, L2 table, refcount table, refcount block and two of data.
type tinyFile struct {
	bytes                              []byte
	cluster                            int
	l1, l2, refTable, refBlock, data   int // offsets
	entrySize                          int // of the L2 table
	version, l1Size, features, virtual int // offsets in the header
}

const copied = 1 << 63

func tiny(bits, version int) tinyFile {
	c := 1 << bits
	f := tinyFile{bytes: make([]byte, 7*c), cluster: c, l1: c, l2: 2 * c, refTable: 3 * c, refBlock: 4 * c, data: 5 * c, entrySize: 8,
		version: 4, l1Size: 36, features: 72, virtual: 24}
	copy(f.bytes, "QFI\xfb")
	f.put32(f.version, uint32(version))
	f.put32(20, uint32(bits))
	f.put64(f.virtual, uint64(c)*8)
	f.put32(f.l1Size, 1)
	f.put64(40, uint64(f.l1))
	f.put64(48, uint64(f.refTable))
	f.put32(56, 1)
	if version == 3 {
		f.put32(96, 4)
		f.put32(100, 112)
	}
	f.put64(f.l1, uint64(f.l2)|copied)
	f.put64(f.l2, uint64(f.data)|copied)
	f.put64(f.l2+16, uint64(f.data+c)|copied)
	f.put64(f.refTable, uint64(f.refBlock))
	for i := range 7 {
		f.count(i, 1)
	}
	return f
}

// tinyExtended is a tiny file with subclusters.
func tinyExtended() tinyFile {
	f := tiny(14, 3)
	f.entrySize = 16
	f.put64(f.features, 1<<4)
	f.put64(f.l2+8, 0xffff_ffff)
	f.put64(f.l2+24, 0xffff_0000_0000_00ff)
	return f
}

func (f tinyFile) put32(at int, v uint32) { binary.BigEndian.PutUint32(f.bytes[at:], v) }
func (f tinyFile) put64(at int, v uint64) { binary.BigEndian.PutUint64(f.bytes[at:], v) }

// count sets the reference count of a cluster.
func (f tinyFile) count(cluster int, n uint16) {
	binary.BigEndian.PutUint16(f.bytes[f.refBlock+2*cluster:], n)
}

// compress makes the second cluster of data two compressed ones of a sector each. Clusters must have 1 KiB at least.
func (f tinyFile) compress() {
	at := uint64(f.data + f.cluster)
	f.put64(f.l2+16, 1<<62|at)
	f.put64(f.l2+24, 1<<62|(at+512))
	f.count(6, 2)
}

const vhdBlockSize = 512 << 10

func vhdSum(b []byte, at int) {
	binary.BigEndian.PutUint32(b[at:], 0)
	sum := uint32(0)
	for _, c := range b {
		sum += uint32(c)
	}
	binary.BigEndian.PutUint32(b[at:], ^sum)
}

func vhdFooter(kind uint32, size, header uint64) []byte {
	b := make([]byte, 512)
	copy(b, "conectix")
	binary.BigEndian.PutUint32(b[8:], 2)
	binary.BigEndian.PutUint32(b[12:], 1<<16)
	binary.BigEndian.PutUint64(b[16:], header)
	copy(b[28:], "win ")
	binary.BigEndian.PutUint64(b[40:], size)
	binary.BigEndian.PutUint64(b[48:], size)
	binary.BigEndian.PutUint32(b[60:], kind)
	vhdSum(b, 64)
	return b
}

func fixedVHD() []byte {
	raw := mbrDisk()
	return append(raw, vhdFooter(2, uint64(len(raw)), ^uint64(0))...)
}

// Where the parts of a dynamicVHD are.
const (
	vhdHeader = 512
	vhdTable  = 1536
	vhdBlocks = 2048
)

// dynamicVHD is a disk of four blocks, of which the first and the third have data.
func dynamicVHD() []byte {
	foot := vhdFooter(3, 4*vhdBlockSize, vhdHeader)
	header := make([]byte, 1024)
	copy(header, "cxsparse")
	binary.BigEndian.PutUint64(header[8:], ^uint64(0))
	binary.BigEndian.PutUint64(header[16:], vhdTable)
	binary.BigEndian.PutUint32(header[24:], 1<<16)
	binary.BigEndian.PutUint32(header[28:], 4)
	binary.BigEndian.PutUint32(header[32:], vhdBlockSize)
	vhdSum(header, 36)
	table := make([]byte, 512)
	for i := range table {
		table[i] = 0xff
	}
	const perBlock = 1 + vhdBlockSize/512
	binary.BigEndian.PutUint32(table, vhdBlocks/512)
	binary.BigEndian.PutUint32(table[8:], vhdBlocks/512+perBlock)
	file := append(append(append([]byte{}, foot...), header...), table...)
	file = append(file, make([]byte, 2*perBlock*512)...)
	return append(file, foot...)
}

// mbrDisk is a disk of 1 MiB with two partitions.
func mbrDisk() []byte {
	b := make([]byte, 1<<20)
	copy(b[510:], "\x55\xaa")
	mbrEntry(b, 0, 0x83, 64, 1000)
	mbrEntry(b, 1, 0x0c, 1064, 984)
	return b
}

func mbrEntry(b []byte, i int, kind byte, first, count uint32) {
	e := b[446+16*i:]
	e[4] = kind
	binary.LittleEndian.PutUint32(e[8:], first)
	binary.LittleEndian.PutUint32(e[12:], count)
}

// gptDisk is a disk of a size, in blocks of a size, with two partitions.
func gptDisk(size, block int) []byte {
	b := make([]byte, size)
	copy(b[510:], "\x55\xaa")
	last := size/block - 1
	mbrEntry(b, 0, 0xee, 1, uint32(last))
	for i, p := range [][2]int{{64, 127}, {128, last - 40}} {
		e := b[2*block+128*i:]
		copy(e, "a type of part. ")
		e[16] = byte(i + 1)
		binary.LittleEndian.PutUint64(e[32:], uint64(p[0]))
		binary.LittleEndian.PutUint64(e[40:], uint64(p[1]))
	}
	table := last - gptTable/block
	copy(b[table*block:], b[2*block:2*block+gptTable])
	gptHeader(b, block, 1, uint64(last), 2)
	gptHeader(b, block, last, 1, table)
	return b
}

const gptTable = 128 * 128 // bytes of entries

// gptHeader writes a header at block my with the checksums that its table and itself have.
func gptHeader(b []byte, block, my int, other uint64, table int) {
	h := b[my*block : (my+1)*block]
	copy(h, "EFI PART")
	binary.LittleEndian.PutUint32(h[8:], 1<<16)
	binary.LittleEndian.PutUint32(h[12:], 92)
	binary.LittleEndian.PutUint64(h[24:], uint64(my))
	binary.LittleEndian.PutUint64(h[32:], other)
	binary.LittleEndian.PutUint64(h[40:], 34)
	binary.LittleEndian.PutUint64(h[48:], uint64(len(b)/block-34))
	copy(h[56:], "guid of the disk")
	binary.LittleEndian.PutUint64(h[72:], uint64(table))
	binary.LittleEndian.PutUint32(h[80:], 128)
	binary.LittleEndian.PutUint32(h[84:], 128)
	binary.LittleEndian.PutUint32(h[88:], crc32.ChecksumIEEE(b[table*block:table*block+gptTable]))
	gptSum(h)
}

func gptSum(h []byte) {
	binary.LittleEndian.PutUint32(h[16:], 0)
	binary.LittleEndian.PutUint32(h[16:], crc32.ChecksumIEEE(h[:92]))
}
