package tail

import (
	"context"
	"fmt"

	"ownsight/internal/threads"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
)

// Tail is a trained one.
type Tail struct {
	cut   Cut
	graph *nn.Graph
}

// Cut is where it begins.
func (t *Tail) Cut() Cut { return t.cut }

// Graph is the network from the cut's map, [N, channels, side, side], to "tail/logits", [N, labels].
func (t *Tail) Graph() *nn.Graph { return t.graph }

// Parse reads what Graph().Bytes() gave.
func Parse(file []byte, cut string) (*Tail, error) {
	c, err := CutOf(cut)
	if err != nil {
		return nil, err
	}
	g, err := nn.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("tail: %w", err)
	}
	return &Tail{c, g}, nil
}

// Logits says what the tail answers to the plain view of pictures, [pictures, labels].
func (t *Tail) Logits(ctx context.Context, e Examples, pictures []int, workers int) ([]float32, error) {
	file, err := t.graph.Bytes()
	if err != nil {
		return nil, fmt.Errorf("tail: %w", err)
	}
	session, err := runtime.NewSession(file, runtime.Options{})
	if err != nil {
		return nil, fmt.Errorf("tail: %w", err)
	}
	defer session.Close()
	logits := make([]float32, len(pictures)*e.Labels)
	group, ctx := threads.Background.Group(ctx)
	group.SetLimit(workers)
	for i, p := range pictures {
		group.Go(func() error {
			m := make([]float32, t.cut.Length())
			if err := e.Map(p, 0, m); err != nil {
				return err
			}
			in := runtime.Floats(m, 1, int64(t.cut.Channels), int64(t.cut.Side), int64(t.cut.Side))
			out := runtime.Floats(logits[i*e.Labels:(i+1)*e.Labels], 1, int64(e.Labels))
			return session.Run(ctx, []runtime.Tensor{in}, []runtime.Tensor{out})
		})
	}
	return logits, group.Wait()
}
