package disk

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"
)

const (
	mbrTable      = 446 // where the four partitions of an MBR are, 16 bytes each
	mbrSignature  = "\x55\xaa"
	mbrProtective = 0xee // the type of partition that says "this disk has a GPT"
)

// partition is a part of a disk, from its first to its last block.
type partition struct {
	number      int // from 1, as tools count
	first, last uint64
}

// checkPartitions checks the table of partitions of a raw disk that is the first length bytes of the file: "gpt", "mbr", or
// "" for a disk without one. The logical partitions inside an extended one of an MBR are not looked at.
func (f *file) checkPartitions(ctx context.Context, length uint64) (string, error) {
	if length < sector {
		return "", nil
	}
	partitions, protective := readMBR(f.head[:sector])
	hasGPT := func(block uint64) bool {
		return length >= 2*block && strings.HasPrefix(string(f.head[block:]), gptSignature)
	}
	switch {
	case protective && !hasGPT(sector) && hasGPT(4096):
		return "gpt", f.checkGPT(ctx, length, 4096)
	case protective:
		return "gpt", f.checkGPT(ctx, length, sector)
	case len(partitions) > 0:
		return "mbr", checkMBR(partitions, length)
	case hasGPT(sector):
		return "", errorf("the disk has a GPT but no protective MBR at byte 0, without which it is not looked at: " +
			`upload the file again, or write one with "gdisk FILE"`)
	}
	return "", nil
}

// readMBR gives the partitions of a master boot record, or none where the sector is something else, such as the beginning
// of a file system, which has the same signature.
func readMBR(b []byte) (partitions []partition, protective bool) {
	if string(b[sector-len(mbrSignature):]) != mbrSignature {
		return nil, false
	}
	for i := range 4 {
		e := b[mbrTable+16*i:]
		if e[0]&0x7f != 0 {
			return nil, false
		}
		first, count := binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint32(e[12:])
		if e[4] == 0 || count == 0 {
			continue
		}
		protective = protective || e[4] == mbrProtective
		partitions = append(partitions, partition{i + 1, uint64(first), uint64(first) + uint64(count) - 1})
	}
	return partitions, protective
}

func checkMBR(partitions []partition, length uint64) error {
	for _, p := range partitions {
		if p.last >= length/sector {
			return errorf("the disk is cut off or its MBR is damaged: partition %d ends at byte %d, but the disk ends at byte %d; "+
				`upload the file again, or correct it with "sfdisk FILE"`, p.number, (p.last+1)*sector, length)
		}
		if p.first == 0 {
			return errorf("the MBR of the disk is damaged: partition %d begins at byte 0, where the MBR is; "+
				`upload the file again, or correct it with "sfdisk FILE"`, p.number)
		}
	}
	return checkOverlap("MBR", partitions, sector)
}

// checkOverlap sees that no two partitions share a block of the disk.
func checkOverlap(table string, partitions []partition, block uint64) error {
	slices.SortFunc(partitions, func(a, b partition) int { return cmp.Compare(a.first, b.first) })
	for i, p := range partitions[min(1, len(partitions)):] {
		if before := partitions[i]; p.first <= before.last {
			return errorf("the %s of the disk is damaged: partitions %d and %d overlap, at byte %d; "+
				`upload the file again, or correct it with "sfdisk FILE"`, table, before.number, p.number, p.first*block)
		}
	}
	return nil
}
