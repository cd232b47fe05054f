package detect

import (
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/loss"
)

const boxWeight = 2 // of the boxes' loss beside that of the labels

// loss writes what a training makes small, from the maps of all levels [N, labels+4, H, W]. It declares as inputs what
// targets fills, see there.
func (s shape) loss(levels []nn.Value) nn.Value {
	g := levels[0].Graph()
	n, places := levels[0].Shape()[0], nn.Dim(s.places())
	var flat []nn.Value
	for _, l := range levels {
		flat = append(flat, l.Reshape(int64(n), int64(s.Labels+4), -1))
	}
	all := g.Concat(2, flat...)
	constants := s.grid()
	at := func(name string) nn.Value { return g.Floats(g.Free("grid/"+name), constants[name], 1, 1, places) }
	left, top, right, bottom := s.corners(slice(all, 1, s.Labels, 4), at)

	label := g.Input("label", nn.Float32, n, 1, places)
	counted := g.Input("counted", nn.Float32, n, 1, places)
	truth := g.Input("boxes", nn.Float32, n, 4, places)
	overlap, generalized := loss.Overlaps(left, top, right, bottom,
		slice(truth, 1, 0, 1), slice(truth, 1, 1, 1), slice(truth, 1, 2, 1), slice(truth, 1, 3, 1))
	drawn := label.Greater(g.Scalar(-0.5)).Cast(nn.Float32)
	numbers := make([]float32, s.Labels)
	for i := range numbers {
		numbers[i] = float32(i)
	}
	hit := label.Equal(g.Floats("labels", numbers, 1, nn.Dim(s.Labels), 1)).Cast(nn.Float32)
	found := loss.Quality(slice(all, 1, 0, s.Labels), hit.Mul(overlap.Detached()), counted, drawn)
	boxes := loss.Mean(g.Scalar(1).Sub(generalized), drawn)
	return found.Add(boxes.Mul(g.Scalar(boxWeight)))
}
