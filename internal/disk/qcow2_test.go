package disk_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/disk"
)

// Files as QEMU writes them, by the options of qemu-img create and the commands of qemu-io after it.
var goodQcow2 = []struct {
	name, options string
	size          int64
	commands      []string
}{
	{"version 2", "compat=0.10", 64 << 20, []string{"write 0 3M", "write 40M 100k"}},
	{"version 3", "compat=1.1", 64 << 20, []string{"write 0 3M", "write 40M 100k"}},
	{"clusters of 512 bytes", "cluster_size=512", 8 << 20, []string{"write 0 1M", "write 3M 64k"}},
	{"clusters of 4 KiB", "cluster_size=4k", 64 << 20, []string{"write 5M 3M", "write 1000 5000"}},
	{"clusters of 2 MiB", "cluster_size=2M", 1 << 30, []string{"write 0 1", "write 700M 5M"}},
	{"subclusters", "extended_l2=on,cluster_size=128k", 64 << 20, []string{"write 4k 4k", "write 10M 2M", "write -z 11M 20k", "discard 10M 64k"}},
	{"subclusters of 16 KiB clusters", "extended_l2=on,cluster_size=16k", 64 << 20, []string{"write 512 512", "write 10M 2M", "write -zu 11M 200k"}},
	{"metadata ahead", "preallocation=metadata", 33 << 20, []string{"write 1M 1M"}},
	{"metadata and subclusters ahead", "preallocation=metadata,extended_l2=on", 33 << 20, []string{"write 1M 1M"}},
	{"space ahead", "preallocation=falloc", 5 << 20, nil},
	{"all ahead", "preallocation=full", 5 << 20, nil},
	{"zero clusters", "compat=1.1", 64 << 20, []string{"write 0 10M", "write -z 1M 2M", "write -zu 4M 2M", "write -z 50M 1M"}},
	{"discarded", "compat=1.1", 64 << 20, []string{"write 0 10M", "discard 1M 2M", "discard 9M 1M", "write 1M 64k"}},
	{"lazy counts", "lazy_refcounts=on", 64 << 20, []string{"write 0 10M", "flush"}},
	{"counts of 1 bit", "refcount_bits=1", 64 << 20, []string{"write 0 10M"}},
	{"counts of 2 bits", "refcount_bits=2,cluster_size=4k", 64 << 20, []string{"write 0 10M"}},
	{"counts of 4 bits", "refcount_bits=4", 64 << 20, []string{"write 0 10M"}},
	{"counts of 8 bits", "refcount_bits=8", 64 << 20, []string{"write 0 10M"}},
	{"counts of 32 bits", "refcount_bits=32", 64 << 20, []string{"write 0 10M"}},
	{"counts of 64 bits", "refcount_bits=64,cluster_size=512", 8 << 20, []string{"write 0 1M"}},
	{"an odd end", "compat=1.1", 1025 << 10, []string{"write 1048064 1536"}},
	{"an odd end, metadata ahead", "preallocation=metadata,cluster_size=2M", 3145216, nil},
	{"1 TiB", "compat=1.1", 1 << 40, []string{"write 0 64k", "write 1000G 1M", "write 1099511562240 64k"}},
	{"1 TiB of small clusters", "cluster_size=4k", 1 << 40, []string{"write 1000G 1M"}},
	{"nothing", "compat=1.1", 1 << 30, nil},
	{"63 TiB", "cluster_size=2M", 63 << 40, []string{"write 62T 1M"}},
}

func TestGoodQcow2(t *testing.T) {
	t.Parallel()
	for _, c := range goodQcow2 {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			run(t, folder, "qemu-img", "create", "-f", "qcow2", "-o", c.options, "disk", fmt.Sprint(c.size))
			if len(c.commands) > 0 {
				args := []string{"-t", "unsafe", "-d", "unmap"}
				for _, command := range c.commands {
					args = append(args, "-c", command)
				}
				run(t, folder, "qemu-io", append(args, "disk")...)
			}
			info := requireGood(t, filepath.Join(folder, "disk"))
			require.Equal(t, c.size, info.VirtualSize)
		})
	}
}

