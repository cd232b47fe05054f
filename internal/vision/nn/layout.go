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

// Expand repeats sides of length 1, and adds sides in front, until v has the shape.
func (v Value) Expand(shape ...Dim) Value {
	g := v.graph
	if !g.owns("Expand", v) {
		return g.unbuilt()
	}
	sides := make([]int64, len(shape))
	for i, d := range shape {
		sides[i] = int64(d)
	}
	result, err := broadcast(v.Shape(), shape)
	if _, fixed := Shape(shape).Elements(); err != nil || !fixed {
		return g.fail("Expand: %v to %v", v.Shape(), Shape(shape))
	}
	to := g.Int64s(g.unique("shape"), sides, Dim(len(sides)))
	return g.Apply("Expand", Type{v.kind.Elem, result}, nil, v, to)
}

// Pad puts zeros around v: before[i] in front of side i and after[i] behind it. Negative numbers take elements away.
func (v Value) Pad(before, after []int) Value {
	g := v.graph
	if !g.owns("Pad", v) {
		return g.unbuilt()
	}
	shape := slices.Clone(v.Shape())
	if shape != nil && (len(before) != len(shape) || len(after) != len(shape)) {
		return g.fail("Pad: %d and %d numbers for %v", len(before), len(after), shape)
	}
	for i := range shape {
		if shape[i].Fixed() {
			shape[i] += Dim(before[i] + after[i])
		} else if before[i]+after[i] != 0 {
			shape[i] = Unknown
		}
	}
	var list []int64
	for _, n := range slices.Concat(before, after) {
		list = append(list, int64(n))
	}
	pads := g.Int64s(g.unique("pads"), list, Dim(len(list)))
	return g.Apply("Pad", Type{v.kind.Elem, shape}, nil, v, pads)
}

// Upsample2 repeats every row and every column of [N, C, H, W] twice: the nearest neighbour at twice the size.
func (v Value) Upsample2() Value {
	g := v.graph
	if !g.owns("Upsample2", v) {
		return g.unbuilt()
	}
	shape := slices.Clone(v.Shape())
	if shape != nil && len(shape) != 4 {
		return g.fail("Upsample2: %v is not a map", shape)
	}
	for i := range shape {
		switch {
		case i >= 2 && shape[i].Fixed():
			shape[i] *= 2
		case i >= 2:
			shape[i] = Unknown
		}
	}
	scales := g.Floats(g.unique("scales"), []float32{1, 1, 2, 2}, 4)
	return g.Apply("Resize", Type{v.kind.Elem, shape}, []Attr{
		StringAttr("mode", "nearest"), StringAttr("coordinate_transformation_mode", "asymmetric"),
		StringAttr("nearest_mode", "floor"),
	}, v, Value{}, scales)
}

// Turned transposes a matrix before a product. On CPUs a product with TransA reads its left operand again for each panel
// of the right one, which takes longer than to write it once. Asking again gives the same value, and the result turned
// is v.
func (v Value) Turned() Value {
	g := v.graph
	if !g.owns("Turned", v) {
		return g.unbuilt()
	}
	if t, known := g.turned[v.value]; known {
		return t
	}
	if n, fixed := v.Shape().Elements(); len(v.Shape()) != 2 || !fixed || n == 0 {
		return g.fail("Turned: %v is not a matrix of fixed size", v.Shape())
	}
	rows, columns := int64(v.Shape()[0]), int64(v.Shape()[1])
	// The third side keeps ONNX Runtime from making TransA of it.
	t := v.Reshape(1, rows, columns).Transpose(0, 2, 1).Reshape(columns, rows)
	if g.err == nil {
		g.turned[v.value], g.turned[t.value] = t, v
	}
	return t
}
