package evaluate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThresholdWithoutPicturesIsNeutral(t *testing.T) {
	cuts, err := Thresholds(Predictions{Labels: []string{"a", "b"}})
	require.NoError(t, err)
	require.Equal(t, []float32{Neutral, Neutral}, cuts)
}

func TestBestCutIsTheMiddleOfTheGap(t *testing.T) {
	for name, c := range map[string]struct {
		scores []float32
		truth  []bool
		prior  float64
		want   float64
	}{
		"clean gap":                   {[]float32{0.9, 0.7, 0.2, 0.1}, []bool{true, true, false, false}, 0.5, 0.45},
		"everything is right":         {[]float32{0.9, 0.7}, []bool{true, true}, 0.5, 0.35},
		"equal scores are not parted": {[]float32{0.8, 0.8, 0.8, 0.1}, []bool{true, true, false, false}, 0.5, 0.45},
		// cutting after the first or after the fourth both give F1 = 2/3
		"of equal cuts, high prior": {[]float32{0.9, 0.5, 0.4, 0.3, 0.1}, []bool{true, false, false, true, false}, 0.6, 0.7},
		"of equal cuts, low prior":  {[]float32{0.9, 0.5, 0.4, 0.3, 0.1}, []bool{true, false, false, true, false}, 0.3, 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDelta(t, c.want, newCurve(c.scores, c.truth).bestCut(c.prior), 1e-6)
		})
	}
}

func TestFewPicturesDrawTheCutTowardsAllLabelsTogether(t *testing.T) {
	// Label a has its own best cut at 0.2; with n pictures it may move (n/(n+trust)) of the way there.
	cutOf := func(n int) float64 {
		p := Predictions{Labels: []string{"a", "b"}}
		for range n {
			p.Scores = append(p.Scores, 0.3, 0.7) // truly a
			p.Truth = append(p.Truth, []int{0})
			p.Scores = append(p.Scores, 0.1, 0.9) // truly b
			p.Truth = append(p.Truth, []int{1})
		}
		cuts, err := Thresholds(p)
		require.NoError(t, err)
		return float64(cuts[0])
	}
	few, many := cutOf(2), cutOf(2000)
	require.Greater(t, few, 0.42)
	require.InDelta(t, 0.2, many, 0.01)
}

func TestLabelWithoutPicturesTakesTheSharedCut(t *testing.T) {
	p := Predictions{Labels: []string{"a", "b", "none"}}
	for range 200 {
		p.Scores = append(p.Scores, 0.6, 0.3, 0.1, 0.3, 0.6, 0.1)
		p.Truth = append(p.Truth, []int{0}, []int{1})
	}
	cuts, err := Thresholds(p)
	require.NoError(t, err)
	require.InDelta(t, 0.45, cuts[2], 0.01)
}

func TestTemperatureAgreesWithScipy(t *testing.T) {
	var want struct {
		Temperature struct {
			Logits      []float32
			Truth       []int
			Temperature float64
		}
	}
	readGolden(t, &want)
	g := want.Temperature
	k := len(names)
	got, err := Temperature(g.Logits, g.Truth, k)
	require.NoError(t, err)
	require.InDelta(t, g.Temperature, got, 1e-4)
	require.Less(t, LogLoss(g.Logits, g.Truth, k, got), LogLoss(g.Logits, g.Truth, k, 1))

	truth := make([][]int, len(g.Truth))
	for i, l := range g.Truth {
		truth[i] = []int{l}
	}
	ece := func(temperature float64) float64 {
		r, err := Evaluate(Predictions{Labels: names, Scores: Softmax(g.Logits, k, temperature), Truth: truth}, make([]float32, k))
		require.NoError(t, err)
		require.InDelta(t, LogLoss(g.Logits, g.Truth, k, temperature), r.Single.LogLoss, 1e-5)
		return r.Single.ECE
	}
	require.Less(t, ece(got), ece(1)-0.05, "logits four times too sharp must become more believable")
}

func TestTemperatureStaysFinite(t *testing.T) {
	got, err := Temperature([]float32{3, 0, 0, 3}, []int{0, 1}, 2)
	require.NoError(t, err)
	require.Greater(t, got, 0.1, "two right answers are no reason for certainty")
	require.Less(t, got, 1.0)

	got, err = Temperature(nil, nil, 3)
	require.NoError(t, err)
	require.InDelta(t, 1, got, 1e-5)

	_, err = Temperature([]float32{1, 2, 3}, []int{0, 1}, 2)
	require.Error(t, err)
}

func TestSoftmaxSumsToOne(t *testing.T) {
	scores := Softmax([]float32{1000, -1000, 0, 1, 2, 3}, 3, 1)
	require.InDelta(t, 1, scores[0], 1e-7)
	require.InDelta(t, math.Exp(3)/(math.Exp(1)+math.Exp(2)+math.Exp(3)), scores[5], 1e-6)
}
