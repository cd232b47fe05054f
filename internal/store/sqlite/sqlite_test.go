package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/store"
	"ownsight/internal/store/sqlite"
	"ownsight/internal/store/storetest"
)

func open(t testing.TB, path string) *store.Store {
	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, filepath.Join(t.TempDir(), "state.db")) })
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) *store.Store { return open(b, filepath.Join(b.TempDir(), "state.db")) })
}

func TestFilesAreTheOwnersOnly(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "a name?with #signs%.db"))
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error { return tx.Accounts().Create(t.Context(), "1", time.Now()) }))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 3, "the file, its log and the log's index")
	for _, file := range files {
		info, err := file.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), file.Name())
	}
}

func TestSettings(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		require.NoError(t, s.DB().QueryRow("PRAGMA "+pragma).Scan(&got))
		require.Equal(t, want, got, pragma)
	}
}

// Another process, here a second store, sees what the first has committed and writes to the same file.
func TestTwoProcesses(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "state.db")
	for i, s := range []*store.Store{open(t, path), open(t, path)} {
		require.NoError(t, s.Write(ctx, func(tx *store.Tx) error {
			list, err := tx.Accounts().List(ctx)
			require.NoError(t, err)
			require.Len(t, list, i)
			return tx.Accounts().Create(ctx, string(rune('a'+i)), time.Now())
		}))
	}
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	ctx := t.Context()
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, s.Write(ctx, func(tx *store.Tx) error {
		require.NoError(t, tx.Accounts().Create(ctx, "1", time.Now()))
		return s.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.Accounts().List(ctx)
			require.Empty(t, list)
			return err
		})
	}))
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	open(t, path)
	db, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	_, err = db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	_, err = sqlite.Open(t.Context(), path)
	require.ErrorContains(t, err, "schema version 9999")
}
