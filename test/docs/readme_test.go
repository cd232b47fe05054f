package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
	"ownsight/test/corpus"
	"ownsight/test/server"
)

// indented are the blocks of the README, whose commands stand four spaces in; a fenced one is Python.
func indented(t *testing.T) (list []block) {
	t.Helper()
	text, fenced := page(t, "README.md"), regexp.MustCompile("(?m)^```([a-z]+)\n((?:.*\n)*?)```$")
	for _, found := range regexp.MustCompile("(?m)(?:^    .*\n|^\n)+").FindAllString(fenced.ReplaceAllString(text, ""), -1) {
		if lines := regexp.MustCompile("(?m)^    ").ReplaceAllString(strings.Trim(found, "\n"), ""); lines != "" {
			list = append(list, block{name: strings.Split(lines, "\n")[0], language: "sh", text: lines})
		}
	}
	for _, found := range fenced.FindAllStringSubmatch(text, -1) {
		list = append(list, block{name: found[1], language: found[1], text: found[2]})
	}
	return list
}

// TestReadme does what the README says, from the start of a server on. What `make` does, other tests do.
func TestReadme(t *testing.T) {
	t.Parallel()
	list := indented(t)
	require.Len(t, list, 8)
	makes, serve, train, upload, dataset, version, stop, ask := list[0], list[1], list[2], list[3], list[4], list[5], list[6], list[7]

	rules, err := os.ReadFile(filepath.Join(server.Repository(), "Makefile"))
	require.NoError(t, err)
	for _, line := range append(strings.Split(makes.text, "\n"), "make build") {
		require.Regexp(t, `(?m)^`+strings.Fields(line)[1]+`:`, string(rules))
	}

	r := open(t, "README.md")
	pictures := corpus.Pictures("readme/", 15, draw.Good, draw.Rust)
	r.has(t, "photos", pictures[2:])
	r.hasFile(t, "some.jpg", pictures[1].File)
	r.hasFile(t, "Makefile", []byte("build:\n\t@true\n")) // it is built
	r.stay(t, serve)
	require.FileExists(t, filepath.Join(r.folder, "ownsight-data", "credentials"))

	out := r.must(t, train)
	require.Regexp(t, `(?m)some\.jpg +\d+\.\d % +rust$`, out)
	require.FileExists(t, filepath.Join(r.folder, "r.html"))

	r.must(t, upload)
	require.Contains(t, r.must(t, dataset), "CREATE_COMPLETE")
	out = r.must(t, version)
	require.Contains(t, out, `"Name": "rust"`)
	require.Regexp(t, `(?m)^rust \d`, r.must(t, ask))
	require.Contains(t, r.must(t, stop), `"STOPPING"`)
	out = r.must(t, block{name: "outputs", language: "sh", text: `aws s3 ls s3://photos/out/ --recursive`})
	for _, file := range []string{"Model-parts-v1.onnx", "EvaluationReport-parts-v1.html"} {
		require.Contains(t, out, file)
	}
}
