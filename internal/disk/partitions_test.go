package disk_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/disk"
)

func TestGoodRaw(t *testing.T) {
	const size = 3 << 20
	grown := append(gptDisk(size, 512), make([]byte, 1<<20)...)
	for name, c := range map[string]struct {
		file       []byte
		want       disk.Format
		partitions string
	}{
		"GPT":                          {gptDisk(size, 512), "", "gpt"},
		"GPT of a disk that was grown": {grown, "", "gpt"},
		"GPT of large blocks":          {gptDisk(size, 4096), "", "gpt"},
		"MBR":                          {mbrDisk(), "", "mbr"},
		"no partitions":                {make([]byte, size), disk.Raw, ""},
		"one sector":                   {make([]byte, 512), disk.Raw, ""},
	} {
		t.Run(name, func(t *testing.T) {
			info, err := check(c.file, c.want)
			require.NoError(t, err)
			require.Equal(t, disk.Info{Format: disk.Raw, Size: int64(len(c.file)), VirtualSize: int64(len(c.file)),
				Allocated: int64(len(c.file)), Partitions: c.partitions}, info)
		})
	}
}

// Disks as sfdisk partitions them.
func TestRawOfTools(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		script, partitions string
	}{
		{"label: gpt\nsize=1MiB, type=uefi\nsize=2MiB\n,", "gpt"},
		{"label: dos\nsize=1MiB, bootable\ntype=5\nsize=1MiB\nsize=2MiB", "mbr"},
	} {
		path := put(t, t.TempDir(), "disk", nil)
		require.NoError(t, os.Truncate(path, 64<<20))
		cmd := exec.CommandContext(t.Context(), tool(t, "sfdisk"), "--quiet", path)
		cmd.Stdin = strings.NewReader(c.script)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		info, err := checkFile(t, path, "")
		require.NoError(t, err, c.script)
		require.Equal(t, c.partitions, info.Partitions)
	}
}

func TestBrokenRaw(t *testing.T) {
	const size = 1 << 20
	const backup = size - 512
	little := binary.LittleEndian
	patched := func(patch func(b []byte)) []byte {
		b := gptDisk(size, 512)
		patch(b)
		return b
	}
	// both writes the same into each of the tables, with right checksums.
	both := func(patch func(table []byte)) []byte {
		return patched(func(b []byte) {
			patch(b[1024:])
			patch(b[size-33*512:])
			gptHeader(b, 512, 1, size/512-1, 2)
			gptHeader(b, 512, size/512-1, 1, size/512-33)
		})
	}
	headers := func(patch func(header []byte)) []byte {
		return patched(func(b []byte) {
			for _, h := range [][]byte{b[512:1024], b[backup:]} {
				patch(h)
				gptSum(h)
			}
		})
	}
	mbr := func(first, count uint32) []byte {
		b := mbrDisk()
		mbrEntry(b, 0, 0x83, first, count)
		return b
	}
	for _, c := range []struct {
		name string
		file []byte
		says string
	}{
		{"no partitions", make([]byte, size), "name the format raw; otherwise its beginning is damaged"},
		{"a qcow2 without its magic", append([]byte{0}, v3().bytes[1:]...), "neither a qcow2 nor a VHD file"},
		{"an odd size", append(mbrDisk(), 1, 2, 3), `1048579 bytes, which is no multiple of 512`},
		{"no primary header", patched(func(b []byte) { b[512] = 0 }), "no primary header at byte 512"},
		{"primary header", patched(func(b []byte) { b[512+40]++ }), "the checksum of the primary header at byte 512 is wrong"},
		{"primary table", patched(func(b []byte) { b[1024+40]++ }), "the checksum of the primary table of partitions at byte 1024 is wrong"},
		{"no backup header", patched(func(b []byte) { b[backup] = 0 }), "no backup header at byte 1048064"},
		{"backup header", patched(func(b []byte) { b[backup+40]++ }), "the checksum of the backup header at byte 1048064 is wrong"},
		{"backup table", patched(func(b []byte) { b[size-33*512]++ }), "the checksum of the backup table of partitions"},
		{"backup of large blocks", gptDisk(size, 4096)[:size-4096], "is at block 255 of 4096 bytes, but the disk ends at byte 1044480"},
		{"backup of another disk", patched(func(b []byte) { b[backup+56]++; gptSum(b[backup:]) }), "do not agree"},
		{"cut off", gptDisk(size, 512)[:size-512], "the disk is cut off: the backup of its GPT is at block 2047"},
		{"cut off in the middle", gptDisk(size, 512)[:size/2], "the disk is cut off"},
		{"cut off at once", gptDisk(size, 512)[:1000], "the disk ends at byte 1000, before the primary header"},
		{"the backup at the largest number", patched(func(b []byte) { gptHeader(b, 512, 1, 1<<64-1, 2) }), "the disk is cut off"},
		{"the backup is the primary", patched(func(b []byte) { gptHeader(b, 512, 1, 1, 2) }), "the other one at block 1"},
		{"a long header", headers(func(h []byte) { little.PutUint32(h[12:], 513) }), "says that it has 513 bytes"},
		{"small entries", headers(func(h []byte) { little.PutUint32(h[84:], 64) }), "128 entries of 64 bytes"},
		{"many entries", headers(func(h []byte) { little.PutUint32(h[80:], 1<<32-1) }), "4294967295 entries of 128 bytes"},
		{"a table beyond the end", headers(func(h []byte) { little.PutUint64(h[72:], 2040) }), "no room for them"},
		{"a table beyond everything", headers(func(h []byte) { little.PutUint64(h[72:], 1<<56) }), "no room for them"},
		{"a partition beyond the end", both(func(e []byte) { little.PutUint64(e[128+40:], 2048) }), "partition 2 is said to be from block 128 to 2048"},
		{"a partition backwards", both(func(e []byte) { little.PutUint64(e[40:], 63) }), "partition 1 is said to be from block 64 to 63"},
		{"partitions overlap", both(func(e []byte) { little.PutUint64(e[40:], 128) }), "partitions 1 and 2 overlap, at byte 65536"},
		{"no protective MBR", patched(func(b []byte) { clear(b[:512]) }), "no protective MBR"},
		{"MBR: beyond the end", mbr(64, 1985), "partition 1 ends at byte 1049088, but the disk ends at byte 1048576"},
		{"MBR: far beyond the end", mbr(1<<32-1, 1<<32-1), "partition 1 ends at byte"},
		{"MBR: in the MBR", mbr(0, 10), "partition 1 begins at byte 0"},
		{"MBR: overlap", mbr(64, 1001), "partitions 1 and 2 overlap, at byte 544768"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := check(c.file, "")
			requireWrong(t, err, c.says)
		})
	}
}

// What sgdisk repairs, is repaired.
func TestRemedyOfGPT(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := put(t, folder, "disk", gptDisk(1<<20, 512)[:1<<20-512])
	_, err := checkFile(t, path, "")
	requireWrong(t, err, `run "sgdisk -e FILE"`)
	require.NoError(t, os.Truncate(path, 1<<20-512+512*40))
	run(t, folder, "sgdisk", "-e", filepath.Base(path))
	_, err = checkFile(t, path, "")
	require.NoError(t, err)
}
