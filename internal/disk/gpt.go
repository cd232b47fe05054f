package disk

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// UEFI Specification 2.10, section 5.3.
const (
	gptSignature = "EFI PART"
	gptMinHeader = 92
	gptMinEntry  = 128
	gptMaxTable  = 1 << 20 // bytes of entries; 16 KiB is what programs write
)

// gptHeader is one of the two headers of a GUID partition table. Places are in blocks of the disk.
type gptHeader struct {
	name        string // "primary" or "backup"
	my, other   uint64
	first, last uint64 // where partitions may be
	disk        [16]byte
	table       uint64
	count, size uint32 // of entries; the size is in bytes
	tableSum    uint32
}

// checkGPT checks both headers and both tables of a disk of a length in bytes whose blocks have block bytes. The backup need
// not be at the very end, for disks are often made larger after they were partitioned.
func (f *file) checkGPT(ctx context.Context, length, block uint64) error {
	primary, err := f.readGPTHeader(ctx, "primary", 1, length, block)
	if err != nil {
		return err
	}
	if primary.other >= length/block {
		return errorf("the disk is cut off: the backup of its GPT is at block %d of %d bytes, but the disk ends at byte %d; "+
			`upload the file again, or, where only empty space is missing, run "sgdisk -e FILE"`, primary.other, block, length)
	}
	if err := f.checkGPTTable(ctx, primary, length, block); err != nil {
		return err
	}
	backup, err := f.readGPTHeader(ctx, "backup", primary.other, length, block)
	if err != nil {
		return err
	}
	// But for the places, the two are alike.
	alike := backup
	alike.name, alike.my, alike.other, alike.table = primary.name, backup.other, backup.my, primary.table
	if alike != primary {
		return errorf("the primary GPT header at byte %d and the backup at byte %d do not agree; "+gptRemedy, block, backup.my*block)
	}
	return f.checkGPTTable(ctx, backup, length, block)
}

const gptRemedy = `upload the file again, or make both anew from the right one with "gdisk FILE"`

func gptDamaged(format string, args ...any) error {
	return errorf("the GPT of the disk is damaged: "+format+"; "+gptRemedy, args...)
}

// readGPTHeader reads the header in block number at, which is on the disk.
func (f *file) readGPTHeader(ctx context.Context, name string, at, length, block uint64) (gptHeader, error) {
	if length/block <= at {
		return gptHeader{}, gptDamaged("the disk ends at byte %d, before the %s header", length, name)
	}
	b, err := f.read(ctx, span{at * block, block})
	if err != nil {
		return gptHeader{}, err
	}
	if !strings.HasPrefix(string(b), gptSignature) {
		return gptHeader{}, gptDamaged("there is no %s header at byte %d", name, at*block)
	}
	size := binary.LittleEndian.Uint32(b[12:])
	if size < gptMinHeader || uint64(size) > block {
		return gptHeader{}, gptDamaged("the %s header at byte %d says that it has %d bytes", name, at*block, size)
	}
	if binary.LittleEndian.Uint32(b[16:]) != headerSum(b[:size]) {
		return gptHeader{}, gptDamaged("the checksum of the %s header at byte %d is wrong", name, at*block)
	}
	h := gptHeader{
		name: name, my: binary.LittleEndian.Uint64(b[24:]), other: binary.LittleEndian.Uint64(b[32:]),
		first: binary.LittleEndian.Uint64(b[40:]), last: binary.LittleEndian.Uint64(b[48:]), disk: [16]byte(b[56:72]),
		table: binary.LittleEndian.Uint64(b[72:]), count: binary.LittleEndian.Uint32(b[80:]), size: binary.LittleEndian.Uint32(b[84:]),
		tableSum: binary.LittleEndian.Uint32(b[88:]),
	}
	switch {
	case h.my != at || h.other == at:
		return gptHeader{}, gptDamaged("the %s header at byte %d says that it is at block %d and the other one at block %d",
			name, at*block, h.my, h.other)
	case h.size < gptMinEntry || h.size&(h.size-1) != 0 || uint64(h.count)*uint64(h.size) > gptMaxTable:
		return gptHeader{}, gptDamaged("the %s header at byte %d says that it has %d entries of %d bytes", name, at*block, h.count, h.size)
	}
	return h, nil
}

// headerSum gives the checksum of a header, which counts as 0 itself.
func headerSum(b []byte) uint32 {
	sum := crc32.ChecksumIEEE(b[:16])
	sum = crc32.Update(sum, crc32.IEEETable, make([]byte, 4))
	return crc32.Update(sum, crc32.IEEETable, b[20:])
}

// checkGPTTable checks the partitions that a header points to.
func (f *file) checkGPTTable(ctx context.Context, h gptHeader, length, block uint64) error {
	size := uint64(h.count) * uint64(h.size)
	if h.table < 2 || h.table > length/block || length-h.table*block < size {
		return gptDamaged("the %s header says that the partitions are at block %d of %d bytes, where there is no room for them",
			h.name, h.table, block)
	}
	b, err := f.read(ctx, span{h.table * block, size})
	if err != nil {
		return err
	}
	if crc32.ChecksumIEEE(b) != h.tableSum {
		return gptDamaged("the checksum of the %s table of partitions at byte %d is wrong", h.name, h.table*block)
	}
	var partitions []partition
	for i := range int(h.count) {
		e := b[i*int(h.size):]
		if [16]byte(e[:16]) == [16]byte{} {
			continue
		}
		p := partition{i + 1, binary.LittleEndian.Uint64(e[32:]), binary.LittleEndian.Uint64(e[40:])}
		if p.first > p.last || p.first < h.first || p.last > h.last || p.last >= length/block {
			return gptDamaged("partition %d is said to be from block %d to %d, but the disk ends at byte %d and has partitions from block %d to %d",
				p.number, p.first, p.last, length, h.first, h.last)
		}
		partitions = append(partitions, p)
	}
	return checkOverlap("GPT", partitions, block)
}
