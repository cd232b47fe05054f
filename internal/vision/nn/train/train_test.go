package train_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/loss"
	"ownsight/internal/vision/nn/optimizer"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/nn/train"
)

const batch, labels = 16, 5

func wave(n int, pace, size float64) []float32 {
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(size * math.Sin(pace*float64(i+1)))
	}
	return data
}

// network is the one of testdata/golden.py.
func network() *nn.Graph {
	g := nn.New()
	constants := 0
	constant := func(name string, shape ...nn.Dim) nn.Value {
		n, _ := nn.Shape(shape).Elements()
		size := 1.5
		if len(shape) == 1 {
			size = 0.5
		}
		v := g.Floats(name, wave(int(n), 0.7+0.1*float64(constants), size), shape...)
		constants++
		return v
	}
	conv := func(x nn.Value, name string, out, in nn.Dim, o nn.ConvOptions) nn.Value {
		side := nn.Dim(1)
		if o.Pads != nil {
			side = nn.Dim(o.Pads[0]+o.Pads[2]) + nn.Dim(max(len(o.Strides), 1)) // 5 at stride 2, 3 at stride 1
		}
		return x.Conv(constant(name+"/w", out, in, side, side), constant(name+"/b", out), o)
	}
	x := g.Input("maps", nn.Float32, g.Dim("N"), 6, 8, 8)
	x = conv(x, "b1/expand", 12, 6, nn.ConvOptions{}).Clip(0, 6)
	x = conv(x, "b1/depth", 12, 1, nn.ConvOptions{Strides: []int{2, 2}, Pads: []int{1, 1, 2, 2}, Group: 12}).Clip(0, 6)
	x = conv(x, "b1/project", 8, 12, nn.ConvOptions{})
	y := conv(x, "b2/expand", 16, 8, nn.ConvOptions{}).Clip(0, 6)
	y = conv(y, "b2/depth", 16, 1, nn.ConvOptions{Pads: []int{1, 1, 1, 1}, Group: 16}).Clip(0, 6)
	x = x.Add(conv(y, "b2/project", 8, 16, nn.ConvOptions{}))
	x = conv(x, "head", 12, 8, nn.ConvOptions{}).Clip(0, 6).GlobalAveragePool().Reshape(0, -1)
	w, b := constant("last/w", labels, 12), constant("last/b", labels)
	g.Output("logits", x.Gemm(w, b, nn.GemmOptions{TransB: true}))
	return g
}

func newStep(t *testing.T, o train.Options) *train.Step {
	t.Helper()
	if o.Batch == 0 {
		o.Batch = batch
	}
	o.Maps = map[string][3]int{"maps": {6, 8, 8}}
	o.Loss = func(outputs []nn.Value) nn.Value {
		targets := outputs[0].Graph().Input("targets", nn.Float32, outputs[0].Shape()[0], labels)
		return loss.SoftmaxCrossEntropy(outputs[0], targets, 0.1, []float32{1, 2, 0.5, 1, 3})
	}
	s, err := train.New(network(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	copy(s.Input("maps"), wave(batch*6*8*8, 0.37, 2))
	for i := range o.Batch {
		s.Input("targets")[i*labels+i%labels] = 1
	}
	return s
}

func TestGradientsAreThoseOfPyTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var want struct {
		Loss      float64
		Logits    []float64
		Gradients map[string][]float64
	}
	require.NoError(t, json.Unmarshal(data, &want))
	for name, o := range map[string]train.Options{
		"in blocks": {}, "plain ONNX": {Block: 1}, "in parts": {Part: 4},
		"depthwise too": {Depthwise: true}, "depthwise in parts": {Depthwise: true, Part: 6}, "two threads": {Threads: 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStep(t, o)
			got, err := s.Run(context.Background())
			require.NoError(t, err)
			require.InEpsilon(t, want.Loss, got, 1e-5)
			close(t, want.Logits, s.Output("logits"))
			for _, name := range s.Names() {
				close(t, want.Gradients[name], s.Value(name, s.Gradient()))
			}
			if o.Depthwise {
				require.Len(t, s.Names(), len(want.Gradients))
			} else {
				require.Len(t, s.Names(), len(want.Gradients)-4)
			}
		})
	}
}

