package vision_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/model"
)

func scored(scores ...float32) (list []boxes.Detection) {
	for i, s := range scores {
		list = append(list, boxes.Detection{Box: boxes.Box{Label: i}, Score: s})
	}
	return list
}

func TestAnswerThresholds(t *testing.T) {
	card := model.Card{Task: model.SingleLabel, Labels: []string{"a", "b", "c"}, Thresholds: []float32{0.9, 0.2, 0.05}}
	names := func(w vision.Wanted) (list []string) {
		for _, l := range (&vision.Runner{Card: card}).Answer(scored(0.665, 0.245, 0.090), w) {
			list = append(list, l.Name)
			require.Nil(t, l.Box)
		}
		return list
	}
	confidence := func(f float64) *float64 { return &f }
	require.Equal(t, []string{"b", "c"}, names(vision.Wanted{}), "each label by its own threshold")
	require.Equal(t, []string{"a", "b", "c"}, names(vision.Wanted{MinConfidence: confidence(0)}))
	require.Equal(t, []string{"a", "b"}, names(vision.Wanted{MinConfidence: confidence(20)}))
	require.Equal(t, []string{"a"}, names(vision.Wanted{MinConfidence: confidence(0), MaxResults: 1}))
	require.NotNil(t, (&vision.Runner{Card: card}).Answer(scored(0.5, 0.3, 0.2), vision.Wanted{MinConfidence: confidence(100)}), "no hit is an empty list")
	require.Empty(t, (&vision.Runner{Card: card}).Answer(scored(0.5, 0.3, 0.2), vision.Wanted{MinConfidence: confidence(100)}))
}

func TestAnswersOfBoxesHoldTheBox(t *testing.T) {
	card := model.Card{Task: model.Boxes, Labels: []string{"a", "b"}, Thresholds: []float32{0.5, 0.1}}
	box := func(label int, left float64, score float32) boxes.Detection {
		return boxes.Detection{Box: boxes.Box{Label: label, Left: left, Top: 0.1, Width: 0.2, Height: 0.3}, Score: score}
	}
	got := (&vision.Runner{Card: card}).Answer([]boxes.Detection{box(0, 0.1, 0.9), box(0, 0.2, 0.4), box(1, 0.3, 0.2)}, vision.Wanted{})
	require.Len(t, got, 2)
	require.Equal(t, "a", got[0].Name)
	require.Equal(t, 0.1, got[0].Box.Left)
	require.Equal(t, "b", got[1].Name)
	require.Equal(t, 0.3, got[1].Box.Left)
}
