package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// known are the blocks that no test runs. Their comments on the pages say why.
var known = []string{"ask-dotnet", "backbone-export", "onnx-browser-code", "onnx-browser-packages", "onnx-go-code",
	"onnx-python-code"}

// TestEveryBlockIsRun demands that no page has a block that could be run and that no test runs.
func TestEveryBlockIsRun(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var source strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		source.Write(b)
	}
	var checked []string
	names := map[string]string{}
	for _, path := range pages(t) {
		all := 0
		for _, found := range fence.FindAllStringSubmatch(page(t, path), -1) {
			if !slices.Contains(written, found[1]) {
				all++
			}
		}
		list := blocks(t, path)
		require.Len(t, list, all, "%s: every block of commands says whether it is run", path)
		for _, b := range list {
			require.Empty(t, names[b.name], "%s has a block named %s, too", path, b.name)
			names[b.name] = path
			if b.reason != "" {
				checked = append(checked, b.name)
				syntax(t, b)
				continue
			}
			require.True(t, strings.Contains(source.String(), `"`+b.name+`"`), "%s: no test runs the block %s", path, b.name)
		}
	}
	require.ElementsMatch(t, known, checked)
}

// TestLinksLeadSomewhere follows the links from the guide to files of the repository.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, path := range append(pages(t), "README.md") {
		for _, target := range links(page(t, path)) {
			require.FileExists(t, pathOf(path, target), "%s links to %s", path, target)
		}
	}
}

// links are those to other files.
func links(text string) (list []string) {
	for _, rest := range strings.Split(text, "](")[1:] {
		target, _, _ := strings.Cut(rest, ")")
		target, _, _ = strings.Cut(target, "#")
		if target != "" && !strings.Contains(target, "://") {
			list = append(list, target)
		}
	}
	return list
}

// pathOf is where a link of a page leads: a folder stands for itself.
func pathOf(page, target string) string {
	full := filepath.Join(server.Repository(), filepath.Dir(page), target)
	if info, err := os.Stat(full); err == nil && info.IsDir() {
		entries, err := os.ReadDir(full)
		if err == nil && len(entries) > 0 {
			return filepath.Join(full, entries[0].Name())
		}
	}
	return full
}

// syntax demands that a shell or Python can read a block.
func syntax(t *testing.T, b block) {
	t.Helper()
	reads := map[string][]string{"sh": {"bash", "-n", "-c", b.text}, "python": {"python3", "-c", "import ast, sys; ast.parse(sys.argv[1])", b.text}}
	if reads[b.language] == nil {
		return
	}
	out, err := exec.Command(reads[b.language][0], reads[b.language][1:]...).CombinedOutput()
	require.NoError(t, err, "%s: %s", b.name, out)
}
