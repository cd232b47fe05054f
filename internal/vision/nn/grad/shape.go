package grad

import (
	"fmt"
	"slices"

	"ownsight/internal/vision/nn"
)

func transpose(s step) nn.Value {
	perm := s.Ints("perm")
	back := make([]int, len(perm))
	for i, p := range perm {
		back[p] = i
	}
	return s.slope.Transpose(back...)
}

// concat cuts the gradient into the parts that were joined.
func concat(s step) ([]nn.Value, error) {
	axis := s.Int("axis", 0)
	if axis < 0 {
		axis += len(s.out.Shape())
	}
	slopes := make([]nn.Value, len(s.in))
	from, whole := 0, int(s.out.Shape()[axis])
	for i, v := range s.in {
		length := int(v.Shape()[axis])
		if s.need[i] {
			before, after := make([]int, len(v.Shape())), make([]int, len(v.Shape()))
			before[axis], after[axis] = -from, -(whole - from - length)
			slopes[i] = s.slope.Pad(before, after)
		}
		from += length
	}
	return slopes, nil
}

// pad takes the gradient of what was added away again.
func pad(s step) ([]nn.Value, error) {
	pads, err := s.in[1].Int64Data()
	if err != nil {
		return nil, err
	}
	sides := len(pads) / 2
	before, after := make([]int, sides), make([]int, sides)
	for i := range sides {
		before[i], after[i] = -int(pads[i]), -int(pads[sides+i])
	}
	return []nn.Value{s.slope.Pad(before, after)}, nil
}

// resize is the rule of nn.Value.Upsample2: it adds up the four copies of each element.
func resize(s step) ([]nn.Value, error) {
	in, out := sides(s.in[0].Shape()), s.out.Shape()
	if len(in) != 4 || out[2] != nn.Dim(2*in[2]) || out[3] != nn.Dim(2*in[3]) {
		return nil, fmt.Errorf("a Resize from %v to %v; twice the sides of a map is supported", s.in[0].Shape(), out)
	}
	rows := s.slope.Reshape(in[0]*in[1]*in[2], 2, 2*in[3]).ReduceSum(false, 1)
	return []nn.Value{rows.Reshape(in[0]*in[1]*in[2]*in[3], 2).ReduceSum(false, 1).Reshape(in...)}, nil
}

// reduce makes the rule of a reduction. Its gradient and its result are given back the sides that were dropped.
func reduce(slope func(s step, slope, result nn.Value) nn.Value) rule {
	return func(s step) ([]nn.Value, error) {
		shape, err := kept(s)
		if err != nil {
			return nil, err
		}
		return []nn.Value{slope(s, s.slope.Reshape(sides(shape)...), s.out.Reshape(sides(shape)...))}, nil
	}
}

// kept is the shape of a reduction's result if each side that it runs along were left with length 1.
func kept(s step) (nn.Shape, error) {
	axes := s.Ints("axes")
	if len(s.in) > 1 && s.in[1].Exists() {
		list, err := s.in[1].Int64Data()
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			axes = append(axes, int(a))
		}
	}
	shape := slices.Clone(s.in[0].Shape())
	for _, a := range axes {
		if a < 0 {
			a += len(shape)
		}
		if a < 0 || a >= len(shape) {
			return nil, fmt.Errorf("axis %d of %v", a, shape)
		}
		shape[a] = 1
	}
	if len(axes) == 0 {
		for i := range shape {
			shape[i] = 1
		}
	}
	return shape, nil
}

func total(s step, slope, _ nn.Value) nn.Value { return slope.Expand(s.in[0].Shape()...) }

func average(s step, slope, _ nn.Value) nn.Value {
	all, _ := s.in[0].Shape().Elements()
	few, _ := s.out.Shape().Elements()
	return slope.Mul(s.graph.Scalar(float32(few) / float32(all))).Expand(s.in[0].Shape()...)
}

// greatest gives the gradient to the greatest element, in equal parts where several are.
func greatest(s step, slope, result nn.Value) nn.Value {
	hit := s.in[0].Equal(result).Cast(nn.Float32)
	var axes []int
	for i, side := range result.Shape() {
		if side == 1 {
			axes = append(axes, i)
		}
	}
	return hit.Mul(slope.Div(hit.ReduceSum(true, axes...)))
}
