package train_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/loss"
	"ownsight/internal/vision/nn/optimizer"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/nn/train"
)

// A tail of the real network is trained, put behind the frozen front again, and sees pictures as it did in training.
func TestATrainedTailFitsOntoTheFront(t *testing.T) {
	whole, err := backbone.Whole()
	if err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	whole.FixDim("H", 224)
	whole.FixDim("W", 224)
	for cut, size := range map[string][3]int{"stride16": {112, 14, 14}, "stride8": {40, 28, 28}} {
		t.Run(cut, func(t *testing.T) {
			const n, labels = 2, 3
			pictures := wave(n*backbone.PictureLength, 0.013, 1)
			front, err := whole.Extract(nil, []string{cut})
			require.NoError(t, err)
			maps := run(t, front, runtime.Floats(pictures, n, 3, 224, 224))

			tail, err := whole.Extract([]string{cut}, []string{"embedding"})
			require.NoError(t, err)
			w := tail.Floats("last/w", wave(labels*1280, 0.7, 0.1), labels, 1280)
			b := tail.Floats("last/b", wave(labels, 0.7, 0.1), labels)
			tail.Output("logits", tail.Outputs()[0].Gemm(w, b, nn.GemmOptions{TransB: true}))
			tail, err = tail.Extract([]string{cut}, []string{"logits"})
			require.NoError(t, err)

			s, err := train.New(tail, train.Options{
				Batch: n, Maps: map[string][3]int{cut: size},
				Loss: func(outputs []nn.Value) nn.Value {
					targets := outputs[0].Graph().Input("targets", nn.Float32, n, labels)
					return loss.SoftmaxCrossEntropy(outputs[0], targets, 0, nil)
				},
			})
			require.NoError(t, err)
			defer s.Close()
			copy(s.Input(cut), maps.Float32)
			s.Input("targets")[0], s.Input("targets")[labels+1] = 1, 1
			adam := optimizer.NewAdamW(s.Groups(func(string) (float64, float64) { return 1, 0 }), optimizer.Options{})
			var losses []float32
			require.NoError(t, train.Fit(context.Background(), s, adam, optimizer.OneCycle{Peak: 1e-3, Steps: 5},
				func(int) error { return nil }, func(_ int, loss float32) { losses = append(losses, loss) }))
			require.Less(t, losses[4], losses[0])
			_, err = s.Run(context.Background())
			require.NoError(t, err)

			require.NoError(t, s.Export(s.Weights(), tail))
			outputs, err := front.Append(tail, map[string]nn.Value{cut: front.Outputs()[0]})
			require.NoError(t, err)
			one, err := front.Extract([]string{"picture"}, []string{outputs[0].Name()})
			require.NoError(t, err)
			got := run(t, one, runtime.Floats(pictures, n, 3, 224, 224))
			most := max(float64(slices.Max(got.Float32)), -float64(slices.Min(got.Float32)), 1)
			for i, want := range s.Output("logits") {
				require.InDelta(t, want, got.Float32[i], 1e-5*most)
			}
		})
	}
}

func run(t *testing.T, g *nn.Graph, in runtime.Tensor) runtime.Tensor {
	t.Helper()
	file, err := g.Bytes()
	require.NoError(t, err)
	s, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer s.Close()
	out := make([]runtime.Tensor, 1)
	require.NoError(t, s.Run(context.Background(), []runtime.Tensor{in}, out))
	return out[0]
}
