package train

import (
	"context"
	"fmt"
	"math/rand/v2"

	"ownsight/internal/vision/nn/optimizer"
)

// Fit makes the steps of a schedule that are left, beginning after those that adam has made. fill writes the batch of a
// step into its inputs; passed, which may be nil, is called after each step with the loss before it. The steps depend
// on nothing but the weights, adam and fill: a training that was saved after any step goes on as if it had not stopped.
// When ctx ends, Fit returns its error after the step under way.
func Fit(ctx context.Context, s *Step, adam *optimizer.AdamW, cycle optimizer.OneCycle, fill func(step int) error,
	passed func(step int, loss float32)) error {
	for step := adam.Steps(); step < cycle.Steps; step++ {
		if err := fill(step); err != nil {
			return fmt.Errorf("train: batch of step %d: %w", step, err)
		}
		loss, err := s.Run(ctx)
		if err != nil {
			return err
		}
		if _, err := adam.Step(s.weights, s.gradient, cycle.Rate(step)); err != nil {
			return fmt.Errorf("train: %w", err)
		}
		if passed != nil {
			passed(step, loss)
		}
	}
	return nil
}

// Feed puts examples into batches: all of them in random order, then all in another order, and so on. What lies in a
// batch depends on nothing but the numbers here and the step.
type Feed struct {
	Seed    uint64
	Count   int                                   // examples
	Batch   int                                   // of them in a step
	Example func(example, epoch, place int) error // writes one into its place in the batch

	epoch int
	order []int
}

// Fill writes the batch of a step.
func (f *Feed) Fill(step int) error {
	for place := range f.Batch {
		at := step*f.Batch + place
		f.shuffle(at / f.Count)
		if err := f.Example(f.order[at%f.Count], f.epoch, place); err != nil {
			return err
		}
	}
	return nil
}

// shuffle brings the order of an epoch.
func (f *Feed) shuffle(epoch int) {
	if f.order != nil && f.epoch == epoch {
		return
	}
	if f.order == nil {
		f.order = make([]int, f.Count)
	}
	f.epoch = epoch
	random := rand.New(rand.NewPCG(f.Seed, uint64(epoch)))
	for i := range f.order {
		j := random.IntN(i + 1)
		f.order[i], f.order[j] = f.order[j], i
	}
}

// Dropout fills a mask: each number is 0 with the given probability, else so much that the mean stays 1.
type Dropout struct {
	Seed  uint64
	Share float32 // that drops out, 0 to below 1

	source rand.PCG
}

// Fill writes the mask of a step.
func (d *Dropout) Fill(step int, mask []float32) {
	d.source.Seed(d.Seed, uint64(step))
	keep := 1 / (1 - d.Share)
	limit := uint64(float64(d.Share) * (1 << 32))
	for i := range mask {
		mask[i] = keep
		if d.source.Uint64()>>32 < limit {
			mask[i] = 0
		}
	}
}
