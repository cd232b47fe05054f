package objects

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/versity/versitygw/backend/meta"
)

// TestLargeAttributes keeps values that no file system's attributes have room for, through everything that can happen to an
// object.
func TestLargeAttributes(t *testing.T) {
	root := t.TempDir()
	a := attributes{folder: filepath.Join(t.TempDir(), "large")}
	bucket := filepath.Join(root, "bucket")
	for _, object := range []string{"old", "new"} {
		require.NoError(t, os.MkdirAll(filepath.Join(bucket, object), 0o700))
	}
	if err := a.StoreAttribute(nil, bucket, "old", "small", []byte("1")); err != nil {
		t.Skipf("this file system has no extended attributes: %v", err)
	}
	requireValue := func(object string, want []byte) {
		t.Helper()
		got, err := a.RetrieveAttribute(nil, bucket, object, "large")
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got))
	}
	first, second := bytes.Repeat([]byte("a"), 100_000), bytes.Repeat([]byte("b"), 70_000)
	for _, value := range [][]byte{first, second, first, []byte("small again"), []byte(elsewhere + "which no value may pretend"), second} {
		require.NoError(t, a.StoreAttribute(nil, bucket, "old", "large", value))
		requireValue("old", value)
	}
	list, err := a.ListAttributes(bucket, "old")
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"small", "large"}, list)

	require.NoError(t, os.Remove(filepath.Join(bucket, "new")))
	require.NoError(t, os.Rename(filepath.Join(bucket, "old"), filepath.Join(bucket, "new")))
	require.NoError(t, a.RenameObject(bucket, "old", "new"))
	require.NoError(t, a.RenameObject(bucket, "nothing", "new2"))
	requireValue("new", second)

	files, err := filepath.Glob(filepath.Join(a.files(bucket, "new"), "*"))
	require.NoError(t, err)
	for _, file := range files {
		require.NoError(t, os.WriteFile(file, []byte("spoilt"), 0o600))
	}
	_, err = a.RetrieveAttribute(nil, bucket, "new", "large")
	require.ErrorContains(t, err, "damaged")
	require.NoError(t, a.DeleteAttributes(bucket, "new"))
	require.NoDirExists(t, a.files(bucket, "new"))
	_, err = a.RetrieveAttribute(nil, bucket, "new", "large")
	require.ErrorIs(t, err, meta.ErrNoSuchKey)
	require.NoError(t, a.DeleteAttribute(bucket, "new", "large"))
	_, err = a.RetrieveAttribute(nil, bucket, "new", "large")
	require.ErrorIs(t, err, meta.ErrNoSuchKey)
}
