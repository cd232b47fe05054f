package evaluate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/model"
)

func TestWorstMistakesOfOneLabel(t *testing.T) {
	p := Predictions{Task: model.SingleLabel, Labels: names[:3], Truth: [][]int{{0}, {0}, {1}, {2}},
		Scores: []float32{
			0.7, 0.2, 0.1, // right
			0.3, 0.6, 0.1, // wrong
			0.95, 0.03, 0.02, // worse
			0.5, 0, 0.5, // of equal scores the first is the answer
		}}
	all, err := WorstMistakes(p, halves[:3], 10)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, []int{2, 1, 3}, []int{all[0].Picture, all[1].Picture, all[2].Picture})
	require.Equal(t, 1, all[0].Truth)
	require.Equal(t, 0, all[0].Answer)
	require.InDelta(t, 0.95, all[0].Score, 1e-6)
	require.InDelta(t, 0.03, all[0].OfTruth, 1e-6)
	first, err := WorstMistakes(p, halves[:3], 1)
	require.NoError(t, err)
	require.Equal(t, all[:1], first)
}

func TestWorstMistakesOfSeveralLabels(t *testing.T) {
	p := Predictions{Task: model.MultiLabel, Labels: names[:2], Truth: [][]int{{0}, {0, 1}, {}},
		Scores: []float32{0.2, 0.9, 0.8, 0.05, 0.1, 0.1}}
	all, err := WorstMistakes(p, halves[:2], 10)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, Mistake{Picture: 1, Truth: 1, Answer: None, OfTruth: float64(float32(0.05)), Surprise: 1 - float64(float32(0.05))}, all[0])
	require.Equal(t, 1, all[1].Answer)
	require.Equal(t, None, all[1].Truth)
	require.Equal(t, 0, all[2].Truth)
	_, err = WorstMistakes(p, halves[:1], 10)
	require.Error(t, err)
}

func TestScarceLabels(t *testing.T) {
	for name, c := range map[string]struct {
		training, test, found, of int
		learn, tell               bool
	}{
		"plenty":                  {10, 40, 36, 40, false, false},
		"few to learn":            {9, 40, 36, 40, true, false},
		"few to tell":             {50, 10, 8, 10, false, true},
		"few, but clear":          {50, 10, 10, 10, false, false},
		"few pictures, not boxes": {50, 3, 80, 100, false, false},
		"untested":                {50, 0, 0, 0, false, true},
	} {
		s, scarce := ScarceLabel(7, c.training, c.test, c.found, c.of)
		require.Equal(t, Scarce{7, c.training, c.test, Wilson(c.found, c.of), c.learn, c.tell}, s, name)
		require.Equal(t, c.learn || c.tell, scarce, name)
	}
}
