package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestSlow has everything come over a slow line, for a model and pictures that were there before.
func TestSlow(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	files, manifest := map[string][]byte{}, ""
	for i, p := range corpus.Pictures("belt/", 18, corpus.Labels[:2]...) {
		files[p.Key] = p.File
		if i < 24 {
			manifest += corpus.Line(bucket, p.Key, p.Label) + "\n"
		} else {
			manifest += bare(p.Key)
		}
	}
	dataset(t, s, "belt", files, []byte(manifest))
	guide.Connect(t, s, "default").Train(t, find(t, s, "belt").ProjectArn, "v1", bucket, "out")
	play(t, s, chapter{program: "slow.mjs"})
	require.EqualValues(t, 34, *describe(t, s, "belt").DatasetStats.LabeledEntries)
}
