package nn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
)

func TestShapesOfSelection(t *testing.T) {
	g := nn.New()
	x := g.Input("x", nn.Float32, 5, 3)
	values, places := x.TopK(g.Int64s("k", []int64{2}, 1), 0)
	require.Equal(t, nn.Shape{2, 3}, values.Shape())
	require.Equal(t, nn.Type{Elem: nn.Int64, Shape: nn.Shape{2, 3}}, places.Type())
	require.Equal(t, nn.Shape{5, 4, 7}, x.Gather(g.Input("at", nn.Int64, 4, 7), 1).Shape())
	require.Equal(t, nn.Shape{3}, x.Gather(g.Int64s("one", []int64{1}), 0).Shape())
	open, _ := x.TopK(x.Sizes().Gather(g.Int64s("first", []int64{0}, 1), 0), 1)
	require.Equal(t, nn.Shape{5, nn.Unknown}, open.Shape())
	boxes, scores := g.Input("boxes", nn.Float32, 1, 9, 4), g.Input("scores", nn.Float32, 1, 2, 9)
	require.Equal(t, nn.Shape{nn.Unknown, 3}, boxes.NonMaxSuppression(scores, nn.SuppressionOptions{PerLabel: 5}).Shape())
	require.Equal(t, nn.Shape{2, 3, nn.Unknown, 8}, g.Input("map", nn.Float32, 2, 3, g.Dim("H"), 4).Upsample2().Shape())
	require.NoError(t, g.Err())
	require.True(t, x.Detached().IsDetached())
	require.False(t, x.IsDetached())
}

func TestMistakesOfSelection(t *testing.T) {
	for want, build := range map[string]func(x nn.Value) nn.Value{
		"TopK: axis 2": func(x nn.Value) nn.Value {
			values, _ := x.TopK(x.Graph().Int64s("k", []int64{2}, 1), 2)
			return values
		},
		"Gather: axis -3":                func(x nn.Value) nn.Value { return x.Gather(x.Graph().Int64s("i", []int64{0}), -3) },
		"NonMaxSuppression: boxes [5x3]": func(x nn.Value) nn.Value { return x.NonMaxSuppression(x, nn.SuppressionOptions{}) },
		"Upsample2: [5x3] is not a map":  nn.Value.Upsample2,
	} {
		g := nn.New()
		build(g.Input("x", nn.Float32, 5, 3))
		require.ErrorContains(t, g.Err(), want)
	}
}
