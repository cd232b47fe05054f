package disk_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/disk"
)

func TestGoodVHD(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	put(t, folder, "raw", gptDisk(20<<20, 512))
	for _, c := range []struct {
		options string
		exact   bool
	}{{"subformat=dynamic", false}, {"subformat=dynamic,force_size=on", true}, {"subformat=fixed", false}, {"subformat=fixed,force_size=on", true}} {
		run(t, folder, "qemu-img", "convert", "-O", "vpc", "-o", c.options, "raw", "disk")
		info, err := checkFile(t, filepath.Join(folder, "disk"), "")
		require.NoError(t, err, c.options)
		require.Equal(t, disk.VHD, info.Format)
		if c.exact {
			require.EqualValues(t, 20<<20, info.VirtualSize)
		} else {
			require.GreaterOrEqual(t, info.VirtualSize, int64(20<<20))
		}
		if c.options[10] == 'f' {
			require.Equal(t, "gpt", info.Partitions)
			require.Equal(t, info.VirtualSize, info.Allocated)
		} else {
			require.EqualValues(t, 4<<20, info.Allocated) // both ends of the table of partitions, a block of 2 MiB each
		}
	}
	// The largest that there is, with the last block used.
	run(t, folder, "qemu-img", "create", "-f", "vpc", "-o", "force_size=on", "large", "2040G")
	run(t, folder, "qemu-io", "-f", "vpc", "-c", "write 2039G 1M", "-c", "write 0 64k", "large")
	info, err := checkFile(t, filepath.Join(folder, "large"), "")
	require.NoError(t, err)
	require.EqualValues(t, 2040<<30, info.VirtualSize)
	require.EqualValues(t, 4<<20, info.Allocated)
	// Both of ours are files that QEMU reads.
	for _, file := range [][]byte{fixedVHD(), dynamicVHD()} {
		put(t, folder, "ours", file)
		run(t, folder, "qemu-img", "convert", "-f", "vpc", "-O", "raw", "ours", "out")
		info, err := check(file, disk.VHD)
		require.NoError(t, err)
		out, err := os.Stat(filepath.Join(folder, "out"))
		require.NoError(t, err)
		require.Equal(t, out.Size(), info.VirtualSize)
	}
}

