package quantize_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/quantize"
	"ownsight/internal/vision/nn/runtime"
)

const channels, side = 16, 12

func wave(n int, pace, size float64) []float32 {
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(size * math.Sin(pace*float64(i+1)+float64(i*i%7)))
	}
	return data
}

// network is an inverted residual, as backbones have it: widen, convolve each channel by itself, narrow, add. One
// channel of the third convolution has no weights. The numbers are small enough for CPUs that add the products of bytes
// in 16 bits: what convolutions read stays below half of its range.
func network() *nn.Graph {
	g := nn.New()
	conv := func(x nn.Value, name string, weights []float32, to, from nn.Dim, kernel nn.Dim, o nn.ConvOptions) nn.Value {
		w := g.Floats(name+".weight", weights, to, from, kernel, kernel)
		return x.Conv(w, g.Floats(name+".bias", wave(int(to), 1.3, 0.5), to), o)
	}
	x := g.Input("picture", nn.Float32, g.Dim("N"), 3, g.Dim("H"), g.Dim("W"))
	same := nn.ConvOptions{Pads: []int{1, 1, 1, 1}}
	a := conv(x, "stem", wave(channels*3*9, 0.7, 0.2), channels, 3, 3, same).Clip(0, 6)
	wide := conv(a, "widen", wave(2*channels*channels, 0.3, 0.4), 2*channels, channels, 1, nn.ConvOptions{}).Clip(0, 6)
	depthwise := wave(2*channels*9, 0.9, 0.4)
	clear(depthwise[9:18])
	same.Group = 2 * channels
	wide = conv(wide, "depthwise", depthwise, 2*channels, 1, 3, same).Clip(0, 6)
	b := conv(wide, "narrow", wave(2*channels*channels, 0.4, 0.4), channels, 2*channels, 1, nn.ConvOptions{})
	sum := a.Add(b)
	g.Output("map", sum)
	g.Output("features", g.Concat(1, sum.GlobalAveragePool(), sum.GlobalMaxPool()).Reshape(0, -1))
	return g
}

func picture(side int) []float32 { return wave(3*side*side, 0.11, 1) }

// calibrated gives the network's ranges on a picture.
func calibrated(t *testing.T, g *nn.Graph) quantize.Ranges {
	t.Helper()
	c, err := quantize.NewCalibrator(g)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.See(t.Context(), runtime.Floats(picture(side), 1, 3, side, side)))
	ranges := c.Ranges(quantize.Outliers)
	ranges["picture"] = quantize.Range{Low: -1, High: 3}
	return ranges
}

