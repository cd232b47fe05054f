package training

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision"
)

func TestLabelsWithoutAUsablePictureAreNotTrained(t *testing.T) {
	numbered := func(rows int, labels ...int) *set {
		s := newSet(len(labels), rows)
		for i, label := range labels {
			s.samples = append(s.samples, sample{line: i, label: label})
			for range rows * vision.FeatureCount {
				s.values = append(s.values, float32(label))
			}
		}
		return s
	}
	p := &plan{labels: []string{"bolt", "nut", "oil", "rivet"}}
	f := &features{training: numbered(2, 0, 3, 1, 3), testing: numbered(1, 2, 3, 0, 2)}
	dropUnseen(p, f)
	require.Equal(t, []string{"bolt", "nut", "rivet"}, p.labels)
	require.Equal(t, []sample{{line: 0, label: 0}, {line: 1, label: 2}, {line: 2, label: 1}, {line: 3, label: 2}}, f.training.samples)
	require.Equal(t, []sample{{line: 1, label: 2}, {line: 2, label: 0}}, f.testing.samples)
	require.Len(t, f.testing.values, 2*vision.FeatureCount)
	require.Equal(t, float32(3), f.testing.of(0, 0)[0])
	require.Equal(t, float32(0), f.testing.of(1, 0)[0])
	require.Equal(t, float32(1), f.training.of(2, 1)[0])
}
