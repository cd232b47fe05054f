package tail

import (
	"context"
	"fmt"

	"ownsight/internal/threads"
	"ownsight/internal/vision/nn/quantize"
	"ownsight/internal/vision/nn/runtime"
)

// calibrating is how many maps the ranges are measured on. Four times as many make no difference that can be measured.
const calibrating = 96

// Integers gives the tail in 8-bit integers, as package quantize makes them; t stays as it is. input is the range of the
// cut's map, as the front has it. The ranges of all others are measured on maps of pictures: on their plain views, which a
// model is asked about, and on others where there are few of them.
func (t *Tail) Integers(ctx context.Context, e Examples, pictures []int, input quantize.Range) (*Tail, error) {
	if len(pictures) == 0 {
		return nil, fmt.Errorf("tail: no picture to measure ranges on")
	}
	c, err := quantize.NewCalibrator(t.graph)
	if err != nil {
		return nil, fmt.Errorf("tail: %w", err)
	}
	defer c.Close()
	group, ctx := threads.Background.Group(ctx)
	group.Go(func() error {
		m := make([]float32, t.cut.Length())
		for _, s := range sampled(pictures, e.Views) {
			if err := e.Map(s.picture, s.view, m); err != nil {
				return err
			}
			if err := c.See(ctx, runtime.Floats(m, 1, int64(t.cut.Channels), int64(t.cut.Side), int64(t.cut.Side))); err != nil {
				return err
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	ranges := c.Ranges(quantize.Outliers)
	ranges[t.cut.Map] = input
	g, err := quantize.Convert(t.graph, ranges)
	if err != nil {
		return nil, fmt.Errorf("tail: %w", err)
	}
	return &Tail{t.cut, g}, nil
}

type sample struct{ picture, view int }

// sampled takes pictures from all over the list, and other views of them if there are too few.
func sampled(pictures []int, views int) (list []sample) {
	n := len(pictures)
	for i := range min(calibrating, n*views) {
		if n < calibrating {
			list = append(list, sample{pictures[i%n], i / n})
		} else {
			list = append(list, sample{pictures[i*n/calibrating], 0})
		}
	}
	return list
}
