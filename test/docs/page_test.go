// Package docs runs what the guide, the page on the command line and the README tell people to type, as it stands there, against
// real servers.
//
// In docs/ every fenced block in a language that can be run says in a comment before it what becomes of it:
//
//	<!-- run: NAME -->                 a test runs it by that name, and looks at what it prints
//	<!-- checked: NAME, REASON -->     it needs what a test cannot have, such as an account of AWS; it is looked at only
//
// Blocks of text and json are what is read or printed.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

func TestMain(m *testing.M) { server.Main(m) }

// block is one of a page.
type block struct {
	name     string
	reason   string // why it cannot be run; empty for those that are
	language string
	text     string
}

var (
	marked  = regexp.MustCompile("(?m)^<!-- (run|checked): ([a-z0-9-]+)(?:, ([^\n]+))? -->\n```([a-z]+)\n((?:.*\n)*?)```$")
	fence   = regexp.MustCompile("(?m)^ *```([a-z]+)$")
	written = []string{"text", "json"} // languages of what is only read
)

// page reads a page of the repository.
func page(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(server.Repository(), path))
	require.NoError(t, err)
	return string(b)
}

// blocks lists the marked blocks of a page.
func blocks(t testing.TB, path string) (list []block) {
	t.Helper()
	for _, found := range marked.FindAllStringSubmatch(page(t, path), -1) {
		require.Equal(t, found[1] == "checked", found[3] != "", "%s: %s: a block that is only checked says why, and no other does", path, found[2])
		list = append(list, block{name: found[2], reason: found[3], language: found[4], text: found[5]})
	}
	return list
}

// find gives a block by its name.
func find(t testing.TB, path, name string) block {
	t.Helper()
	for _, b := range blocks(t, path) {
		if b.name == name {
			return b
		}
	}
	require.Fail(t, "no such block", "%s has no block named %s", path, name)
	return block{}
}

// pages are all that have marked blocks.
func pages(t testing.TB) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(server.Repository(), "docs", "guide", "*.md"))
	require.NoError(t, err)
	list = append(list, filepath.Join(server.Repository(), "docs", "commandline.md"))
	for i := range list {
		list[i] = strings.TrimPrefix(list[i], server.Repository()+"/")
	}
	return list
}
