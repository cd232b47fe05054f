package detect

import (
	"fmt"

	"ownsight/internal/vision/nn"
)

const (
	candidates = 600  // places whose boxes are looked at
	perLabel   = 100  // boxes of a label that are given at most
	answers    = 200  // boxes that are given at most
	tolerated  = 0.6  // overlap of two boxes of a label
	lowest     = 0.01 // score of a box that is given
)

// decoded is a network, of batch 1, with boxes for outputs: "boxes" [M, 4], left, top, width and height as shares of the
// picture's sides; "scores" [M], greatest first; "labels" [M], int64.
func (s shape) decoded(network *nn.Graph) (*nn.Graph, error) {
	names := make([]string, 0, 2)
	for _, in := range network.Inputs() {
		names = append(names, in.Name())
	}
	outputs := make([]string, 0, len(s.Levels))
	for _, out := range network.Outputs() {
		outputs = append(outputs, out.Name())
	}
	g, err := network.Extract(names, outputs)
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	var flat []nn.Value
	for i, l := range g.Outputs() {
		places := s.Levels[i].rows(s.Size) * s.Levels[i].columns(s.Size)
		flat = append(flat, l.Reshape(int64(s.Labels+4), int64(places)))
	}
	all := g.Concat(1, flat...)
	_, places := slice(all, 0, 0, s.Labels).ReduceMax(false, 0).
		TopK(g.Int64s("decode/candidates", []int64{int64(min(candidates, s.places()))}, 1), 0)
	near := all.Gather(places, 1)
	scores := slice(near, 0, 0, s.Labels).Sigmoid()
	grid := s.grid()
	at := func(name string) nn.Value {
		return g.Floats(g.Free("decode/"+name), grid[name], nn.Dim(s.places())).Gather(places, 0)
	}
	k := int64(places.Shape()[0])
	left, top, right, bottom := s.corners(slice(near, 0, s.Labels, 4).Reshape(1, 4, k), at)
	side := func(v nn.Value, length int) nn.Value {
		return v.Reshape(k, 1).Mul(g.Scalar(1/float32(length))).Clip(0, 1)
	}
	left, top = side(left, s.Size.Width), side(top, s.Size.Height)
	right, bottom = side(right, s.Size.Width), side(bottom, s.Size.Height)
	kept := g.Concat(1, left, top, right, bottom).Reshape(1, k, 4).NonMaxSuppression(
		scores.Reshape(1, int64(s.Labels), k), nn.SuppressionOptions{PerLabel: perLabel, Overlap: tolerated, Score: lowest})
	label, box := column(kept, 1), column(kept, 2)
	of := label.Mul(g.Int64s("decode/row", []int64{k}, 1)).Add(box)
	ranked, order := rank(scores.Reshape(-1).Gather(of, 0))
	boxes := g.Concat(1, left, top, right.Sub(left), bottom.Sub(top))
	ends := []string{"boxes", "scores", "labels"}
	g.Output(ends[0], boxes.Gather(box.Gather(order, 0), 0))
	g.Output(ends[1], ranked)
	g.Output(ends[2], label.Gather(order, 0))
	if g.Err() != nil {
		return nil, fmt.Errorf("detect: %w", g.Err())
	}
	return g.Extract(names, ends)
}

// column takes one column of a matrix, as a vector.
func column(v nn.Value, i int64) nn.Value {
	g := v.Graph()
	return v.Gather(g.Int64s(g.Free("decode/column"), []int64{i}), 1)
}

// rank sorts scores, and takes the first ones.
func rank(scores nn.Value) (ranked, order nn.Value) {
	g := scores.Graph()
	return scores.TopK(scores.Sizes().Min(g.Int64s("decode/answers", []int64{answers}, 1)), 0)
}
