package picture

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// DefaultBudget is 64 Mi pixels: 192 MiB.
const DefaultBudget = 64 << 20

// Budget bounds the memory that all decoders of a process hold together, whatever number of requests arrives. Its unit
// is a pixel of 8-bit RGB, three bytes. Waiting is first come, first served, so a large picture is not starved by small ones.
type Budget struct {
	total  int64
	weight *semaphore.Weighted
}

// NewBudget makes a budget of that many pixels.
func NewBudget(pixels int64) *Budget {
	return &Budget{total: pixels, weight: semaphore.NewWeighted(pixels)}
}

// Acquire waits until that many pixels are free and takes them; release gives them back and must be called once.
// More than the whole budget takes all of it, so that such a picture waits for its turn but never forever.
// The only error is the context's.
func (b *Budget) Acquire(ctx context.Context, pixels int64) (release func(), err error) {
	n := min(pixels, b.total)
	if err := b.weight.Acquire(ctx, n); err != nil {
		return nil, err
	}
	return func() { b.weight.Release(n) }, nil
}
