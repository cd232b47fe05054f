package runtime_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
)

func session(t *testing.T, g *nn.Graph, o runtime.Options) *runtime.Session {
	t.Helper()
	file, err := g.Bytes()
	require.NoError(t, err)
	s, err := runtime.NewSession(file, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// squares gives "square" = x*x and "double" = x+x.
func squares() *nn.Graph {
	g := nn.New()
	x := g.Input("x", nn.Float32, g.Dim("N"))
	g.Output("square", x.Mul(x))
	g.Output("double", x.Add(x))
	return g
}

func TestRunFillsTheCallersMemory(t *testing.T) {
	s := session(t, squares(), runtime.Options{})
	require.Equal(t, []string{"x"}, s.Inputs())
	require.Equal(t, []string{"square", "double"}, s.Outputs())
	memory := make([]float32, 3)
	out := []runtime.Tensor{runtime.Floats(memory, 3), {}}
	require.NoError(t, s.Run(context.Background(), []runtime.Tensor{runtime.Floats([]float32{1, 2, 3}, 3)}, out))
	require.Equal(t, []float32{1, 4, 9}, memory)
	require.Equal(t, runtime.Floats([]float32{2, 4, 6}, 3), out[1])
}

func TestOutputsCanBeChosen(t *testing.T) {
	s := session(t, squares(), runtime.Options{Outputs: []string{"double"}})
	out := make([]runtime.Tensor, 1)
	require.NoError(t, s.Run(context.Background(), []runtime.Tensor{runtime.Floats([]float32{4}, 1)}, out))
	require.Equal(t, []float32{8}, out[0].Float32)
}

func TestInt64Tensors(t *testing.T) {
	g := nn.New()
	x := g.Input("x", nn.Int64, 2)
	g.Output("y", x.Add(g.Int64s("b", []int64{1 << 40, 1}, 2)))
	s := session(t, g, runtime.Options{})
	out := make([]runtime.Tensor, 1)
	require.NoError(t, s.Run(context.Background(), []runtime.Tensor{runtime.Ints([]int64{1, 2}, 2)}, out))
	require.Equal(t, runtime.Ints([]int64{1<<40 + 1, 3}, 2), out[0])
}

func TestRunsAtTheSameTimeDoNotMix(t *testing.T) {
	s := session(t, squares(), runtime.Options{})
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			in := []runtime.Tensor{runtime.Floats([]float32{float32(i)}, 1)}
			for range 200 {
				out := make([]runtime.Tensor, 2)
				if err := s.Run(context.Background(), in, out); err != nil {
					t.Error(err)
				} else if out[0].Float32[0] != float32(i*i) {
					t.Errorf("%d squared gave %v", i, out[0].Float32[0])
				}
			}
		})
	}
	group.Wait()
}

func TestRunExplainsMistakes(t *testing.T) {
	s := session(t, squares(), runtime.Options{})
	good := runtime.Floats([]float32{1}, 1)
	tests := []struct {
		name    string
		in, out []runtime.Tensor
		want    string
	}{
		{"too few inputs", nil, make([]runtime.Tensor, 2), "takes inputs x and gives square, double"},
		{"short data", []runtime.Tensor{runtime.Floats([]float32{1}, 2)}, make([]runtime.Tensor, 2), `tensor "x": 1 elements for shape [2]`},
		{"scalar", []runtime.Tensor{runtime.Floats([]float32{1})}, make([]runtime.Tensor, 2), "needs a shape"},
		{"both kinds", []runtime.Tensor{{Shape: []int64{2}, Float32: []float32{1}, Int64: []int64{1}}}, make([]runtime.Tensor, 2), "of two types"},
		{"negative side", []runtime.Tensor{runtime.Floats([]float32{1}, -1, -1)}, make([]runtime.Tensor, 2), "shape [-1 -1]"},
		{"type", []runtime.Tensor{runtime.Ints([]int64{1}, 1)}, make([]runtime.Tensor, 2), "running a model"},
		{"output size", []runtime.Tensor{good}, []runtime.Tensor{runtime.Floats(make([]float32, 5), 5), {}}, "running a model"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.ErrorContains(t, s.Run(context.Background(), test.in, test.out), test.want)
		})
	}
}

func TestNewSessionRefusesWhatIsNoModel(t *testing.T) {
	_, err := runtime.NewSession([]byte("GIF89a"), runtime.Options{})
	require.ErrorContains(t, err, "not an ONNX file")
	file, err := squares().Bytes()
	require.NoError(t, err)
	_, err = runtime.NewSession(file, runtime.Options{Outputs: []string{"cube"}})
	require.ErrorContains(t, err, `no value "cube"`)
}

func TestRunAfterCloseFails(t *testing.T) {
	s := session(t, squares(), runtime.Options{})
	require.NoError(t, s.Close())
	in := []runtime.Tensor{runtime.Floats([]float32{1}, 1)}
	require.ErrorIs(t, s.Run(context.Background(), in, make([]runtime.Tensor, 2)), runtime.ErrClosed)
}

// long is a graph of many products, which takes seconds.
func long() *nn.Graph {
	g := nn.New()
	x := g.Input("x", nn.Float32, 1024, 1024)
	y := x
	for range 500 {
		y = y.MatMul(x)
	}
	g.Output("y", y)
	return g
}

func TestRunIsBrokenOffWithItsContext(t *testing.T) {
	s := session(t, long(), runtime.Options{})
	in := []runtime.Tensor{runtime.Floats(make([]float32, 1<<20), 1024, 1024)}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.Run(ctx, in, make([]runtime.Tensor, 1)), context.DeadlineExceeded)

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, s.Run(ended, in, make([]runtime.Tensor, 1)), context.Canceled)
}

func TestVersionIsTheOneThatIsPinned(t *testing.T) {
	version, err := runtime.Version()
	require.NoError(t, err)
	require.Equal(t, "1.31.1", version)
	require.ErrorContains(t, runtime.Open("/another/library.so", runtime.CPU), "already loaded from")
	require.ErrorContains(t, runtime.Open("", runtime.CUDA), "already computes on cpu")
	require.ErrorContains(t, runtime.Open("", "tpu"), "no provider")
	require.NoError(t, runtime.Open("", runtime.CPU))
}
