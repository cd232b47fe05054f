//go:build !cgo

package picture

import "encoding/binary"

// A pixel travels through the resampler as three lanes of 21 bits in one word, so that one multiplication serves all
// three colours. As weights sum to one, a lane never exceeds 255 << 13 plus the
// half that rounds it, which just fits.
const (
	laneBits  = 21
	lanes     = 1 | 1<<laneBits | 1<<(2*laneBits)
	halves    = lanes << (weightBits - 1)
	byteLanes = lanes * 0xFF
)

const tapsTogether = 4

// resampler is the working memory of one Tensor call.
type resampler struct {
	columns, rows taps
	levels        [256]float32 // network input for each 8-bit value
	steps         [256]byte    // the same as a byte
	pixels        []uint64     // one row of the picture, in lanes
	ring          []uint64     // the latest rows after the pass along rows, as many as one output row needs
	sums          []uint64     // one output row
}

func (r *resampler) run(p *RGB, size Size, planes []float32, cells []byte) {
	depth := r.rows.stride
	r.pixels = grow(r.pixels, p.Size.Width+r.columns.stride)
	r.ring = grow(r.ring, depth*size.Width)
	r.sums = grow(r.sums, size.Width)
	slot := func(row int) []uint64 { return r.ring[row%depth*size.Width:][:size.Width] }

	ready := int(r.rows.first[0]) // rows of the picture before this one have gone through the first pass
	plane := size.Width * size.Height
	for y := range size.Height {
		first, count := int(r.rows.first[y]), r.rows.count[y]
		for ; ready < first+count; ready++ {
			r.columns.squash(r.spread(p, ready), slot(ready))
		}
		clear(r.sums)
		for k, weight := range r.rows.weights[y*depth:][:count] {
			accumulate(r.sums, slot(first+k), uint64(weight))
		}
		if planes == nil {
			r.emitCells(cells[y/2*size.Width*6+y%2*6:])
			continue
		}
		red, green, blue := planes[y*size.Width:], planes[plane+y*size.Width:], planes[2*plane+y*size.Width:]
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

// emitCells writes one row of sums into cells, of which dst is the first byte.
func (r *resampler) emitCells(dst []byte) {
	for x, sum := range r.sums {
		v, pixel := (sum+halves)>>weightBits, dst[x/2*12+x%2*3:]
		pixel[0], pixel[1], pixel[2] = r.steps[v&0xFF], r.steps[v>>laneBits&0xFF], r.steps[v>>(2*laneBits)&0xFF]
	}
}

// squash resamples one row and rounds it to 8 bits.
func (t *taps) squash(src, dst []uint64) {
	weights := t.weights
	for i, first := range t.first {
		sum := uint64(halves)
		for end := first + int32(t.stride); first < end; first += 4 {
			v, w := (*[4]uint64)(src[first:]), (*[4]int16)(weights)
			sum += uint64(w[0])*v[0] + uint64(w[1])*v[1] + uint64(w[2])*v[2] + uint64(w[3])*v[3]
			weights = weights[4:]
		}
		dst[i] = sum >> weightBits & byteLanes
	}
}
