package optimizer

import (
	"context"

	"ownsight/internal/threads"
)

// pieces is in how many parts long arrays are worked on, whatever the machine has: sums are taken by piece.
const pieces = 4

// Pieces divides n elements and works on the parts at the same time. do is given the number of the part, 0 to 3.
func Pieces(n int, do func(piece, from, to int)) {
	if n < 1<<14 { // starting goroutines would take longer
		for p := range pieces {
			do(p, p*n/pieces, (p+1)*n/pieces)
		}
		return
	}
	all, _ := threads.Background.Group(context.Background())
	for p := range pieces {
		all.Go(func() error {
			do(p, p*n/pieces, (p+1)*n/pieces)
			return nil
		})
	}
	_ = all.Wait() // no part fails
}
