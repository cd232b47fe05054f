package browser

import (
	"testing"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// TestTraining goes from labelled pictures to a model that answers, and stops it.
func TestTraining(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	pictures := corpus.Pictures("gears/", 16, corpus.Labels[:2]...)
	files := map[string][]byte{}
	for _, p := range pictures {
		files[p.Key] = p.File
	}
	dataset(t, s, "gears", files, corpus.Manifest(bucket, pictures))
	play(t, s, chapter{program: "training.mjs", environ: []string{"PICTURE=" + write(t, "gear.jpg", pictures[0].File), "LABEL=" + pictures[0].Label}})
}