func TestResizedQcow2(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	run(t, folder, "qemu-img", "create", "-f", "qcow2", "-o", "cluster_size=16k", "disk", "10M")
	run(t, folder, "qemu-io", "-c", "write 0 10M", "disk")
	for _, size := range []int64{400 << 20, 5<<20 + 512} { // a larger L1 table, and data taken off
		run(t, folder, "qemu-img", "resize", "--shrink", "disk", fmt.Sprint(size))
		require.Equal(t, size, requireGood(t, filepath.Join(folder, "disk")).VirtualSize)
	}
}

// requireGood demands that we and qemu-img find a qcow2 file in order.
func requireGood(t *testing.T, path string) disk.Info {
	t.Helper()
	info, err := checkFile(t, path, disk.Qcow2)
	require.NoError(t, err)
	require.Zero(t, qemuCheck(t, path))
	return info
}

// qemuCheck gives the exit status of qemu-img check: 0 all right, 2 corrupt, 3 leaked clusters, 1 cannot be opened.
func qemuCheck(t *testing.T, path string) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, "qemu-img"), "check", "-q", "-f", "qcow2", path)
	if err := cmd.Run(); err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	return cmd.ProcessState.ExitCode()
}

func TestConvertedQcow2(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	content := make([]byte, 10<<20)
	random := rand.NewChaCha8([32]byte{1})
	for at := 0; at < len(content); at += 3 << 20 { // half of it compresses well, the rest not at all
		if _, err := random.Read(content[at:min(len(content), at+1<<20)]); err != nil {
			t.Fatal(err)
		}
		copy(content[at+1<<20:min(len(content), at+2<<20)], bytes.Repeat([]byte("abcdefgh"), 1<<17))
	}
	put(t, folder, "raw", content)
	for _, options := range [][]string{
		{},
		{"-o", "compat=0.10"},
		{"-c"},
		{"-c", "-o", "compat=0.10"},
		{"-c", "-o", "compression_type=zstd"},
		{"-c", "-o", "cluster_size=4k"},
		{"-c", "-o", "cluster_size=2M,compression_type=zstd"},
		{"-c", "-o", "extended_l2=on"},
		{"-S", "4k", "-o", "cluster_size=512"},
	} {
		t.Run(fmt.Sprint(options), func(t *testing.T) {
			name := filepath.Base(t.Name())
			run(t, folder, "qemu-img", slices.Concat([]string{"convert", "-t", "unsafe", "-O", "qcow2"}, options, []string{"raw", name})...)
			info := requireGood(t, filepath.Join(folder, name))
			require.EqualValues(t, len(content), info.VirtualSize)
			if len(options) > 0 && options[0] == "-c" {
				require.Less(t, info.Allocated, int64(6<<20))
			} else {
				require.Greater(t, info.Allocated, int64(6<<20))
			}
			run(t, folder, "qemu-io", "-c", "write 5M 300k", "-c", "discard 6M 1M", name)
			requireGood(t, filepath.Join(folder, name))
		})
	}
}

// What qemu-img finds in order, because it can be used, but an image must not be.
func TestRefusedQcow2(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	run(t, folder, "qemu-img", "create", "-f", "qcow2", "base", "8M")
	for _, c := range []struct {
		says string
		args []string
		then []string
	}{
		{"has a backing file (base)", []string{"-b", "base", "-F", "qcow2"}, nil},
		{"is encrypted", []string{"--object", "secret,id=s,data=secret", "-o", "encrypt.format=aes,encrypt.key-secret=s"}, nil},
		{"has its data in another file", []string{"-o", "data_file=data"}, nil},
		{"holds 1 internal snapshots", nil, []string{"snapshot", "-c", "before"}},
		{"holds dirty bitmaps", nil, []string{"bitmap", "--add"}},
	} {
		run(t, folder, "qemu-img", slices.Concat([]string{"create", "-f", "qcow2"}, c.args, []string{"disk", "8M"})...)
		if c.then != nil {
			args := append(c.then, "disk")
			if c.then[0] == "bitmap" {
				args = append(args, "bitmap0")
			}
			run(t, folder, "qemu-img", args...)
		}
		_, err := checkFile(t, filepath.Join(folder, "disk"), "")
		requireWrong(t, err, c.says)
	}
	run(t, folder, "qemu-img", "create", "-f", "qcow2", "disk", "8M")
	run(t, folder, "qemu-img", "snapshot", "-c", "before", "disk")
	run(t, folder, "qemu-io", "-c", "write 0 1M", "disk")
	run(t, folder, "qemu-img", "snapshot", "-d", "before", "disk")
	requireGood(t, filepath.Join(folder, "disk"))
}