func session(t *testing.T, g *nn.Graph, o runtime.Options) *runtime.Session {
	t.Helper()
	file, err := g.Bytes()
	require.NoError(t, err)
	s, err := runtime.NewSession(file, o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func run(t *testing.T, g *nn.Graph, side int) map[string]runtime.Tensor {
	t.Helper()
	s := session(t, g, runtime.Options{})
	out := make([]runtime.Tensor, len(s.Outputs()))
	in := runtime.Floats(picture(side), 1, 3, int64(side), int64(side))
	require.NoError(t, s.Run(context.Background(), []runtime.Tensor{in}, out))
	named := map[string]runtime.Tensor{}
	for i, name := range s.Outputs() {
		named[name] = out[i]
	}
	return named
}

func TestOnlyWhatNoClipBoundsIsMeasured(t *testing.T) {
	names, err := quantize.Unbounded(network())
	require.NoError(t, err)
	require.Equal(t, []string{"picture", "conv_4", "map"}, names)
	_, err = quantize.Convert(network(), quantize.Ranges{"map": {Low: -1, High: 1}})
	require.ErrorContains(t, err, "no range is given for picture, conv_4")
	_, err = quantize.Convert(network(), quantize.Ranges{"map": {Low: 1, High: -1}})
	require.ErrorContains(t, err, `value "map": 1 to -1 is no range`)
}

// A network that does not begin as the backbone does is left as it is.
func TestCellsAreForOneKindOfNetwork(t *testing.T) {
	floats := network()
	_, err := quantize.Cells(floats)
	require.ErrorContains(t, err, "is not read by one QuantizeLinear")
	integers, err := quantize.Convert(floats, calibrated(t, floats))
	require.NoError(t, err)
	_, err = quantize.Cells(integers)
	require.ErrorContains(t, err, "the levels of the picture are not those of its bytes")
}

// The network in integers has the same inputs and outputs, and they hold nearly the same, at any size of picture.
func TestIntegersComeCloseToFloats(t *testing.T) {
	floats := network()
	integers, err := quantize.Convert(floats, calibrated(t, floats))
	require.NoError(t, err)
	require.Equal(t, "picture", integers.Inputs()[0].Name())
	require.Equal(t, floats.Inputs()[0].Type(), integers.Inputs()[0].Type())
	for i, out := range integers.Outputs() {
		require.Equal(t, floats.Outputs()[i].Name(), out.Name())
		require.Equal(t, floats.Outputs()[i].Type(), out.Type())
	}
	for _, side := range []int{side, 21} {
		want, got := run(t, floats, side), run(t, integers, side)
		for name, w := range want {
			require.Equal(t, w.Shape, got[name].Shape)
			far := distance(w.Float32, got[name].Float32)
			require.Less(t, far, 0.03, name)
			require.NotZero(t, far, "%s is not rounded at all", name)
		}
	}
}

// distance is the length of the difference, beside that of what is wanted.
func distance(want, got []float32) float64 {
	var difference, length float64
	for i, v := range want {
		difference += math.Pow(float64(v-got[i]), 2)
		length += math.Pow(float64(v), 2)
	}
	return math.Sqrt(difference / length)
}

// profiled runs a network and counts the operators that ran.
func profiled(t *testing.T, g *nn.Graph, in, out []runtime.Tensor) map[string]int {
	t.Helper()
	file, err := g.Bytes()
	require.NoError(t, err)
	profile := filepath.Join(t.TempDir(), "profile")
	s, err := runtime.NewSession(file, runtime.Options{Profile: profile})
	require.NoError(t, err)
	require.NoError(t, s.Run(t.Context(), in, out))
	require.NoError(t, s.Close())

	written, err := filepath.Glob(profile + "*")
	require.NoError(t, err)
	require.Len(t, written, 1)
	data, err := os.ReadFile(written[0])
	require.NoError(t, err)
	var events []struct {
		Name string
		Args struct {
			Operator string `json:"op_name"`
		}
	}
	require.NoError(t, json.Unmarshal(data, &events))
	ran := map[string]int{}
	for _, e := range events {
		if e.Args.Operator != "" && filepath.Ext(e.Name) == "" {
			ran[e.Args.Operator]++
		}
	}
	return ran
}

// ONNX Runtime really makes integer convolutions and sums of it: no float ones are left, and no Clip.
func TestTheRuntimeCountsInIntegers(t *testing.T) {
	floats := network()
	integers, err := quantize.Convert(floats, calibrated(t, floats))
	require.NoError(t, err)
	ran := profiled(t, integers, []runtime.Tensor{runtime.Floats(picture(side), 1, 3, side, side)}, make([]runtime.Tensor, 2))
	require.Equal(t, 4, ran["QLinearConv"], "%v", ran)
	require.Equal(t, 1, ran["QLinearAdd"], "%v", ran)
	require.Equal(t, 1, ran["QuantizeLinear"], "%v", ran)
	for _, op := range []string{"Conv", "FusedConv", "Add", "Clip"} {
		require.Zero(t, ran[op], "%v", ran)
	}
}

// Any ONNX Runtime gives the same numbers, and the integers mean what the graph says: one that does not fuse anything,
// and so counts in floats between the levels, is off by a level at most.
func TestPythonGivesTheSameNumbers(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import onnxruntime").Run() != nil {
		t.Skip(`python3 has no onnxruntime: run "make test", which installs it`)
	}
	floats := network()
	ranges := calibrated(t, floats)
	integers, err := quantize.Convert(floats, ranges)
	require.NoError(t, err)
	file, err := integers.Bytes()
	require.NoError(t, err)
	folder := t.TempDir()
	var raw bytes.Buffer
	require.NoError(t, binary.Write(&raw, binary.LittleEndian, picture(side)))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "model.onnx"), file, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "picture.f32"), raw.Bytes(), 0o600))
	out, err := exec.CommandContext(t.Context(), python, "testdata/run.py", folder, "3", "12", "12").Output()
	require.NoError(t, err)
	var answers struct{ Fused, Plain map[string][]float32 }
	require.NoError(t, json.Unmarshal(out, &answers))
	level := (ranges["map"].High - ranges["map"].Low) / 255
	for name, got := range run(t, integers, side) {
		require.Equal(t, answers.Fused[name], got.Float32, name)
		require.InDeltaSlice(t, answers.Plain[name], got.Float32, 1.01*float64(level), name)
	}
}

