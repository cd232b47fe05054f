package runtime_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
)

// Boxes of two labels go through suppression, sorting and looking up, as at the end of a network that finds objects.
func TestSelection(t *testing.T) {
	build := func(lowest float32) *nn.Graph {
		g := nn.New()
		boxes := g.Input("boxes", nn.Float32, 1, 4, 4)
		scores := g.Input("scores", nn.Float32, 1, 2, 4)
		kept := boxes.NonMaxSuppression(scores, nn.SuppressionOptions{PerLabel: 3, Overlap: 0.5, Score: lowest})
		labels := kept.Gather(g.Int64s("column/1", []int64{1}), 1)
		found := kept.Gather(g.Int64s("column/2", []int64{2}), 1)
		flat := scores.Reshape(-1).Gather(labels.Mul(g.Int64s("four", []int64{4}, 1)).Add(found), 0)
		ranked, order := flat.TopK(flat.Sizes().Min(g.Int64s("most", []int64{2}, 1)), 0)
		g.Output("ranked", ranked)
		g.Output("label", labels.Gather(order, 0))
		g.Output("box", boxes.Reshape(4, 4).Gather(found.Gather(order, 0), 0))
		require.NoError(t, g.Err())
		return g
	}
	run := func(lowest float32) []runtime.Tensor {
		s := session(t, build(lowest), runtime.Options{})
		out := make([]runtime.Tensor, 3)
		require.NoError(t, s.Run(context.Background(), []runtime.Tensor{
			runtime.Floats([]float32{0, 0, 2, 2, 0, 0, 2, 1.9, 5, 5, 6, 6, 0, 0, 2, 2}, 1, 4, 4),
			runtime.Floats([]float32{0.5, 0.6, 0.3, 0.1, 0, 0, 0.7, 0.2}, 1, 2, 4),
		}, out))
		return out
	}
	out := run(0.25)
	require.Equal(t, []float32{0.7, 0.6}, out[0].Float32)
	require.Equal(t, []int64{1, 0}, out[1].Int64)
	require.Equal(t, []float32{5, 5, 6, 6, 0, 0, 2, 1.9}, out[2].Float32)
	none := run(0.9)
	require.Empty(t, none[0].Float32)
	require.Empty(t, none[1].Int64)
	require.Equal(t, []int64{0, 4}, none[2].Shape)
}
