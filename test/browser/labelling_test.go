package browser

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// TestLabelling has a server and a key go away while somebody labels, and nothing of the work lost.
func TestLabelling(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	files, manifest := map[string][]byte{}, ""
	for i, p := range corpus.Pictures("sorting/", 12, corpus.Labels[:2]...) {
		files[p.Key] = p.File
		if i < 4 {
			manifest += corpus.Line(bucket, p.Key, p.Label) + "\n"
		} else {
			manifest += bare(p.Key)
		}
	}
	dataset(t, s, "sorting", files, []byte(manifest))
	shapes := corpus.Shapes("finding/", 12)
	files, manifest = map[string][]byte{}, string(corpus.ShapesManifest(bucket, shapes[:2]))
	for i, p := range shapes {
		files[p.Key] = p.File
		if i >= 2 {
			manifest += bare(p.Key)
		}
	}
	dataset(t, s, "finding", files, []byte(manifest))

	user(t, s, "ann")
	play(t, s, chapter{
		program: "labelling.mjs", profile: "ann",
		environ: another(t, s),
		deeds:   map[string]func(){"delete the key": func() { dropKey(t, s, "ann") }},
	})

	require.EqualValues(t, 24, *describe(t, s, "sorting").DatasetStats.LabeledEntries, "the pictures labelled by keys")
	drawn := 0
	for _, line := range entries(t, s, "finding") {
		if strings.Contains(line, `"groundtruth/object-detection"`) {
			drawn++
		}
	}
	require.Equal(t, 12, drawn, "the pictures with boxes")
}
