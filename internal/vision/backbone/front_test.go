package backbone_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// exact skips a test on CPUs on which the front Int8 is not to be used.
func exact(t *testing.T) {
	t.Helper()
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil || !strings.Contains(string(info), "vnni") {
		t.Skip("this CPU does not multiply bytes exactly (no VNNI)")
	}
}

// both runs both fronts over one picture and gives their outputs by name.
func both(t *testing.T, picture []float32, height, width int64) (floats, integers map[string]runtime.Tensor) {
	t.Helper()
	var all []map[string]runtime.Tensor
	for _, f := range []backbone.Front{backbone.Float32, backbone.Int8} {
		g, err := backbone.Network(f)
		require.NoError(t, err)
		file, err := g.Bytes()
		require.NoError(t, err)
		s, err := runtime.NewSession(file, runtime.Options{})
		require.NoError(t, err)
		out := make([]runtime.Tensor, len(s.Outputs()))
		in := runtime.Floats(picture, 1, 3, height, width)
		require.NoError(t, s.Run(t.Context(), []runtime.Tensor{in}, out))
		named := map[string]runtime.Tensor{}
		for i, name := range s.Outputs() {
			named[name] = out[i]
		}
		all = append(all, named)
		require.NoError(t, s.Close())
	}
	return all[0], all[1]
}

func cosine(a, b []float32) float64 {
	var product, first, second float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		product, first, second = product+x*y, first+x*x, second+y*y
	}
	return product / math.Sqrt(first*second)
}

// What takes bytes gives the very numbers of the network that models are written with.
func TestBytesGiveTheSameAsNumbers(t *testing.T) {
	exact(t)
	for _, size := range []picture.Size{{Width: 224, Height: 224}, {Width: 320, Height: 256}} {
		rgb, random := &picture.RGB{Size: size}, rand.New(rand.NewPCG(1, 2))
		for range 3 * size.Width * size.Height {
			rgb.Pix = append(rgb.Pix, byte(random.IntN(256)))
		}
		numbers := make([]float32, len(rgb.Pix))
		picture.Tensor(rgb, picture.Identity(), size, numbers)
		_, want := both(t, numbers, int64(size.Height), int64(size.Width))
		outputs := []string{backbone.Stride8, backbone.Stride32, backbone.Features}
		b, err := backbone.Open(backbone.Options{Net: backbone.Of(backbone.Int8), Outputs: outputs, Width: size.Width, Height: size.Height})
		require.NoError(t, err)
		defer b.Close()
		in := b.NewInput()
		require.Empty(t, in.Floats)
		b.Draw(rgb, picture.Identity(), in)
		got, err := b.Look(t.Context(), in, nil)
		require.NoError(t, err)
		for i, name := range outputs {
			require.Equal(t, want[name].Float32, got[i].Float32, "%s of %v", name, size)
		}
		_, err = b.Look(t.Context(), backbone.Input{Floats: numbers}, nil)
		require.ErrorContains(t, err, "0 values for a picture")
	}
}

func TestIntegersComeCloseAtAnySize(t *testing.T) {
	exact(t)
	for name, size := range map[string][2]int64{"labels": {224, 224}, "boxes": {448, 448}, "wide": {480, 640}} {
		t.Run(name, func(t *testing.T) {
			height, width := size[0], size[1]
			picture := make([]float32, 0, 3*height*width)
			for c := range 3 {
				for y := range height {
					for x := range width {
						v := math.Sin(0.05*float64(int64(c+1)*(y+1)) + 0.03*float64(x+1))
						picture = append(picture, float32(v))
					}
				}
			}
			floats, integers := both(t, picture, height, width)
			require.Len(t, integers, 5)
			least := map[string]float64{
				"stride8": 0.98, "stride16": 0.98, "stride32": 0.97, "embedding": 0.97, "features": 0.995,
			}
			for name, want := range floats {
				require.Equal(t, want.Shape, integers[name].Shape)
				require.Greater(t, cosine(want.Float32, integers[name].Float32), least[name], name)
			}
		})
	}
}

