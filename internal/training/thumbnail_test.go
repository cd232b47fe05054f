package training

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/picture"
)

// halved is a picture that is red on the left and blue on the right.
func halved(width, height int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{R: 255, A: 255}
			if x >= width/2 {
				c = color.RGBA{B: 255, A: 255}
			}
			p.Set(x, y, c)
		}
	}
	return p
}

func TestThumbnails(t *testing.T) {
	d := picture.NewDecoder(picture.NewBudget(picture.DefaultBudget))
	for name, c := range map[string]struct {
		width, height int
		want          image.Point
	}{
		"broad":  {1600, 400, image.Pt(200, 50)},
		"high":   {400, 1600, image.Pt(50, 200)},
		"square": {999, 999, image.Pt(200, 200)},
		"narrow": {64, 1280, image.Pt(10, 200)},
		"small":  {80, 70, image.Pt(80, 70)},
	} {
		t.Run(name, func(t *testing.T) {
			var asJPEG, asPNG bytes.Buffer
			require.NoError(t, jpeg.Encode(&asJPEG, halved(c.width, c.height), nil))
			require.NoError(t, png.Encode(&asPNG, halved(c.width, c.height)))
			for _, file := range [][]byte{asJPEG.Bytes(), asPNG.Bytes()} {
				small, err := shrunk(t.Context(), d, file, 200)
				require.NoError(t, err)
				require.Less(t, len(small), 10_000)
				p, err := jpeg.Decode(bytes.NewReader(small))
				require.NoError(t, err)
				require.Equal(t, c.want, p.Bounds().Max)
				for x, want := range map[int]color.RGBA{c.want.X / 8: {R: 255}, c.want.X * 7 / 8: {B: 255}} {
					r, g, b, _ := p.At(x, c.want.Y/2).RGBA()
					require.InDelta(t, want.R, r>>8, 12)
					require.InDelta(t, 0, g>>8, 12)
					require.InDelta(t, want.B, b>>8, 12)
				}
			}
		})
	}
	_, err := shrunk(t.Context(), d, []byte("no picture"), 200)
	require.ErrorIs(t, err, picture.ErrFormat)
}
