package grad_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/grad"
	"ownsight/internal/vision/nn/runtime"
)

// step is the distance of the central differences: a power of two, so that it is exact in float32.
const step = 1.0 / 64

// check compares the gradients of build with central differences. The loss is a weighted sum of build's result, so that
// every element of it pulls differently. near moves the random operands away from kinks.
func check(t *testing.T, near func(float32) float32, build func(x []nn.Value) nn.Value, shapes ...nn.Shape) {
	t.Helper()
	g := nn.New()
	random := rand.New(rand.NewPCG(1, uint64(len(shapes))))
	var inputs []nn.Value
	var data []runtime.Tensor
	for i, s := range shapes {
		inputs = append(inputs, g.Input(fmt.Sprint("x", i), nn.Float32, s...))
		data = append(data, drawn(random, s, near))
	}
	y := build(inputs)
	pull := drawn(random, y.Shape(), func(f float32) float32 { return f })
	weighted := y.Mul(g.Floats("pull", pull.Float32, y.Shape()...))
	axes := make([]int, len(y.Shape()))
	for i := range axes {
		axes[i] = i
	}
	g.Output("loss", weighted.ReduceSum(false, axes...).Reshape(1))
	loss := g.Outputs()[0]
	slopes, err := grad.Of(loss, inputs...)
	require.NoError(t, err)
	for i, s := range slopes {
		require.Equal(t, shapes[i], s.Shape())
		g.Output(fmt.Sprint("d", i), s)
	}
	file, err := g.Bytes()
	require.NoError(t, err)
	session, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer session.Close()
	run := func() []runtime.Tensor {
		out := make([]runtime.Tensor, 1+len(inputs))
		require.NoError(t, session.Run(context.Background(), data, out))
		return out
	}
	got := run()
	for i := range data {
		for j, at := range data[i].Float32 {
			data[i].Float32[j] = at + step
			above := float64(run()[0].Float32[0])
			data[i].Float32[j] = at - step
			below := float64(run()[0].Float32[0])
			data[i].Float32[j] = at
			want := (above - below) / (2 * step)
			require.InDelta(t, want, got[1+i].Float32[j], 2e-3*(1+math.Abs(want)), "d%d[%d] at %v", i, j, at)
		}
	}
}

func drawn(random *rand.Rand, s nn.Shape, near func(float32) float32) runtime.Tensor {
	n, _ := s.Elements()
	v := runtime.Tensor{Float32: make([]float32, n)}
	for i := range v.Float32 {
		v.Float32[i] = near(random.Float32()*2 - 1)
	}
	for _, d := range s {
		v.Shape = append(v.Shape, int64(d))
	}
	return v
}

func anywhere(f float32) float32 { return f }

// apart keeps a distance of 1/16 from every eighth: no kink at a multiple of 1/8 lies within a step.
func apart(f float32) float32 { return (float32(math.Floor(float64(f)*8)) + 0.5) / 8 }

func positive(f float32) float32 { return 1.5 + f/2 }

func TestElementwise(t *testing.T) {
	tests := []struct {
		name  string
		near  func(float32) float32
		build func(x nn.Value) nn.Value
	}{
		{"identity", anywhere, nn.Value.Identity},
		{"neg", anywhere, nn.Value.Neg},
		{"exp", anywhere, nn.Value.Exp},
		{"log", positive, nn.Value.Log},
		{"sqrt", positive, nn.Value.Sqrt},
		{"sigmoid", anywhere, nn.Value.Sigmoid},
		{"softplus", anywhere, nn.Value.Softplus},
		{"abs", apart, nn.Value.Abs},
		{"relu", apart, nn.Value.Relu},
		{"clip", apart, func(x nn.Value) nn.Value { return x.Clip(-0.5, 0.25) }},
		{"softmax of rows", anywhere, func(x nn.Value) nn.Value { return x.Softmax(-1) }},
		{"softmax of columns", anywhere, func(x nn.Value) nn.Value { return x.Softmax(0) }},
		{"logarithm of softmax", anywhere, func(x nn.Value) nn.Value { return x.LogSoftmax(1) }},
		{"used twice", anywhere, func(x nn.Value) nn.Value { return x.Mul(x).Add(x) }},
		{"constant path", anywhere, func(x nn.Value) nn.Value {
			return x.Mul(x.Greater(x.Graph().Scalar(2)).Cast(nn.Float32)).Add(x)
		}},
	}
	for _, test := range tests {
		for _, shape := range []nn.Shape{{1, 3}, {5, 4}} {
			t.Run(fmt.Sprint(test.name, shape), func(t *testing.T) {
				check(t, test.near, func(x []nn.Value) nn.Value { return test.build(x[0]) }, shape)
			})
		}
	}
}