// Maps hold no more than 256 different numbers, and the features are their means and maxima to the last bit.
func TestFeaturesOfIntegersArePooledExactly(t *testing.T) {
	exact(t)
	_, integers := both(t, wave(), side, side)
	features := integers["features"].Float32
	for name, from := range map[string]int{"stride8": 0, "stride16": 80, "stride32": 304} {
		m := integers[name]
		numbers := map[float32]bool{}
		for _, v := range m.Float32 {
			numbers[v] = true
		}
		require.LessOrEqual(t, len(numbers), 256, name)
		require.Greater(t, len(numbers), 100, name)
		n := 2 * int(m.Shape[1])
		require.InDeltaSlice(t, pooled(m), features[from:from+n], 1e-4, name)
	}
	require.Equal(t, integers["embedding"].Float32, features[944:])
}

// A network of either front is cut, fixed to a size and joined with others in the same way.
func TestFrontsAreTakenApartAlike(t *testing.T) {
	for _, f := range []backbone.Front{backbone.Float32, backbone.Int8} {
		t.Run(string(f), func(t *testing.T) {
			whole, err := backbone.Network(f)
			require.NoError(t, err)
			whole.FixDim("N", 1)
			whole.FixDim("H", 64)
			whole.FixDim("W", 96)
			front, err := whole.Extract(nil, []string{backbone.Stride16})
			require.NoError(t, err)
			require.Equal(t, nn.Shape{1, 3, 64, 96}, front.Inputs()[0].Shape())
			tail, err := whole.Extract([]string{backbone.Stride16}, []string{"embedding"})
			require.NoError(t, err)
			joined := nn.New()
			pixels := joined.Input("picture", nn.Float32, 1, 3, 64, 96)
			normal := pixels.Sub(joined.Scalar(127)).Mul(joined.Scalar(1. / 128))
			maps, err := joined.Append(front, map[string]nn.Value{"picture": normal})
			require.NoError(t, err)
			embedding, err := joined.Append(tail, map[string]nn.Value{backbone.Stride16: maps[0]})
			require.NoError(t, err)
			joined.Output("scores", embedding[0].ReduceMean(false, 1))
			g, err := joined.Extract(nil, []string{"scores"})
			require.NoError(t, err)
			got := scores(t, g, runtime.Floats(make([]float32, 3*64*96), 1, 3, 64, 96))
			require.Len(t, got, 1)
			require.Greater(t, got[0], float32(0))
		})
	}
}

func TestFrontsHaveNames(t *testing.T) {
	for _, f := range []backbone.Front{backbone.Float32, backbone.Int8} {
		parsed, err := backbone.ParseFront(string(f))
		require.NoError(t, err)
		require.Equal(t, f, parsed)
		require.Len(t, f.Digest(), 64)
	}
	require.NotEqual(t, backbone.Float32.Digest(), backbone.Int8.Digest())
	text, err := json.Marshal(backbone.Int8)
	require.NoError(t, err)
	require.Equal(t, `"int8"`, string(text)) // models in the field have it
	_, err = backbone.ParseFront("int4")
	require.ErrorContains(t, err, `no front "int4", only float32 and int8`)
	_, err = backbone.Network("int4")
	require.ErrorContains(t, err, `no front "int4"`)
	require.Empty(t, backbone.Front("int4").Digest())
}

func TestCheckFindsThisCPUExact(t *testing.T) {
	exact(t)
	v, err := backbone.Check(t.Context())
	require.NoError(t, err)
	require.True(t, v.Exact, v.Reason)
	require.Greater(t, v.Cosine, 0.999)
	require.Less(t, v.Error, 0.05)
	t.Logf("%+v", v)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = backbone.Check(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func BenchmarkFronts(b *testing.B) {
	for _, f := range []backbone.Front{backbone.Float32, backbone.Int8} {
		for _, side := range []int64{224, 448} {
			b.Run(string(f)+"@"+map[int64]string{224: "224", 448: "448"}[side], func(b *testing.B) {
				g, err := backbone.Network(f)
				require.NoError(b, err)
				file, err := g.Bytes()
				require.NoError(b, err)
				s, err := runtime.NewSession(file, runtime.Options{Outputs: []string{backbone.Features}})
				require.NoError(b, err)
				defer s.Close()
				in := []runtime.Tensor{runtime.Floats(make([]float32, 3*side*side), 1, 3, side, side)}
				for b.Loop() {
					require.NoError(b, s.Run(b.Context(), in, make([]runtime.Tensor, 1)))
				}
			})
		}
	}
}
