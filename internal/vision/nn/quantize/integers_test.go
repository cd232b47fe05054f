package quantize

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Integers beside those that testdata/golden.py works out with exact fractions.
func TestIntegersAreTheGoldenOnes(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var golden struct {
		MapScale float32
		Channels []struct {
			Name        string
			Weights     []float32
			Offset      float32
			Scale, Step float32
			Integers    []int8
			Bias        int32
		}
		Ranges []struct {
			Low, High, Scale float32
			Zero             uint8
		}
	}
	require.NoError(t, json.Unmarshal(data, &golden))
	var weights, biases []float32
	for _, c := range golden.Channels {
		weights, biases = append(weights, c.Weights...), append(biases, c.Offset)
	}
	got := quantized(weights, biases, len(golden.Channels), golden.MapScale)
	for i, c := range golden.Channels {
		size := len(c.Weights)
		require.Equal(t, c.Scale, got.scales[i], c.Name)
		require.Equal(t, c.Integers, got.weights[i*size:(i+1)*size], c.Name)
		require.Equal(t, c.Step, got.steps[i], c.Name)
		require.Equal(t, c.Bias, got.biases[i], c.Name)
	}
	for _, r := range golden.Ranges {
		require.Equal(t, levels{r.Scale, r.Zero}, Range{r.Low, r.High}.levels(), "%v to %v", r.Low, r.High)
	}
}

// Rounding keeps the sum of a channel to half a step, and moves no weight by a whole one.
func TestRoundingKeepsSums(t *testing.T) {
	for _, n := range []int{1, 2, 9, 25, 1152} {
		weights := make([]float32, n)
		for i := range weights {
			weights[i] = float32(math.Sin(float64(i*i)) * math.Sin(float64(i)))
		}
		weights[0] = 1
		integers := make([]int8, n)
		scale := channelScale(weights, 0, 1)
		roundRow(weights, scale, integers)
		sum := 0.0
		for i, w := range weights {
			difference := float64(w)/float64(scale) - float64(integers[i])
			require.Less(t, math.Abs(difference), 1.0)
			sum += difference
		}
		require.LessOrEqual(t, math.Abs(sum), 0.5+1e-9)
		require.LessOrEqual(t, slices.Max(integers), int8(mostWeight))
	}
}

func TestHistogramCutsRareValues(t *testing.T) {
	var h histogram
	h.add([]float32{0})
	require.InDelta(t, 0, h.within(0).High, 1e-6)
	values := make([]float32, 100_000)
	for i := range values {
		values[i] = float32(i) / 10_000 // 0 to 10
	}
	h.add(values)
	h.add([]float32{-900, 900}) // reach grows to 1024, a bin to a quarter
	whole := h.within(0)
	require.InDelta(t, -900, whole.Low, 0.25)
	require.InDelta(t, 900, whole.High, 0.25)
	most := h.within(2e-5)
	require.InDelta(t, 0, most.Low, 0.25)
	require.InDelta(t, 10, most.High, 0.25)
}
