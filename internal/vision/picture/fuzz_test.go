package picture

import (
	"context"
	"errors"
	"image"
	"image/color"
	"testing"
)

func addSeeds(f *testing.F) {
	small, progressive, cmyk, turned := grey(64, 64), quarters(0), grey(64, 64), quarters(6)
	progressive.progressive, progressive.scans = true, 2
	cmyk.components, cmyk.adobe = 4, true
	for _, j := range []blockJPEG{small, progressive, cmyk, turned} {
		f.Add(j.bytes())
	}
	f.Add(photo(f, 80, 64))
	area := image.Rect(0, 0, 64, 64)
	for _, img := range []image.Image{image.NewGray(area), image.NewNRGBA64(area), image.NewPaletted(area, color.Palette{color.Black})} {
		f.Add(encodePNG(f, img))
	}
}

func userMistake(err error) bool { return errors.Is(err, ErrFormat) != errors.Is(err, ErrDimensions) }

func FuzzInspect(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := Inspect(b)
		if err != nil {
			if !userMistake(err) || h != (Header{}) {
				t.Fatalf("%v %+v", err, h)
			}
			return
		}
		if checkSides(h.Stored) != nil || checkSides(h.Size) != nil || h.Orientation < 1 || h.Orientation > 8 {
			t.Fatalf("%+v", h)
		}
	})
}

func FuzzDecode(f *testing.F) {
	addSeeds(f)
	d := newDecoder()
	dst := make([]float32, 3*32*32)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, inspected := Inspect(b)
		for _, fit := range []Size{{}, Square(32)} {
			p, err := d.Decode(context.Background(), b, fit)
			if err != nil {
				if !userMistake(err) {
					t.Fatal(err)
				}
				continue
			}
			if inspected != nil || p.Size != h.Size.shrunk(h.shrink(fit)) || len(p.Pix) != 3*p.Size.Width*p.Size.Height {
				t.Fatalf("%v %+v became %v", inspected, h, p.Size)
			}
			Tensor(p, Identity(), Square(32), dst)
			p.Release()
		}
	})
}
