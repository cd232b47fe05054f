package picture

import (
	_ "embed"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/pillow.json
var pillowJSON []byte

// formula is the picture that testdata/pillow.py makes.
func formula(width, height int) *RGB {
	p := &RGB{Size: Size{width, height}}
	for y := range height {
		for x := range width {
			p.Pix = append(p.Pix, byte(7*x+13*y), byte(x*x+3*y), byte(x*y))
		}
	}
	return p
}

func TestTensorAgreesWithPillow(t *testing.T) {
	var cases []struct {
		Width, Height int
		View          [4]float32
		RGB           []int
	}
	require.NoError(t, json.Unmarshal(pillowJSON, &cases))
	require.NotEmpty(t, cases)
	for _, c := range cases {
		view := Identity()
		view.Left, view.Top, view.Width, view.Height = c.View[0], c.View[1], c.View[2], c.View[3]
		got := make([]float32, 3*8*8)
		Tensor(formula(c.Width, c.Height), view, Square(8), got)
		differ := 0
		for i, want := range c.RGB { // Pillow's are interleaved
			v := int(math.Round(float64(got[i%3*64+i/3])*128 + 127))
			require.InDelta(t, want, v, 1, "%d x %d %v, number %d", c.Width, c.Height, c.View, i)
			if v != want {
				differ++
			}
		}
		require.LessOrEqual(t, differ, len(c.RGB)/20, "%d x %d %v", c.Width, c.Height, c.View)
	}
}

func TestTensorOfTheSameSizeCopies(t *testing.T) {
	p, got := formula(31, 17), make([]float32, 3*31*17)
	Tensor(p, Identity(), p.Size, got)
	for i, v := range p.Pix {
		require.Equal(t, (float32(v)-127)/128, got[i%3*31*17+i/3])
	}
}

func TestTensorFlips(t *testing.T) {
	p, size := formula(100, 60), Size{24, 16}
	plain, flipped := make([]float32, 3*24*16), make([]float32, 3*24*16)
	view := View{Left: 0.1, Top: 0.2, Width: 0.7, Height: 0.6, Brightness: 1, Contrast: 1}
	Tensor(p, view, size, plain)
	view.Flip = true
	Tensor(p, view, size, flipped)
	for row := range 3 * 16 {
		for x := range 24 {
			require.Equal(t, plain[row*24+x], flipped[row*24+23-x])
		}
	}
}

func TestTensorLight(t *testing.T) {
	p := &RGB{Size: Square(2), Pix: []byte{0, 100, 255, 0, 100, 255, 0, 100, 255, 0, 100, 255}}
	for _, c := range []struct {
		brightness, contrast float32
		want                 [3]float64 // 8-bit values
	}{
		{1, 1, [3]float64{0, 100, 255}},
		{1.2, 1, [3]float64{0, 120, 255}},
		{0.5, 1, [3]float64{0, 50, 127.5}},
		{1, 0.5, [3]float64{63.75, 113.75, 191.25}},
		{1, 2, [3]float64{0, 72.5, 255}},
		{0.5, 2, [3]float64{0, 0, 127.5}},
	} {
		got := make([]float32, 3)
		Tensor(p, View{Width: 1, Height: 1, Brightness: c.brightness, Contrast: c.contrast}, Square(1), got)
		for i, want := range c.want {
			require.InDelta(t, (want-127)/128, got[i], 1e-5, "%v", c)
		}
	}
}

// Whatever the sizes, a white picture stays white and a black one black: weights sum to one and lanes do not overflow.
func TestTensorKeepsExtremes(t *testing.T) {
	for _, s := range []Size{{64, 1280}, {4096, 205}, {224, 224}, {65, 447}, {1, 1}, {3, 2}} {
		for _, v := range []byte{0, 255} {
			p := &RGB{Size: s, Pix: make([]byte, 3*s.Width*s.Height)}
			for i := range p.Pix {
				p.Pix[i] = v
			}
			for _, view := range append(Augmentation{}.Views("x", 3), Identity()) {
				view.Brightness, view.Contrast = 1, 1
				got := make([]float32, 3*33*31)
				Tensor(p, view, Size{33, 31}, got)
				require.Equal(t, (float32(v)-127)/128, slices.Min(got))
				require.Equal(t, (float32(v)-127)/128, slices.Max(got))
			}
		}
	}
}

func TestTensorRefusesWrongRoom(t *testing.T) {
	require.Panics(t, func() { Tensor(formula(9, 9), Identity(), Square(4), make([]float32, 47)) })
	require.Panics(t, func() { Tensor(formula(9, 9), View{}, Square(4), make([]float32, 48)) })
}

func TestCellsAreTheRoundedTensor(t *testing.T) {
	p, size := formula(311, 173), Size{Width: 64, Height: 96}
	dim := View{Left: 0.1, Top: 0.2, Width: 0.7, Height: 0.75, Brightness: 0.5, Contrast: 1, Flip: true} // halves of levels
	for _, view := range []View{Identity(), dim, {Width: 1, Height: 1, Brightness: 1.2, Contrast: 1.2}} {
		numbers, cells := make([]float32, 3*64*96), make([]byte, 3*64*96)
		Tensor(p, view, size, numbers)
		Cells(p, view, size, cells)
		for i, v := range numbers {
			colour, row, column := i/(64*96), i/64%96, i%64
			want := min(max(math.RoundToEven(float64(v)*128)+127, 0), 255)
			require.Equal(t, byte(want), cells[(row/2*32+column/2)*12+row%2*6+column%2*3+colour], "%v: %d, %d, %d", view, colour, row, column)
		}
	}
	require.Panics(t, func() { Cells(p, Identity(), Size{Width: 3, Height: 2}, make([]byte, 18)) })
}
