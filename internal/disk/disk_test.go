package disk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/disk"
)

// reads counts what is read.
type reads struct {
	io.ReaderAt
	number, bytes atomic.Int64
}

func (r *reads) ReadAt(b []byte, at int64) (int, error) {
	r.number.Add(1)
	r.bytes.Add(int64(len(b)))
	return r.ReaderAt.ReadAt(b, at)
}

func check(file []byte, want disk.Format) (disk.Info, error) {
	return disk.Check(context.Background(), bytes.NewReader(file), int64(len(file)), want)
}

func checkFile(t *testing.T, path string, want disk.Format) (disk.Info, error) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	stat, err := f.Stat()
	require.NoError(t, err)
	return disk.Check(t.Context(), f, stat.Size(), want)
}

// requireWrong demands an error about the file that says something.
func requireWrong(t *testing.T, err error, says string) {
	t.Helper()
	var wrong *disk.Error
	require.ErrorAs(t, err, &wrong)
	require.Contains(t, wrong.Message, says)
}

// tool finds a program that is not ours, or skips the test.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf(`%s is not installed: run "make test", which installs it`, name)
	}
	return path
}

// run runs a program in a folder.
func run(t testing.TB, folder, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, name), args...)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), out)
}

func put(t *testing.T, folder, name string, file []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return path
}

func TestForeignFilesAreNamed(t *testing.T) {
	at := func(offset int, magic string) []byte {
		file := make([]byte, 64<<10)
		copy(file[offset:], magic)
		return file
	}
	for _, c := range []struct {
		file []byte
		says string
	}{
		{at(0, "vhdxfile"), "a VHDX file, which is not supported: write it anew with \"qemu-img convert -O qcow2"},
		{at(0, "KDMV"), "VMDK"},
		{at(0, "# Disk DescriptorFile\n"), "without its data"},
		{at(0x40, "\x7f\x10\xda\xbe"), "VDI"},
		{at(0, "QFI\xfb\x00\x00\x00\x01"), "qcow file of version 1"},
		{at(0, "\x1f\x8b\x08"), "gunzip"},
		{at(0, "\xfd7zXZ\x00"), "unxz"},
		{at(0, "\x28\xb5\x2f\xfd"), "unzstd"},
		{at(257, "ustar"), "OVA"},
		{at(32769, "CD001"), "ISO 9660"},
	} {
		for _, want := range []disk.Format{"", disk.Qcow2} {
			_, err := check(c.file, want)
			requireWrong(t, err, c.says)
		}
	}
	_, err := check(at(32769, "CD001"), disk.Raw)
	require.NoError(t, err, "what is left of a CD outside the partitions of a raw disk")
	_, err = check(at(0, "vhdxfile"), disk.Raw)
	requireWrong(t, err, "VHDX")
}

func TestForeignFilesOfQemu(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for format, name := range map[string]string{
		"vhdx": "VHDX", "vmdk": "VMDK", "vdi": "VDI", "qcow": "qcow file of version 1", "qed": "QED", "parallels": "Parallels",
	} {
		run(t, folder, "qemu-img", "create", "-f", format, format, "8M")
		_, err := checkFile(t, filepath.Join(folder, format), "")
		requireWrong(t, err, name)
	}
}

func TestFormatMustBeTheOneThatIsWanted(t *testing.T) {
	qcow2, fixed, raw := tiny(9, 3).bytes, fixedVHD(), mbrDisk()
	for _, c := range []struct {
		file []byte
		want disk.Format
		says string
	}{
		{qcow2, disk.Raw, "is said to be raw but is a qcow2 file"},
		{qcow2, disk.VHD, "is said to be vhd but is a qcow2 file"},
		{fixed, disk.Raw, "is said to be raw but is a vhd file"},
		{fixed, disk.Qcow2, "is said to be qcow2 but is a vhd file"},
		{raw, disk.Qcow2, "does not begin with that format's magic bytes"},
		{raw, disk.VHD, "last 512 bytes are not that format's footer"},
		{raw, "vmdk", `"vmdk" is not a format`},
		{nil, "", "is empty"},
	} {
		_, err := check(c.file, c.want)
		requireWrong(t, err, c.says)
	}
	for format, file := range map[disk.Format][]byte{disk.Qcow2: qcow2, disk.VHD: fixed, disk.Raw: raw} {
		for _, want := range []disk.Format{"", format} {
			info, err := check(file, want)
			require.NoError(t, err)
			require.Equal(t, format, info.Format)
			require.EqualValues(t, len(file), info.Size)
		}
	}
}

// A failure to read is the caller's to repeat; it says nothing about the file.
func TestReadErrorsAreNotTheFiles(t *testing.T) {
	broken := errors.New("connection reset")
	for _, file := range [][]byte{tiny(16, 3).bytes, dynamicVHD(), gptDisk(1<<20, 512)} {
		whole := &reads{ReaderAt: bytes.NewReader(file)}
		_, err := disk.Check(t.Context(), whole, int64(len(file)), "")
		require.NoError(t, err)
		for good := range whole.number.Load() {
			_, err := disk.Check(t.Context(), &failing{bytes.NewReader(file), good, broken}, int64(len(file)), "")
			require.ErrorIs(t, err, broken)
			var wrong *disk.Error
			require.False(t, errors.As(err, &wrong))
		}
		// An object that became shorter.
		_, err = disk.Check(t.Context(), bytes.NewReader(file[:len(file)/2]), int64(len(file)), "")
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		_, err = disk.Check(ctx, bytes.NewReader(file), int64(len(file)), "")
		require.ErrorIs(t, err, context.Canceled)
	}
}

// failing fails after a number of reads.
type failing struct {
	io.ReaderAt
	good int64
	err  error
}

func (f *failing) ReadAt(b []byte, at int64) (int, error) {
	if atomic.AddInt64(&f.good, -1) < 0 {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(b, at)
}
