package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ownsight/internal/config"
	"ownsight/internal/store"
	"ownsight/internal/store/sqlite"
)

// folderOf makes a data folder with an account and some objects, which a server still has open.
func folderOf(t *testing.T) (c config.Config, state *store.Store) {
	t.Helper()
	c = config.Default()
	c.Data = filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.MkdirAll(filepath.Join(c.Data, "s3", "bucket", "deep"), 0o700))
	for name, content := range map[string]string{"s3/bucket/deep/stays": "1", "s3/bucket/goes": "22", "node": "node-A", "server.lock": "", "credentials": "secret"} {
		require.NoError(t, os.WriteFile(filepath.Join(c.Data, name), []byte(content), 0o600))
	}
	var err error
	state, err = sqlite.Open(t.Context(), filepath.Join(c.Data, "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { state.Close() })
	addAccount(t, state, "111111111111")
	return c, state
}

func addAccount(t *testing.T, state *store.Store, id string) {
	t.Helper()
	require.NoError(t, state.Write(t.Context(), func(tx *store.Tx) error { return tx.Accounts().Create(t.Context(), id, time.Now()) }))
}

func setAttribute(t *testing.T, path, value string) {
	t.Helper()
	if err := unix.Setxattr(path, "user.etag", []byte(value), 0); err != nil {
		t.Skipf("this file system has no extended attributes: %v", err)
	}
}

func attribute(t *testing.T, path string) string {
	t.Helper()
	found, err := attributes(path)
	require.NoError(t, err)
	return string(found["user.etag"])
}

func contents(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// TestBackupTakesObjectsTwice changes things between the passes: what the copy of the database may speak of is in the copy.
func TestBackupTakesObjectsTwice(t *testing.T) {
	c, state := folderOf(t)
	bucket := filepath.Join(c.Data, "s3", "bucket")
	setAttribute(t, bucket, "of the bucket")
	setAttribute(t, filepath.Join(bucket, "goes"), "1")
	backup := filepath.Join(t.TempDir(), "backup")
	var stages []string
	require.NoError(t, Backup(t.Context(), c, backup, func(stage string) {
		stages = append(stages, stage)
		if stage == "database" {
			require.NoError(t, os.WriteFile(filepath.Join(bucket, "comes"), []byte("333"), 0o600))
			addAccount(t, state, "222222222222")
			require.NoError(t, os.Remove(filepath.Join(bucket, "goes")))
		}
		if stage == "check of the database" {
			addAccount(t, state, "333333333333")
		}
	}))
	require.Equal(t, []string{"objects", "database", "check of the database", "objects again"}, stages)
	require.NoFileExists(t, filepath.Join(backup, "node"), "two servers of one name would take each other's jobs")
	require.NoFileExists(t, filepath.Join(backup, "server.lock"))

	data := filepath.Join(t.TempDir(), "restored")
	require.NoError(t, Restore(t.Context(), backup, data, func(string) {}))
	for name, content := range map[string]string{"deep/stays": "1", "goes": "22", "comes": "333"} {
		require.Equal(t, content, contents(t, filepath.Join(data, "s3", "bucket", name)))
	}
	require.Equal(t, "of the bucket", attribute(t, filepath.Join(data, "s3", "bucket")))
	require.Equal(t, "1", attribute(t, filepath.Join(data, "s3", "bucket", "goes")))
	for name, mode := range map[string]os.FileMode{"state.db": 0o600, "credentials": 0o600} {
		info, err := os.Stat(filepath.Join(data, name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), name)
	}
	restored, err := sqlite.Open(t.Context(), filepath.Join(data, "state.db"))
	require.NoError(t, err)
	defer restored.Close()
	require.NoError(t, restored.Read(t.Context(), func(tx *store.Tx) error {
		list, err := tx.Accounts().List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 2, "of one moment, between the passes")
		return nil
	}))
}

// TestBackupAgain brings an earlier one up to date.
func TestBackupAgain(t *testing.T) {
	c, _ := folderOf(t)
	object := filepath.Join(c.Data, "s3", "bucket", "goes")
	setAttribute(t, object, "1")
	backup := filepath.Join(t.TempDir(), "backup")
	copied := filepath.Join(backup, "s3", "bucket", "goes")
	again := func() { require.NoError(t, Backup(t.Context(), c, backup, func(string) {})) }
	again()
	before, err := os.Stat(copied)
	require.NoError(t, err)
	setAttribute(t, object, "2") // as when an object is tagged
	again()
	after, err := os.Stat(copied)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "it was not copied anew")
	require.Equal(t, "2", attribute(t, copied))

	require.NoError(t, unix.Removexattr(object, "user.etag"))
	require.NoError(t, os.WriteFile(object, []byte("other"), 0o600))
	again()
	require.Equal(t, "other", contents(t, copied))
	require.Empty(t, attribute(t, copied))
}

func TestBackupsThatCannotBe(t *testing.T) {
	c, _ := folderOf(t)
	none := func(string) {}
	require.ErrorContains(t, Backup(t.Context(), c, filepath.Join(c.Data, "s3", "backup"), none), "lies in the data folder")
	require.NoDirExists(t, filepath.Join(c.Data, "s3", "backup"))
	cluster := c
	cluster.Database = "postgres:///state"
	require.ErrorContains(t, Backup(t.Context(), cluster, t.TempDir(), none), "PostgreSQL")
	elsewhere := c
	elsewhere.Data = t.TempDir()
	require.ErrorIs(t, Backup(t.Context(), elsewhere, t.TempDir(), none), os.ErrNotExist, "there is no server's data")

	backup := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, Backup(t.Context(), c, backup, none))
	require.ErrorContains(t, Restore(t.Context(), backup, c.Data, none), "not empty")
	require.ErrorIs(t, Restore(t.Context(), t.TempDir(), t.TempDir(), none), os.ErrNotExist)
	state := filepath.Join(backup, "state.db")
	info, err := os.Stat(state)
	require.NoError(t, err)
	f, err := os.OpenFile(state, os.O_WRONLY, 0)
	require.NoError(t, err)
	junk := make([]byte, 16<<10)
	for i := range junk {
		junk[i] = 0xa5
	}
	_, err = f.WriteAt(junk, info.Size()/2)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Error(t, Restore(t.Context(), backup, filepath.Join(t.TempDir(), "new"), none), "it is damaged")
}
