//go:build !embedded

package assets

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFilesOfTheBuildFolder(t *testing.T) {
	path, err := Library()
	require.NoError(t, err)
	require.Equal(t, "libonnxruntime.so."+RuntimeVersion, filepath.Base(path))
	file, err := Backbone()
	require.NoError(t, err)
	require.NoError(t, check("backbone", file, BackboneSum))
}

func TestMissingAndDamagedFilesSayWhatToDo(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("OWNSIGHT_ASSETS", folder)
	_, err := Library()
	require.ErrorContains(t, err, `run "make assets" first`)

	require.NoError(t, os.Mkdir(filepath.Join(folder, "assets"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "assets/lite0.onnx"), []byte("x"), 0o644))
	_, err = Backbone()
	require.ErrorContains(t, err, "has SHA-256")
	require.ErrorContains(t, err, `delete it and run "make assets"`)
}

func TestOutsideTheSourceTree(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := Backbone()
	require.ErrorContains(t, err, `build it with "make build"`)
}
