package detect

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/picture"
)

// placement is how a picture is laid into the input: all of it covers a rectangle, in pixels of the input, that may reach
// over its edges or leave some of it empty.
type placement struct {
	Left, Top, Width, Height float64
	Flip, Overturn           bool // left to right, upside down
	Brightness, Contrast     float32
}

// whole is the picture as it is, squashed to the input.
func whole(s picture.Size) placement {
	return placement{Width: float64(s.Width), Height: float64(s.Height), Brightness: 1, Contrast: 1}
}

const (
	leastZoom, mostZoom = 0.6, 1.45
	stretch             = 1.15 // of one side beside the other
)

// varied lays a picture into the input in one of many ways, which depends on nothing but the numbers and the name.
func varied(name string, epoch int, s picture.Size, o Options) placement {
	identity := fnv.New64a()
	identity.Write([]byte(name))
	random := rand.New(rand.NewPCG(o.Seed^uint64(epoch)<<32, identity.Sum64()))
	between := func(low, high float64) float64 { return low + float64((high-low)*random.Float64()) }
	geometric := func(low, high float64) float64 { return math.Exp(between(math.Log(low), math.Log(high))) }
	zoom, aspect := geometric(leastZoom, mostZoom), geometric(1/stretch, stretch)
	p := whole(s)
	p.Width = math.Round(p.Width * zoom * math.Sqrt(aspect))
	p.Height = math.Round(p.Height * zoom / math.Sqrt(aspect))
	p.Left = math.Round(between(0, 1) * (float64(s.Width) - p.Width))
	p.Top = math.Round(between(0, 1) * (float64(s.Height) - p.Height))
	flip, overturn := random.Uint64()&1 == 1, random.Uint64()&1 == 1
	p.Flip, p.Overturn = flip && !o.Handed, overturn && o.Overturn
	p.Brightness, p.Contrast = float32(between(0.8, 1.2)), float32(between(0.8, 1.2))
	return p
}

// seen is the part of a box that lies in the input, in its pixels, and what share of the box that is.
type seen struct {
	Label                    int
	Left, Top, Right, Bottom float64
	Share                    float64
}

func (s seen) width() float64  { return s.Right - s.Left }
func (s seen) height() float64 { return s.Bottom - s.Top }
func (s seen) area() float64   { return s.width() * s.height() }

// place lays boxes into the input. Those that lie outside are left out.
func (p placement) place(list []boxes.Box, s picture.Size) []seen {
	var result []seen
	for _, b := range list {
		left, right := max(b.Left, 0), min(b.Left+b.Width, 1)
		top, bottom := max(b.Top, 0), min(b.Top+b.Height, 1)
		if p.Flip {
			left, right = 1-right, 1-left
		}
		if p.Overturn {
			top, bottom = 1-bottom, 1-top
		}
		left, right = p.Left+float64(left*p.Width), p.Left+float64(right*p.Width)
		top, bottom = p.Top+float64(top*p.Height), p.Top+float64(bottom*p.Height)
		all := (right - left) * (bottom - top)
		v := seen{
			Label: b.Label, Left: max(left, 0), Top: max(top, 0),
			Right: min(right, float64(s.Width)), Bottom: min(bottom, float64(s.Height)),
		}
		if all > 0 && v.width() > 0 && v.height() > 0 {
			v.Share = v.area() / all
			result = append(result, v)
		}
	}
	return result
}

// draw writes the planes of the input. What the picture does not cover stays grey. part is working memory as large as dst.
func (p placement) draw(rgb *picture.RGB, s picture.Size, dst, part []float32) {
	left, top := int(max(p.Left, 0)), int(max(p.Top, 0))
	right, bottom := int(min(p.Left+p.Width, float64(s.Width))), int(min(p.Top+p.Height, float64(s.Height)))
	size := picture.Size{Width: right - left, Height: bottom - top}
	view := picture.View{
		Left: float32((float64(left) - p.Left) / p.Width), Top: float32((float64(top) - p.Top) / p.Height),
		Width: float32(float64(size.Width) / p.Width), Height: float32(float64(size.Height) / p.Height),
		Flip: p.Flip, Brightness: p.Brightness, Contrast: p.Contrast,
	}
	if p.Flip {
		view.Left = 1 - view.Left - view.Width
	}
	if p.Overturn {
		view.Top = 1 - view.Top - view.Height
	}
	if size == s && !p.Overturn {
		picture.Tensor(rgb, view, s, dst)
		return
	}
	clear(dst)
	area := size.Width * size.Height
	part = part[:3*area]
	picture.Tensor(rgb, view, size, part)
	for c := range 3 {
		for y := range size.Height {
			row := top + y
			if p.Overturn {
				row = bottom - 1 - y
			}
			from := part[c*area+y*size.Width:][:size.Width]
			copy(dst[(c*s.Height+row)*s.Width+left:], from)
		}
	}
}