// close compares at a ten thousandth of the greatest number.
func close(t *testing.T, want []float64, got []float32) {
	t.Helper()
	require.Len(t, got, len(want))
	most := 0.0
	for _, w := range want {
		most = max(most, math.Abs(w))
	}
	for i, w := range want {
		require.InDelta(t, w, got[i], 1e-4*most, "element %d", i)
	}
}

// Odd sides and strides that do not divide them take the way round by plain ONNX in the middle of a network in blocks.
func TestBlocksGiveWhatPlainONNXGives(t *testing.T) {
	if runtime.Block() == 1 {
		t.Skip("this machine has no convolutions in blocks")
	}
	for _, sides := range [][2]int{{7, 7}, {6, 4}, {5, 8}} {
		for _, kernel := range []nn.Dim{3, 5} {
			for _, stride := range []int{1, 2} {
				for _, n := range []int{16, 32} {
					for _, kernels := range [][]string{nil, {"d"}, {"d", "db"}} {
						t.Run(fmt.Sprint(sides, kernel, stride, n, kernels), func(t *testing.T) {
							want := gradients(t, sides, kernel, stride, n, 1, kernels)
							require.InDeltaSlice(t, want, gradients(t, sides, kernel, stride, n, 0, kernels), 1e-4)
						})
					}
				}
			}
		}
	}
}

func gradients(t *testing.T, sides [2]int, kernel nn.Dim, stride, n, block int, kernels []string) []float32 {
	g := nn.New()
	x := g.Input("maps", nn.Float32, g.Dim("N"), 3, nn.Dim(sides[0]), nn.Dim(sides[1]))
	x = x.Conv(g.Floats("w", wave(4*3, 0.3, 1), 4, 3, 1, 1), nn.Value{}, nn.ConvOptions{})
	before, after := (int(kernel)-stride)/2, (int(kernel)-stride+1)/2
	o := nn.ConvOptions{Strides: []int{stride, stride}, Pads: []int{before, before, after, after}, Group: 4}
	x = x.Conv(g.Floats("d", wave(4*int(kernel*kernel), 0.9, 1), 4, 1, kernel, kernel), g.Floats("db", wave(4, 1, 1), 4), o)
	g.Output("y", x)
	s, err := train.New(g, train.Options{
		Batch: n, Block: block, Kernels: kernels, Maps: map[string][3]int{"maps": {3, sides[0], sides[1]}},
		Loss: func(outputs []nn.Value) nn.Value {
			y := outputs[0]
			pull := y.Graph().Floats("pull", wave(int(elements(y)), 0.11, 1), y.Shape()...)
			return y.Mul(y).Mul(pull).ReduceMean(false, 0, 1, 2, 3).Reshape(1)
		},
	})
	require.NoError(t, err)
	defer s.Close()
	copy(s.Input("maps"), wave(n*3*sides[0]*sides[1], 0.37, 2))
	_, err = s.Run(context.Background())
	require.NoError(t, err)
	return append(slices.Clone(s.Gradient()), s.Output("y")...)
}

func elements(v nn.Value) int64 {
	n, _ := v.Shape().Elements()
	return n
}

