package training

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"

	"ownsight"
	"ownsight/internal/dataset/manifest"
)

// testShare is the part of a training set that is set aside when there is no test set, as in the AWS service.
const testShare = 5

// split sets a part of the training lines aside for testing, or explains why that cannot be done.
func (w *work) split(ctx context.Context, training []byte) (map[ownsight.DatasetType][]byte, error) {
	frozen, err := autoSplit(training)
	var short *refusal
	if !errors.As(err, &short) {
		return frozen, err
	}
	var tally manifest.Tally
	lines, err := parse(training, &tally)
	if err != nil {
		return nil, err
	}
	p := &plan{verdict: manifest.Judge(&tally, nil), lines: map[ownsight.DatasetType][]manifest.Line{ownsight.Train: lines}}
	p.verdict.Training.Errors = append(p.verdict.Training.Errors, manifest.NewProblem(manifest.InsufficientImagesForAutosplit))
	return nil, w.explain(ctx, p, short.message)
}

// autoSplit takes every fifth picture of each label out of a training set, in an order that depends on nothing but the
// pictures' names, so that the same data is split the same way. Every label keeps at least one picture on both sides;
// a label with a single picture cannot be split.
func autoSplit(training []byte) (map[ownsight.DatasetType][]byte, error) {
	var tally manifest.Tally
	lines, err := parse(training, &tally)
	if err != nil {
		return nil, err
	}
	byLabel := map[string][]int{}
	for i, l := range lines {
		if l.Usable(manifest.ImageLevel) {
			byLabel[l.Labels[0]] = append(byLabel[l.Labels[0]], i)
		}
	}
	testing := make([]bool, len(lines))
	for _, label := range slices.Sorted(maps.Keys(byLabel)) {
		members := byLabel[label]
		if len(members) < 2 {
			return nil, refuse("%s Label %q has %d picture; without a test dataset it needs 2.",
				manifest.NewProblem(manifest.InsufficientImagesForAutosplit).Message, label, len(members))
		}
		slices.SortFunc(members, func(a, b int) int { return cmp.Compare(rank(lines[a]), rank(lines[b])) })
		for _, i := range members[:max(1, len(members)/testShare)] {
			testing[i] = true
		}
	}
	split := map[ownsight.DatasetType][]byte{}
	for i, row := range bytes.Split(bytes.TrimSuffix(training, []byte("\n")), []byte("\n")) {
		kind := ownsight.Train
		if testing[i] {
			kind = ownsight.Test
		}
		split[kind] = append(append(split[kind], row...), '\n')
	}
	return split, nil
}

func rank(l manifest.Line) string {
	sum := sha256.Sum256([]byte(l.SourceRef))
	return string(sum[:])
}
