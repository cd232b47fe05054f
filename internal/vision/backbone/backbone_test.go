package backbone_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
)

func open(t testing.TB, o backbone.Options) *backbone.Backbone {
	t.Helper()
	b, err := backbone.Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

func noise(n int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	pictures := make([]float32, n*backbone.PictureLength)
	for i := range pictures {
		pictures[i] = r.Float32()*2 - 1
	}
	return pictures
}

const side = 224

// wave is the picture of testdata/golden.json.
func wave() []float32 {
	picture := make([]float32, 0, backbone.PictureLength)
	for c := range 3 {
		for y := range side {
			for x := range side {
				v := math.Sin(0.05*float64((c+1)*(y+1)) + 0.03*float64(x+1))
				picture = append(picture, float32(v))
			}
		}
	}
	return picture
}

func TestFeaturesAreThePooledOutputs(t *testing.T) {
	ctx := context.Background()
	features, err := open(t, backbone.Options{}).Features(ctx, wave(), 1)
	require.NoError(t, err)
	require.Len(t, features, backbone.FeatureCount)

	whole, err := backbone.Whole()
	require.NoError(t, err)
	file, err := whole.Bytes()
	require.NoError(t, err)
	s, err := runtime.NewSession(file, runtime.Options{Outputs: []string{"stride8", "stride16", "stride32", "embedding"}})
	require.NoError(t, err)
	defer s.Close()
	out := make([]runtime.Tensor, 4)
	require.NoError(t, s.Run(ctx, []runtime.Tensor{runtime.Floats(wave(), 1, 3, side, side)}, out))
	var want []float32
	for _, m := range out[:3] {
		want = append(want, pooled(m)...)
	}
	want = append(want, out[3].Float32...)
	require.InDeltaSlice(t, want, features, 1e-4)
}

// pooled gives the averages, then the maxima, of the channels of a map of one picture.
func pooled(m runtime.Tensor) []float32 {
	channels, size := int(m.Shape[1]), int(m.Shape[2]*m.Shape[3])
	values := make([]float32, 2*channels)
	for c := range channels {
		sum, greatest := 0.0, float32(math.Inf(-1))
		for _, v := range m.Float32[c*size : (c+1)*size] {
			sum, greatest = sum+float64(v), max(greatest, v)
		}
		values[c], values[channels+c] = float32(sum/float64(size)), greatest
	}
	return values
}

func TestFeaturesMatchGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var golden struct {
		Values map[string]struct {
			Stride8, Stride16, Stride32 struct{ Mean float64 }
			Embedding                   struct {
				Mean   float64
				First8 []float64
			}
		}
	}
	require.NoError(t, json.Unmarshal(data, &golden))
	want := golden.Values["lite0@224"]
	features, err := open(t, backbone.Options{}).Features(context.Background(), wave(), 1)
	require.NoError(t, err)
	mean := func(from, n int) float64 {
		sum := 0.0
		for _, v := range features[from : from+n] {
			sum += float64(v)
		}
		return sum / float64(n)
	}
	require.InEpsilon(t, want.Stride8.Mean, mean(0, 40), 1e-3)
	require.InEpsilon(t, want.Stride16.Mean, mean(80, 112), 1e-3)
	require.InEpsilon(t, want.Stride32.Mean, mean(304, 320), 1e-3)
	require.InEpsilon(t, want.Embedding.Mean, mean(944, 1280), 1e-3)
	for i, v := range want.Embedding.First8 {
		require.InDelta(t, v, features[944+i], 1e-3*v+1e-5)
	}
}

func TestBatchesAgree(t *testing.T) {
	ctx := context.Background()
	pictures := noise(3)
	single, err := open(t, backbone.Options{}).Features(ctx, pictures, 3)
	require.NoError(t, err)
	batched, err := open(t, backbone.Options{Batch: 2, Threads: 2}).Features(ctx, pictures, 3)
	require.NoError(t, err)
	require.InDeltaSlice(t, single, batched, 1e-3)
}

func TestFeaturesAreTheSameFromManyGoroutines(t *testing.T) {
	b := open(t, backbone.Options{})
	ctx := context.Background()
	picture := noise(1)
	want, err := b.Features(ctx, picture, 1)
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got, err := b.Features(ctx, picture, 1)
			if err != nil {
				t.Error(err)
				return
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("feature %d: %v, then %v", i, want[i], got[i])
					return
				}
			}
		})
	}
	group.Wait()
}

func TestFeaturesRefuseWrongLengthAndEndedContext(t *testing.T) {
	b := open(t, backbone.Options{})
	require.Equal(t, 3*b.InputSize()*b.InputSize(), backbone.PictureLength)
	_, err := b.Features(context.Background(), make([]float32, 5), 1)
	require.ErrorContains(t, err, "5 values for 1 pictures")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = b.Features(ctx, noise(1), 1)
	require.ErrorIs(t, err, context.Canceled)
}

// A head behind the backbone is one file, which gives what the two give apart.
func TestOneFileWithHead(t *testing.T) {
	ctx := context.Background()
	const labels = 3
	weights := make([]float32, labels*backbone.FeatureCount)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range weights {
		weights[i] = (r.Float32() - .5) / 50
	}
	head := func(g *nn.Graph, features nn.Value) {
		w := g.Floats("head/weight", weights, labels, backbone.FeatureCount)
		b := g.Floats("head/bias", []float32{.1, .2, .3}, labels)
		g.Output("scores", features.Gemm(w, b, nn.GemmOptions{TransB: true}).Softmax(1))
	}
	whole, err := backbone.Graph()
	require.NoError(t, err)
	features, err := whole.Value("features")
	require.NoError(t, err)
	head(whole, features)
	model, err := whole.Extract(nil, []string{"scores"})
	require.NoError(t, err)
	got := scores(t, model, runtime.Floats(wave(), 1, 3, side, side))

	alone := nn.New()
	head(alone, alone.Input("features", nn.Float32, alone.Dim("N"), backbone.FeatureCount))
	computed, err := open(t, backbone.Options{}).Features(ctx, wave(), 1)
	require.NoError(t, err)
	want := scores(t, alone, runtime.Floats(computed, 1, backbone.FeatureCount))
	require.InDeltaSlice(t, want, got, 1e-5)
}

func scores(t *testing.T, g *nn.Graph, in runtime.Tensor) []float32 {
	t.Helper()
	file, err := g.Bytes()
	require.NoError(t, err)
	s, err := runtime.NewSession(file, runtime.Options{})
	require.NoError(t, err)
	defer s.Close()
	out := make([]runtime.Tensor, 1)
	require.NoError(t, s.Run(context.Background(), []runtime.Tensor{in}, out))
	return out[0].Float32
}

func BenchmarkFeatures(b *testing.B) {
	for name, o := range map[string]backbone.Options{"one": {}, "batch8": {Batch: 8}} {
		b.Run(name, func(b *testing.B) {
			network := open(b, o)
			pictures := noise(8)
			for b.Loop() {
				_, err := network.Features(context.Background(), pictures, 8)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(8*b.N)/1000, "ms/picture")
		})
	}
}
