package evaluate

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden is what testdata/golden.py got out of scikit-learn.
type golden struct {
	Scores                []float32
	Truth                 [][]int
	Thresholds            []float32
	Precision             float64
	Recall                float64
	F1                    float64
	MeanAveragePrecision  float64
	LabelPrecision        []float64
	LabelRecall           []float64
	LabelF1               []float64
	LabelAveragePrecision []float64
	Accuracy              float64
	LogLoss               float64
	ECE                   float64
	Confusion             []float64
}

var names = []string{"a", "b", "c", "d", "never", "absent"}

func readGolden(t *testing.T, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, into))
}

func TestEvaluateAgreesWithScikitLearn(t *testing.T) {
	var cases struct{ Single, Several golden }
	readGolden(t, &cases)
	for name, want := range map[string]golden{"single": cases.Single, "several": cases.Several} {
		t.Run(name, func(t *testing.T) {
			r, err := Evaluate(Predictions{Labels: names, Scores: want.Scores, Truth: want.Truth}, want.Thresholds)
			require.NoError(t, err)
			require.InDelta(t, want.F1, r.F1, 1e-12)
			require.InDelta(t, want.Precision, r.Precision, 1e-12)
			require.InDelta(t, want.Recall, r.Recall, 1e-12)
			require.InDelta(t, want.MeanAveragePrecision, r.MeanAveragePrecision, 1e-12)
			for k, l := range r.Labels {
				require.InDelta(t, want.LabelPrecision[k], l.Precision, 1e-12, l.Label)
				require.InDelta(t, want.LabelRecall[k], l.Recall, 1e-12, l.Label)
				require.InDelta(t, want.LabelF1[k], l.F1, 1e-12, l.Label)
				require.InDelta(t, want.LabelAveragePrecision[k], l.AveragePrecision, 1e-12, l.Label)
			}
			if name == "several" {
				require.Nil(t, r.Single, "accuracy and confusion say nothing of pictures with several labels")
				return
			}
			require.InDelta(t, want.Accuracy, r.Single.Accuracy, 1e-12)
			require.InDelta(t, want.LogLoss, r.Single.LogLoss, 1e-9)
			require.InDelta(t, want.ECE, r.Single.ECE, 1e-9)
			require.Len(t, r.Single.Confusion, len(want.Confusion), "a label without test pictures has no row")
			for i, cell := range r.Single.Confusion {
				require.InDelta(t, want.Confusion[i], cell.Value, 1e-12, "%+v", cell)
			}
		})
	}
}

func TestEvaluateRefusesWhatDoesNotFit(t *testing.T) {
	two := []string{"a", "b"}
	cut := []float32{0.5, 0.5}
	for name, c := range map[string]struct {
		p   Predictions
		cut []float32
	}{
		"no pictures":        {Predictions{Labels: two}, cut},
		"scores missing":     {Predictions{Labels: two, Scores: []float32{1}, Truth: [][]int{{0}}}, cut},
		"thresholds":         {Predictions{Labels: two, Scores: []float32{1, 0}, Truth: [][]int{{0}}}, cut[:1]},
		"unknown label":      {Predictions{Labels: two, Scores: []float32{1, 0}, Truth: [][]int{{2}}}, cut},
		"score above one":    {Predictions{Labels: two, Scores: []float32{1.5, 0}, Truth: [][]int{{0}}}, cut},
		"score not a number": {Predictions{Labels: two, Scores: []float32{nan(), 0}, Truth: [][]int{{0}}}, cut},
		"nothing labelled":   {Predictions{Labels: two, Scores: []float32{1, 0}, Truth: [][]int{{}}}, cut},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Evaluate(c.p, c.cut)
			require.Error(t, err)
		})
	}
}

func nan() float32 {
	zero := float32(0)
	return zero / zero
}
