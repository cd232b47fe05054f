package evaluate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/model"
)

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
		p := Predictions{Task: model.SingleLabel, Labels: []string{"a", "b"}}
		for range n {
			p.Scores = append(p.Scores, 0.3, 0.7) // truly a
			p.Truth = append(p.Truth, []int{0})
			p.Scores = append(p.Scores, 0.1, 0.9) // truly b
			p.Truth = append(p.Truth, []int{1})
		}
		cuts, _, err := Thresholds(p)
		require.NoError(t, err)
		return float64(cuts[0])
	}
	few, many := cutOf(2), cutOf(2000)
	require.Greater(t, few, 0.42)
	require.InDelta(t, 0.2, many, 0.01)
}

func TestLabelWithoutPicturesTakesTheSharedCut(t *testing.T) {
	p := Predictions{Task: model.SingleLabel, Labels: []string{"a", "b", "none"}}
	for range 200 {
		p.Scores = append(p.Scores, 0.6, 0.3, 0.1, 0.3, 0.6, 0.1)
		p.Truth = append(p.Truth, []int{0}, []int{1})
	}
	cuts, shared, err := Thresholds(p)
	require.NoError(t, err)
	require.InDelta(t, 0.45, cuts[2], 0.01)
	require.Equal(t, shared, cuts[2])
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
	l := Logits{Task: model.SingleLabel, K: len(names), Values: g.Logits}
	for _, label := range g.Truth {
		l.Truth = append(l.Truth, []int{label})
	}
	got, err := l.Temperature()
	require.NoError(t, err)
	require.InDelta(t, g.Temperature, got, 1e-4)
	require.Less(t, ece(t, l, got), ece(t, l, 1)-0.05, "logits four times too sharp must become more believable")
}

// ece is the calibration error at a temperature. It checks that the losses of logits and of scores agree besides.
func ece(t *testing.T, l Logits, temperature float64) float64 {
	t.Helper()
	r, err := Evaluate(Predictions{Task: l.Task, Labels: names, Scores: l.Scores(temperature), Truth: l.Truth}, make([]float32, l.K))
	require.NoError(t, err)
	require.InDelta(t, l.LogLoss(temperature), r.Whole.LogLoss, 1e-5)
	return r.Whole.ECE
}

func TestTemperatureOfSeveralLabelsAgreesWithScipy(t *testing.T) {
	var want struct {
		SeveralTemperature struct {
			Logits            []float32
			Truth             [][]int
			Temperature, Loss float64
		}
	}
	readGolden(t, &want)
	g := want.SeveralTemperature
	l := Logits{Task: model.MultiLabel, K: len(names), Values: g.Logits, Truth: g.Truth}
	got, err := l.Temperature()
	require.NoError(t, err)
	require.InDelta(t, g.Temperature, got, 1e-4)
	require.InDelta(t, g.Loss, l.LogLoss(1), 1e-7, "logits in float32")
	require.Less(t, ece(t, l, got), ece(t, l, 1)-0.05, "logits four times too sharp must become more believable")
}

func TestTemperatureStaysFinite(t *testing.T) {
	for task, values := range map[model.Task][]float32{model.SingleLabel: {3, 0, 0, 3}, model.MultiLabel: {3, -3, -3, 3}} {
		got, err := Logits{Task: task, K: 2, Values: values, Truth: [][]int{{0}, {1}}}.Temperature()
		require.NoError(t, err)
		require.Greater(t, got, 0.1, "two right answers are no reason for certainty")
		require.Less(t, got, 1.0)

		got, err = Logits{Task: task, K: 3}.Temperature()
		require.NoError(t, err)
		require.InDelta(t, 1, got, 1e-5)

		for name, wrong := range map[string]Logits{
			"logits missing": {Task: task, K: 2, Values: []float32{1, 2, 3}, Truth: [][]int{{0}, {1}}},
			"unknown label":  {Task: task, K: 2, Values: []float32{1, 2}, Truth: [][]int{{2}}},
		} {
			_, err = wrong.Temperature()
			require.Error(t, err, name)
		}
	}
	_, err := Logits{Task: model.SingleLabel, K: 2, Values: []float32{1, 2}, Truth: [][]int{{0, 1}}}.Temperature()
	require.Error(t, err)
}

func TestScoresOfLogits(t *testing.T) {
	values := []float32{1000, -1000, 0, 1, 2, 3}
	single := Logits{Task: model.SingleLabel, K: 3, Values: values}.Scores(1)
	require.InDelta(t, 1, single[0], 1e-7)
	require.InDelta(t, math.Exp(3)/(math.Exp(1)+math.Exp(2)+math.Exp(3)), single[5], 1e-6)
	multi := Logits{Task: model.MultiLabel, K: 3, Values: values}.Scores(2)
	require.InDeltaSlice(t, []float32{1, 0, 0.5}, multi[:3], 1e-7)
	require.InDelta(t, 1/(1+math.Exp(-1.5)), multi[5], 1e-6)
}
