package train_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/nn/train"
)

// pyramid has two inputs and two outputs, doubles a map, and uses one layer twice.
func pyramid() *nn.Graph {
	g := nn.New()
	fine := g.Input("fine", nn.Float32, 1, 4, 6, 8)
	coarse := g.Input("coarse", nn.Float32, 1, 3, 3, 4)
	lateral := coarse.Conv(g.Floats("lateral", wave(4*3, 0.3, 1), 4, 3, 1, 1), nn.Value{}, nn.ConvOptions{})
	taps := g.Floats("taps", wave(4*9, 0.9, 1), 4, 1, 3, 3)
	w, b := g.Floats("w", wave(4*5, 0.4, 1), 5, 4, 1, 1), g.Floats("b", wave(5, 0.8, 1), 5)
	head := func(x nn.Value) nn.Value {
		o := nn.ConvOptions{Pads: []int{1, 1, 1, 1}, Group: 4}
		return x.Conv(taps, nn.Value{}, o).Conv(w, b, nn.ConvOptions{}).Relu()
	}
	g.Output("large", head(fine.Add(lateral.Upsample2())))
	g.Output("small", head(lateral))
	return g
}

func TestAPyramidWithOneHead(t *testing.T) {
	var want []float32
	for _, block := range []int{1, 0} {
		s, err := train.New(pyramid(), train.Options{
			Batch: batch, Block: block, Kernels: []string{"taps"},
			Maps: map[string][3]int{"fine": {4, 6, 8}, "coarse": {3, 3, 4}},
			Loss: func(outputs []nn.Value) nn.Value {
				large, small := outputs[0], outputs[1]
				pull := large.Graph().Floats("pull", wave(int(elements(large)), 0.11, 1), large.Shape()...)
				return large.Mul(pull).ReduceMean(false, 0, 1, 2, 3).Add(small.ReduceMean(false, 0, 1, 2, 3)).Reshape(1)
			},
		})
		require.NoError(t, err)
		defer s.Close()
		copy(s.Input("fine"), wave(batch*4*6*8, 0.37, 2))
		copy(s.Input("coarse"), wave(batch*3*3*4, 0.21, 2))
		_, err = s.Run(context.Background())
		require.NoError(t, err)
		require.Equal(t, []string{"lateral", "taps", "w", "b"}, s.Names())
		got := append(slices.Clone(s.Gradient()), s.Output("large")...)
		if block == 1 {
			want = got
			inference(t, s)
		}
		require.InDeltaSlice(t, want, got, 1e-4)
	}
}

// inference runs the network itself on the first picture.
func inference(t *testing.T, s *train.Step) {
	file, err := pyramid().Bytes()
	require.NoError(t, err)
	session, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer session.Close()
	out := make([]runtime.Tensor, 2)
	require.NoError(t, session.Run(context.Background(), []runtime.Tensor{
		runtime.Floats(s.Input("fine")[:4*6*8], 1, 4, 6, 8), runtime.Floats(s.Input("coarse")[:3*3*4], 1, 3, 3, 4),
	}, out))
	require.InDeltaSlice(t, out[0].Float32, s.Output("large")[:5*6*8], 1e-4)
	require.InDeltaSlice(t, out[1].Float32, s.Output("small")[:5*3*4], 1e-4)
}
