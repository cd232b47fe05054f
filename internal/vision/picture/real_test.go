package picture

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fullsize finds camera pictures that lie beside the checkout.
func fullsize(t testing.TB, name string) []byte {
	dir := os.Getenv("OWNSIGHT_PICTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "pictures")
	}
	file, err := os.ReadFile(filepath.Join(dir, "fullsize", name))
	if err != nil {
		t.Skipf("no sample pictures: %v (set OWNSIGHT_PICTURES to their folder)", err)
	}
	return file
}

func tensorOf(t testing.TB, file []byte, fit Size) []float32 {
	dst := make([]float32, 3*224*224)
	Tensor(decode(t, file, fit), Identity(), Square(224), dst)
	return dst
}

// difference is the mean of the absolute differences, in steps of 255.
func difference(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i] - b[i]))
	}
	return sum / float64(len(a)) * 128
}

func TestCameraOrientationsShowTheSameScene(t *testing.T) {
	for _, group := range [][]string{
		{"exif_Landscape_1.jpg", "exif_Landscape_3.jpg", "exif_Landscape_6.jpg"},
		{"exif_Portrait_0.jpg", "exif_Portrait_8.jpg"},
	} {
		first := tensorOf(t, fullsize(t, group[0]), Square(224))
		for _, name := range group[1:] {
			other := fullsize(t, name)
			require.Less(t, difference(first, tensorOf(t, other, Square(224))), 3.0, name)
			h, err := Inspect(other)
			require.NoError(t, err)
			require.NotEqual(t, 1, h.Orientation)
		}
	}
}

func TestShrunkDecodingLosesLittle(t *testing.T) {
	for _, name := range []string{"exif_Landscape_1.jpg", "exif_Portrait_8.jpg"} {
		file := fullsize(t, name)
		require.Less(t, difference(tensorOf(t, file, Size{}), tensorOf(t, file, Square(224))), 2.5, name)
	}
}

func TestCameraPictureOfSeveralPictures(t *testing.T) {
	p := decode(t, fullsize(t, "drone_DJI_0025.JPG"), Square(224)) // 4000 x 2250; smaller pictures follow the first
	require.Equal(t, Size{500, 282}, p.Size)
}

func BenchmarkDecode(b *testing.B) {
	d, file := newDecoder(), fullsize(b, "exif_Landscape_1.jpg") // 1800 x 1200, 350 kB
	for b.Loop() {
		p, err := d.Decode(b.Context(), file, Square(224))
		require.NoError(b, err)
		p.Release()
	}
}

func BenchmarkTensor(b *testing.B) {
	p, dst := formula(512, 384), make([]float32, 3*224*224) // what a 1024 x 768 picture is decoded to
	for b.Loop() {
		Tensor(p, Identity(), Square(224), dst)
	}
}
