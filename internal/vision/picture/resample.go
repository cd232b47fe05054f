package picture

import (
	"fmt"
	"math"
	"slices"
	"sync"
)

// Weights have 13 fractional bits and sum to exactly one.
const (
	weightBits = 13
	one        = 1 << weightBits
)

// Tensor resamples the view of p to size and writes it to dst as three planes (red, green, blue) of rows, which is one
// picture of an NCHW batch. Values are (v-127)/128, as EfficientNet-Lite was trained on. len(dst) must be
// 3 x width x height.
//
// The view is squashed to size whatever its own shape. The filter is Pillow's BILINEAR: a triangle whose support grows
// with the reduction, first along rows, then along columns, each rounded to 8 bits; it agrees with Pillow to one
// step of 255. It allocates nothing.
func Tensor(p *RGB, v View, size Size, dst []float32) { resample(p, v, size, dst, nil) }

// Cells resamples as Tensor does and writes bytes, those of two by two pixels together: red, green and blue of two pixels of a
// row, then of the two below them. The bytes are Tensor's numbers times 128 and 127 more, rounded to the nearest, halves
// to the even multiple of 1/128, as ONNX's QuantizeLinear does. Both sides of size must be even, and len(dst) 3 x width x height.
func Cells(p *RGB, v View, size Size, dst []byte) {
	if size.Width%2 != 0 || size.Height%2 != 0 {
		panic(fmt.Sprintf("picture: %d x %d pixels in cells of two by two", size.Width, size.Height))
	}
	resample(p, v, size, nil, dst)
}

func resample(p *RGB, v View, size Size, planes []float32, cells []byte) {
	if held := len(planes) + len(cells); int64(held) != 3*size.pixels() || v.Width <= 0 || v.Height <= 0 {
		panic(fmt.Sprintf("picture: a view of %v x %v into %d numbers for %d x %d pixels", v.Width, v.Height, held, size.Width, size.Height))
	}
	r := resamplers.Get().(*resampler)
	defer resamplers.Put(r)
	r.columns.compute(p.Size.Width, size.Width, v.Left, v.Width)
	r.rows.compute(p.Size.Height, size.Height, v.Top, v.Height)
	if v.Flip {
		r.columns.reverse()
	}
	r.levels = v.levels()
	if planes == nil {
		for i, level := range r.levels {
			r.steps[i] = byte(min(max(math.RoundToEven(float64(level*128))+127, 0), 255))
		}
	}
	r.run(p, size, planes, cells)
}

var resamplers = sync.Pool{New: func() any { return new(resampler) }}

// taps are the weights of one direction: output i is the sum over k of weights[i*stride+k] x input[first[i]+k].
// Every output has stride weights, a multiple of tapsTogether and zero where there is nothing to weigh, which lets the
// inner loop run without branches. The input must be followed by stride elements of any content.
type taps struct {
	first   []int32
	weights []int16
	stride  int
	count   []int // weights before the padding
	running []float64
}

// compute fills the table for a stretch of the input, given as ratios of its length: Pillow's precompute_coeffs
// (src/libImaging/Resample.c) with the triangle filter.
func (t *taps) compute(in, out int, start, length float32) {
	from := min(max(float64(start), 0), 1) * float64(in)
	to := min(max(float64(start)+float64(length), 0), 1) * float64(in)
	scale := (to - from) / float64(out)
	support := max(scale, 1)
	t.stride = (int(math.Ceil(2*support)) + tapsTogether - 1) &^ (tapsTogether - 1)
	t.first, t.count = grow(t.first, out), grow(t.count, out)
	t.weights, t.running = grow(t.weights, out*t.stride), grow(t.running, t.stride)
	clear(t.weights)
	for i := range out {
		centre := from + (float64(i)+0.5)*scale
		first := max(int(centre-support+0.5), 0)
		count := min(int(centre+support+0.5), in) - first
		t.first[i], t.count[i] = int32(first), count
		total := 0.0
		for k := range count {
			total += max(0, 1-math.Abs((float64(first+k)-centre+0.5)/support))
			t.running[k] = total
		}
		// Rounding the running sum instead of each weight makes the weights sum to exactly one.
		given := 0.0
		for k := range count {
			sum := math.Round(t.running[k] / total * one)
			t.weights[i*t.stride+k] = int16(sum - given)
			given = sum
		}
	}
}

// reverse makes the last output the first.
func (t *taps) reverse() {
	slices.Reverse(t.first)
	slices.Reverse(t.count)
	for i, j := 0, len(t.first)-1; i < j; i, j = i+1, j-1 {
		a, b := t.weights[i*t.stride:][:t.stride], t.weights[j*t.stride:][:t.stride]
		for k := range a {
			a[k], b[k] = b[k], a[k]
		}
	}
}

// grow returns a slice of n elements of any content, in the same memory if that suffices.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
