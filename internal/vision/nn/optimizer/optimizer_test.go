package optimizer_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn/optimizer"
)

// golden is written by testdata/golden.py with PyTorch.
type golden struct {
	Weights [][]float32 // after each of the steps
	Rates   []float64
}

func pulled(step int, weights []float32) []float32 {
	gradient := make([]float32, len(weights))
	for i, w := range weights {
		gradient[i] = w + float32(math.Sin(float64(step*7+i)))
	}
	return gradient
}

func start() []float32 {
	weights := make([]float32, 6)
	for i := range weights {
		weights[i] = float32(math.Cos(float64(i)))
	}
	return weights
}

func newAdamW(average float64) *optimizer.AdamW {
	return optimizer.NewAdamW([]optimizer.Group{{Length: 4, Rate: 1, Decay: 0.1}, {Length: 2, Rate: 5}},
		optimizer.Options{MaxNorm: 1.5, Average: average})
}

func TestItStepsAsPyTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var want golden
	require.NoError(t, json.Unmarshal(data, &want))
	require.Len(t, want.Rates, 20)
	cycle := optimizer.OneCycle{Peak: 0.05, Steps: 20}
	adam, weights := newAdamW(0), start()
	for step := range cycle.Steps {
		require.InEpsilon(t, want.Rates[step], cycle.Rate(step), 1e-9, "step %d", step)
		_, err := adam.Step(weights, pulled(step, weights), cycle.Rate(step))
		require.NoError(t, err)
		for i, w := range weights {
			require.InDelta(t, want.Weights[step][i], w, 2e-6, "weight %d in step %d", i, step)
		}
	}
}

func TestItGoesOnWhereItStopped(t *testing.T) {
	whole, weights := newAdamW(0.9), start()
	half, halves := newAdamW(0.9), start()
	for step := range 10 {
		_, err := whole.Step(weights, pulled(step, weights), 0.01)
		require.NoError(t, err)
		_, err = half.Step(halves, pulled(step, halves), 0.01)
		require.NoError(t, err)
		var saved bytes.Buffer
		require.NoError(t, half.Save(&saved))
		half = newAdamW(0.9)
		require.Error(t, half.Load(bytes.NewReader(saved.Bytes()[:20])))
		require.NoError(t, half.Load(&saved))
	}
	require.Equal(t, weights, halves)
	require.Equal(t, whole.Average(), half.Average())
	require.Equal(t, 10, half.Steps())
}

func TestTheAverageFollows(t *testing.T) {
	adam := optimizer.NewAdamW([]optimizer.Group{{Length: 1, Rate: 1}}, optimizer.Options{Average: 0.5})
	weights := []float32{1}
	_, err := adam.Step(weights, []float32{1}, 0.1)
	require.NoError(t, err)
	require.Equal(t, weights, adam.Average())
	before := weights[0]
	_, err = adam.Step(weights, []float32{1}, 0.1)
	require.NoError(t, err)
	require.Less(t, adam.Average()[0], before)
	require.Greater(t, adam.Average()[0], weights[0])
}

func TestAStepAllocatesNoArrays(t *testing.T) {
	adam, weights := newAdamW(0.9), start()
	gradient := pulled(0, weights)
	require.Less(t, testing.AllocsPerRun(10, func() { _, _ = adam.Step(weights, gradient, 0.01) }), 20.0, "what it takes to work in pieces, however many weights there are")
}

func TestWhatIsNotFiniteChangesNothing(t *testing.T) {
	adam, weights := newAdamW(0), start()
	gradient := pulled(0, weights)
	gradient[3] = float32(math.NaN())
	_, err := adam.Step(weights, gradient, 0.01)
	require.ErrorContains(t, err, "not finite in step 1")
	require.Equal(t, start(), weights)
	_, err = adam.Step(weights, gradient[:2], 0.01)
	require.ErrorContains(t, err, "6 weights and 2 gradients instead of 6")
}

func TestOneCycleOfFewSteps(t *testing.T) {
	for steps := 1; steps < 5; steps++ {
		c := optimizer.OneCycle{Peak: 1, Steps: steps}
		for i := range steps + 2 {
			rate := c.Rate(i)
			require.False(t, math.IsNaN(rate) || rate <= 0 || rate > 1, "step %d of %d: %v", i, steps, rate)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	const n = 2_500_000
	adam := optimizer.NewAdamW([]optimizer.Group{{Length: n, Rate: 1, Decay: 0.01}}, optimizer.Options{MaxNorm: 1})
	weights, gradient := make([]float32, n), make([]float32, n)
	for i := range gradient {
		gradient[i] = float32(math.Sin(float64(i)))
	}
	for b.Loop() {
		if _, err := adam.Step(weights, gradient, 1e-3); err != nil {
			b.Fatal(err)
		}
	}
}
