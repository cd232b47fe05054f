package boxes

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/evaluate"
)

// at is a box of 10 x 10 whose left side lies at left.
func at(label int, left float64) Box { return Box{Label: label, Left: left, Width: 10, Height: 10} }

func found(label int, left float64, score float32) Detection {
	return Detection{at(label, left), score}
}

// kitchen has cups (0), plates (1) and forks (2), and every way to be wrong.
func kitchen() Set {
	return Set{Labels: []string{"cup", "plate", "fork"}, Pictures: []Picture{
		{
			Truth: []Box{at(0, 0), at(0, 100), at(1, 200), at(1, 300)},
			Detections: []Detection{
				found(0, 1, 0.6), found(0, 0, 0.9), // the better one finds the cup, the other finds nothing
				found(0, 101, 0.3),                     // too low: the cup is missed
				found(0, 201, 0.8), found(1, 199, 0.2), // a plate that is taken for a cup, its own finder too low
				found(2, 300, 0.95), found(1, 300, 0.51), // a fork where a plate was found
			},
		},
		{Detections: []Detection{found(2, 0, 0.7)}},
		{Truth: []Box{{Label: 1, Width: 30, Height: 30}, at(0, 500)}, Detections: []Detection{found(0, 504, 0.99)}},
	}}
}

var halves = []float32{0.5, 0.5, 0.5}

func TestMatches(t *testing.T) {
	require.Equal(t, []int{-1, 0, 1, -1, 2, -1, 3}, kitchen().Pictures[0].Matches())
	require.Equal(t, []int{-1}, kitchen().Pictures[2].Matches(), "6 of 14 is less than half")
	require.Empty(t, Picture{Truth: []Box{at(0, 0)}}.Matches())
}

func TestConfusionAddsUp(t *testing.T) {
	r, err := Evaluate(kitchen(), halves)
	require.NoError(t, err)
	require.Equal(t, []Cell{
		{"cup", "cup", 1}, {"cup", "", 2},
		{"plate", "cup", 1}, {"plate", "plate", 1}, {"plate", "", 1},
		{"", "cup", 2}, {"", "fork", 2},
	}, r.Confusion)
	cup, plate, fork := r.Labels[0], r.Labels[1], r.Labels[2]
	require.Equal(t, LabelReport{Label: "cup", Threshold: 0.5, Pictures: 2, Boxes: 3, TruePositives: 1, FalsePositives: 3,
		FalseNegatives: 2, Precision: 0.25, Recall: 1.0 / 3, F1: 2.0 / 7}, cup)
	require.Equal(t, LabelReport{Label: "plate", Threshold: 0.5, Pictures: 2, Boxes: 3, TruePositives: 1,
		FalseNegatives: 2, Precision: 1, Recall: 1.0 / 3, F1: 0.5}, plate)
	require.Equal(t, LabelReport{Label: "fork", Threshold: 0.5, FalsePositives: 2}, fork)
	require.InDelta(t, (2.0/7+0.5)/2, r.F1, 1e-12, "forks have no boxes and count through nothing")
	require.Nil(t, r.Average.Small, "how many pixels the pictures have is not known")
}

func TestAnswers(t *testing.T) {
	p := kitchen().Pictures[0]
	answers := p.Answers(halves)
	require.Equal(t, []Answer{
		{Truth: -1, Detection: 5}, // the fork
		{Truth: 0, Detection: 1, Overlap: 1, OfTruth: 0.9},
		{Truth: 2, Detection: 3, Overlap: 9.0 / 11, OfTruth: 0.2}, // a plate that is taken for a cup
		{Truth: -1, Detection: 0},
		{Truth: 3, Detection: 6, Overlap: 1, OfTruth: 0.51},
		{Truth: 1, Detection: -1, OfTruth: 0.3},
	}, answers)
	var right []bool
	for _, a := range answers {
		right = append(right, p.Right(a))
	}
	require.Equal(t, []bool{false, true, false, false, true, false}, right)
}

