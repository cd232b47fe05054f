package docs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// TestDemo runs the script of `make demo` on the program that `make build` makes, in a folder where nobody has run it.
func TestDemo(t *testing.T) {
	t.Parallel()
	built := filepath.Join(server.Repository(), "bin", "ownsight")
	require.FileExists(t, built, `run "make build" first`)
	r := open(t, "README.md")
	r.checkout(t)
	require.NoError(t, os.Remove(filepath.Join(r.folder, "bin", "ownsight")))
	require.NoError(t, os.Symlink(built, filepath.Join(r.folder, "bin", "ownsight")))

	out := r.must(t, block{name: "demo", language: "sh", text: "examples/demo.sh"})
	require.Regexp(t, `(?m)^\d+ of 100 unseen pictures are right: (100\.0|9[5-9]\.\d) %$`, out)
	page, err := os.ReadFile(filepath.Join(r.folder, "build", "demo", "results.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "data:image/jpeg;base64,", "the pictures are on it")
	require.FileExists(t, filepath.Join(r.folder, "build", "demo", "data", "credentials"), "of the server that is its own")
}
