package training

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset/manifest"
)

// labelled writes a manifest with so many pictures a label.
func labelled(t *testing.T, counts map[string]int) []string {
	t.Helper()
	var lines []string
	for label, n := range counts {
		for i := range n {
			line, err := manifest.ImageLine(fmt.Sprintf("s3://bucket/%s/%d.jpg", label, i), []string{label}, time.Unix(0, 0))
			require.NoError(t, err)
			lines = append(lines, line)
		}
	}
	return lines
}

func joined(lines []string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

func splitLines(t *testing.T, lines []string) (map[ownsight.DatasetType][]byte, error) {
	t.Helper()
	parsed, err := parse(joined(lines), new(manifest.Tally))
	require.NoError(t, err)
	return autoSplit(joined(lines), parsed)
}

func TestAutoSplitTakesAFifthOfEachLabel(t *testing.T) {
	lines := labelled(t, map[string]int{"a": 50, "b": 20, "c": 2})
	split, err := splitLines(t, lines)
	require.NoError(t, err)
	for label, want := range map[string][2]int{"a": {40, 10}, "b": {16, 4}, "c": {1, 1}} {
		ref := []byte("s3://bucket/" + label + "/")
		require.Equal(t, want[0], bytes.Count(split[ownsight.Train], ref), label)
		require.Equal(t, want[1], bytes.Count(split[ownsight.Test], ref), label)
	}

	// The order of the lines does not matter, only the pictures.
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	again, err := splitLines(t, lines)
	require.NoError(t, err)
	for kind := range split {
		require.ElementsMatch(t, bytes.Split(split[kind], []byte("\n")), bytes.Split(again[kind], []byte("\n")))
	}
}

func TestAutoSplitNeedsTwoPicturesALabel(t *testing.T) {
	_, err := splitLines(t, labelled(t, map[string]int{"many": 9, "lonely": 1}))
	var r *refusal
	require.True(t, errors.As(err, &r))
	require.ErrorContains(t, err, `"lonely" has 1 picture`)
}

// A line that names a picture once more must not bring it into the other set.
func TestAutoSplitKeepsAPictureOnOneSide(t *testing.T) {
	lines := labelled(t, map[string]int{"a": 5, "b": 5})
	split, err := splitLines(t, append(lines, lines...))
	require.NoError(t, err)
	for _, line := range lines {
		require.Contains(t, []int{0, 2}, bytes.Count(split[ownsight.Test], []byte(line)), line)
	}
	require.Equal(t, 4, bytes.Count(split[ownsight.Test], []byte("\n")))
}

func TestPlanLeavesOutTestPicturesOfUnknownLabels(t *testing.T) {
	var training, testing manifest.Tally
	train, err := parse(joined(labelled(t, map[string]int{"b": 2, "a": 2})), &training)
	require.NoError(t, err)
	test, err := parse(joined(labelled(t, map[string]int{"a": 1, "stranger": 3})), &testing)
	require.NoError(t, err)
	p := &plan{lines: map[ownsight.DatasetType][]manifest.Line{ownsight.Train: train, ownsight.Test: test}, verdict: manifest.Judge(&training, &testing)}
	p.choose()
	require.Equal(t, []string{"a", "b"}, p.labels)
	require.Len(t, p.training, 4)
	require.Len(t, p.testing, 1)
	require.Equal(t, []int{0}, p.testing[0].labels)
}
