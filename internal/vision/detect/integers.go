package detect

import (
	"context"
	"fmt"

	"ownsight/internal/threads"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/quantize"
)

// calibrating is how many pictures the ranges of maps are measured on.
const calibrating = 96

// integers gives a network in 8-bit integers, as package quantize makes them, but for the last convolution of the head: what it
// gives, scores beside sides of boxes, has no one range. The ranges of the network's inputs are those of the front's maps; all
// others are measured on pictures.
func (w *work) integers(ctx context.Context, network *nn.Graph, pictures []int) (*nn.Graph, error) {
	ends, err := lastConvolutions(network)
	if err != nil {
		return nil, err
	}
	var inputs, seen []string
	for _, in := range network.Inputs() {
		inputs = append(inputs, in.Name())
	}
	for _, end := range ends {
		seen = append(seen, end.Inputs()[0].Name())
	}
	body, err := network.Extract(inputs, seen)
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	ranges, err := w.ranges(ctx, body, pictures)
	if err != nil {
		return nil, err
	}
	g, err := quantize.Convert(body, ranges)
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	var weights, biases nn.Value // shared by all levels
	for i, end := range ends {
		if i == 0 {
			if weights, err = copied(g, end.Inputs()[1]); err != nil {
				return nil, err
			}
			if biases, err = copied(g, end.Inputs()[2]); err != nil {
				return nil, err
			}
		}
		x, err := g.Value(seen[i])
		if err != nil {
			return nil, fmt.Errorf("detect: %w", err)
		}
		g.Output(network.Outputs()[i].Name(), x.Conv(weights, biases, nn.ConvOptions{}))
	}
	var names []string
	for _, out := range network.Outputs() {
		names = append(names, out.Name())
	}
	if g.Err() != nil {
		return nil, fmt.Errorf("detect: %w", g.Err())
	}
	return g.Extract(inputs, names)
}

// lastConvolutions are those that give the outputs, in their order.
func lastConvolutions(network *nn.Graph) (list []nn.Node, err error) {
	by := map[string]nn.Node{}
	for _, n := range network.Nodes() {
		for _, out := range n.Outputs() {
			by[out.Name()] = n
		}
	}
	for _, out := range network.Outputs() {
		n, ok := by[out.Name()]
		if !ok || n.Op() != "Conv" {
			return nil, fmt.Errorf("detect: %s is given by %q, not by a convolution", out.Name(), n.Op())
		}
		list = append(list, n)
	}
	return list, nil
}

func copied(g *nn.Graph, constant nn.Value) (nn.Value, error) {
	data, err := constant.FloatData()
	if err != nil {
		return nn.Value{}, fmt.Errorf("detect: %w", err)
	}
	return g.Floats(constant.Name(), data, constant.Shape()...), nil
}

// ranges measures those of the maps between the inputs of a network and its outputs.
func (w *work) ranges(ctx context.Context, network *nn.Graph, pictures []int) (quantize.Ranges, error) {
	c, err := quantize.NewCalibrator(network)
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	defer c.Close()
	n := min(len(pictures), calibrating)
	group, ctx := threads.Background.Group(ctx)
	group.Go(func() error {
		dst := w.newMaps()
		for i := range n {
			if err := w.front.look(ctx, pictures[i*len(pictures)/n], whole(w.shape.Size), dst); err != nil {
				return err
			}
			if err := c.See(ctx, w.tensors(dst)...); err != nil {
				return err
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	ranges := c.Ranges(0) // what is seldom is what is looked for
	for _, m := range w.shape.maps() {
		ranges[m.name] = w.options.Levels[m.name]
	}
	return ranges, nil
}
