//go:build embedded

package assets

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLibraryIsUnpackedAndRepaired(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	path, err := Library()
	require.NoError(t, err)
	require.Equal(t, filepath.Join(cache, "ownsight"), filepath.Dir(path))
	before, err := os.Stat(path)
	require.NoError(t, err)

	again, err := Library()
	require.NoError(t, err)
	require.Equal(t, path, again)
	after, err := os.Stat(path)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "a good file is not written again")

	require.NoError(t, os.WriteFile(path, []byte("damaged"), 0o600))
	_, err = Library()
	require.NoError(t, err)
	sum, err := LibrarySum()
	require.NoError(t, err)
	require.NoError(t, checkFile(path, sum))
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestLibraryIsNotUnpackedWhereOthersWrite(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	require.NoError(t, os.Mkdir(filepath.Join(cache, "ownsight"), 0o700))
	require.NoError(t, os.Chmod(filepath.Join(cache, "ownsight"), 0o777))
	_, err := Library()
	require.ErrorContains(t, err, "is not owned and written by this user alone")
}

func TestBackboneIsTheOneThatIsPinned(t *testing.T) {
	_, err := Backbone()
	require.NoError(t, err)
}
