package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// TestAReleaseHasTheConsole builds the console where there is no Node.js: a program for oneself goes without it, a release fails.
func TestAReleaseHasTheConsole(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(filepath.Join(server.Repository(), "tools", "console.sh"))
	require.NoError(t, err)
	bin := t.TempDir()
	for _, program := range []string{"bash", "dirname", "find"} {
		path, err := exec.LookPath(program)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(path, filepath.Join(bin, program)))
	}
	build := func(environ ...string) (before bool, out string, err error) {
		root := t.TempDir()
		page := filepath.Join(root, "internal", "console", "files", "index.html.gz")
		require.NoError(t, os.MkdirAll(filepath.Dir(page), 0o700))
		require.NoError(t, os.Mkdir(filepath.Join(root, "tools"), 0o700))
		require.NoError(t, os.WriteFile(page, []byte("of an earlier build"), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(root, "tools", "console.sh"), script, 0o700))
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "bash"), filepath.Join(root, "tools", "console.sh"))
		cmd.Env = append(environ, "PATH="+bin)
		said, err := cmd.CombinedOutput()
		_, gone := os.Stat(page)
		return gone == nil, string(said), err
	}
	stays, out, err := build()
	require.NoError(t, err, out)
	require.Contains(t, out, "the console is left out: it takes Node.js")
	require.False(t, stays, "it is not that of these sources")

	_, out, err = build("VERSION=1.0")
	require.Error(t, err)
	require.Contains(t, out, "a release (1.0) has the console: it takes Node.js")
}
