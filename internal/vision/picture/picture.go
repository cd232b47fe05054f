// Package picture turns untrusted bytes into the input of a network.
//
// Pictures are hostile until shown otherwise, so the road has fixed stations: [Inspect] reads the header and refuses
// what the service does not take before a pixel exists; a [Budget] of working memory, shared by the whole process,
// bounds what decoders may hold at once; [Decoder.Decode] makes upright 8-bit RGB, no larger than the network can use;
// [Tensor] resamples a [View] of it into the planes of a network's input.
package picture

import (
	"errors"
	"sync"
)

// Limits of the Rekognition Custom Labels contract ("Guidelines and quotas"): pixels a side, and long side to short side.
const (
	MinSide   = 64
	MaxSide   = 4096
	MaxAspect = 20
)

var (
	// ErrFormat is wrapped by every error about bytes that are not a JPEG or PNG picture, are damaged, or use a
	// coding that is not supported. Its message says what to do.
	ErrFormat = errors.New("invalid picture")

	// ErrDimensions is wrapped when a sound picture is too small, too large or too narrow. Its message names the
	// sides and the rule.
	ErrDimensions = errors.New("invalid picture dimensions")
)

// Size is a width and a height in pixels.
type Size struct{ Width, Height int }

// Square is the size with two equal sides.
func Square(side int) Size { return Size{Width: side, Height: side} }

func (s Size) pixels() int64 { return int64(s.Width) * int64(s.Height) }

// turned swaps the sides.
func (s Size) turned() Size { return Size{Width: s.Height, Height: s.Width} }

// shrunk divides both sides by factor, rounding up as JPEG's scaled decoding does.
func (s Size) shrunk(factor int) Size {
	return Size{Width: (s.Width + factor - 1) / factor, Height: (s.Height + factor - 1) / factor}
}

// RGB is an upright picture of 8 bits a colour.
type RGB struct {
	Size Size
	Pix  []byte // rows from the top, pixels from the left, red green blue, no padding: 3 x width x height bytes

	buffer *buffer // where Pix lies when it came from a Decoder's pool
	pool   *sync.Pool
}

// Release gives the pixels back to the Decoder that made them; the picture must not be used afterwards. Without it
// the garbage collector does the work. For a picture that no Decoder made it does nothing.
func (p *RGB) Release() {
	if p.pool != nil {
		p.pool.Put(p.buffer)
	}
	*p = RGB{}
}

// buffer is what a Decoder's pool holds: a pointer, so that putting it back allocates nothing.
type buffer struct{ pix []byte }

// take gives n bytes of any content.
func (b *buffer) take(n int) []byte {
	b.pix = grow(b.pix, n)
	return b.pix
}

func newRGB(pool *sync.Pool, size Size) *RGB {
	n := int(3 * size.pixels())
	b := pool.Get().(*buffer)
	return &RGB{Size: size, Pix: b.take(n), buffer: b, pool: pool}
}
