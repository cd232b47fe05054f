package browser

import (
	"context"
	"regexp"
	"testing"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// fineTuned is what a server at level debug logs when it has kept how far a fine-tuning is.
var fineTuned = regexp.MustCompile(`msg=noted .*note=tail-\S+-saved`)

// TestTraining goes from labelled pictures to a model that answers, past a server that is killed, and stops it.
func TestTraining(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.New(t, "--log", "debug")
	s.Setenv("OWNSIGHT_TRAIN_SECONDS", "4") // so that there is something to be killed in the middle of
	s.Restart(t)
	pictures := corpus.Pictures("gears/", 16, corpus.Labels[:2]...)
	files := map[string][]byte{}
	for _, p := range pictures {
		files[p.Key] = p.File
	}
	dataset(t, s, "gears", files, corpus.Manifest(bucket, pictures))
	play(t, s, chapter{
		program: "training.mjs",
		environ: []string{
			"PICTURE=" + write(t, "gear.jpg", pictures[0].File), "LABEL=" + pictures[0].Label,
			"DROPPED=" + write(t, "dropped.jpg", pictures[1].File), "DROPPED_LABEL=" + pictures[1].Label,
		},
		deeds: map[string]func(){"kill while it learns": func() {
			server.Eventually(t, server.Patience, "fine-tuning", func(context.Context) bool { return fineTuned.MatchString(s.Log()) })
			s.Kill()
		}},
	})
}
