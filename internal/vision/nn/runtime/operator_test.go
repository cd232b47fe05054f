package runtime_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/onnxpb"
	"ownsight/internal/vision/nn/runtime"
)

// evaluate runs a graph of one input, x, and returns its only output. The shape
// that the builder foretold must be the one that comes out.
func evaluate(t *testing.T, x []float32, shape []int64, build func(g *nn.Graph, x nn.Value) nn.Value) runtime.Tensor {
	t.Helper()
	g := nn.New()
	dims := make([]nn.Dim, len(shape))
	for i, side := range shape {
		dims[i] = nn.Dim(side)
	}
	y := build(g, g.Input("x", nn.Float32, dims...))
	g.Output("y", y)
	file, err := g.Bytes()
	require.NoError(t, err)
	s, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	out := make([]runtime.Tensor, 1)
	require.NoError(t, s.Run(context.Background(), []runtime.Tensor{runtime.Floats(x, shape...)}, out))
	foretold := make([]int64, len(y.Shape()))
	for i, d := range y.Shape() {
		foretold[i] = int64(d)
	}
	require.Equal(t, out[0].Shape, foretold)
	return out[0]
}

func TestOperators(t *testing.T) {
	exp := func(f float64) float32 { return float32(math.Exp(f)) }
	tests := []struct {
		name  string
		x     []float32
		shape []int64
		build func(g *nn.Graph, x nn.Value) nn.Value
		want  []float32
	}{
		{"Add", []float32{1, 2, 3, 4}, []int64{2, 2}, func(g *nn.Graph, x nn.Value) nn.Value {
			return x.Add(g.Floats("b", []float32{10, 20}, 2))
		}, []float32{11, 22, 13, 24}},
		{"Sub", []float32{1, 2}, []int64{1, 2}, func(g *nn.Graph, x nn.Value) nn.Value {
			return x.Sub(g.Floats("b", []float32{1, 5}, 2, 1))
		}, []float32{0, 1, -4, -3}},
		{"Mul", []float32{1, 2}, []int64{2}, func(_ *nn.Graph, x nn.Value) nn.Value { return x.Mul(x) }, []float32{1, 4}},
		{"Div", []float32{1, 2}, []int64{2}, func(g *nn.Graph, x nn.Value) nn.Value { return x.Div(g.Scalar(4)) },
			[]float32{.25, .5}},
		{"Clip", []float32{-1, 3, 9}, []int64{3}, func(_ *nn.Graph, x nn.Value) nn.Value { return x.Clip(0, 6) },
			[]float32{0, 3, 6}},
		{"Log", []float32{1, exp(2)}, []int64{2}, func(_ *nn.Graph, x nn.Value) nn.Value { return x.Log() }, []float32{0, 2}},
		{"Exp", []float32{0, 1}, []int64{2}, func(_ *nn.Graph, x nn.Value) nn.Value { return x.Exp() }, []float32{1, exp(1)}},
		{"Sqrt", []float32{4, 9}, []int64{2}, func(_ *nn.Graph, x nn.Value) nn.Value { return x.Sqrt() }, []float32{2, 3}},
		{"Neg", []float32{4, -9}, []int64{2}, func(_ *nn.Graph, x nn.Value) nn.Value { return x.Neg() }, []float32{-4, 9}},
		{"Sigmoid", []float32{0, 2}, []int64{2}, func(_ *nn.Graph, x nn.Value) nn.Value { return x.Sigmoid() },
			[]float32{.5, 1 / (1 + exp(-2))}},
		{"Identity", []float32{4}, []int64{1}, func(_ *nn.Graph, x nn.Value) nn.Value { return x.Identity() }, []float32{4}},
		{"Cast", []float32{1.9, -1.9}, []int64{2}, func(_ *nn.Graph, x nn.Value) nn.Value {
			return x.Cast(nn.Int32).Cast(nn.Float32)
		}, []float32{1, -1}},
		{"Softmax", []float32{1, 1, 0, 2}, []int64{2, 2}, func(_ *nn.Graph, x nn.Value) nn.Value { return x.Softmax(1) },
			[]float32{.5, .5, 1 / (1 + exp(2)), 1 / (1 + exp(-2))}},
		{"ReduceSum", []float32{1, 2, 3, 4}, []int64{2, 2}, func(_ *nn.Graph, x nn.Value) nn.Value {
			return x.ReduceSum(false, 0)
		}, []float32{4, 6}},
		{"ReduceMean", []float32{1, 2, 3, 4}, []int64{2, 2}, func(_ *nn.Graph, x nn.Value) nn.Value {
			return x.ReduceMean(true, -1)
		}, []float32{1.5, 3.5}},
		{"ReduceMax", []float32{1, 2, 3, 4}, []int64{1, 1, 2, 2}, func(_ *nn.Graph, x nn.Value) nn.Value {
			return x.ReduceMax(false, 2, 3)
		}, []float32{4}},
		{"Concat", []float32{1, 2}, []int64{1, 2}, func(g *nn.Graph, x nn.Value) nn.Value { return g.Concat(1, x, x.Neg(), x) },
			[]float32{1, 2, -1, -2, 1, 2}},
		{"Reshape", []float32{1, 2, 3, 4, 5, 6}, []int64{2, 3, 1}, func(_ *nn.Graph, x nn.Value) nn.Value {
			return x.Reshape(0, -1)
		}, []float32{1, 2, 3, 4, 5, 6}},
		{"Transpose", []float32{1, 2, 3, 4, 5, 6}, []int64{1, 2, 3}, func(_ *nn.Graph, x nn.Value) nn.Value {
			return x.Transpose(2, 0, 1)
		}, []float32{1, 4, 2, 5, 3, 6}},
		{"MatMul", []float32{1, 2, 3, 4}, []int64{2, 2}, func(g *nn.Graph, x nn.Value) nn.Value {
			return x.MatMul(g.Floats("w", []float32{1, 1, 0, 2, 2, 0}, 2, 3))
		}, []float32{5, 5, 0, 11, 11, 0}},
		{"Gemm", []float32{1, 2, 3, 4}, []int64{2, 2}, func(g *nn.Graph, x nn.Value) nn.Value {
			w, b := g.Floats("w", []float32{1, 0, 0, 1, 1, 1}, 3, 2), g.Floats("b", []float32{1, 2, 3}, 3)
			return x.Gemm(w, b, nn.GemmOptions{TransA: true, TransB: true, Alpha: 2, Beta: 10})
		}, []float32{12, 26, 38, 14, 28, 42}},
		{"Conv", []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, []int64{1, 1, 3, 3}, func(g *nn.Graph, x nn.Value) nn.Value {
			w, b := g.Floats("w", []float32{1, 0, 0, 1}, 1, 1, 2, 2), g.Floats("b", []float32{.5}, 1)
			return x.Conv(w, b, nn.ConvOptions{Strides: []int{2, 2}, Pads: []int{0, 0, 1, 1}})
		}, []float32{6.5, 3.5, 7.5, 9.5}},
		{"Conv depthwise", []float32{1, 2, 3, 4}, []int64{1, 2, 1, 2}, func(g *nn.Graph, x nn.Value) nn.Value {
			return x.Conv(g.Floats("w", []float32{10, 100}, 2, 1, 1, 1), nn.Value{}, nn.ConvOptions{Group: 2})
		}, []float32{10, 20, 300, 400}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.InDeltaSlice(t, test.want, evaluate(t, test.x, test.shape, test.build).Float32, 1e-6)
		})
	}
}

// From opset 18 on the axes of ReduceMean are an input instead of an attribute.
func TestReduceInAFileOfANewerOpset(t *testing.T) {
	g := nn.New()
	g.Output("y", g.Input("x", nn.Float32, 2, 2).Identity())
	file, err := g.Bytes()
	require.NoError(t, err)
	message := &onnxpb.ModelProto{}
	require.NoError(t, proto.Unmarshal(file, message))
	message.OpsetImport[0].Version = new(int64(18))
	file, err = proto.Marshal(message)
	require.NoError(t, err)

	g, err = nn.Parse(file)
	require.NoError(t, err)
	y, err := g.Value("y")
	require.NoError(t, err)
	g.Output("mean", y.ReduceMean(false, 1))
	s := session(t, g, runtime.Options{Outputs: []string{"mean"}})
	out := make([]runtime.Tensor, 1)
	in := []runtime.Tensor{runtime.Floats([]float32{1, 2, 3, 4}, 2, 2)}
	require.NoError(t, s.Run(context.Background(), in, out))
	require.Equal(t, []float32{1.5, 3.5}, out[0].Float32)
}
