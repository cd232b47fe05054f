package evaluate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/model"
)

func TestPrecisionRecallAgreesWithScikitLearn(t *testing.T) {
	g := readIntervals(t).Curve
	d := Decisions{Scores: g.Scores, Right: g.Has}
	curve := d.PrecisionRecall(1000)
	require.Greater(t, len(curve), 10)
	found := 0
	for _, pt := range curve {
		for i, threshold := range g.Thresholds {
			if threshold == pt.Threshold {
				require.InDelta(t, g.Precision[i], pt.Precision, 1e-12)
				require.InDelta(t, g.Recall[i], pt.Recall, 1e-12)
				found++
			}
		}
	}
	require.Equal(t, len(curve), found)
	last := curve[len(curve)-1]
	require.InDelta(t, 1, last.Recall, 0)

	thin := d.PrecisionRecall(5)
	require.Len(t, thin, 5)
	require.Equal(t, curve[0], thin[0])
	require.Equal(t, last, thin[4])

	hits := 0
	for _, right := range d.Right {
		if right {
			hits++
		}
	}
	d.Missed = hits // as many boxes again that no detection finds
	curve = d.PrecisionRecall(1000)
	require.InDelta(t, 0.5, curve[len(curve)-1].Recall, 1e-12)
	require.Empty(t, Decisions{Scores: []float32{1}, Right: []bool{false}}.PrecisionRecall(9))
}

// cases gives predictions of both kinds with the calibration error that scikit-learn's figures lead to.
func cases(t *testing.T) map[float64]Predictions {
	t.Helper()
	var g struct{ Single, Several golden }
	readGolden(t, &g)
	return map[float64]Predictions{
		g.Single.ECE:  {Task: model.SingleLabel, Labels: names, Scores: g.Single.Scores, Truth: g.Single.Truth},
		g.Several.ECE: {Task: model.MultiLabel, Labels: names, Scores: g.Several.Scores, Truth: g.Several.Truth},
	}
}

func TestSweepsCountAsEvaluateDoes(t *testing.T) {
	for _, p := range cases(t) {
		for _, at := range []int{0, 1, 29, 50, 99, 100} {
			cut := float32(at) / 100
			r, err := Evaluate(p, []float32{cut, cut, cut, cut, cut, cut})
			require.NoError(t, err)
			for k, l := range r.Labels {
				s := p.DecisionsOf(k).Sweep()
				require.Equal(t, l.TruePositives, s.TruePositives[at], "%s at %d", l.Label, at)
				require.Equal(t, l.FalsePositives, s.FalsePositives[at], "%s at %d", l.Label, at)
			}
		}
	}
}

func TestReliabilityAddsUpToTheCalibrationError(t *testing.T) {
	for ece, p := range cases(t) {
		d, err := p.Answers()
		require.NoError(t, err)
		answers, gap := 0, 0.0
		for _, b := range d.Reliability() {
			answers += b.Answers
			gap += float64(b.Answers) * math.Abs(b.Score-b.Right)
			require.True(t, b.Answers == 0 || b.Low <= b.Score && b.Score <= b.High, "%+v", b)
		}
		require.InDelta(t, ece, gap/float64(answers), 1e-9)
	}
	_, err := Predictions{Task: model.SingleLabel, Labels: names[:2], Scores: []float32{1, 0}, Truth: [][]int{{0, 1}}}.Answers()
	require.Error(t, err)
}
