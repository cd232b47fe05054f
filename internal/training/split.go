package training

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"

	"ownsight"
	"ownsight/internal/dataset/manifest"
)

// testShare is the part of a training set that is set aside when there is no test set, as in the AWS service.
const testShare = 5

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
		key := ""
		if l.Usable(manifest.ImageLevel) {
			key = l.Labels[0]
		}
		byLabel[key] = append(byLabel[key], i)
	}
	testing := make([]bool, len(lines))
	for label, members := range byLabel {
		if label == "" { // nothing to learn or to test with
			continue
		}
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