func TestReplicasGiveWhatOneWholeGives(t *testing.T) {
	give := func(replicas int) (float32, []float32, []float32) {
		g, o := network(), train.Options{Batch: batch, Replicas: replicas, Dropout: true, Maps: map[string][3]int{"maps": {6, 8, 8}}}
		o.Loss = func(outputs []nn.Value) nn.Value {
			targets := outputs[0].Graph().Input("targets", nn.Float32, outputs[0].Shape()[0], labels)
			return loss.SoftmaxCrossEntropy(outputs[0], targets, 0.1, nil)
		}
		s, err := train.New(g, o)
		require.NoError(t, err)
		defer s.Close()
		copy(s.Input("maps"), wave(batch*6*8*8, 0.37, 2))
		dropout := train.Dropout{Seed: 3, Share: 0.3}
		dropout.Fill(0, s.Input("dropout"))
		for i := range batch {
			s.Input("targets")[i*labels+i%3] = 1
		}
		got, err := s.Run(context.Background())
		require.NoError(t, err)
		return got, slices.Clone(s.Gradient()), slices.Clone(s.Output("logits"))
	}
	loss1, gradient, logits := give(1)
	for _, replicas := range []int{2, 4} {
		loss2, gradient2, logits2 := give(replicas)
		require.InEpsilon(t, loss1, loss2, 1e-5)
		require.InDeltaSlice(t, logits, logits2, 1e-4)
		require.InDeltaSlice(t, gradient, gradient2, 1e-4)
	}
	_, err := train.New(network(), train.Options{Batch: 3, Replicas: 2})
	require.ErrorContains(t, err, "a batch of 3 for 2 replicas")
}

// fit trains for some steps with dropout, and gives the weights.
func fit(t *testing.T, steps int, adam *optimizer.AdamW, s *train.Step) (losses []float32) {
	t.Helper()
	feed := train.Feed{Seed: 1, Count: 40, Batch: batch, Example: func(example, epoch, place int) error {
		size := len(s.Input("maps")) / batch
		copy(s.Input("maps")[place*size:], wave(size, 0.2+0.1*float64(example%labels), 2))
		s.Input("maps")[place*size+epoch] += 0.1
		row := s.Input("targets")[place*labels : (place+1)*labels]
		clear(row)
		row[example%labels] = 1
		return nil
	}}
	dropout := train.Dropout{Seed: 2, Share: 0.2}
	err := train.Fit(context.Background(), s, adam, optimizer.OneCycle{Peak: 0.01, Steps: steps}, func(step int) error {
		dropout.Fill(step, s.Input("dropout"))
		return feed.Fill(step)
	}, func(_ int, loss float32) { losses = append(losses, loss) })
	require.NoError(t, err)
	return losses
}

func newAdamW(s *train.Step) *optimizer.AdamW {
	groups := s.Groups(func(name string) (rate, decay float64) { return 1, 0.01 })
	return optimizer.NewAdamW(groups, optimizer.Options{MaxNorm: 5, Average: 0.9})
}

func TestItLearnsAndTwoTrainingsAreTheSame(t *testing.T) {
	var first []float32
	for run := range 2 {
		s := newStep(t, train.Options{Dropout: true})
		losses := fit(t, 200, newAdamW(s), s)
		require.Less(t, losses[199], losses[0]/2)
		if run == 0 {
			first = slices.Clone(s.Weights())
		}
		require.Equal(t, first, s.Weights())
	}
}

func TestExportedWeightsGiveTheSameLogits(t *testing.T) {
	s := newStep(t, train.Options{})
	adam := newAdamW(s)
	for range 5 {
		_, err := s.Run(context.Background())
		require.NoError(t, err)
		_, err = adam.Step(s.Weights(), s.Gradient(), 1e-3)
		require.NoError(t, err)
	}
	_, err := s.Run(context.Background())
	require.NoError(t, err)
	trained := network()
	require.NoError(t, s.Export(s.Weights(), trained))
	file, err := trained.Bytes()
	require.NoError(t, err)
	session, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer session.Close()
	out := make([]runtime.Tensor, 1)
	maps := runtime.Floats(s.Input("maps"), batch, 6, 8, 8)
	require.NoError(t, session.Run(context.Background(), []runtime.Tensor{maps}, out))
	// The sums have terms of about 50. The real network's test is stricter.
	require.InDeltaSlice(t, s.Output("logits"), out[0].Float32, 5e-5)
	require.ErrorContains(t, s.Export(s.Weights()[1:], trained), "weights instead of")
	require.ErrorContains(t, s.Export(s.Weights(), nn.New()), `no value "b1/expand/w"`)
}

