package boxes

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/evaluate"
)

func TestLikelyWrongBoxes(t *testing.T) {
	// Cups are found with a mean score of 0.62 in both pictures, plates of 0.7, forks never.
	sure := Picture{
		Truth: []Box{at(0, 0), at(0, 100), at(1, 200), at(1, 300)},
		Detections: []Detection{
			found(0, 0, 0.9), found(0, 100, 0.7), found(1, 200, 0.9), found(1, 300, 0.5),
			found(0, 400, 0.6), found(2, 500, 0.99), // less sure than usual; of a label that has never found anything
		},
	}
	doubted := Picture{
		Truth: []Box{at(0, 0), at(1, 100), at(0, 200)},
		Detections: []Detection{
			found(0, 0, 0.8), found(0, 3, 0.85), // the second, which overlaps the cup by half as well, takes its place
			found(0, 50, 0.9), found(1, 51, 0.8), // a cup without a box, and once more of another label
			found(0, 101, 0.95), found(1, 100, 0.7), // a plate that is found as one
			found(1, 201, 0.85), found(0, 200, 0.04), // a cup that looks like a plate
			found(0, 107, 0.9), // has a part of the plate
		},
	}
	s := Set{Labels: []string{"cup", "plate", "fork"}, Pictures: []Picture{sure, doubted}}
	list, err := LikelyWrong(s)
	require.NoError(t, err)
	require.Equal(t, []WrongBox{
		{Picture: 1, Given: evaluate.None, Suggested: 2, Confidence: float64(float32(0.9))},
		{Picture: 1, Given: 2, Suggested: 6, Confidence: float64(float32(0.85))},
	}, list)
	for i := range s.Pictures[0].Detections[:2] { // now cups are hardly found anywhere
		s.Pictures[0].Detections[i].Score = 0.01
	}
	s.Pictures[1].Detections[1].Score = 0.3
	list, err = LikelyWrong(s)
	require.NoError(t, err)
	for _, w := range list {
		require.Equal(t, evaluate.None, w.Given, "a label that is missed everywhere is not doubted")
	}

	_, err = LikelyWrong(Set{})
	require.Error(t, err)
}