// brokenQcow2 are tiny files that are changed in one place. Of those that are stricter than qemu-img, it says nothing.
var brokenQcow2 = []struct {
	name     string
	file     func() tinyFile
	patch    func(f tinyFile)
	says     string
	stricter bool
}{
	{"a version of the future", v3, func(f tinyFile) { f.put32(4, 4) }, "version 4", false},
	{"too small clusters", v3, func(f tinyFile) { f.put32(20, 8) }, "cluster_bits, at byte 20, is 8", false},
	{"too large clusters", v3, func(f tinyFile) { f.put32(20, 22) }, "cluster_bits", false},
	{"a short header", v3, func(f tinyFile) { f.put32(100, 96) }, "length of the header", false},
	{"a long header", v3, func(f tinyFile) { f.put32(100, 1<<20) }, "length of the header", false},
	{"an extension without room", v3, func(f tinyFile) { f.put32(112, 5); f.put32(116, 393) },
		"the header extension 0x5 at byte 112", false},
	{"an unknown feature", v3, func(f tinyFile) { f.put64(72, 1<<5) }, "features that are not known here", false},
	{"dirty", v3, func(f tinyFile) { f.put64(72, 1) }, "marked as dirty", true},
	{"corrupt", v3, func(f tinyFile) { f.put64(72, 2) }, "marked as corrupt", true},
	{"compression by nothing", v3, func(f tinyFile) { f.put64(72, 8) }, "type of compression", false},
	{"compression by something", v3, func(f tinyFile) { f.bytes[104] = 1 }, "type of compression", false},
	{"compression by the unknown", v3, func(f tinyFile) { f.put64(72, 8); f.bytes[104] = 2 }, "type of compression", false},
	{"too large counts", v3, func(f tinyFile) { f.put32(96, 7) }, "refcount_order", false},
	{"subclusters of too small clusters", v3, func(f tinyFile) { f.put64(72, 16) }, "extended L2 entries in clusters of 512", false},
	{"an unknown encryption", v3, func(f tinyFile) { f.put32(32, 3) }, "encrypted", false},
	{"no size", v3, func(f tinyFile) { f.put64(24, 0) }, "size of the disk", true},
	{"an odd size", v3, func(f tinyFile) { f.put64(24, 4095) }, "size of the disk", true},
	{"1 EiB", v3, func(f tinyFile) { f.put64(24, 1<<60) }, "size of the disk", false},
	{"a size beyond the L1 table", v3, func(f tinyFile) { f.put64(24, 1<<30) }, "the L1 table has 1 entries", false},
	{"an L1 table of 32 GiB", v3, func(f tinyFile) { f.put32(36, 1<<32-1) }, "the L1 table has 4294967295 entries", false},
	{"an L1 table beyond the end", v3, func(f tinyFile) { f.put64(40, 1<<20) }, "the L1 table begins at byte 1048576", false},
	{"an L1 table beyond everything", v3, func(f tinyFile) { f.put64(40, 1<<63) }, "the L1 table begins", false},
	{"an L1 table out of line", v3, func(f tinyFile) { f.put64(40, 520) }, "no multiple of the cluster size", false},
	{"the L1 table in the header", v3, func(f tinyFile) { f.put64(40, 0) }, "where something else is", false},
	{"no refcount table", v3, func(f tinyFile) { f.put32(56, 0) }, "the refcount table has 0 bytes", false},
	{"a refcount table beyond the end", v3, func(f tinyFile) { f.put32(56, 5) }, "the refcount table begins", false},
	{"a refcount table of 2 TiB", v3, func(f tinyFile) { f.put32(56, 1<<32-1) }, "the refcount table has", false},
	{"the refcount table in the L1 table", v3, func(f tinyFile) { f.put64(48, 512) }, "where something else is", false},

	{"L1: beyond the end", v3, func(f tinyFile) { f.put64(f.l1, 8*512|copied) }, "entry 0 of the L1 table points to an L2 table", false},
	{"L1: out of line", tiny1k, func(f tinyFile) { f.put64(f.l1, uint64(f.l2+512)|copied) }, "no place of an L2 table", false},
	{"L1: reserved bits", v3, func(f tinyFile) { f.put64(f.l1, uint64(f.l2)|copied|1) }, "no place of an L2 table", false},
	{"L1: a flag alone", v3, func(f tinyFile) { f.put64(f.l1, copied) }, "no place of an L2 table", false},
	{"L1: the header", v3, func(f tinyFile) { f.put64(f.l1, uint64(f.refTable)|copied) }, "where something else is", false},
	{"L1: not copied", v3, func(f tinyFile) { f.put64(f.l1, uint64(f.l2)) }, `the flag "copied"`, false},

	{"L2: beyond the end", v3, func(f tinyFile) { f.put64(f.l2, 8*512|copied) },
		"entry 0 of the L2 table at byte 1024 points to 512 bytes of data at byte 4096", false},
	{"L2: far beyond the end", v3, func(f tinyFile) { f.put64(f.l2, 1<<50|copied) }, "but the file ends at byte 3584", false},
	{"L2: out of line", tiny1k, func(f tinyFile) { f.put64(f.l2, uint64(f.data+512)|copied) }, "no place of a cluster", false},
	{"L2: reserved bits", v3, func(f tinyFile) { f.put64(f.l2, uint64(f.data)|copied|2) }, "no place of a cluster", false},
	{"L2: zero in version 2", v2, func(f tinyFile) { f.put64(f.l2, uint64(f.data)|copied|1) }, "no place of a cluster", true},
	{"L2: a flag alone", v3, func(f tinyFile) { f.put64(f.l2+8, copied) }, "has no place but holds data", true},
	{"L2: twice the same", v3, func(f tinyFile) { f.put64(f.l2+8, uint64(f.data)|copied) },
		"entry 1 of the L2 table at byte 1024 points to byte 2560, where something else is", false},
	{"L2: twice the same, and counted", v3, func(f tinyFile) {
		f.put64(f.l2, uint64(f.data))
		f.put64(f.l2+8, uint64(f.data))
		f.count(5, 2)
	}, "where something else is", true},
	{"L2: the L1 table", v3, func(f tinyFile) { f.put64(f.l2+8, uint64(f.l1)|copied) }, "where something else is", false},
	{"L2: the refcount block", v3, func(f tinyFile) { f.put64(f.l2, uint64(f.refBlock)|copied) },
		"entry 0 of the refcount table points to byte 2048, where something else is", false},
	{"L2: not copied", v3, func(f tinyFile) { f.put64(f.l2, uint64(f.data)) }, `the flag "copied"`, false},
	{"L2: copied but shared", v3, func(f tinyFile) { f.count(5, 2) }, `the flag "copied"`, false},

	{"subclusters: data and zeros", tinyExtended, func(f tinyFile) { f.put64(f.l2+8, 1<<32|1) },
		"hold data and read as zeros at once", false},
	{"subclusters: data of nowhere", tinyExtended, func(f tinyFile) { f.put64(f.l2+40, 1) }, "has no place but holds data", false},
	{"subclusters: the old zero", tinyExtended, func(f tinyFile) { f.put64(f.l2, uint64(f.data)|copied|1) }, "no place of a cluster", true},

	{"compressed: copied", compressed, func(f tinyFile) { f.put64(f.l2+16, 3<<62|uint64(f.data+f.cluster)) },
		"has flags of one that is not", false},
	{"compressed: beyond the end", compressed, func(f tinyFile) { f.put64(f.l2+16, 1<<62|uint64(9*f.cluster)) },
		"of compressed data at byte 9216", false},
	{"compressed: into the data", compressed, func(f tinyFile) { f.put64(f.l2+16, 1<<62|uint64(f.data)) },
		"of compressed data at byte 5120, where something else is", false},
	{"compressed: counted once", compressed, func(f tinyFile) { f.count(6, 1) }, "used 2 times, but its reference count is 1", false},
	{"compressed: subclusters", func() tinyFile { f := tinyExtended(); f.put64(f.l2+32, 0); return f }, func(f tinyFile) {
		f.put64(f.l2+16, 1<<62|uint64(f.data+f.cluster))
	}, "has flags of one that is not", false},

	{"counts: data is free", v3, func(f tinyFile) { f.count(6, 0) },
		"the cluster at byte 3072 is used 1 times, but its reference count is 0", false},
	{"counts: the header is free", v3, func(f tinyFile) { f.count(0, 0) }, "the cluster at byte 0 is used", false},
	{"counts: the block is free", v3, func(f tinyFile) { f.count(4, 0) }, "the cluster at byte 2048 is used", false},
	{"counts: no block", v3, func(f tinyFile) { f.put64(f.refTable, 0) },
		"the cluster at byte 0 is used 1 times, but its reference count is 0", false},
	{"counts: a block beyond the end", v3, func(f tinyFile) { f.put64(f.refTable, 1<<20) },
		"entry 0 of the refcount table points to a refcount block", false},
	{"counts: a block out of line", tiny1k, func(f tinyFile) { f.put64(f.refTable, uint64(f.refBlock+512)) },
		"no place of a refcount block", false},
	{"counts: reserved bits", v3, func(f tinyFile) { f.put64(f.refTable, uint64(f.refBlock+1)) }, "no place of a refcount block", false},
	{"counts: a block twice", v3, func(f tinyFile) { f.put64(f.refTable+8, uint64(f.refBlock)) },
		"entry 1 of the refcount table points to byte 2048, where something else is", false},
}

