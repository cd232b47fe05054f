package docs

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
	"ownsight/test/corpus"
)

const commandLinePage = "docs/commandline.md"

// TestEveryCommandIsThere holds the page's table against the program: what the table names is there, and what is there the
// table names.
func TestEveryCommandIsThere(t *testing.T) {
	t.Parallel()
	r := open(t, commandLinePage)
	help := func(command string) string {
		return r.must(t, block{name: command, language: "sh", text: "ownsight " + command + " --help"})
	}
	_, table, _ := strings.Cut(page(t, commandLinePage), "|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	named := map[string]bool{}
	listed := regexp.MustCompile(`(?m)^  ([a-z]+) `)
	for _, row := range strings.Split(table, "\n") {
		group := ""
		for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
			words := strings.TrimSpace(regexp.MustCompile(`^(?:[a-z]+\b ?)+`).FindString(found[1]))
			if last := strings.LastIndex(words, " "); last >= 0 {
				group = words[:last+1]
			} else {
				words = group + words
			}
			named[strings.Fields(words)[0]] = true
			require.Contains(t, help(words), "ownsight "+words, "a command that is not there has the help of the one above it")
		}
	}
	_, commands, _ := strings.Cut(help(""), "Available Commands:\n")
	for _, found := range listed.FindAllStringSubmatch(commands, -1) {
		if found[1] != "help" && found[1] != "version" {
			require.True(t, named[found[1]], "the table does not name %s", found[1])
		}
	}

	for command, code := range map[string]int{"version": 0, "detect nothing nothing.jpg": 1, "nonsense": 2, "detect": 2} {
		got, _, problems := r.run(t, block{name: command, language: "sh", text: "ownsight " + command})
		require.Equal(t, code, got, "%s: %s", command, problems)
	}
}

// TestCommandLine runs the blocks of the page.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	pictures := corpus.Pictures("tar/", 3, draw.Good, draw.Rust)
	s, c, _ := trained(t, "photos", pictures, pictures[:4], pictures[4:])

	r := open(t, commandLinePage)
	r.at(t, s)
	r.follow(t, "archive")
	layout := regexp.MustCompile("(?s)```text\n(manifest.json .*?)```").FindStringSubmatch(page(t, commandLinePage))[1]
	files := members(t, filepath.Join(r.folder, "photos.tar"))
	for _, want := range regexp.MustCompile(`(?m)^(\S+?)(?:, (\S+))? `).FindAllStringSubmatch(layout+" ", -1) {
		for _, name := range want[1:] {
			if name = strings.Replace(name, "VERSION", "v1", 1); name != "" {
				require.Regexp(t, `(?m)^`+regexp.QuoteMeta(name), files)
			}
		}
	}
	for _, name := range regexp.MustCompile(`[A-Z]\w+\.(?:onnx|json|html)`).FindAllString(layout, -1) {
		require.Contains(t, files, "models/v1/"+name+"\n")
	}
	require.Equal(t, len(pictures), strings.Count(files, "pictures/"))
	require.Len(t, datasets(t, c, "photos-2026"), 2)

	r.has(t, "inbox", pictures[:4])
	c.Bucket(t, "line-3")
	for _, p := range pictures[4:] {
		c.Put(t, "line-3", "2026-11/"+filepath.Base(p.Key), p.File)
	}
	r.follow(t, "very-many")
	answers, err := os.ReadFile(filepath.Join(r.folder, "answers.jsonl"))
	require.NoError(t, err)
	require.Equal(t, len(pictures), strings.Count(string(answers), "\n"))
	require.Equal(t, len(pictures)-4, strings.Count(string(answers), "s3://line-3/2026-11/"))
	require.Equal(t, len(pictures), strings.Count(string(answers), `"labels":[{"name":`), "%s", answers)
}

// members lists the files of a tar, a line each.
func members(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var list strings.Builder
	for archive := tar.NewReader(f); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return list.String()
		}
		require.NoError(t, err)
		list.WriteString(head.Name + "\n")
	}
}
