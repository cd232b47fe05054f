package picture

import (
	"context"
	"sync"
)

// Decoder decodes pictures within a budget and reuses their memory. It is safe for concurrent use; a process needs one.
type Decoder struct {
	budget *Budget
	pool   sync.Pool // of *buffer
}

// NewDecoder makes a decoder that takes its working memory from budget.
func NewDecoder(budget *Budget) *Decoder {
	return &Decoder{budget: budget, pool: sync.Pool{New: func() any { return new(buffer) }}}
}

// Decode inspects b and decodes it to upright RGB. Alpha is composited on white; grey and CMYK become RGB.
//
// fit is the size that the caller will resample the upright picture to: the result is the picture divided by 1, 2, 4 or
// 8 (sides rounded up), the smallest that loses nothing visible at that size. For JPEG that costs a fraction of
// decoding it whole. The zero Size decodes the whole picture.
//
// The budget is held while decoding only, so holding results while decoding more cannot deadlock. With a fit, a result
// is a few megabytes at most.
//
// Errors wrap [ErrFormat] or [ErrDimensions] where the picture is to blame; others are the context's, or memory running out.
func (d *Decoder) Decode(ctx context.Context, b []byte, fit Size) (*RGB, error) {
	h, err := Inspect(b)
	if err != nil {
		return nil, err
	}
	shrink := h.shrink(fit)
	release, err := d.budget.Acquire(ctx, h.working(shrink))
	if err != nil {
		return nil, err
	}
	defer release()

	p := newRGB(&d.pool, h.Stored.shrunk(shrink))
	if h.Format == PNG {
		err = decodePNG(b, h, shrink, p)
	} else {
		err = decodeJPEG(b, h, shrink, p)
	}
	if err != nil {
		p.Release()
		return nil, err
	}
	if h.Orientation == 1 {
		return p, nil
	}
	defer p.Release()
	return upright(p, h.Orientation, newRGB(&d.pool, h.Size.shrunk(shrink))), nil
}

// shrink chooses the divisor for a fit: the largest after which both sides still reach it. On photographs that only just
// reach it, tensors then differ from those of the whole picture by 1.0 (divided by 2) to 1.4 (by 8) steps of 255 on
// average. libjpeg-turbo also offers the eighths between, but only powers of two are vectorised: 5/8 takes longer than
// the whole picture, 3/8 as long as 1/2.
func (h Header) shrink(fit Size) int {
	if fit == (Size{}) {
		return 1
	}
	for _, factor := range [...]int{8, 4, 2} {
		if s := h.Size.shrunk(factor); s.Width >= fit.Width && s.Height >= fit.Height {
			return factor
		}
	}
	return 1
}

// working is the memory that decoding takes, in the budget's pixels of three bytes, result included.
func (h Header) working(shrink int) int64 {
	n := h.Stored.shrunk(shrink).pixels()
	if h.Orientation != 1 {
		n *= 2
	}
	if h.Format == PNG {
		return n + pngMemory(h)/3
	}
	return n + jpegMemory(h)/3
}
