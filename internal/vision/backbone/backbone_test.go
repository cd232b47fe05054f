package backbone_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
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

// features are those of one picture.
func features(t testing.TB, b *backbone.Backbone, picture []float32) []float32 {
	t.Helper()
	out, err := b.Look(context.Background(), backbone.Input{Floats: picture}, nil)
	require.NoError(t, err)
	require.Len(t, out, 1)
	require.Len(t, out[0].Float32, backbone.FeatureCount)
	return out[0].Float32
}

func noise() []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	picture := make([]float32, backbone.PictureLength)
	for i := range picture {
		picture[i] = r.Float32()*2 - 1
	}
	return picture
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
	features := features(t, open(t, backbone.Options{}), wave())

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
	features := features(t, open(t, backbone.Options{}), wave())
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

// What is asked for comes in the order of the question, at any size of picture.
func TestOutputsAndSizesAreChosen(t *testing.T) {
	ctx := context.Background()
	square := open(t, backbone.Options{Outputs: []string{backbone.Stride16, backbone.Features, backbone.Stride8}})
	out, err := square.Look(ctx, backbone.Input{Floats: wave()}, nil)
	require.NoError(t, err)
	require.Equal(t, []int64{1, 112, 14, 14}, out[0].Shape)
	require.Equal(t, []int64{1, 40, 28, 28}, out[2].Shape)
	require.InDeltaSlice(t, features(t, open(t, backbone.Options{Threads: 2}), wave()), out[1].Float32, 1e-4)

	wide := open(t, backbone.Options{Outputs: []string{backbone.Stride32}, Width: 96, Height: 64})
	out, err = wide.Look(ctx, backbone.Input{Floats: make([]float32, 3*64*96)}, nil)
	require.NoError(t, err)
	require.Equal(t, []int64{1, 320, 2, 3}, out[0].Shape)
	_, err = backbone.Open(backbone.Options{Outputs: []string{"stride7"}})
	require.ErrorContains(t, err, `no value "stride7"`)
}

func TestFeaturesAreTheSameFromManyGoroutines(t *testing.T) {
	b := open(t, backbone.Options{})
	picture := noise()
	want := features(t, b, picture)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			out, err := b.Look(context.Background(), backbone.Input{Floats: picture}, nil)
			if err != nil || !slices.Equal(want, out[0].Float32) {
				t.Errorf("other features, or an error: %v", err)
			}
		})
	}
	group.Wait()
}

func TestFeaturesRefuseWrongLengthAndEndedContext(t *testing.T) {
	b := open(t, backbone.Options{})
	width, height := b.Size()
	require.Equal(t, 3*width*height, backbone.PictureLength)
	_, err := b.Look(context.Background(), backbone.Input{Floats: make([]float32, 5)}, nil)
	require.ErrorContains(t, err, "5 values for a picture of 3x224x224")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = b.Look(ctx, backbone.Input{Floats: noise()}, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// A head behind the backbone is one file, which gives what the two give apart.
func TestOneFileWithHead(t *testing.T) {
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
	whole, err := backbone.Whole()
	require.NoError(t, err)
	value, err := whole.Value("features")
	require.NoError(t, err)
	head(whole, value)
	model, err := whole.Extract(nil, []string{"scores"})
	require.NoError(t, err)
	got := scores(t, model, runtime.Floats(wave(), 1, 3, side, side))

	alone := nn.New()
	head(alone, alone.Input("features", nn.Float32, alone.Dim("N"), backbone.FeatureCount))
	computed := features(t, open(t, backbone.Options{}), wave())
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
	network := open(b, backbone.Options{})
	picture := noise()
	for b.Loop() {
		features(b, network, picture)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/picture")
}
