package disk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"
)

// "Virtual Hard Disk Image Format Specification", Microsoft, 2006.
const (
	vhdCookie        = "conectix"
	vhdDynamicCookie = "cxsparse"

	vhdVersion       = 1 << 16
	vhdFooterSize    = sector
	vhdHeaderSize    = 1024
	vhdMaxSize       = 2040 << 30
	vhdUnused        = 0xffffffff // an entry of the block allocation table
	vhdMinBlock      = 64 << 10   // 512 KiB and 2 MiB are what programs write
	vhdMaxBlock      = 256 << 20
	vhdFixed         = 2
	vhdDynamic       = 3
	vhdDifferencing  = 4
	vhdFooterSum     = 64 // where the checksums are
	vhdHeaderSum     = 36
	vhdUploadOrWrite = `upload it again, or write it anew with "qemu-img convert -O qcow2 FILE NEW"`
)

func vhdDamaged(format string, args ...any) error {
	return errorf("the VHD file is damaged: "+format+"; "+vhdUploadOrWrite, args...)
}

// footer is the last sector of a VHD file, and of a dynamic one the first too.
type footer struct {
	kind   uint32
	size   uint64 // of the disk, in bytes
	header uint64 // the offset of the dynamic header
}

// vhdSumRight says whether the checksum at an offset of b is that of b's other bytes.
func vhdSumRight(b []byte, at int) bool {
	sum := uint32(0)
	for i, c := range b {
		if i < at || i >= at+4 {
			sum += uint32(c)
		}
	}
	return binary.BigEndian.Uint32(b[at:]) == ^sum
}

func readFooter(b []byte, at uint64) (footer, error) {
	if !bytes.HasPrefix(b, []byte(vhdCookie)) {
		return footer{}, vhdDamaged("there is no footer at byte %d, so the file is cut off or something was appended to it", at)
	}
	if !vhdSumRight(b, vhdFooterSum) {
		return footer{}, vhdDamaged("the checksum of the footer at byte %d is wrong", at)
	}
	f := footer{kind: binary.BigEndian.Uint32(b[60:]), size: binary.BigEndian.Uint64(b[48:]), header: binary.BigEndian.Uint64(b[16:])}
	version := binary.BigEndian.Uint32(b[12:])
	switch {
	case version>>16 != vhdVersion>>16:
		return footer{}, errorf("the VHD file is of version %d.%d, where 1.0 is known: "+convert, version>>16, version&0xffff)
	case f.kind == vhdDifferencing:
		return footer{}, errorf("the VHD file is a differencing disk, which is not whole without its parent: " +
			`merge it into that with Merge-VHD, or write a whole one with "VBoxManage clonemedium FILE NEW --format VHD"`)
	case f.kind != vhdFixed && f.kind != vhdDynamic:
		return footer{}, vhdDamaged("the type of disk in the footer at byte %d is %d, where 2 (fixed) and 3 (dynamic) are known", at, f.kind)
	case f.size == 0 || f.size > vhdMaxSize || f.size%sector != 0:
		return footer{}, vhdDamaged("the size of the disk in the footer at byte %d is %d bytes, where it must be a multiple of %d up to %d",
			at, f.size, sector, uint64(vhdMaxSize))
	}
	return f, nil
}

func checkVHD(ctx context.Context, f *file) (Info, error) {
	if f.size < vhdFooterSize {
		return Info{}, vhdDamaged("it has %d bytes, fewer than its footer alone", f.size)
	}
	end := f.size - vhdFooterSize
	foot, err := readFooter(f.last(vhdFooterSize), end)
	if err != nil {
		return Info{}, err
	}
	if foot.kind == vhdFixed {
		return checkFixed(ctx, f, foot, end)
	}
	first, err := readFooter(f.head[:vhdFooterSize], 0)
	if err != nil {
		return Info{}, err
	}
	if first != foot {
		return Info{}, vhdDamaged("the footer at byte %d and its copy at byte 0 do not agree", end)
	}
	return checkDynamic(ctx, f, foot, end)
}

// checkFixed checks a raw disk that a footer follows.
func checkFixed(ctx context.Context, f *file, foot footer, end uint64) (Info, error) {
	if foot.size != end {
		return Info{}, vhdDamaged("its footer says that the disk has %d bytes, but %d bytes are before the footer", foot.size, end)
	}
	partitions, err := f.checkPartitions(ctx, foot.size)
	return Info{VirtualSize: int64(foot.size), Allocated: int64(foot.size), Partitions: partitions}, err
}