func TestAStepAllocatesNoArrays(t *testing.T) {
	s := newStep(t, train.Options{Dropout: true})
	adam := newAdamW(s)
	dropout := train.Dropout{Seed: 2, Share: 0.2}
	ctx := context.Background()
	require.Less(t, testing.AllocsPerRun(20, func() {
		dropout.Fill(adam.Steps(), s.Input("dropout"))
		if _, err := s.Run(ctx); err != nil {
			t.Error(err)
		}
		if _, err := adam.Step(s.Weights(), s.Gradient(), 1e-3); err != nil {
			t.Error(err)
		}
	}), 20.0)
}

func TestFitStopsWithItsContext(t *testing.T) {
	s := newStep(t, train.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	adam := newAdamW(s)
	err := train.Fit(ctx, s, adam, optimizer.OneCycle{Peak: 0.01, Steps: 100}, func(int) error { return nil },
		func(step int, _ float32) {
			if step == 2 {
				cancel()
			}
		})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, adam.Steps())
}

func TestDropoutKeepsTheMean(t *testing.T) {
	d := train.Dropout{Seed: 3, Share: 0.25}
	mask, again := make([]float32, 10000), make([]float32, 10000)
	d.Fill(7, mask)
	d.Fill(8, again)
	require.NotEqual(t, mask, again)
	d.Fill(7, again)
	require.Equal(t, mask, again)
	sum := float32(0)
	for _, m := range mask {
		require.Contains(t, []float32{0, 1 / (1 - float32(0.25))}, m)
		sum += m
	}
	require.InDelta(t, 1, sum/10000, 0.03)
}

func TestAnEpochShowsEveryExampleOnce(t *testing.T) {
	seen := map[[2]int]int{}
	f := train.Feed{Seed: 4, Count: 10, Batch: 4, Example: func(example, epoch, _ int) error {
		seen[[2]int{epoch, example}]++
		return nil
	}}
	for step := range 5 {
		require.NoError(t, f.Fill(step))
	}
	require.Len(t, seen, 20)
}

func TestMistakes(t *testing.T) {
	sum := func(outputs []nn.Value) nn.Value { return outputs[0].ReduceSum(false, 0, 1).Reshape(1) }
	o := train.Options{Batch: 2, Loss: sum, Maps: map[string][3]int{"maps": {6, 8, 8}}}
	tests := map[string]struct {
		change func(o *train.Options, x nn.Value) nn.Value
		want   string
	}{
		"no batch": {func(o *train.Options, x nn.Value) nn.Value { o.Batch = 0; return x }, "a batch and a loss"},
		"no size":  {func(o *train.Options, x nn.Value) nn.Value { o.Maps = nil; return x }, `input "maps"`},
		"operator": {func(_ *train.Options, x nn.Value) nn.Value { return x.Exp() }, "operator Exp of node"},
		"kernel": {func(_ *train.Options, x nn.Value) nn.Value {
			return x.Conv(x.Graph().Floats("w", make([]float32, 6*6*9), 6, 6, 3, 3), nn.Value{}, nn.ConvOptions{})
		}, "pointwise and depthwise ones are supported"},
		"flatten": {func(_ *train.Options, x nn.Value) nn.Value { return x.Reshape(0, -1) }, "only one that was pooled"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := nn.New()
			o := o
			g.Output("y", test.change(&o, g.Input("maps", nn.Float32, g.Dim("N"), 6, 8, 8)))
			_, err := train.New(g, o)
			require.ErrorContains(t, err, test.want)
		})
	}
}
