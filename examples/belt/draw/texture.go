package draw

import (
	"image"
	"image/draw"
	"math/rand/v2"
	"sync"

	"golang.org/x/image/vector"
)

// plane holds one value for each pixel, row by row.
type plane struct {
	w, h int
	v    []float32
}

func newPlane(size image.Point) plane {
	return plane{size.X, size.Y, make([]float32, size.X*size.Y)}
}

// point is a place in a picture, in pixels.
type point struct{ x, y float32 }

// fill returns how much of each pixel (0..1) the outlines cover. Outlines of one direction add up to at most 1,
// those of the other direction cut holes.
func fill(size image.Point, outlines ...[]point) plane {
	out := newPlane(size)
	r := vector.NewRasterizer(size.X, size.Y)
	r.DrawOp = draw.Src
	for _, o := range outlines {
		r.MoveTo(o[0].x, o[0].y)
		for _, p := range o[1:] {
			r.LineTo(p.x, p.y)
		}
		r.ClosePath()
	}
	cover := image.NewAlpha(image.Rectangle{Max: size})
	r.Draw(cover, cover.Rect, image.Opaque, image.Point{})
	for i, a := range cover.Pix {
		out.v[i] = float32(a) / 255
	}
	return out
}

// blurred returns the plane after two box blurs of the radius each way: nearly a Gaussian of standard deviation 0.8 radius.
func (p plane) blurred(radius int) plane {
	out, tmp := newPlane(image.Pt(p.w, p.h)), newPlane(image.Pt(p.w, p.h))
	copy(out.v, p.v)
	for range 2 {
		for y := range p.h {
			boxBlur(tmp.v[y*p.w:(y+1)*p.w], out.v[y*p.w:(y+1)*p.w], radius)
		}
		boxBlurDown(out, tmp, radius)
	}
	return out
}

// boxBlur writes the mean of the 2·radius+1 neighbours of every value of src to dst; the ends repeat. radius is less
// than half the length.
func boxBlur(dst, src []float32, radius int) {
	n, scale := len(src), 1/float32(2*radius+1)
	sum := src[0] * float32(radius)
	for i := range radius + 1 {
		sum += src[i]
	}
	for i := range radius {
		dst[i] = sum * scale
		sum += src[i+radius+1] - src[0]
	}
	enter, leave, middle := src[2*radius+1:], src[:n-2*radius-1], dst[radius:n-radius-1]
	for i := range middle {
		middle[i] = sum * scale
		sum += enter[i] - leave[i]
	}
	for i := n - radius - 1; i < n; i++ {
		dst[i] = sum * scale
		sum += src[n-1] - src[i-radius]
	}
}

// boxBlurDown is boxBlur along the columns, a whole row at a time so that memory is read in order.
func boxBlurDown(dst, src plane, radius int) {
	row := func(y int) []float32 {
		y = min(max(y, 0), src.h-1)
		return src.v[y*src.w : (y+1)*src.w]
	}
	sum, scale := make([]float32, src.w), 1/float32(2*radius+1)
	for y := -radius; y <= radius; y++ {
		for x, v := range row(y) {
			sum[x] += v
		}
	}
	for y := range src.h {
		out, enter, leave := dst.v[y*dst.w:(y+1)*dst.w], row(y+radius+1), row(y-radius)
		for x := range out {
			out[x] = sum[x] * scale
			sum[x] += enter[x] - leave[x]
		}
	}
}

// tileSide is the side of the noise tiles: a power of two, so that they repeat by masking.
const tileSide = 512

// tile is a square of noise that repeats without a seam.
type tile []float32

func (t tile) row(y int) []float32 {
	start := (y & (tileSide - 1)) * tileSide
	return t[start : start+tileSide]
}

func (t tile) at(x, y int) float32 {
	return t[(y&(tileSide-1))*tileSide+x&(tileSide-1)]
}

// noises are what every surface takes its irregularities from.
type noises struct {
	grain tile // fine, for fabric and cast metal
	cloud tile // from large to fine, for stains and rust
	white tile // independent values of standard deviation 1, for the lathe and the sensor
}

// tiles are drawn once, always from the same seed: pictures differ by where they look into them.
var tiles = sync.OnceValue(func() *noises {
	var t noises
	rng := rand.New(rand.NewPCG(20, 26))
	t.grain = fractal(rng, 128, 3)
	t.cloud = fractal(rng, 8, 6)
	t.white = make(tile, tileSide*tileSide)
	for i := range t.white {
		t.white[i] = float32(rng.NormFloat64())
	}
	return &t
})

// fractal sums octaves of smoothed value noise, each with twice the cells and half the weight; about -1..1, mean 0.
func fractal(rng *rand.Rand, cells, octaves int) tile {
	out := make(tile, tileSide*tileSide)
	weight := float32(1)
	for range octaves {
		lattice := make([]float32, cells*cells)
		for i := range lattice {
			lattice[i] = rng.Float32()*2 - 1
		}
		step := tileSide / cells
		for y := range tileSide {
			y0, fy := y/step, smooth(float32(y%step)/float32(step))
			y1 := (y0 + 1) % cells
			for x := range tileSide {
				x0, fx := x/step, smooth(float32(x%step)/float32(step))
				x1 := (x0 + 1) % cells
				top := mix(lattice[y0*cells+x0], lattice[y0*cells+x1], fx)
				bottom := mix(lattice[y1*cells+x0], lattice[y1*cells+x1], fx)
				out[y*tileSide+x] += weight * mix(top, bottom, fy)
			}
		}
		cells, weight = cells*2, weight/2
	}
	return out
}

func mix(a, b, t float32) float32 { return a + (b-a)*t }

// smooth eases 0..1 to 0..1 with no slope at the ends; values outside are cut.
func smooth(t float32) float32 {
	t = min(max(t, 0), 1)
	return t * t * (3 - 2*t)
}
