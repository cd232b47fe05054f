package evaluate

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlattScalingAgreesWithScipy(t *testing.T) {
	b, err := os.ReadFile("testdata/platt.json")
	require.NoError(t, err)
	var cases map[string]struct {
		Scores        []float32
		Right         []bool
		Slope, Offset float64
	}
	require.NoError(t, json.Unmarshal(b, &cases))
	require.NotEmpty(t, cases)
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			d := Decisions{Scores: want.Scores, Right: want.Right}
			m, err := PlattScaling(d)
			require.NoError(t, err)
			require.InDelta(t, want.Slope, m.Slope, 1e-4)
			require.InDelta(t, want.Offset, m.Offset, 1e-4)

			before := CalibrationError(d)
			mapped := Decisions{Right: d.Right}
			for _, s := range d.Scores {
				mapped.Scores = append(mapped.Scores, m.Probability(s))
			}
			require.Less(t, CalibrationError(mapped), before-0.05, "scores that are off must become more believable")
		})
	}
}

func TestPlattKeepsTheOrderAndStaysFinite(t *testing.T) {
	for name, d := range map[string]Decisions{
		"nothing":     {},
		"one right":   {Scores: []float32{0.4}, Right: []bool{true}},
		"never wrong": {Scores: []float32{0, 0.1, 0.9, 1}, Right: []bool{false, false, true, true}},
		"always":      {Scores: []float32{0, 0.1, 0.9, 1}, Right: []bool{true, true, true, true}},
		"inverted":    {Scores: []float32{0, 0.1, 0.9, 1}, Right: []bool{true, true, false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := PlattScaling(d)
			require.NoError(t, err)
			require.Positive(t, m.Slope)
			require.Less(t, math.Abs(m.Offset), 5.0)
			last := float32(-1)
			for _, s := range []float32{0, 0.01, 0.3, 0.5, 0.7, 0.99, 1} {
				p := m.Probability(s)
				require.Greater(t, p, last)
				require.LessOrEqual(t, p, float32(1))
				last = p
			}
		})
	}
	m, err := PlattScaling(Decisions{})
	require.NoError(t, err)
	require.Equal(t, Platt{Slope: 1}, m, "where nothing is known nothing is changed")
	require.InDelta(t, 0.3, m.Probability(0.3), 1e-6)
	require.Zero(t, CalibrationError(Decisions{}))
	for _, wrong := range []Decisions{{Scores: []float32{nan()}, Right: []bool{true}}, {Scores: []float32{1, 0}, Right: []bool{true}}} {
		_, err := PlattScaling(wrong)
		require.Error(t, err)
	}
}

func TestMissedAnswersLowerTheCut(t *testing.T) {
	// Of ten that are there, with those at 0.9 and those at 0.3 the best cut depends on how many were never found.
	d := Decisions{Scores: []float32{0.9, 0.9, 0.9, 0.3, 0.3, 0.3}, Right: []bool{true, true, true, true, false, false}}
	require.InDelta(t, 0.6, newCurve(d.Scores, d.Right).bestCut(0.5), 1e-6)
	alone, _ := Cuts([]Decisions{d})
	d.Missed = 1000
	many, shared := Cuts([]Decisions{d, {}})
	require.Less(t, many[0], alone[0]-0.2, "what is never found makes every find worth more")
	require.Equal(t, shared, many[1])
	c := newCurve(d.Scores, d.Right)
	c.positives += d.Missed
	require.InDelta(t, 0.15, c.bestCut(0.5), 1e-6)
}
