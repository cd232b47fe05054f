package evaluate

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/model"
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
			task := map[string]model.Task{"single": model.SingleLabel, "several": model.MultiLabel}[name]
			r, err := Evaluate(Predictions{Task: task, Labels: names, Scores: want.Scores, Truth: want.Truth}, want.Thresholds)
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
			require.InDelta(t, want.Accuracy, r.Whole.Accuracy, 1e-12)
			require.InDelta(t, want.LogLoss, r.Whole.LogLoss, 1e-9)
			require.InDelta(t, want.ECE, r.Whole.ECE, 1e-9)
			require.Len(t, r.Whole.Confusion, len(want.Confusion), "a label without test pictures has no row")
			for i, cell := range r.Whole.Confusion {
				require.InDelta(t, want.Confusion[i], cell.Value, 1e-12, "%+v", cell)
			}
		})
	}
}

func TestPicturesThatWereToHaveOneLabelAndHaveNot(t *testing.T) {
	p := Predictions{Task: model.SingleLabel, Labels: []string{"a", "b"}, Scores: []float32{0.9, 0.1, 0.5, 0.5}, Truth: [][]int{{0}, {0, 1}}}
	r, err := Evaluate(p, []float32{0.4, 0.4})
	require.NoError(t, err)
	require.Nil(t, r.Whole, "there is no one label to be right about")
	require.InDelta(t, 1, r.F1, 1e-12, "labels are judged all the same")
}

func TestEvaluateRefusesWhatDoesNotFit(t *testing.T) {
	two := []string{"a", "b"}
	cut := []float32{0.5, 0.5}
	for name, c := range map[string]struct {
		p   Predictions
		cut []float32
	}{
		"no pictures":        {Predictions{Task: model.SingleLabel, Labels: two}, cut},
		"scores missing":     {Predictions{Task: model.SingleLabel, Labels: two, Scores: []float32{1}, Truth: [][]int{{0}}}, cut},
		"thresholds":         {Predictions{Task: model.SingleLabel, Labels: two, Scores: []float32{1, 0}, Truth: [][]int{{0}}}, cut[:1]},
		"unknown label":      {Predictions{Task: model.SingleLabel, Labels: two, Scores: []float32{1, 0}, Truth: [][]int{{2}}}, cut},
		"score above one":    {Predictions{Task: model.SingleLabel, Labels: two, Scores: []float32{1.5, 0}, Truth: [][]int{{0}}}, cut},
		"score not a number": {Predictions{Task: model.SingleLabel, Labels: two, Scores: []float32{nan(), 0}, Truth: [][]int{{0}}}, cut},
		"nothing labelled":   {Predictions{Task: model.SingleLabel, Labels: two, Scores: []float32{1, 0}, Truth: [][]int{{}}}, cut},
		"no task":            {Predictions{Labels: two, Scores: []float32{1, 0}, Truth: [][]int{{0}}}, cut},
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