func TestBrokenVHD(t *testing.T) {
	const fixedSize = 1 << 20
	footer := func(file []byte, change func(foot []byte)) { // and its copy, with right checksums
		change(file[len(file)-512:])
		vhdSum(file[len(file)-512:], 64)
		if string(file[:8]) == "conectix" {
			copy(file, file[len(file)-512:])
		}
	}
	header := func(file []byte, change func(header []byte)) {
		change(file[vhdHeader : vhdHeader+1024])
		vhdSum(file[vhdHeader:vhdHeader+1024], 36)
	}
	big := binary.BigEndian
	for _, c := range []struct {
		name  string
		file  []byte
		patch func(b []byte) []byte
		says  string
	}{
		{"checksum", fixedVHD(), func(b []byte) []byte { b[fixedSize+50]++; return b }, "the checksum of the footer at byte 1048576 is wrong"},
		{"version", fixedVHD(), func(b []byte) []byte {
			footer(b, func(f []byte) { f[13] = 2 })
			return b
		}, "version 2.0"},
		{"type", fixedVHD(), func(b []byte) []byte {
			footer(b, func(f []byte) { f[63] = 5 })
			return b
		}, "type of disk in the footer at byte 1048576 is 5"},
		{"differencing", dynamicVHD(), func(b []byte) []byte {
			footer(b, func(f []byte) { f[63] = 4 })
			return b
		}, "differencing disk"},
		{"odd size", fixedVHD(), func(b []byte) []byte {
			footer(b, func(f []byte) { f[55] = 1 })
			return b
		}, "size of the disk in the footer"},
		{"too large", dynamicVHD(), func(b []byte) []byte {
			footer(b, func(f []byte) { big.PutUint64(f[48:], 2040<<30+512) })
			return b
		}, "size of the disk in the footer"},
		{"fixed, cut off in the middle", fixedVHD(), func(b []byte) []byte { return append(b[:fixedSize/2], b[fixedSize:]...) },
			"says that the disk has 1048576 bytes, but 524288 bytes are before the footer"},
		{"cut off", dynamicVHD(), func(b []byte) []byte { return b[:len(b)-512] }, "there is no footer at byte"},
		{"something appended", dynamicVHD(), func(b []byte) []byte { return append(b, make([]byte, 512)...) }, "something was appended"},
		{"a footer alone", fixedVHD(), func(b []byte) []byte { return b[fixedSize:] }, "but 0 bytes are before the footer"},
		{"half a footer", dynamicVHD(), func(b []byte) []byte { return b[:100] }, "fewer than its footer alone"},
		{"no copy", dynamicVHD(), func(b []byte) []byte { b[0]++; return b }, "no footer at byte 0"},
		{"copy of another", dynamicVHD(), func(b []byte) []byte {
			b[55], b[54] = 0, b[54]+2
			vhdSum(b[:512], 64)
			return b
		}, "do not agree"},
		{"header beyond the end", dynamicVHD(), func(b []byte) []byte {
			footer(b, func(f []byte) { big.PutUint64(f[16:], 1<<40) })
			return b
		}, "the dynamic header is said to be at byte 1099511627776"},
		{"header at the largest number", dynamicVHD(), func(b []byte) []byte {
			footer(b, func(f []byte) { big.PutUint64(f[16:], 1<<64-512) })
			return b
		}, "the dynamic header is said to be"},
		{"header elsewhere", dynamicVHD(), func(b []byte) []byte {
			footer(b, func(f []byte) { big.PutUint64(f[16:], 4096) })
			return b
		}, "the dynamic header at byte 4096, or its checksum, is wrong"},
		{"header checksum", dynamicVHD(), func(b []byte) []byte { b[vhdHeader+40]++; return b }, "or its checksum, is wrong"},
		{"header version", dynamicVHD(), func(b []byte) []byte {
			header(b, func(h []byte) { h[25] = 3 })
			return b
		}, "dynamic header at byte 512 is of version 3.0"},
		{"block size", dynamicVHD(), func(b []byte) []byte {
			header(b, func(h []byte) { h[35] = 1 })
			return b
		}, "a block has 524289 bytes"},
		{"small table", dynamicVHD(), func(b []byte) []byte {
			header(b, func(h []byte) { h[31] = 3 })
			return b
		}, "table has 3 entries, where a disk of 2097152 bytes needs 4"},
		{"huge table", dynamicVHD(), func(b []byte) []byte {
			header(b, func(h []byte) { big.PutUint32(h[28:], 1<<32-1) })
			return b
		}, "table is said to have 17179869180 bytes"},
		{"table in the header", dynamicVHD(), func(b []byte) []byte {
			header(b, func(h []byte) { big.PutUint64(h[16:], 1024) })
			return b
		}, "where there is no room for it"},
		{"table beyond everything", dynamicVHD(), func(b []byte) []byte {
			header(b, func(h []byte) { big.PutUint64(h[16:], 1<<64-512) })
			return b
		}, "where there is no room for it"},
		{"block beyond the end", dynamicVHD(), func(b []byte) []byte {
			big.PutUint32(b[vhdTable+8:], big.Uint32(b[vhdTable+8:])+1)
			return b
		}, "entry 2 of the block allocation table points to 524800 bytes"},
		{"block in a table", dynamicVHD(), func(b []byte) []byte { big.PutUint32(b[vhdTable:], 3); return b },
			"entry 0 of the block allocation table points to byte 1536, where a table is"},
		{"block in a block", dynamicVHD(), func(b []byte) []byte { big.PutUint32(b[vhdTable+4:], vhdBlocks/512+9); return b },
			"point to the same bytes"},
		{"cut off, but with a footer", dynamicVHD(), func(b []byte) []byte { return append(b[:len(b)/2/512*512:len(b)/2/512*512], b[len(b)-512:]...) },
			"the file is cut off or the table is wrong"},
		{"partition beyond a fixed disk", fixedVHD(), func(b []byte) []byte { mbrEntry(b, 1, 0x83, 1064, 985); return b },
			"partition 2 ends at byte"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := check(c.file, "")
			require.NoError(t, err)
			_, err = check(c.patch(c.file), "")
			requireWrong(t, err, c.says)
		})
	}
	// Without its footer a fixed one is a raw disk, and not what its owner says.
	_, err := check(fixedVHD()[:fixedSize], disk.VHD)
	requireWrong(t, err, "are not that format's footer")
}