func TestBroadcast(t *testing.T) {
	ops := map[string]func(a, b nn.Value) nn.Value{
		"add": nn.Value.Add, "sub": nn.Value.Sub, "mul": nn.Value.Mul, "div": nn.Value.Div,
	}
	pairs := [][2]nn.Shape{{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{2, 1}, {2, 3}}, {{1, 4}, {3, 1}}, {{3}, {2, 1, 3}}, {{2, 2}, {1}}}
	for name, op := range ops {
		for _, p := range pairs {
			t.Run(fmt.Sprint(name, p), func(t *testing.T) {
				check(t, positive, func(x []nn.Value) nn.Value { return op(x[0], x[1]) }, p[0], p[1])
			})
		}
	}
	for name, op := range map[string]func(a, b nn.Value) nn.Value{"max": nn.Value.Max, "min": nn.Value.Min} {
		t.Run(name, func(t *testing.T) {
			// The second operand lies 1/16 beside the first one's grid: they never meet.
			check(t, apart, func(x []nn.Value) nn.Value {
				return op(x[0], x[1].Add(x[1].Graph().Scalar(1.0/16)))
			}, nn.Shape{3, 4}, nn.Shape{4})
		})
	}
}

func TestLayout(t *testing.T) {
	tests := map[string]struct {
		build func(x []nn.Value) nn.Value
		shape []nn.Shape
	}{
		"reshape":   {func(x []nn.Value) nn.Value { return x[0].Reshape(3, -1) }, []nn.Shape{{2, 3, 2}}},
		"transpose": {func(x []nn.Value) nn.Value { return x[0].Transpose(2, 0, 1) }, []nn.Shape{{2, 3, 4}}},
		"expand":    {func(x []nn.Value) nn.Value { return x[0].Expand(4, 2, 3) }, []nn.Shape{{2, 1}}},
		"pad":       {func(x []nn.Value) nn.Value { return x[0].Pad([]int{1, -1}, []int{0, 2}) }, []nn.Shape{{2, 3}}},
		"concat": {func(x []nn.Value) nn.Value { return x[0].Graph().Concat(-1, x[0], x[1], x[0]) },
			[]nn.Shape{{2, 3}, {2, 1}}},
		"upsample": {func(x []nn.Value) nn.Value { return x[0].Upsample2() }, []nn.Shape{{2, 2, 3, 2}}},
		"sum":      {func(x []nn.Value) nn.Value { return x[0].ReduceSum(false, 0, -1) }, []nn.Shape{{2, 3, 4}}},
		"mean":     {func(x []nn.Value) nn.Value { return x[0].ReduceMean(true, 1) }, []nn.Shape{{2, 3, 4}}},
		"average pool": {func(x []nn.Value) nn.Value { return x[0].GlobalAveragePool() },
			[]nn.Shape{{2, 3, 3, 5}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { check(t, anywhere, test.build, test.shape...) })
	}
	// All elements differ by more than two steps.
	distinct := func(x nn.Value) nn.Value {
		n, _ := x.Shape().Elements()
		ramp := make([]float32, n)
		for i := range ramp {
			ramp[i] = float32(i*7%int(n)) / 4
		}
		return x.Mul(x.Graph().Scalar(0.01)).Add(x.Graph().Floats("ramp", ramp, x.Shape()...))
	}
	t.Run("max", func(t *testing.T) {
		check(t, anywhere, func(x []nn.Value) nn.Value { return distinct(x[0]).ReduceMax(false, 1) }, nn.Shape{2, 5, 2})
	})
	t.Run("max pool", func(t *testing.T) {
		check(t, anywhere, func(x []nn.Value) nn.Value { return distinct(x[0]).GlobalMaxPool() }, nn.Shape{1, 2, 3, 5})
	})
}

func TestProducts(t *testing.T) {
	for _, o := range []nn.GemmOptions{{}, {TransA: true}, {TransB: true}, {TransA: true, TransB: true, Alpha: 0.5, Beta: 2}} {
		for _, c := range []nn.Shape{{4}, {3, 1}, {3, 4}} {
			t.Run(fmt.Sprintf("gemm %+v %v", o, c), func(t *testing.T) {
				a, b := nn.Shape{3, 2}, nn.Shape{2, 4}
				if o.TransA {
					a = nn.Shape{2, 3}
				}
				if o.TransB {
					b = nn.Shape{4, 2}
				}
				check(t, anywhere, func(x []nn.Value) nn.Value { return x[0].Gemm(x[1], x[2], o) }, a, b, c)
			})
		}
	}
	for _, p := range [][2]nn.Shape{{{3, 2}, {2, 4}}, {{1, 5}, {5, 1}}, {{2, 3, 2}, {2, 2, 4}}, {{2, 3, 2}, {2, 4}}} {
		t.Run(fmt.Sprint("matmul ", p), func(t *testing.T) {
			check(t, anywhere, func(x []nn.Value) nn.Value { return x[0].MatMul(x[1]) }, p[0], p[1])
		})
	}
}

func TestConvolutions(t *testing.T) {
	type test struct {
		picture, kernel nn.Shape
		o               nn.ConvOptions
	}
	var tests []test
	for _, size := range [][2]nn.Dim{{7, 7}, {6, 9}, {8, 8}, {5, 4}} {
		for _, k := range []nn.Dim{3, 5} {
			for _, stride := range []int{1, 2} {
				for _, n := range []nn.Dim{1, 2} {
					before, after := (int(k)-stride)/2, (int(k)-stride+1)/2
					tests = append(tests, test{nn.Shape{n, 2, size[0], size[1]}, nn.Shape{2, 1, k, k}, nn.ConvOptions{
						Strides: []int{stride, stride}, Pads: []int{before, before, after, after}, Group: 2,
					}})
				}
			}
		}
	}
	tests = append(tests,
		test{nn.Shape{2, 2, 5, 6}, nn.Shape{3, 2, 1, 1}, nn.ConvOptions{}},
		test{nn.Shape{1, 2, 5, 6}, nn.Shape{3, 2, 3, 3}, nn.ConvOptions{Strides: []int{2, 2}, Pads: []int{1, 1, 1, 1}}},
		test{nn.Shape{2, 2, 6, 6}, nn.Shape{3, 2, 3, 2}, nn.ConvOptions{Strides: []int{2, 3}}},
		test{nn.Shape{1, 2, 7, 6}, nn.Shape{2, 1, 1, 1}, nn.ConvOptions{Strides: []int{2, 2}, Group: 2}},
	)
	for _, c := range tests {
		t.Run(fmt.Sprintf("%v %v %v", c.picture, c.kernel, c.o.Strides), func(t *testing.T) {
			check(t, anywhere, func(x []nn.Value) nn.Value { return x[0].Conv(x[1], x[2], c.o) },
				c.picture, c.kernel, nn.Shape{c.kernel[0]})
		})
		t.Run(fmt.Sprintf("frozen %v %v %v", c.picture, c.kernel, c.o.Strides), func(t *testing.T) {
			fixed := drawn(rand.New(rand.NewPCG(7, 7)), c.kernel, anywhere)
			check(t, anywhere, func(x []nn.Value) nn.Value {
				return x[0].Conv(x[0].Graph().Floats("kernel", fixed.Float32, c.kernel...), nn.Value{}, c.o)
			}, c.picture)
		})
	}
}

func TestWhatTheLossDoesNotSeeGetsZeros(t *testing.T) {
	g := nn.New()
	x, y := g.Input("x", nn.Float32, 2), g.Input("y", nn.Float32, 3)
	slopes, err := grad.Of(x.ReduceSum(false, 0), x, y)
	require.NoError(t, err)
	g.Output("dy", slopes[1])
	part, err := g.Extract(nil, []string{"dy"})
	require.NoError(t, err)
	require.Empty(t, part.Inputs())
	require.Equal(t, nn.Shape{3}, slopes[1].Shape())
}

func TestADetachedFactorIsAConstant(t *testing.T) {
	g := nn.New()
	x := g.Input("x", nn.Float32, 3)
	slopes, err := grad.Of(x.Mul(x.Detached()).ReduceSum(false, 0), x)
	require.NoError(t, err)
	g.Output("dx", slopes[0])
	file, err := g.Bytes()
	require.NoError(t, err)
	session, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer session.Close()
	out := make([]runtime.Tensor, 1)
	in := []runtime.Tensor{runtime.Floats([]float32{1, -2, 3}, 3)}
	require.NoError(t, session.Run(context.Background(), in, out))
	require.Equal(t, []float32{1, -2, 3}, out[0].Float32)
}

func TestMistakes(t *testing.T) {
	g := nn.New()
	x := g.Input("x", nn.Float32, 2, 2)
	_, err := grad.Of(x, x)
	require.ErrorContains(t, err, "a loss of shape [2x2] is not one number")
	rounded := g.Apply("Det", nn.Type{Elem: nn.Float32, Shape: nn.Shape{}}, nil, x)
	_, err = grad.Of(rounded, x)
	require.ErrorContains(t, err, "operator Det of node")
}
