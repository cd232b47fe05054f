// Package disk recognises disk files (qcow2, VHD, raw) and checks that they are whole: that every byte which a machine
// may ask for is where the file says, and that nothing in the file is used for two things.
//
// A file is read through an [io.ReaderAt] whose reads are dear (ranged requests to S3), so tables are read in runs of up
// to 1 MiB, each of them once, and data never. What is read, and what memory that takes, follows from the size of the
// file, not from what its header claims.
package disk

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// Format is how a disk is laid out in a file.
type Format string

// The formats that can be checked.
const (
	Qcow2 Format = "qcow2" // QEMU; versions 2 and 3
	VHD   Format = "vhd"   // Hyper-V, Azure; fixed and dynamic, not VHDX
	Raw   Format = "raw"   // the disk's bytes as they are
)

// sector is the unit of disks and of most tables, in bytes.
const sector = 512

// Info describes a disk file that is in order.
type Info struct {
	Format      Format
	Size        int64 // bytes of the file
	VirtualSize int64 // bytes that a machine sees, a multiple of 512
	Allocated   int64 // bytes of data in the file, compressed as they are; the rest reads as zeros. VirtualSize where every byte is there

	// Partitions is "gpt", "mbr", or "" for a disk without a partition table. It is "" too where the table is among
	// the data, which is not read: in qcow2 and dynamic VHD.
	Partitions string
}

// Error says that a disk file is wrong, rather than that reading it failed: what, where, and what its owner can do.
type Error struct {
	Message string // one sentence for the owner of the file
}

func (e *Error) Error() string { return e.Message }

func errorf(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...)}
}

// Check recognises a disk file of a size in bytes and checks it. A file that is not of the format that is wanted is
// refused; with "" for it any format will do, but then a raw disk must show that it is one by a partition table.
//
// It calls r.ReadAt from several goroutines at a time. Whatever is wrong with the file is an [*Error]; any other error is
// one of r, wrapped, or of ctx, and says nothing about the file.
func Check(ctx context.Context, r io.ReaderAt, size int64, want Format) (Info, error) {
	switch want {
	case "", Qcow2, VHD, Raw:
	default:
		return Info{}, errorf("%.40q is not a format of disk files: it must be qcow2, vhd or raw", want)
	}
	if size <= 0 {
		return Info{}, errorf("the disk file is empty: upload it again")
	}
	f, err := open(ctx, r, size)
	if err != nil {
		return Info{}, err
	}
	format, err := f.recognise(want)
	if err != nil {
		return Info{}, err
	}
	var info Info
	switch format {
	case Qcow2:
		info, err = checkQcow2(ctx, f)
	case VHD:
		info, err = checkVHD(ctx, f)
	default:
		info, err = checkRaw(ctx, f, want)
	}
	if err != nil {
		return Info{}, err
	}
	info.Format, info.Size = format, size
	return info, nil
}

// recognise tells the format of a file by its first and last bytes.
func (f *file) recognise(want Format) (Format, error) {
	format := Raw
	switch {
	case bytes.HasPrefix(f.head, []byte(qcow2Magic)) && !bytes.HasPrefix(f.head, []byte(qcow1Magic)):
		format = Qcow2
	case bytes.HasPrefix(f.head, []byte(vhdCookie)), bytes.HasPrefix(f.last(sector), []byte(vhdCookie)):
		format = VHD
	default:
		if err := f.refuseForeign(want); err != nil {
			return "", err
		}
	}
	switch {
	case want == "" || want == format:
		return format, nil
	case format != Raw:
		return "", errorf("the file is said to be %s but is a %s file: name that format, or none", want, format)
	case want == Qcow2:
		return "", errorf("the file is not qcow2, for it does not begin with that format's magic bytes: " +
			`name its real format, or write it anew with "qemu-img convert -O qcow2 FILE NEW"`)
	}
	return "", errorf("the file is not a whole VHD file, for its last %d bytes are not that format's footer: "+
		"upload it again, or name its real format", sector)
}

// checkRaw checks a raw disk. Without a partition table it is one only because its owner says so, else a file of any
// other format with a broken beginning would pass.
func checkRaw(ctx context.Context, f *file, want Format) (Info, error) {
	partitions, err := f.checkPartitions(ctx, f.size)
	if err != nil {
		return Info{}, err
	}
	if partitions == "" && want != Raw {
		return Info{}, errorf("the file is neither a qcow2 nor a VHD file, nor a raw disk with a partition table (GPT or MBR): " +
			"if it is a raw disk without one, name the format raw; otherwise its beginning is damaged, so upload it again")
	}
	if f.size%sector != 0 {
		return Info{}, errorf("the raw disk has %d bytes, which is no multiple of %d: it is cut off, so upload it again, "+
			`or fill it up with "qemu-img resize -f raw FILE %d"`, f.size, sector, roundUp(f.size, sector))
	}
	return Info{VirtualSize: int64(f.size), Allocated: int64(f.size), Partitions: partitions}, nil
}
