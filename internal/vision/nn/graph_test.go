package nn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
)

// small is the graph scores = softmax(x*w + b) with an inner value named "product".
func small() *nn.Graph {
	g := nn.New()
	x := g.Input("x", nn.Float32, g.Dim("N"), 2)
	product := x.MatMul(g.Floats("w", []float32{1, 2, 3, 4, 5, 6}, 2, 3))
	g.Output("product", product)
	g.Output("scores", product.Add(g.Floats("b", []float32{1, 2, 3}, 3)).Softmax(1))
	return g
}

func bytes(t *testing.T, g *nn.Graph) []byte {
	t.Helper()
	file, err := g.Bytes()
	require.NoError(t, err)
	return file
}

func names(values []nn.Value) []string {
	var list []string
	for _, v := range values {
		list = append(list, v.Name())
	}
	return list
}

func TestParseReadsWhatBytesWrote(t *testing.T) {
	g := small()
	g.SetMetadata("labels", "a b c")
	file := bytes(t, g)
	read, err := nn.Parse(file)
	require.NoError(t, err)
	require.Equal(t, file, bytes(t, read))
	require.Equal(t, []string{"x"}, names(read.Inputs()))
	require.Equal(t, []string{"product", "scores"}, names(read.Outputs()))
	require.Equal(t, "a b c", read.Metadata("labels"))

	x, err := read.Value("x")
	require.NoError(t, err)
	require.Equal(t, nn.Type{Elem: nn.Float32, Shape: nn.Shape{read.Dim("N"), 2}}, x.Type())
	w, err := read.Value("w")
	require.NoError(t, err)
	data, err := w.FloatData()
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2, 3, 4, 5, 6}, data)
}

func TestOutputRenamesTheValueForAllItsCopies(t *testing.T) {
	g := nn.New()
	x := g.Input("x", nn.Float32, 2)
	y := x.Exp()
	g.Output("y", y)
	z := y.Neg() // y is used after it took its new name
	g.Output("z", z)
	g.Output("x2", x)    // an input keeps its own name
	g.Output("again", y) // and so does another output
	g.Output("const", g.Scalar(2))
	require.NoError(t, g.Err())
	require.Equal(t, "y", y.Name())
	require.Equal(t, "x", x.Name())
	require.Equal(t, []string{"y", "z", "x2", "again", "const"}, names(g.Outputs()))
}

func TestFirstMistakeSticks(t *testing.T) {
	tests := []struct {
		name  string
		build func(g *nn.Graph, x nn.Value)
		want  string
	}{
		{"broadcast", func(g *nn.Graph, x nn.Value) { x.Add(g.Floats("b", make([]float32, 3), 3)) }, "[2x4] and [3] do not broadcast"},
		{"product", func(g *nn.Graph, x nn.Value) { x.MatMul(x) }, "MatMul: [2x4] times [2x4]"},
		{"gemm", func(g *nn.Graph, x nn.Value) { x.Gemm(x, nn.Value{}, nn.GemmOptions{TransA: true, TransB: true}) }, "Gemm: [4x2] times [4x2]"},
		{"axis", func(g *nn.Graph, x nn.Value) { x.ReduceSum(true, 2) }, "axis 2 of shape [2x4]"},
		{"reshape", func(g *nn.Graph, x nn.Value) { x.Reshape(3, -1) }, "[2x4] does not fit into [3 -1]"},
		{"transpose", func(g *nn.Graph, x nn.Value) { x.Transpose(0, 2) }, "side 2 of [2x4]"},
		{"concat", func(g *nn.Graph, x nn.Value) { g.Concat(0, x, x.ReduceSum(true, 1)) }, "[2x4] and [2x1] along axis 0"},
		{"channels", func(g *nn.Graph, _ nn.Value) {
			p := g.Input("p", nn.Float32, 1, 3, 8, 8)
			p.Conv(g.Floats("k", make([]float32, 4), 1, 4, 1, 1), nn.Value{}, nn.ConvOptions{})
		}, "has not the channels"},
		{"constant", func(g *nn.Graph, _ nn.Value) { g.Floats("c", make([]float32, 3), 2, 2) }, `"c": 3 elements do not fill shape [2x2]`},
		{"name", func(g *nn.Graph, _ nn.Value) { g.Input("x", nn.Float32) }, `"x" is empty or taken`},
		{"graph", func(_ *nn.Graph, x nn.Value) { x.Add(nn.New().Scalar(1)) }, "belongs to another graph"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := nn.New()
			x := g.Input("x", nn.Float32, 2, 4)
			test.build(g, x)
			require.ErrorContains(t, g.Err(), test.want)
			first := g.Err()
			g.Output("y", x.MatMul(x).Softmax(1).Clip(0, 6))
			require.Equal(t, first, g.Err())
			_, err := g.Bytes()
			require.Equal(t, first, err)
		})
	}
}

