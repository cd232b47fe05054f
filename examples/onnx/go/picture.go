package main

import (
	"bytes"
	"image"
	"image/draw"
	_ "image/jpeg"
	_ "image/png"
	"math"
	"os"

	"github.com/bep/imagemeta"
)

// pixels is a picture as the network takes it: the planes of red, green and blue, row by row, 0 to 255.
func pixels(file string, width, height int) ([]float32, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	picture, format, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	turn := orientation(b, format)
	lies := image.Pt(width, height)
	if turn >= 5 { // it is squashed as it lies on its side
		lies = image.Pt(height, width)
	}
	squashed := small(picture, lies.X, lies.Y)
	planes := make([]float32, 3*width*height)
	for y := range height {
		for x := range width {
			c := squashed.RGBAAt(source(turn, x, y, width, height))
			for plane, v := range [...]uint8{c.R, c.G, c.B} {
				planes[(plane*height+y)*width+x] = float32(v)
			}
		}
	}
	return planes, nil
}

// small is a picture on white, squashed to a size. One that is at least 2, 4 or 8 times as large is divided by that first.
func small(picture image.Image, width, height int) *image.RGBA {
	size := picture.Bounds().Size()
	whole := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(whole, whole.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(whole, whole.Rect, picture, picture.Bounds().Min, draw.Over)
	factor := 1
	for factor < 8 && size.X >= 2*factor*width && size.Y >= 2*factor*height {
		factor *= 2
	}
	less := blocks(whole, factor)
	size = less.Rect.Max
	pix := squash(squash(less.Pix, size.X, size.Y, width), size.Y, width, height)
	return &image.RGBA{Pix: pix, Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
}

// blocks makes a pixel of the mean of each block of factor x factor pixels; blocks at the edges may be smaller.
func blocks(p *image.RGBA, factor int) *image.RGBA {
	size := p.Rect.Max
	out := image.NewRGBA(image.Rect(0, 0, (size.X+factor-1)/factor, (size.Y+factor-1)/factor))
	for i := range out.Pix {
		x, y, c := i/4%out.Rect.Max.X*factor, i/out.Stride*factor, i%4
		right, bottom := min(x+factor, size.X), min(y+factor, size.Y)
		n, sum := (right-x)*(bottom-y), 0
		for v := y; v < bottom; v++ {
			for u := x; u < right; u++ {
				sum += int(p.Pix[v*p.Stride+4*u+c])
			}
		}
		out.Pix[i] = uint8((sum + n/2) / n)
	}
	return out
}

// half rounds to the nearest; what lies in the middle goes up, although sums of fractions may come out a little below it.
const half = 0.5 + 1e-6

// squash makes rows of width rows of the given length, and rows columns. A pixel is the mean of all that are near it, the nearer the
// more.
func squash(rgba []uint8, width, height, length int) []uint8 {
	out := make([]uint8, 4*length*height)
	scale := float64(width) / float64(length)
	support := max(scale, 1)
	for i := range length {
		centre := (float64(i) + 0.5) * scale
		first, end := max(int(centre-support+0.5), 0), min(int(centre+support+0.5), width)
		weights, total := make([]float64, end-first), 0.
		for k := range weights {
			weights[k] = max(0, 1-math.Abs(float64(first+k)+0.5-centre)/support)
			total += weights[k]
		}
		for y := range height {
			for c := range 4 {
				sum := 0.
				for k, w := range weights {
					sum += w * float64(rgba[4*(y*width+first+k)+c])
				}
				out[4*(i*height+y)+c] = uint8(sum/total + half)
			}
		}
	}
	return out
}

// source is where a pixel of the upright picture lies in one that was stored in an EXIF orientation.
func source(orientation, x, y, width, height int) (int, int) {
	right, bottom := width-1, height-1
	switch orientation {
	case 2:
		return right - x, y
	case 3:
		return right - x, bottom - y
	case 4:
		return x, bottom - y
	case 5:
		return y, x
	case 6:
		return y, right - x
	case 7:
		return bottom - y, right - x
	case 8:
		return bottom - y, x
	}
	return x, y
}

// orientation reads how a camera was held, 1 to 8; 1 where the file does not say.
func orientation(b []byte, format string) int {
	found := 1
	options := imagemeta.Options{
		R: bytes.NewReader(b), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" && t.Namespace == "IFD0" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if v, ok := t.Value.(uint16); ok && 1 <= v && v <= 8 {
				found = int(v)
			}
			return nil
		},
	}
	if format == "png" {
		options.ImageFormat = imagemeta.PNG
	}
	_, _ = imagemeta.Decode(options) // what cannot be read says nothing
	return found
}
