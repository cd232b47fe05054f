package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// TestUpload has 300 pictures come from a folder over a slow line, and the server killed meanwhile, and then the key deleted.
func TestUpload(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	user(t, s, "ann")
	play(t, s, chapter{
		program: "upload.mjs", profile: "ann",
		environ: append(another(t, s), "FOLDER="+folder(t, "belt", corpus.Pictures("upload/", 100, corpus.Labels...))),
		deeds:   map[string]func(){"delete the key": func() { dropKey(t, s, "ann") }},
	})
	stats := describe(t, s, "belt").DatasetStats
	require.EqualValues(t, 300, *stats.TotalEntries)
	require.EqualValues(t, 300, *stats.LabeledEntries)
	require.EqualValues(t, len(corpus.Labels), *stats.TotalLabels)
}