func TestShapesWithOpenSides(t *testing.T) {
	g := nn.New()
	n, h := g.Dim("N"), g.Dim("H")
	x := g.Input("x", nn.Float32, n, 3, h, h)
	kernel := g.Floats("k", make([]float32, 5*3*3*3), 5, 3, 3, 3)
	same := x.Conv(kernel, nn.Value{}, nn.ConvOptions{Pads: []int{1, 1, 1, 1}})
	half := x.Conv(kernel, nn.Value{}, nn.ConvOptions{Strides: []int{2, 2}, Pads: []int{0, 0, 1, 1}})
	tests := []struct {
		name string
		got  nn.Value
		want nn.Shape
	}{
		{"convolution keeps a side", same, nn.Shape{n, 5, h, h}},
		{"stride opens it", half, nn.Shape{n, 5, nn.Unknown, nn.Unknown}},
		{"pool", half.GlobalAveragePool(), nn.Shape{n, 5, 1, 1}},
		{"same symbols broadcast", same.Add(same), nn.Shape{n, 5, h, h}},
		{"open and fixed broadcast", half.Add(g.Floats("f", make([]float32, 7), 7)), nn.Shape{n, 5, nn.Unknown, 7}},
		{"reduce", same.ReduceMean(false, 2, -1), nn.Shape{n, 5}},
		{"reshape keeps the batch", half.GlobalMaxPool().Reshape(0, 5), nn.Shape{n, 5}},
		{"concat", g.Concat(1, same, half), nn.Shape{n, 10, h, h}},
		{"concat along an open side", g.Concat(2, same, same), nn.Shape{n, 5, nn.Unknown, h}},
		{"transpose", same.Transpose(0, 2, 3, 1), nn.Shape{n, h, h, 5}},
	}
	require.NoError(t, g.Err())
	for _, test := range tests {
		require.Equal(t, test.want, test.got.Shape(), test.name)
	}
	g.FixDim("H", 8)
	require.Equal(t, nn.Shape{n, 5, 8, 8}, same.Shape())
	read, err := nn.Parse(bytes(t, g))
	require.NoError(t, err)
	require.Equal(t, nn.Shape{read.Dim("N"), 3, 8, 8}, read.Inputs()[0].Shape())
}

func FuzzParse(f *testing.F) {
	file, err := small().Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte("\x3a\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		g, err := nn.Parse(file)
		if err != nil {
			return
		}
		// What is accepted can be asked, cut and written.
		outputs := names(g.Outputs())
		for _, v := range append(g.Inputs(), g.Outputs()...) {
			_ = v.Shape().String()
			_, _ = v.FloatData()
		}
		if part, err := g.Extract(nil, outputs); err == nil {
			_, _ = part.Bytes()
			_, _ = nn.New().Append(part, nil)
		}
		if _, err := g.Bytes(); err != nil {
			t.Fatal(err)
		}
	})
}
