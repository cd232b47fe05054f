package evaluate

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/model"
)

// intervals is what testdata/intervals.py got out of scipy and scikit-learn.
type intervals struct {
	Wilson    [][4]float64 // successes, trials, low, high
	Bootstrap struct {
		Truth, Answer []int
		Low, High     [3]float64
	}
	Curve struct {
		Scores, Thresholds []float32
		Has                []bool
		Precision, Recall  []float64
	}
}

func readIntervals(t *testing.T) (golden intervals) {
	t.Helper()
	b, err := os.ReadFile("testdata/intervals.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &golden))
	return golden
}

func TestWilsonAgreesWithScipy(t *testing.T) {
	for _, w := range readIntervals(t).Wilson {
		got := Wilson(int(w[0]), int(w[1]))
		require.InDelta(t, w[2], got.Low, 1e-12, w)
		require.InDelta(t, w[3], got.High, 1e-12, w)
	}
	require.Equal(t, Interval{0, 1}, Wilson(0, 0), "nothing tried, nothing known")
}

// answered makes predictions that are certain of one label a picture.
func answered(labels int, truth, answers []int) Predictions {
	p := Predictions{Task: model.SingleLabel, Labels: names[:labels], Scores: make([]float32, len(truth)*labels)}
	for i, a := range answers {
		p.Scores[i*labels+a] = 1
		p.Truth = append(p.Truth, []int{truth[i]})
	}
	return p
}

var halves = []float32{0.5, 0.5, 0.5, 0.5}

func TestBootstrapAgreesWithScipy(t *testing.T) {
	g := readIntervals(t).Bootstrap
	u := Bootstrap(answered(4, g.Truth, g.Answer).Tallies(halves), 4, 1)
	for i, got := range []Interval{u.Precision, u.Recall, u.F1} {
		require.InDelta(t, g.Low[i], got.Low, 0.015, "two made-up pictures of 402 do not show")
		require.InDelta(t, g.High[i], got.High, 0.015)
	}
	require.Equal(t, u, Bootstrap(answered(4, g.Truth, g.Answer).Tallies(halves), 4, 1), "the same seed, the same intervals")
	other := Bootstrap(answered(4, g.Truth, g.Answer).Tallies(halves), 4, 2)
	require.NotEqual(t, u, other)
	require.InDelta(t, u.F1.Low, other.F1.Low, 0.01)
}

func TestIntervalsHoldTheTruthAboutAsOftenAsTheySay(t *testing.T) {
	const experiments, labels = 100, 3
	for _, pictures := range []int{20, 80} {
		random := rand.New(rand.NewPCG(3, uint64(pictures)))
		held := 0
		for e := range experiments {
			truth, answers := make([]int, pictures), make([]int, pictures)
			for i := range truth {
				truth[i] = i % labels
				answers[i] = truth[i]
				if random.Float64() < 0.1 {
					answers[i] = (truth[i] + 1 + random.IntN(labels-1)) % labels
				}
			}
			u := Bootstrap(answered(labels, truth, answers).Tallies(halves[:labels]), labels, uint64(e))
			if u.F1.Low <= 0.9 && 0.9 <= u.F1.High { // one answer in ten is wrong, evenly: precision and recall are 0.9
				held++
			}
		}
		require.GreaterOrEqual(t, held, experiments*90/100, "%d pictures", pictures)
	}
}

func TestNoMistakeIsNoCertainty(t *testing.T) {
	perfect := func(pictures int) Interval {
		truth := make([]int, pictures)
		for i := range truth {
			truth[i] = i % 2
		}
		return Bootstrap(answered(2, truth, truth).Tallies(halves[:2]), 2, 1).F1
	}
	require.InDelta(t, 1, perfect(20).High, 0)
	require.InDelta(t, Wilson(20, 20).Low, perfect(20).Low, 0.05)
	require.Greater(t, perfect(500).Low, 0.99)

	wrong := Bootstrap(answered(2, []int{0, 1, 0, 1}, []int{1, 0, 1, 0}).Tallies(halves[:2]), 2, 1)
	require.InDelta(t, 0, wrong.F1.Low, 0)
	require.Greater(t, wrong.F1.High, 0.3)
	require.Equal(t, Interval{0, 1}, Bootstrap(nil, 2, 1).F1)
}

func TestBootstrapOfSeveralLabelsAndBoxes(t *testing.T) {
	p := Predictions{Task: model.MultiLabel, Labels: names[:3], Truth: [][]int{{0, 1}, {}, {2}},
		Scores: []float32{0.9, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1, 0.1, 0.9}}
	require.Equal(t, [][]Tally{
		{{Label: 0, TruePositives: 1}, {Label: 1, FalseNegatives: 1}},
		{{Label: 0, FalsePositives: 1}},
		{{Label: 2, TruePositives: 1}},
	}, p.Tallies(halves[:3]))

	var boxes [][]Tally
	for range 50 {
		boxes = append(boxes, []Tally{{Label: 0, TruePositives: 9, FalsePositives: 1, FalseNegatives: 1}})
	}
	u := Bootstrap(boxes, 2, 1) // of the second label there is nothing
	require.InDelta(t, 0.9, u.F1.High, 0.02)
	require.InDelta(t, 0.87, u.F1.Low, 0.03)
}
