package training

import (
	"bytes"
	"context"
	"errors"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/dataset/stratify"
)

// split sets a part of the training lines aside for testing, or explains why that cannot be done.
func (w *work) split(ctx context.Context, training []byte) (map[ownsight.DatasetType][]byte, error) {
	tally := manifest.Tally{Limits: w.limits}
	lines, err := parse(training, &tally)
	if err != nil {
		return nil, err
	}
	frozen, err := autoSplit(training, lines)
	var short *refusal
	if !errors.As(err, &short) {
		return frozen, err
	}
	p := &plan{verdict: manifest.Judge(&tally, nil), lines: map[ownsight.DatasetType][]manifest.Line{ownsight.Train: lines}}
	p.verdict.Training.Errors = append(p.verdict.Training.Errors, manifest.NewProblem(manifest.InsufficientImagesForAutosplit))
	return nil, w.explain(ctx, p, short.message)
}

// autoSplit sets a fifth of a training set aside, by the rule of DistributeDatasetEntries. Lines that name a picture
// once more, which is an error, go with the first.
func autoSplit(training []byte, lines []manifest.Line) (map[ownsight.DatasetType][]byte, error) {
	entries := make([]ownsight.Entry, len(lines))
	first := make(map[string]int, len(lines)) // of those that name a picture
	for i, l := range lines {
		if _, repeated := first[l.SourceRef]; repeated {
			entries[i].HasErrors = true
			continue
		}
		first[l.SourceRef] = i
		entries[i] = l.Entry()
		entries[i].Line = "" // the rows have it
	}
	testing, err := stratify.Split(entries)
	if err != nil {
		return nil, refuse("%s %s", manifest.NewProblem(manifest.InsufficientImagesForAutosplit).Message, err)
	}
	split := map[ownsight.DatasetType][]byte{}
	for i, row := range bytes.Split(bytes.TrimSuffix(training, []byte("\n")), []byte("\n")) {
		kind := ownsight.Train
		if testing[first[lines[i].SourceRef]] {
			kind = ownsight.Test
		}
		split[kind] = append(append(split[kind], row...), '\n')
	}
	return split, nil
}