func v2() tinyFile     { return tiny(9, 2) }
func v3() tinyFile     { return tiny(9, 3) }
func tiny1k() tinyFile { return tiny(10, 3) }

func compressed() tinyFile {
	f := tiny1k()
	f.compress()
	return f
}

func TestBrokenQcow2(t *testing.T) {
	t.Parallel()
	for _, c := range brokenQcow2 {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := c.file()
			_, err := check(f.bytes, "")
			require.NoError(t, err)
			c.patch(f)
			_, err = check(f.bytes, "")
			requireWrong(t, err, c.says)
			status := qemuCheck(t, put(t, t.TempDir(), "disk", f.bytes))
			if c.stricter {
				require.Zero(t, status, "qemu-img knows it: no longer stricter")
			} else {
				require.Contains(t, []int{1, 2}, status)
			}
		})
	}
}

// Clusters that are counted but not used are no error, for qemu-img neither.
func TestLeakedClustersAreFine(t *testing.T) {
	f := v3()
	f.put64(f.l2, 0)
	_, err := check(f.bytes, "")
	require.NoError(t, err)
	require.Equal(t, 3, qemuCheck(t, put(t, t.TempDir(), "disk", f.bytes)))
}

// Wherever a file is cut off, it is found.
func TestCutOffQcow2(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	run(t, folder, "qemu-img", "create", "-f", "qcow2", "-o", "cluster_size=4k", "disk", "1M")
	run(t, folder, "qemu-io", "-c", "write 0 500k", "disk")
	whole, err := os.ReadFile(filepath.Join(folder, "disk"))
	require.NoError(t, err)
	for length := 1; length < len(whole); length += 997 {
		_, err := check(whole[:length], "")
		var wrong *disk.Error
		require.ErrorAs(t, err, &wrong, "%d bytes of %d", length, len(whole))
	}
	_, err = check(whole[:len(whole)-1], "")
	requireWrong(t, err, "is cut off or damaged")
}

