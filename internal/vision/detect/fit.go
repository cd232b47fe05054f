package detect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/optimizer"
	"ownsight/internal/vision/nn/train"
)

const (
	perStep   = 16     // pictures
	peak      = 2e-3   // rate of the new layers
	peakAgain = 1.5e-3 // where a trial's network is trained further
	tailShare = 0.2    // of it for the blocks of the backbone
	decay     = 0.05
	maxNorm   = 10
	replicas  = 2 // of a step, whatever the machine has: sums are divided by them, and come out differently with others
)

// stage is one part of a training.
type stage struct {
	name     string
	pictures []int
	steps    int
	peak     float64
	from     []byte // weights of the network that is trained further; nil for a new one
}

// fit trains a network on some of the pictures. It leaves its weights in the state.
func (w *work) fit(ctx context.Context, a stage) (*nn.Graph, error) {
	seed := w.options.Seed
	g, kernels, err := network(w.whole, w.shape, w.stats, seed)
	if err != nil {
		return nil, err
	}
	step, err := train.New(g, train.Options{
		Batch: perStep, Maps: w.shape.inputs(), Loss: w.shape.loss, Kernels: kernels, Threads: replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	defer step.Close()
	adam := optimizer.NewAdamW(step.Groups(rates), optimizer.Options{MaxNorm: maxNorm})
	if w.state.Weights != nil {
		err = w.state.resume(step, adam)
	} else if a.from != nil {
		err = enter(step, a.from)
	}
	if err != nil {
		return nil, err
	}
	feed := newFeed(w.front, w.shape, a.pictures, perStep, a.steps, w.options)
	defer feed.stop()
	cycle := optimizer.OneCycle{Peak: a.peak, Steps: a.steps, Rise: 0.15}
	fill := func(at int) error { return feed.fill(ctx, at, step) }
	var failed error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err = train.Fit(ctx, step, adam, cycle, fill, func(at int, loss float32) {
		w.progress(a.name, at+1, a.steps, loss)
		if time.Since(w.saved) < w.saveEvery || w.options.Save == nil {
			return
		}
		if failed = w.state.take(step, adam); failed == nil {
			failed = w.save()
		}
		if failed != nil {
			cancel()
		}
	})
	if failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, err
	}
	if err := w.state.take(step, adam); err != nil {
		return nil, err
	}
	return g, step.Export(step.Weights(), g)
}

func rates(name string) (rate, share float64) {
	switch {
	case strings.HasPrefix(name, "_blocks."): // of the backbone
		return tailShare, decay
	case strings.HasSuffix(name, "/b"):
		return 1, 0
	}
	return 1, decay
}

func (s shape) inputs() map[string][3]int {
	list := map[string][3]int{}
	for _, m := range s.maps() {
		list[m.name] = [3]int{m.channels, s.Size.Height / m.stride, s.Size.Width / m.stride}
	}
	return list
}
