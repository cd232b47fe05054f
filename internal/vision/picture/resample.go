package picture

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"
)

// A pixel travels through the resampler as three lanes of 21 bits in one word, so that one multiplication serves all
// three colours. Weights have 13 fractional bits and sum to exactly one: a lane then never exceeds 255 << 13 plus the
// half that rounds it, which just fits.
const (
	laneBits   = 21
	weightBits = 13
	one        = 1 << weightBits
	lanes      = 1 | 1<<laneBits | 1<<(2*laneBits)
	halves     = lanes << (weightBits - 1)
	byteLanes  = lanes * 0xFF
)

// Tensor resamples the view of p to size and writes it to dst as three planes (red, green, blue) of rows, which is one
// picture of an NCHW batch. Values are (v-127)/128, as EfficientNet-Lite was trained on. len(dst) must be
// 3 x width x height.
//
// The view is squashed to size whatever its own shape. The filter is Pillow's BILINEAR: a triangle whose support grows
// with the reduction, first along rows, then along columns, each rounded to 8 bits; it agrees with Pillow to one
// step of 255. It allocates nothing.
func Tensor(p *RGB, v View, size Size, dst []float32) {
	if int64(len(dst)) != 3*size.pixels() || v.Width <= 0 || v.Height <= 0 {
		panic(fmt.Sprintf("picture: a view of %v x %v into %d numbers for %d x %d pixels", v.Width, v.Height, len(dst), size.Width, size.Height))
	}
	r := resamplers.Get().(*resampler)
	defer resamplers.Put(r)
	r.columns.compute(p.Size.Width, size.Width, v.Left, v.Width)
	r.rows.compute(p.Size.Height, size.Height, v.Top, v.Height)
	if v.Flip {
		r.columns.reverse()
	}
	r.levels = v.levels()
	r.run(p, size, dst)
}

var resamplers = sync.Pool{New: func() any { return new(resampler) }}

// resampler is the working memory of one Tensor call.
type resampler struct {
	columns, rows taps
	levels        [256]float32 // network input for each 8-bit value
	pixels        []uint64     // one row of the picture, in lanes
	ring          []uint64     // the latest rows after the pass along rows, as many as one output row needs
	sums          []uint64     // one output row
}

func (r *resampler) run(p *RGB, size Size, dst []float32) {
	depth := r.rows.stride
	r.pixels = grow(r.pixels, p.Size.Width+r.columns.stride)
	r.ring = grow(r.ring, depth*size.Width)
	r.sums = grow(r.sums, size.Width)
	slot := func(row int) []uint64 { return r.ring[row%depth*size.Width:][:size.Width] }

	ready := r.rows.first[0] // rows of the picture before this one have gone through the first pass
	plane := size.Width * size.Height
	for y := range size.Height {
		first, count := r.rows.first[y], r.rows.count[y]
		for ; ready < first+count; ready++ {
			r.columns.squash(r.spread(p, ready), slot(ready))
		}
		clear(r.sums)
		for k, weight := range r.rows.weights[y*depth:][:count] {
			accumulate(r.sums, slot(first+k), weight)
		}
		red, green, blue := dst[y*size.Width:], dst[plane+y*size.Width:], dst[2*plane+y*size.Width:]
		r.emit(red[:size.Width], green[:size.Width], blue[:size.Width])
	}
}

// spread puts one row of the picture into lanes.
func (r *resampler) spread(p *RGB, row int) []uint64 {
	src, dst := p.Pix[3*row*p.Size.Width:][:3*p.Size.Width], r.pixels[:p.Size.Width]
	for len(src) >= 8 && len(dst) >= 2 { // two pixels at once; the other two bytes are masked away
		v := binary.LittleEndian.Uint64(src)
		dst[0] = v&0xFF | v&0xFF00<<(laneBits-8) | v&0xFF0000<<(2*laneBits-16)
		v >>= 24
		dst[1] = v&0xFF | v&0xFF00<<(laneBits-8) | v&0xFF0000<<(2*laneBits-16)
		src, dst = src[6:], dst[2:]
	}
	for i := range dst {
		dst[i] = uint64(src[3*i]) | uint64(src[3*i+1])<<laneBits | uint64(src[3*i+2])<<(2*laneBits)
	}
	return r.pixels
}

func accumulate(sums, row []uint64, weight uint64) {
	row = row[:len(sums)]
	for i := range sums {
		sums[i] += weight * row[i]
	}
}

// emit writes one row of sums to the three planes.
func (r *resampler) emit(red, green, blue []float32) {
	green, blue = green[:len(red)], blue[:len(red)]
	sums := r.sums[:len(red)]
	for x := range red {
		v := (sums[x] + halves) >> weightBits
		red[x] = r.levels[v&0xFF]
		green[x] = r.levels[v>>laneBits&0xFF]
		blue[x] = r.levels[v>>(2*laneBits)&0xFF]
	}
}

// taps are the weights of one direction: output i is the sum over k of weights[i*stride+k] x input[first[i]+k].
// Every output has stride weights, a multiple of four and zero where there is nothing to weigh, which lets the inner
// loop run without branches. The input must be followed by stride elements of any content.
type taps struct {
	first   []int
	weights []uint64
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
	t.stride = (int(math.Ceil(2*support)) + 3) &^ 3
	t.first, t.count = grow(t.first, out), grow(t.count, out)
	t.weights, t.running = grow(t.weights, out*t.stride), grow(t.running, t.stride)
	clear(t.weights)
	for i := range out {
		centre := from + (float64(i)+0.5)*scale
		first := max(int(centre-support+0.5), 0)
		count := min(int(centre+support+0.5), in) - first
		t.first[i], t.count[i] = first, count
		total := 0.0
		for k := range count {
			total += max(0, 1-math.Abs((float64(first+k)-centre+0.5)/support))
			t.running[k] = total
		}
		// Rounding the running sum instead of each weight makes the weights sum to exactly one.
		given := 0.0
		for k := range count {
			sum := math.Round(t.running[k] / total * one)
			t.weights[i*t.stride+k] = uint64(sum - given)
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

// squash resamples one row and rounds it to 8 bits.
func (t *taps) squash(src, dst []uint64) {
	weights := t.weights
	for i, first := range t.first {
		sum := uint64(halves)
		for end := first + t.stride; first < end; first += 4 {
			v, w := (*[4]uint64)(src[first:]), (*[4]uint64)(weights)
			sum += w[0]*v[0] + w[1]*v[1] + w[2]*v[2] + w[3]*v[3]
			weights = weights[4:]
		}
		dst[i] = sum >> weightBits & byteLanes
	}
}

// grow returns a slice of n elements of any content, in the same memory if that suffices.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
