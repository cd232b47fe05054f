package disk_test

import (
	"bytes"
	"errors"
	"testing"

	"ownsight/internal/disk"
)

// FuzzCheck changes words of the tables of good files, with right checksums after that, and reads bytes that are no file.
func FuzzCheck(f *testing.F) {
	qcow2 := func(file tinyFile) fuzzed {
		at := []int{0, 24, 48, 72, 96, 112, file.l1, file.l2, file.refTable, file.refBlock}
		return fuzzed{file.bytes, at, func([]byte) {}}
	}
	const size = 64 << 10
	dynamic := dynamicVHD()
	files := []fuzzed{
		qcow2(v2()), qcow2(v3()), qcow2(tiny1k()), qcow2(compressed()), qcow2(tinyExtended()),
		{mbrDisk(), []int{446, 454, 462, 470}, func([]byte) {}},
		{gptDisk(size, 512), []int{446, 512, 536, 560, 584, 1024, 1056, 1152, 1184, size - 512, size - 488, size - 33*512, size - 33*512 + 32},
			func(b []byte) {
				gptSum(b[512:])
				gptSum(b[size-512:])
			}},
		{dynamic, []int{vhdHeader, vhdHeader + 16, vhdHeader + 24, vhdTable, vhdTable + 8,
			len(dynamic) - 512, len(dynamic) - 496, len(dynamic) - 464},
			func(b []byte) {
				vhdSum(b[vhdHeader:vhdHeader+1024], 36)
				vhdSum(b[len(b)-512:], 64)
				copy(b, b[len(b)-512:])
			}},
	}
	for i := range files {
		f.Add(uint8(i), []byte{0, 0, 0, 0, 0, 0, 0, 0, 0}, uint32(0))
		f.Add(uint8(i), []byte{6, 0x80, 0, 0, 0, 0, 0, 2, 0, 7, 0, 0, 0, 0, 0, 0, 2, 0}, uint32(512))
	}
	f.Add(uint8(len(files)), v3().bytes[:112], uint32(0))
	f.Add(uint8(len(files)), vhdFooter(3, 1<<20, 512), uint32(0))
	f.Fuzz(func(t *testing.T, kind uint8, changes []byte, cutOff uint32) {
		if int(kind) == len(files) {
			requireBounded(t, changes)
			return
		}
		from := files[int(kind)%len(files)]
		file := bytes.Clone(from.file)
		for ; len(changes) >= 9; changes = changes[9:] { // where, and what is changed in a word there and in the next
			at := from.at[int(changes[0]>>1)%len(from.at)] + int(changes[0]&1)*8
			for i := range min(8, len(file)-at) {
				file[at+i] ^= changes[1+i]
			}
		}
		from.sum(file)
		requireBounded(t, file[:len(file)-int(cutOff)%len(file)])
	})
}

// fuzzed is a file, where its words are that matter, and how its checksums are made right.
type fuzzed struct {
	file []byte
	at   []int
	sum  func(file []byte)
}

// requireBounded demands that all that comes of a file is an answer or a [*disk.Error], after each byte of the file was read a
// few times at most.
func requireBounded(t *testing.T, file []byte) {
	for _, want := range []disk.Format{"", disk.Raw} {
		r := &reads{ReaderAt: bytes.NewReader(file)}
		info, err := disk.Check(t.Context(), r, int64(len(file)), want)
		var wrong *disk.Error
		switch {
		case err != nil && !errors.As(err, &wrong):
			t.Fatalf("not about the file: %v", err)
		case err == nil && (info.VirtualSize <= 0 || info.VirtualSize%512 != 0 || info.Size != int64(len(file)) || info.Allocated < 0):
			t.Fatalf("%+v", info)
		}
		if most := int64(len(file))/512 + 8; r.number.Load() > most {
			t.Fatalf("%d reads of %d bytes", r.number.Load(), len(file))
		}
		if most := 2*int64(len(file)) + 2<<20; r.bytes.Load() > most {
			t.Fatalf("%d bytes were read of %d", r.bytes.Load(), len(file))
		}
	}
}
