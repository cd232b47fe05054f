package detect

import (
	"math"
	"slices"
	"time"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/picture"
)

// shape is all that the network's form depends on.
type shape struct {
	Size   picture.Size // of the input, multiples of 32
	Labels int
	Levels []level // finest first
	Deep   bool    // the backbone is tuned from stride 8 on, not from stride 16
}

// level is one map of the pyramid.
type level struct {
	Stride        int
	Width, Height float64 // of a box that is drawn where the network adds nothing, in pixels of the input
	Least, Most   float64 // sides of the squares whose area boxes of this level have, in pixels of the input
}

func (l level) rows(s picture.Size) int    { return s.Height / l.Stride }
func (l level) columns(s picture.Size) int { return s.Width / l.Stride }

// places is how many boxes the network draws.
func (s shape) places() int {
	n := 0
	for _, l := range s.Levels {
		n += l.rows(s.Size) * l.columns(s.Size)
	}
	return n
}

const (
	pixels    = 448 * 448 // of the input, where nothing asks for more or less
	leastSide = 256
	mostSide  = 1024
	// Boxes are wanted to be at least so large in the input; the pixels that this takes are limited to mostPixels.
	wantedSide = 28
	mostPixels = 640 * 640
	// Where even small boxes are larger than plentySide, fewer pixels do. So they have to where the budget would else not
	// let every picture be seen enoughEpochs times, as long as small boxes have leastWanted.
	plentySide   = 112
	enoughEpochs = 30
	leastWanted  = 16
	fewerPixels  = 320 * 320
	// Boxes near the bound between two levels belong to both.
	overlap = 1.15
)

// bounds between the levels: sides of squares of the same area as the box.
var bounds = []float64{0, 48, 112, 1 << 20}

// plan chooses the shape for the boxes of the data, given the size of the input and the recipe.
func plan(d Data, size picture.Size, r Recipe) shape {
	s := shape{Size: size, Labels: len(d.Labels), Deep: r == Deep}
	for i, stride := range []int{8, 16, 32} {
		l := level{Stride: stride, Least: bounds[i] / overlap, Most: bounds[i+1] * overlap}
		l.Width, l.Height = usual(d, size, l)
		s.Levels = append(s.Levels, l)
	}
	return s
}

// inputSize has the pictures' usual aspect and so many pixels that small boxes can be seen and the budget suffices.
func inputSize(d Data, budget time.Duration) picture.Size {
	aspects := make([]float64, len(d.Pictures))
	for i, p := range d.Pictures {
		aspects[i] = float64(p.Width) / float64(p.Height)
	}
	aspect := min(max(quantile(aspects, 0.5), 0.5), 2)
	area := float64(pixels)
	small := smallSide(d)
	if wanted := wantedSide / small; wanted*wanted > area {
		area = min(wanted*wanted, mostPixels)
	}
	if enough := plentySide / small; enough*enough < area {
		area = max(enough*enough, fewerPixels)
	}
	if most := budget.Seconds() / enough(d) / secondsAPixel; most < area {
		least := leastWanted / small
		area = min(max(most, fewerPixels, least*least), area)
	}
	return rounded(math.Sqrt(area*aspect), math.Sqrt(area/aspect))
}

// smallSide is how large small boxes are in an input of one pixel: a tenth of all are smaller, or half of those of some
// label that has a few.
func smallSide(d Data) float64 {
	var all []float64
	byLabel := make([][]float64, len(d.Labels))
	for _, p := range d.Pictures {
		for _, b := range p.Boxes {
			side := math.Sqrt(b.Width * b.Height)
			all, byLabel[b.Label] = append(all, side), append(byLabel[b.Label], side)
		}
	}
	small := quantile(all, 0.1)
	for _, sides := range byLabel {
		if len(sides) >= 5 {
			small = min(small, quantile(sides, 0.5))
		}
	}
	return small
}

func rounded(width, height float64) picture.Size {
	side := func(v float64) int { return min(max(32*int(math.Round(v/32)), leastSide), mostSide) }
	return picture.Size{Width: side(width), Height: side(height)}
}

// usual gives the geometric mean of the boxes of a level, or a square in the middle of its range.
func usual(d Data, size picture.Size, l level) (width, height float64) {
	var wide, high, n float64
	for _, p := range d.Pictures {
		for _, b := range p.Boxes {
			w, h := b.Width*float64(size.Width), b.Height*float64(size.Height)
			if side := math.Sqrt(w * h); side >= l.Least && side <= l.Most {
				wide, high, n = wide+math.Log(w), high+math.Log(h), n+1
			}
		}
	}
	if n == 0 {
		side := 4 * float64(l.Stride)
		return side, side
	}
	return math.Exp(wide / n), math.Exp(high / n)
}

func quantile(list []float64, share float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[min(int(share*float64(len(list))), len(list)-1)]
}

// grid gives constants of every place, [1, 1, places] each: its middle and what its level says.
func (s shape) grid() map[string][]float32 {
	g := map[string][]float32{}
	put := func(name string, v float64) { g[name] = append(g[name], float32(v)) }
	for _, l := range s.Levels {
		stride := float64(l.Stride)
		for y := range l.rows(s.Size) {
			for x := range l.columns(s.Size) {
				put("x", (float64(x)+0.5)*stride)
				put("y", (float64(y)+0.5)*stride)
				put("stride", stride)
				put("half width", l.Width/2)
				put("half height", l.Height/2)
			}
		}
	}
	return g
}

// corners draws boxes from what the network gives for each place: raw is [N, 4, places]. They are [N, 1, places] each,
// in pixels of the input.
func (s shape) corners(raw nn.Value, at func(name string) nn.Value) (left, top, right, bottom nn.Value) {
	half := func(row int, name string) nn.Value {
		return slice(raw, 1, row, 1).Clip(-4, 4).Exp().Mul(at(name))
	}
	x := slice(raw, 1, 0, 1).Mul(at("stride")).Add(at("x"))
	y := slice(raw, 1, 1, 1).Mul(at("stride")).Add(at("y"))
	w, h := half(2, "half width"), half(3, "half height")
	return x.Sub(w), y.Sub(h), x.Add(w), y.Add(h)
}

// slice takes count elements along an axis.
func slice(v nn.Value, axis, from, count int) nn.Value {
	before, after := make([]int, len(v.Shape())), make([]int, len(v.Shape()))
	before[axis], after[axis] = -from, -(int(v.Shape()[axis]) - from - count)
	return v.Pad(before, after)
}