// vhdBlock is an entry of the block allocation table that is used.
type vhdBlock struct {
	sector uint32 // where the block begins
	entry  uint32
}

// checkDynamic checks the table of blocks, each of which is a bitmap of its sectors and then these.
func checkDynamic(ctx context.Context, f *file, foot footer, end uint64) (Info, error) {
	header := span{foot.header, vhdHeaderSize}
	if header.at%sector != 0 || header.at < vhdFooterSize || header.at > end || end-header.at < vhdHeaderSize {
		return Info{}, vhdDamaged("the dynamic header is said to be at byte %d, where there is no room for it", header.at)
	}
	b, err := f.read(ctx, header)
	if err != nil {
		return Info{}, err
	}
	if !bytes.HasPrefix(b, []byte(vhdDynamicCookie)) || !vhdSumRight(b, vhdHeaderSum) {
		return Info{}, vhdDamaged("the dynamic header at byte %d, or its checksum, is wrong", header.at)
	}
	if version := binary.BigEndian.Uint32(b[24:]); version>>16 != vhdVersion>>16 {
		return Info{}, vhdDamaged("the dynamic header at byte %d is of version %d.%d, where 1.0 is known", header.at, version>>16, version&0xffff)
	}
	size := uint64(binary.BigEndian.Uint32(b[32:]))
	if size < vhdMinBlock || size > vhdMaxBlock || size&(size-1) != 0 {
		return Info{}, vhdDamaged("a block has %d bytes, where it must be a power of 2 from %d to %d", size, vhdMinBlock, vhdMaxBlock)
	}
	entries := uint64(binary.BigEndian.Uint32(b[28:]))
	if needed := (foot.size-1)/size + 1; entries < needed {
		return Info{}, vhdDamaged("the block allocation table has %d entries, where a disk of %d bytes needs %d", entries, foot.size, needed)
	}
	table := span{binary.BigEndian.Uint64(b[16:]), entries * 4}
	room := span{table.at, roundUp(table.length, sector)}
	if table.at%sector != 0 || table.at < vhdFooterSize || table.at > end || end-table.at < room.length || overlap(room, header) {
		return Info{}, vhdDamaged("the block allocation table is said to have %d bytes at byte %d, where there is no room for it",
			table.length, table.at)
	}
	blocks, err := readBlocks(ctx, f, table)
	if err != nil {
		return Info{}, err
	}
	length := roundUp(size/sector/8, sector) + size
	if err := checkBlocks(blocks, length, end, []span{{0, vhdFooterSize}, header, room}); err != nil {
		return Info{}, err
	}
	return Info{VirtualSize: int64(foot.size), Allocated: int64(uint64(len(blocks)) * size)}, nil
}

func overlap(a, b span) bool { return a.at < b.end() && b.at < a.end() }

func readBlocks(ctx context.Context, f *file, table span) ([]vhdBlock, error) {
	var blocks []vhdBlock
	err := f.streamRuns(ctx, table, func(from uint64, b []byte) error {
		for i := 0; i < len(b); i += 4 {
			if at := binary.BigEndian.Uint32(b[i:]); at != vhdUnused {
				blocks = append(blocks, vhdBlock{at, uint32((from + uint64(i)) / 4)})
			}
		}
		return nil
	})
	return blocks, err
}

// checkBlocks sees that blocks of a length lie before the end, not in each other and not in what is taken.
func checkBlocks(blocks []vhdBlock, length, end uint64, taken []span) error {
	slices.SortFunc(blocks, func(a, b vhdBlock) int { return cmp.Compare(a.sector, b.sector) })
	for i, b := range blocks {
		s := span{uint64(b.sector) * sector, length}
		if s.end() > end {
			return vhdDamaged("entry %d of the block allocation table points to %d bytes at byte %d, but the footer is at byte %d: "+
				"the file is cut off or the table is wrong", b.entry, length, s.at, end)
		}
		if slices.ContainsFunc(taken, func(t span) bool { return overlap(s, t) }) {
			return vhdDamaged("entry %d of the block allocation table points to byte %d, where a table is", b.entry, s.at)
		}
		if i > 0 && overlap(s, span{uint64(blocks[i-1].sector) * sector, length}) {
			return vhdDamaged("entries %d and %d of the block allocation table point to the same bytes, at byte %d",
				blocks[i-1].entry, b.entry, s.at)
		}
	}
	return nil
}
