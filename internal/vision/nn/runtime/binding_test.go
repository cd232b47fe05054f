package runtime_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
)

func TestABindingWorksInPlace(t *testing.T) {
	s := session(t, squares(), runtime.Options{})
	x, square, double := []float32{1, 2}, make([]float32, 2), make([]float32, 2)
	b, err := s.Bind([]runtime.Tensor{runtime.Floats(x, 2)},
		[]runtime.Tensor{runtime.Floats(square, 2), runtime.Floats(double, 2)})
	require.NoError(t, err)
	ctx := context.Background()
	require.NoError(t, b.Run(ctx))
	require.Equal(t, []float32{1, 4}, square)
	x[1] = 5
	require.Zero(t, testing.AllocsPerRun(10, func() {
		if err := b.Run(ctx); err != nil {
			t.Error(err)
		}
	}))
	require.Equal(t, []float32{1, 25}, square)
	require.Equal(t, []float32{2, 10}, double)

	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, b.Run(ended), context.Canceled)
	b.Close()
	b.Close()
	require.ErrorIs(t, b.Run(ctx), runtime.ErrClosed)
}

func TestABindingExplainsMistakes(t *testing.T) {
	s := session(t, squares(), runtime.Options{})
	one := runtime.Floats([]float32{1}, 1)
	_, err := s.Bind(nil, []runtime.Tensor{one, one})
	require.ErrorContains(t, err, "has 1 inputs and 2 outputs; Bind was called with 0 and 2 tensors")
	_, err = s.Bind([]runtime.Tensor{one}, []runtime.Tensor{one, {}})
	require.ErrorContains(t, err, `tensor "double": a tensor needs a shape`)
	b, err := s.Bind([]runtime.Tensor{one}, []runtime.Tensor{runtime.Floats(make([]float32, 3), 3), one})
	require.NoError(t, err) // only a run knows the shapes
	require.ErrorContains(t, b.Run(context.Background()), "running a model")
	b.Close()
	require.NoError(t, s.Close())
	_, err = s.Bind([]runtime.Tensor{one}, []runtime.Tensor{one, one})
	require.ErrorIs(t, err, runtime.ErrClosed)
}

// What Block found holds for a convolution over several blocks with a bias and a stride.
func TestConvolutionsInBlocks(t *testing.T) {
	block := runtime.Block()
	if block == 1 {
		t.Skip("this machine has no convolutions in blocks")
	}
	channels := nn.Dim(2 * block)
	kernel, bias := make([]float32, channels*9), make([]float32, channels)
	for i := range kernel {
		kernel[i] = float32(i % 9) // the same for all channels, so that it lies the same in blocks
	}
	blocked := make([]float32, len(kernel))
	for i := range blocked {
		blocked[i] = float32(i / block % 9)
	}
	for i := range bias {
		bias[i] = 100 * float32(i)
	}
	g := nn.New()
	x := g.Input("x", nn.Float32, 1, channels, 4, 4)
	o := nn.ConvOptions{Strides: []int{2, 2}, Pads: []int{0, 0, 1, 1}, Group: int(channels)}
	b := g.Floats("b", bias, channels)
	g.Output("plain", x.Conv(g.Floats("k", kernel, channels, 1, 3, 3), b, o))
	g.Output("blocked", x.BlockedConv(g.Floats("kb", blocked, channels, 1, 3, 3), b, o))
	s := session(t, g, runtime.Options{})
	ones := make([]float32, channels*16)
	for i := range ones {
		ones[i] = 1 // lies the same in blocks too
	}
	out := make([]runtime.Tensor, 2)
	require.NoError(t, s.Run(context.Background(), []runtime.Tensor{runtime.Floats(ones, 1, int64(channels), 4, 4)}, out))
	require.Equal(t, []int64{1, int64(channels), 2, 2}, out[1].Shape)
	for i, want := range out[0].Float32 {
		c, place := i/4, i%4
		require.Equal(t, want, out[1].Float32[(c/block*4+place)*block+c%block])
	}
}
