package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// TestUpload has 300 pictures come from a folder over a slow line, and the server killed meanwhile.
func TestUpload(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	play(t, s, chapter{program: "upload.mjs", environ: []string{"FOLDER=" + folder(t, "belt", corpus.Pictures("upload/", 100, corpus.Labels...))}})
	stats := describe(t, s, "belt").DatasetStats
	require.EqualValues(t, 300, *stats.TotalEntries)
	require.EqualValues(t, 300, *stats.LabeledEntries)
	require.EqualValues(t, len(corpus.Labels), *stats.TotalLabels)
}