func TestTalliesAddUpToTheReport(t *testing.T) {
	s := kitchen()
	r, err := Evaluate(s, halves)
	require.NoError(t, err)
	tallies, err := s.Tallies(halves)
	require.NoError(t, err)
	require.Len(t, tallies, 3)
	sums := make([]evaluate.Tally, 3)
	for _, picture := range tallies {
		for _, c := range picture {
			sums[c.Label].TruePositives += c.TruePositives
			sums[c.Label].FalsePositives += c.FalsePositives
			sums[c.Label].FalseNegatives += c.FalseNegatives
		}
	}
	decisions, err := s.Decisions()
	require.NoError(t, err)
	for k, l := range r.Labels {
		require.Equal(t, [3]int{l.TruePositives, l.FalsePositives, l.FalseNegatives},
			[3]int{sums[k].TruePositives, sums[k].FalsePositives, sums[k].FalseNegatives}, l.Label)
		sweep := decisions[k].Sweep()
		require.Equal(t, l.TruePositives, sweep.TruePositives[50], l.Label)
		require.Equal(t, l.FalsePositives, sweep.FalsePositives[50], l.Label)
	}
}

func TestWorst(t *testing.T) {
	s := kitchen()
	all, err := Worst(s, halves, 10)
	require.NoError(t, err)
	var pictures []int
	for _, m := range all {
		pictures = append(pictures, m.Picture)
	}
	require.Equal(t, []int{0, 2, 1}, pictures)
	require.Len(t, all[0].Wrong, 4)
	require.InDelta(t, 0.95+0.8+0.6+(1-0.3), all[0].Surprise, 1e-6)
	require.InDelta(t, 1+1+0.99, all[1].Surprise, 1e-6, "two boxes are missed at any threshold")
	few, err := Worst(s, halves, 1)
	require.NoError(t, err)
	require.Equal(t, all[:1], few)
	perfect := Set{Labels: []string{"cup"}, Pictures: []Picture{{Truth: []Box{at(0, 0)}, Detections: []Detection{found(0, 0, 0.9)}}}}
	none, err := Worst(perfect, halves[:1], 10)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestThresholdsAreThoseOfTheDecisions(t *testing.T) {
	cuts, shared, err := Thresholds(kitchen())
	require.NoError(t, err)
	want, rest := evaluate.Cuts([]evaluate.Decisions{
		{Scores: []float32{0.6, 0.9, 0.3, 0.8, 0.99}, Right: []bool{false, true, true, false, false}, Missed: 1},
		{Scores: []float32{0.2, 0.51}, Right: []bool{true, true}, Missed: 1},
		{Scores: []float32{0.95, 0.7}, Right: []bool{false, false}},
	})
	require.Equal(t, want, cuts)
	require.Equal(t, rest, shared)
	require.Equal(t, shared, cuts[2], "what has no boxes cannot be judged")
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	one := func(b Box, d Detection, pixels float64) Set {
		return Set{Labels: []string{"a"}, Pictures: []Picture{{Truth: []Box{b}, Detections: []Detection{d}, Pixels: pixels}}}
	}
	good, seen := at(0, 0), found(0, 0, 0.5)
	for name, s := range map[string]Set{
		"no pictures":     {Labels: []string{"a"}},
		"no labels":       {Pictures: []Picture{{}}},
		"nothing to find": {Labels: []string{"a"}, Pictures: []Picture{{Detections: []Detection{seen}}}},
		"unknown label":   one(at(1, 0), seen, 1),
		"unknown answer":  one(good, found(-1, 0, 0.5), 1),
		"score above one": one(good, found(0, 0, 1.5), 1),
		"no score":        one(good, found(0, 0, float32(math.NaN())), 1),
		"negative width":  one(Box{Width: -1, Height: 1}, seen, 1),
		"no number":       one(Box{Width: math.NaN(), Height: 1}, seen, 1),
		"endless":         one(Box{Left: math.Inf(-1), Width: 1, Height: 1}, seen, 1),
		"negative size":   one(good, seen, -1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Evaluate(s, []float32{0.5})
			require.Error(t, err)
			_, _, err = Thresholds(s)
			require.Error(t, err)
			_, err = Calibrate(s)
			require.Error(t, err)
			_, err = CalibrationError(s)
			require.Error(t, err)
			_, err = Worst(s, []float32{0.5}, 1)
			require.Error(t, err)
			_, err = s.Tallies([]float32{0.5})
			require.Error(t, err)
		})
	}
	_, err := Evaluate(one(good, seen, 1), nil)
	require.ErrorContains(t, err, "0 thresholds for 1 labels")
	_, err = Worst(one(good, seen, 1), nil, 1)
	require.Error(t, err)
}