// A bit or a word of a table is changed, in files of all kinds: what we find, qemu-img finds, and the reverse.
func TestDamageIsWhatQemuSays(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	folder := t.TempDir()
	for i := range damages() {
		f := []func() tinyFile{v2, v3, tiny1k, tinyExtended, compressed}[i%5]()
		tables := []int{f.l1, f.l2, f.l2, f.l2 + f.entrySize, f.l2 + 2*f.entrySize, f.refTable, f.refBlock, f.refBlock + 8}
		at := tables[random.IntN(len(tables))]
		entry := f.bytes[at : at+8]
		before := bytes.Clone(entry)
		switch random.IntN(3) {
		case 0:
			entry[random.IntN(8)] ^= 1 << random.IntN(8)
		case 1:
			f.put64(at, random.Uint64())
		case 2:
			f.put64(at, uint64(random.IntN(9)*f.cluster)|copied*uint64(random.IntN(2)))
		}
		_, err := check(f.bytes, "")
		status := qemuCheck(t, put(t, folder, "disk", f.bytes))
		said := fmt.Sprintf("number %d: %x -> %x at %d: qemu-img %d, we %v", i, before, entry, at, status, err)
		switch {
		case err == nil:
			require.Contains(t, []int{0, 3}, status, said)
		case status == 0 || status == 3:
			require.Regexp(t, stricter, err, said)
		}
	}
}

// What only we call an error: a flag without a place, and a zero flag where the format has none. (With more damages, also a
// cluster that is data twice, and counted so.)
const stricter = `has no place but holds data|is no place of a cluster`

func damages() int {
	if testing.Short() {
		return 10
	}
	return 60
}
