package training

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/vision"
	visionmodel "ownsight/internal/vision/model"
)

func TestLabelsWithoutAUsablePictureAreNotTrained(t *testing.T) {
	numbered := func(rows int, labels ...[]int) *set {
		s := newSet(len(labels), rows)
		for i, of := range labels {
			s.samples = append(s.samples, sample{line: i, labels: of})
			for range rows * vision.FeatureCount {
				s.values = append(s.values, float32(of[0]))
			}
		}
		return s
	}
	p := &plan{labels: []string{"bolt", "nut", "oil", "rivet"}}
	f := &features{training: numbered(2, []int{0, 1}, []int{3}, []int{1}, []int{3}), testing: numbered(1, []int{2}, []int{3, 2}, []int{0}, []int{2})}
	dropUnseen(p, f)
	require.Equal(t, []string{"bolt", "nut", "rivet"}, p.labels)
	require.Equal(t, []sample{{line: 0, labels: []int{0, 1}}, {line: 1, labels: []int{2}}, {line: 2, labels: []int{1}}, {line: 3, labels: []int{2}}},
		f.training.samples)
	require.Equal(t, []sample{{line: 1, labels: []int{2}}, {line: 2, labels: []int{0}}}, f.testing.samples)
	require.Len(t, f.testing.values, 2*vision.FeatureCount)
	require.Equal(t, float32(3), f.testing.of(0, 0)[0])
	require.Equal(t, float32(0), f.testing.of(1, 0)[0])
	require.Equal(t, float32(1), f.training.of(2, 1)[0])
}

func TestTheTaskIsWhatUsablePicturesShow(t *testing.T) {
	lines := func(labels ...[]string) (list []manifest.Line) {
		for i, of := range labels {
			line, err := manifest.ImageLine(fmt.Sprintf("s3://parts/%d.jpg", i), of, time.Time{})
			require.NoError(t, err)
			list = append(list, manifest.Parse([]byte(line)))
		}
		return list
	}
	p := &plan{lines: map[ownsight.DatasetType][]manifest.Line{
		ownsight.Train: lines([]string{"nut"}, []string{"rust", "bolt"}, nil, []string{"bolt"}),
		ownsight.Test:  lines([]string{"oil", "nut"}, []string{"oil"}, []string{"rust"}),
	}}
	p.choose()
	require.Equal(t, []string{"bolt", "nut", "rust"}, p.labels)
	numbers := func(samples []sample) (list [][]int) {
		for _, s := range samples {
			list = append(list, s.labels)
		}
		return list
	}
	require.Equal(t, [][]int{{1}, {2, 0}, {0}}, numbers(p.training), "a picture that is yet to be labelled is no sample")
	require.Equal(t, [][]int{{1}, {2}}, numbers(p.testing), "a label that is not trained is not judged")

	f := &features{training: &set{samples: p.training}}
	require.Equal(t, visionmodel.MultiLabel, f.task())
	f.training.samples = append(p.training[:1:1], p.training[2]) // the picture with two labels could not be read
	require.Equal(t, visionmodel.SingleLabel, f.task())
}
