package client

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/dataset/manifest"
	"ownsight/internal/dataset/source"
	"ownsight/internal/training/report"
)

func TestProgressOf(t *testing.T) {
	const training = "The model is being trained"
	for message, want := range map[string]Progress{
		"":                                   {What: "waiting for the training to begin"},
		training + ".":                       {What: "waiting for the training to begin"},
		training + ": reading the datasets.": {What: "reading the datasets"},
		training + ": looking at pictures, 3 of 1500.":                     {What: "looking at pictures", Done: 3, Total: 1500},
		training + ": looking at pictures, 640 of 1500, about 1m12s left.": {What: "looking at pictures", Done: 640, Total: 1500, Left: 72 * time.Second},
		training + ": looking at pictures, 640 of 1500, about 12 s left.":  {What: "looking at pictures", Done: 640, Total: 1500, Left: 12 * time.Second},
		training + ": cross-validating plain, varied views, strength 0.01, pass 14.": {
			What: "cross-validating plain, varied views", Detail: "strength 0.01, pass 14"},
		training + ": cross-validating plain views, rare labels weighted, strength 0.1, pass 1.": {
			What: "cross-validating plain views, rare labels weighted", Detail: "strength 0.1, pass 1"},
	} {
		require.Equal(t, want, progressOf(message), message)
	}
}

func TestCompare(t *testing.T) {
	text := func(p source.Picture) line {
		ref := "s3://bbb/p/" + p.Name
		text, err := p.Line(ref, time.Now())
		require.NoError(t, err)
		return line{ref, text}
	}
	cat := manifest.Box{Label: "cat", Left: 1, Top: 2, Width: 30, Height: 40}
	size := manifest.Size{Width: 200, Height: 100}
	label := func(name string, labels ...string) line { return text(source.Picture{Name: name, Labels: labels}) }
	boxed := func(name string, boxes ...manifest.Box) line {
		return text(source.Picture{Name: name, Boxes: boxes, Size: size})
	}
	there := map[string]said{"s3://bbb/p/1": {labels: []string{"a"}}, "s3://bbb/p/2": {labels: []string{"a"}},
		"s3://bbb/p/3": {labels: []string{"a", "b"}}, "s3://bbb/p/4": {boxes: []manifest.Box{cat}, size: size},
		"s3://bbb/p/5": {boxes: []manifest.Box{cat}, size: size}}
	one, two, three, four := label("1", "a"), label("2", "b"), label("3", "a", "b"), boxed("4", cat)
	moved, fresh := boxed("5", manifest.Box{Label: "cat", Left: 2, Top: 2, Width: 30, Height: 40}), label("6", "a")
	changed, gone, err := compare(there, []line{one, two, three, four, moved, fresh}, "s3://bbb/p/")
	require.NoError(t, err)
	require.False(t, gone)
	require.Equal(t, []line{two, moved, fresh}, changed)

	_, gone, err = compare(there, []line{one, two, four, moved}, "s3://bbb/p/")
	require.NoError(t, err)
	require.True(t, gone)

	_, _, err = compare(there, []line{one, two, four, moved}, "s3://bbb/other/")
	require.ErrorContains(t, err, "names s3://bbb/p/3")
}

func TestCardTellsWhatWasTried(t *testing.T) {
	var c card
	require.NoError(t, json.Unmarshal([]byte(`{"training": {"candidates": [
		{"name": "head", "figures": {"accuracy": 0.8, "logLoss": 0.5}, "mixed": {"accuracy": 0.8, "logLoss": 0.5}},
		{"name": "short", "figures": {"accuracy": 0.9, "logLoss": 0.4}, "mixed": {"accuracy": 0.7, "logLoss": 0.45}},
		{"name": "long", "figures": {"accuracy": 0.85, "logLoss": 0.4}, "mixed": {"accuracy": 0.95, "logLoss": 0.3}}
	], "chosen": 2, "share": {"linear": 0.5, "tail": 0.5}}}`), &c))
	require.Equal(t, []report.Candidate{
		{Name: "head", Accuracy: 0.8, LogLoss: 0.5},
		{Name: "short", Accuracy: 0.9, LogLoss: 0.4},
		{Name: "+ long", Accuracy: 0.95, LogLoss: 0.3, Chosen: true},
	}, c.candidates())
	require.NoError(t, json.Unmarshal([]byte(`{"training": {"heldOut": 7, "recipe": "shallow"}}`), &c), "of a model that finds boxes")
	require.Empty(t, card{}.candidates())
}
