package loss_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/grad"
	"ownsight/internal/vision/nn/loss"
	"ownsight/internal/vision/nn/runtime"
)

func wave(n int, pace, size, middle float64) []float32 {
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(middle + size*math.Sin(pace*float64(i+1)))
	}
	return data
}

// Every loss and its gradient beside PyTorch's, which testdata/golden.py wrote.
func TestLossesAreThoseOfPyTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var golden map[string]struct {
		Loss     float64
		Gradient []float64
	}
	require.NoError(t, json.Unmarshal(data, &golden))

	const rows, labels = 6, 4
	oneHot := make([]float32, rows*labels)
	for i := range rows {
		oneHot[i*labels+i%labels] = 1
	}
	known := wave(rows*labels, 1.1, 0.5, 0.5)
	tests := map[string]struct {
		shape nn.Shape
		data  []float32
		build func(g *nn.Graph, x nn.Value) nn.Value
	}{
		"softmax": {nn.Shape{rows, labels}, wave(rows*labels, 0.7, 3, 0), func(g *nn.Graph, x nn.Value) nn.Value {
			return loss.SoftmaxCrossEntropy(x, g.Floats("t", oneHot, rows, labels), 0, nil)
		}},
		"smoothed": {nn.Shape{rows, labels}, wave(rows*labels, 0.7, 3, 0), func(g *nn.Graph, x nn.Value) nn.Value {
			return loss.SoftmaxCrossEntropy(x, g.Floats("t", oneHot, rows, labels), 0.1, []float32{1, 0.5, 2, 3})
		}},
		"sigmoid": {nn.Shape{rows, labels}, wave(rows*labels, 0.7, 30, 0), func(g *nn.Graph, x nn.Value) nn.Value {
			return loss.SigmoidCrossEntropy(x, g.Floats("t", oneHot, rows, labels), g.Floats("k", known, rows, labels))
		}},
		"overlap": {nn.Shape{4, rows}, box(0.7, 3.5), func(g *nn.Graph, x nn.Value) nn.Value {
			overlap, _ := overlaps(g, x)
			return loss.Mean(g.Scalar(1).Sub(overlap), g.Floats("w", wave(rows, 1, 1, 1), 1, rows))
		}},
		"generalized overlap": {nn.Shape{4, rows}, box(0.7, 3.5), func(g *nn.Graph, x nn.Value) nn.Value {
			_, generalized := overlaps(g, x)
			return loss.Mean(g.Scalar(1).Sub(generalized), g.Floats("w", wave(rows, 1, 1, 1), 1, rows))
		}},
		"quality": {nn.Shape{rows, labels}, wave(rows*labels, 0.7, 4, -1), func(g *nn.Graph, x nn.Value) nn.Value {
			objects := g.Floats("o", oneHot, rows, labels)
			k := g.Floats("k", known, rows, labels)
			return loss.Quality(x, objects.Mul(k), k, objects)
		}},
	}
	require.Len(t, golden, len(tests))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, test.shape, test.data, test.build)
			require.InEpsilon(t, golden[name].Loss, got[0].Float32[0], 1e-5)
			most := 0.0
			for _, w := range golden[name].Gradient {
				most = max(most, math.Abs(w))
			}
			require.Len(t, got[1].Float32, len(golden[name].Gradient))
			for i, w := range golden[name].Gradient {
				require.InDelta(t, w, got[1].Float32[i], 1e-5*most, "element %d", i)
			}
		})
	}
}

// box gives left, top, right and bottom of 6 boxes.
func box(pace, middle float64) []float32 {
	const n = 12
	low, sides := wave(n, pace, 2, middle), wave(n, pace+0.3, 1, 1.5)
	list := slices.Clone(low)
	for i := range n {
		list = append(list, low[i]+sides[i])
	}
	return list
}

// overlaps compares boxes [4, 6] with those of the golden file.
func overlaps(g *nn.Graph, x nn.Value) (overlap, generalized nn.Value) {
	truth := g.Floats("t", box(0.4, 3), 4, 6)
	side := func(v nn.Value, i int) nn.Value { return v.Pad([]int{-i, 0}, []int{i - 3, 0}) }
	return loss.Overlaps(side(x, 0), side(x, 1), side(x, 2), side(x, 3),
		side(truth, 0), side(truth, 1), side(truth, 2), side(truth, 3))
}

func run(t *testing.T, shape nn.Shape, data []float32, build func(g *nn.Graph, x nn.Value) nn.Value) []runtime.Tensor {
	t.Helper()
	g := nn.New()
	x := g.Input("x", nn.Float32, shape...)
	value := build(g, x)
	slopes, err := grad.Of(value, x)
	require.NoError(t, err)
	g.Output("loss", value)
	g.Output("slope", slopes[0])
	file, err := g.Bytes()
	require.NoError(t, err)
	s, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer s.Close()
	in := runtime.Tensor{Float32: data}
	for _, d := range shape {
		in.Shape = append(in.Shape, int64(d))
	}
	out := make([]runtime.Tensor, 2)
	require.NoError(t, s.Run(context.Background(), []runtime.Tensor{in}, out))
	return out
}

// Rows that fill up a batch, and batches that hold nothing, have no say and give no NaN.
func TestEmptyRowsAreLeftOut(t *testing.T) {
	logits := []float32{1, 2, 3, 4, 5, 9}
	of := func(targets []float32, rows nn.Dim) []runtime.Tensor {
		return run(t, nn.Shape{rows, 3}, logits[:3*rows], func(g *nn.Graph, x nn.Value) nn.Value {
			return loss.SoftmaxCrossEntropy(x, g.Floats("t", targets, rows, 3), 0.1, nil)
		})
	}
	one, filled := of([]float32{0, 1, 0}, 1), of([]float32{0, 1, 0, 0, 0, 0}, 2)
	require.InDelta(t, one[0].Float32[0], filled[0].Float32[0], 1e-6)
	require.InDeltaSlice(t, one[1].Float32, filled[1].Float32[:3], 1e-6)
	require.Equal(t, make([]float32, 3), filled[1].Float32[3:])
	none := of(make([]float32, 6), 2)
	require.Equal(t, make([]float32, 6), none[1].Float32)
	require.Zero(t, none[0].Float32[0])

	nothing := run(t, nn.Shape{4, 6}, box(0.7, 3.5), func(g *nn.Graph, x nn.Value) nn.Value {
		overlap, _ := overlaps(g, x)
		return loss.Mean(overlap, g.Floats("w", make([]float32, 6), 1, 6))
	})
	require.Zero(t, nothing[0].Float32[0])
	require.Equal(t, make([]float32, 24), nothing[1].Float32)
}
