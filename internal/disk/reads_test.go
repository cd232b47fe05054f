package disk_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/disk"
)

// sparse makes a qcow2 file of a size whose tables are all filled, though its data takes no space.
func sparse(t testing.TB, size, options string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	run(t, filepath.Dir(path), "qemu-img", "create", "-f", "qcow2", "-o", "preallocation=metadata,"+options, path, size)
	file, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file
}

func counted(t testing.TB, file *os.File) (*reads, disk.Info) {
	t.Helper()
	stat, err := file.Stat()
	require.NoError(t, err)
	r := &reads{ReaderAt: file}
	info, err := disk.Check(t.Context(), r, stat.Size(), "")
	require.NoError(t, err)
	return r, info
}

// A read is a request to S3: a full disk of 10 GiB takes a few dozen of them, and no data.
func TestFewReads(t *testing.T) {
	t.Parallel()
	r, info := counted(t, sparse(t, "10G", "cluster_size=64k"))
	require.EqualValues(t, 10<<30, info.Allocated)
	require.LessOrEqual(t, r.number.Load(), int64(20+5+2)) // L2 tables, refcount blocks, the beginning
	require.Less(t, r.bytes.Load(), int64(3<<20))
}

// What a header claims is not believed: memory follows from the size of the file.
func TestClaimsTakeNoMemory(t *testing.T) {
	f := tiny(21, 3)
	f.put64(24, 64<<40)
	f.put32(36, 128)
	f.put32(56, 4) // 8 MiB of refcount table
	file := f.bytes[:64<<10]
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := check(file, "")
	runtime.ReadMemStats(&after)
	requireWrong(t, err, "cut off")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

func BenchmarkCheck(b *testing.B) {
	for _, options := range []string{"cluster_size=64k", "cluster_size=4k", "cluster_size=2M"} {
		b.Run(options, func(b *testing.B) {
			file := sparse(b, "10G", options)
			b.ReportAllocs()
			var r *reads
			for b.Loop() {
				r, _ = counted(b, file)
			}
			b.ReportMetric(float64(r.number.Load()), "reads")
			b.ReportMetric(float64(r.bytes.Load()), "readbytes")
		})
	}
}