// pyramid is the end of a detector: maps of two sizes are added, and a layer that both share is behind them.
func pyramid() *nn.Graph {
	g := nn.New()
	fine := g.Input("fine", nn.Float32, 1, channels, side, side)
	coarse := g.Input("coarse", nn.Float32, 1, channels, side/2, side/2)
	shared := g.Floats("shared.weight", wave(channels*channels, 0.3, 0.4), channels, channels, 1, 1)
	bias := g.Floats("shared.bias", wave(channels, 1.3, 0.5), channels)
	below := coarse.Conv(g.Floats("lateral", wave(channels*channels, 0.7, 0.3), channels, channels, 1, 1), nn.Value{}, nn.ConvOptions{})
	own := fine.Conv(g.Floats("own", wave(channels*channels, 0.9, 0.1), channels, channels, 1, 1), nn.Value{}, nn.ConvOptions{})
	g.Output("below", below.Conv(shared, bias, nn.ConvOptions{}).Relu())
	g.Output("sum", own.Add(below.Upsample2()).Conv(shared, bias, nn.ConvOptions{}).Relu())
	return g
}

// Layers that several maps share, ReLUs and maps that are made larger are in integers too.
func TestPyramidsAreConverted(t *testing.T) {
	floats := pyramid()
	in := []runtime.Tensor{runtime.Floats(wave(channels*side*side, 0.11, 1), 1, channels, side, side),
		runtime.Floats(wave(channels*side*side/4, 0.23, 3), 1, channels, side/2, side/2)}
	c, err := quantize.NewCalibrator(floats)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.See(t.Context(), in...))
	ranges := c.Ranges(quantize.Outliers)
	ranges["fine"], ranges["coarse"] = quantize.Range{Low: -1, High: 1}, quantize.Range{Low: -3, High: 3}
	integers, err := quantize.Convert(floats, ranges)
	require.NoError(t, err)
	want, got := make([]runtime.Tensor, 2), make([]runtime.Tensor, 2)
	require.NoError(t, session(t, floats, runtime.Options{}).Run(t.Context(), in, want))
	ran := profiled(t, integers, in, got)
	for i := range want {
		require.Less(t, distance(want[i].Float32, got[i].Float32), 0.03)
	}
	require.Equal(t, 4, ran["QLinearConv"], "%v", ran)
	require.Equal(t, 1, ran["QLinearAdd"], "%v", ran)
	require.Equal(t, 1, ran["Resize"], "%v", ran)
	require.Equal(t, 2, ran["QuantizeLinear"], "the inputs: %v", ran)
	require.Equal(t, 2, ran["DequantizeLinear"], "the outputs: %v", ran)
	for _, op := range []string{"Conv", "FusedConv", "Add", "Relu"} {
		require.Zero(t, ran[op], "%v", ran)
	}
}

// What the package does not convert stays as it is, in floats.
func TestOtherNodesStay(t *testing.T) {
	g := nn.New()
	x := g.Input("picture", nn.Float32, 1, 2, 2, 2)
	y := x.Conv(g.Floats("w", []float32{1, 0, 0, 1}, 2, 2, 1, 1), nn.Value{}, nn.ConvOptions{})
	sigmoid := y.Sigmoid()
	g.Output("sigmoid", sigmoid)
	g.Output("sum", sigmoid.Add(x))
	g.Output("clip", x.Clip(0, 1))
	ranges := quantize.Ranges{"picture": {Low: 0, High: 255}, "conv_1": {Low: 0, High: 255}}
	integers, err := quantize.Convert(g, ranges)
	require.NoError(t, err)
	s := session(t, integers, runtime.Options{})
	out := make([]runtime.Tensor, 3)
	in := []float32{0, 1, 2, 3, 0.25, 5, 6, 7}
	require.NoError(t, s.Run(t.Context(), []runtime.Tensor{runtime.Floats(in, 1, 2, 2, 2)}, out))
	for i, v := range in {
		require.InDelta(t, 1/(1+math.Exp(-math.Round(float64(v)))), out[0].Float32[i], 1e-6)
		require.Equal(t, out[0].Float32[i]+v, out[1].Float32[i])
		require.Equal(t, min(v, 1), out[2].Float32[i])
	}
}

func TestMistakesAreExplained(t *testing.T) {
	g := nn.New()
	x := g.Input("picture", nn.Float32, 1, 1, 2, 2)
	g.Output("y", x.Conv(g.Input("w", nn.Float32, 1, 1, 1, 1), nn.Value{}, nn.ConvOptions{}))
	_, err := quantize.Unbounded(g)
	require.ErrorContains(t, err, `node "Conv_1": value "w" is not a constant`)
	_, err = quantize.NewCalibrator(g)
	require.Error(t, err)
}
