package nn

import "slices"

// Concat joins values along an axis.
func (g *Graph) Concat(axis int, values ...Value) Value {
	if !g.owns("Concat", values...) {
		return g.unbuilt()
	}
	if len(values) == 0 {
		return g.fail("Concat: nothing to join")
	}
	result := values[0].kind
	for _, v := range values[1:] {
		if result.Shape == nil || v.Shape() == nil {
			result.Shape = nil
			break
		}
		joined, ok := result.Shape.joined(v.Shape(), axis)
		if !ok {
			return g.fail("Concat: shapes %v and %v along axis %d", result.Shape, v.Shape(), axis)
		}
		result.Shape = joined
	}
	return g.Apply("Concat", result, []Attr{IntAttr("axis", axis)}, values...)
}

func (s Shape) joined(with Shape, axis int) (Shape, bool) {
	at, err := s.axis(axis)
	if err != nil || len(s) != len(with) {
		return nil, false
	}
	out := slices.Clone(s)
	for i, side := range with {
		switch {
		case i == at && s[i].Fixed() && side.Fixed():
			out[i] += side
		case i == at:
			out[i] = Unknown
		case s[i].Fixed() && side.Fixed() && s[i] != side:
			return nil, false
		case side.Fixed():
			out[i] = side
		}
	}
	return out, true
}

// Reshape gives the elements another shape. A side of 0 is taken over from the
// same place of v, and one side may be -1, which takes what is left.
func (v Value) Reshape(sides ...int64) Value {
	g := v.graph
	if !g.owns("Reshape", v) {
		return g.unbuilt()
	}
	shape, ok := v.Shape().reshaped(sides)
	if !ok {
		return g.fail("Reshape: %v does not fit into %v", v.Shape(), sides)
	}
	to := g.Int64s(g.unique("shape"), sides, Dim(len(sides)))
	return g.Apply("Reshape", Type{v.kind.Elem, shape}, nil, v, to)
}

func (s Shape) reshaped(sides []int64) (Shape, bool) {
	out := make(Shape, len(sides))
	rest, open := int64(1), -1
	for i, side := range sides {
		out[i] = Dim(side)
		switch {
		case side == -1 && open >= 0 || side < -1:
			return nil, false
		case side == -1:
			open = i
		case side == 0 && s == nil:
			out[i] = Unknown
		case side == 0 && i >= len(s):
			return nil, false
		case side == 0:
			out[i] = s[i]
		}
		if i != open {
			rest *= int64(out[i])
		}
	}
	have, fixed := s.Elements()
	copied := slices.ContainsFunc(out, func(d Dim) bool { return d < Unknown })
	switch {
	case !fixed || copied:
		return out, true
	case open < 0:
		return out, have == rest
	case rest == 0 || have%rest != 0:
		return nil, false
	}
	out[open] = Dim(have / rest)
	return out, true
}

// Transpose reorders the sides: side i of the result is side perm[i] of v.
func (v Value) Transpose(perm ...int) Value {
	g := v.graph
	if !g.owns("Transpose", v) {
		return g.unbuilt()
	}
	var shape Shape
	if s := v.Shape(); s != nil {
		if len(perm) != len(s) {
			return g.fail("Transpose: %d sides of %v", len(perm), s)
		}
		for _, p := range perm {
			if p < 0 || p >= len(s) {
				return g.fail("Transpose: side %d of %v", p, s)
			}
			shape = append(shape, s[p])
		}
	}
	return g.Apply("Transpose", Type{v.kind.Elem, shape}, []Attr{IntsAttr("perm", perm...)}, v)
}
