package nn

import "slices"

// TopK takes the k greatest elements along an axis, greatest first, and gives their places as int64. k is an int64
// tensor of one element. Where elements are equal, the one of the lower place comes first.
func (v Value) TopK(k Value, axis int) (values, places Value) {
	g := v.graph
	shape := slices.Clone(v.Shape())
	if at, err := shape.axis(axis); err == nil {
		shape[at] = g.length(k)
	} else if g.err == nil && shape != nil {
		g.fail("TopK: %w", err)
	}
	both := g.applyAll("", "TopK", []Type{{v.kind.Elem, shape}, {Int64, slices.Clone(shape)}},
		[]Attr{IntAttr("axis", axis)}, []Value{v, k})
	return both[0], both[1]
}

// length is what a constant of one integer says, else Unknown.
func (g *Graph) length(k Value) Dim {
	if k.Constant() {
		if data, err := k.Int64Data(); err == nil && len(data) == 1 {
			return Dim(data[0])
		}
	}
	return Unknown
}

// Gather takes the elements at the places, int64, along an axis: that side is replaced by the sides of places.
func (v Value) Gather(places Value, axis int) Value {
	g := v.graph
	if !g.owns("Gather", v, places) {
		return g.unbuilt()
	}
	var shape Shape
	if from := v.Shape(); from != nil && places.Shape() != nil {
		at, err := from.axis(axis)
		if err != nil {
			return g.fail("Gather: %w", err)
		}
		shape = slices.Concat(from[:at], places.Shape(), from[at+1:])
	}
	return g.Apply("Gather", Type{v.kind.Elem, shape}, []Attr{IntAttr("axis", axis)}, v, places)
}

// Sizes is the shape of v as an int64 tensor of one side.
func (v Value) Sizes() Value {
	sides := Unknown
	if v.Shape() != nil {
		sides = Dim(len(v.Shape()))
	}
	return v.graph.Apply("Shape", Type{Int64, Shape{sides}}, nil, v)
}

// SuppressionOptions of NonMaxSuppression.
type SuppressionOptions struct {
	PerLabel int     // boxes that are kept of each label at most
	Overlap  float32 // intersection over union, 0 to 1, above which the box of the lower score goes
	Score    float32 // boxes whose score is not above it go
}

// NonMaxSuppression chooses among boxes, [1, M, 4], two opposite corners each, by their scores, [1, L, M]: label by
// label, the best first, leaving out those that overlap a better one of the same label. It gives rows [K, 3] of int64:
// 0, label, box.
func (v Value) NonMaxSuppression(scores Value, o SuppressionOptions) Value {
	g := v.graph
	if !g.owns("NonMaxSuppression", v, scores) {
		return g.unbuilt()
	}
	if b, s := v.Shape(), scores.Shape(); len(b) != 3 || b[2] != 4 || len(s) != 3 {
		return g.fail("NonMaxSuppression: boxes %v with scores %v", b, s)
	}
	return g.Apply("NonMaxSuppression", Type{Int64, Shape{Unknown, 3}}, nil, v, scores,
		g.Int64s(g.unique("most"), []int64{int64(o.PerLabel)}, 1),
		g.Floats(g.unique("overlap"), []float32{o.Overlap}, 1), g.Floats(g.unique("score"), []float32{o.Score}, 1))
}
