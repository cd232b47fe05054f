package grad

import (
	"errors"
	"fmt"
	"slices"

	"ownsight/internal/vision/nn"
)

// matMul is the rule of a product of two matrices, or of stacks of them of the same length.
func matMul(s step) ([]nn.Value, error) {
	a, b := s.in[0], s.in[1]
	slopes := make([]nn.Value, 2)
	if matrix(a, b) == nil {
		if s.need[0] {
			slopes[0] = s.slope.Gemm(b, nn.Value{}, nn.GemmOptions{TransB: true})
		}
		if s.need[1] {
			slopes[1] = a.Gemm(s.slope, nn.Value{}, nn.GemmOptions{TransA: true})
		}
		return slopes, nil
	}
	if s.need[0] {
		slopes[0] = summed(s.slope.MatMul(turned(b)), a.Shape())
	}
	if s.need[1] {
		slopes[1] = summed(turned(a).MatMul(s.slope), b.Shape())
	}
	return slopes, nil
}

// turned swaps the last two sides.
func turned(v nn.Value) nn.Value {
	perm := make([]int, len(v.Shape()))
	for i := range perm {
		perm[i] = i
	}
	n := len(perm)
	perm[n-1], perm[n-2] = n-2, n-1
	return v.Transpose(perm...)
}

// gemm is the rule of alpha*A*B + beta*C. The products are written so that none has a transposed result.
func gemm(s step) ([]nn.Value, error) {
	a, b := s.in[0], s.in[1]
	if err := matrix(a, b, s.out); err != nil {
		return nil, err
	}
	transA, transB := s.Int("transA", 0) == 1, s.Int("transB", 0) == 1
	alpha := s.Float("alpha", 1)
	slopes := make([]nn.Value, 3)
	product := func(x, y nn.Value, transX, transY bool) nn.Value {
		if transX && len(x.Shape()) == 2 && size(x) < size(y) {
			x, transX = x.Turned(), false
		}
		o := nn.GemmOptions{TransA: transX, TransB: transY}
		if alpha != 1 {
			o.Alpha = alpha
		}
		return x.Gemm(y, nn.Value{}, o)
	}
	if s.need[0] && transA {
		slopes[0] = product(b, s.slope, transB, true)
	} else if s.need[0] {
		slopes[0] = product(s.slope, b, false, !transB)
	}
	if s.need[1] && transB {
		slopes[1] = product(s.slope, a, true, transA)
	} else if s.need[1] {
		slopes[1] = product(a, s.slope, !transA, false)
	}
	if len(s.in) > 2 && s.need[2] {
		c := s.slope
		if beta := s.Float("beta", 1); beta != 1 {
			c = c.Mul(s.graph.Scalar(beta))
		}
		slopes[2] = summed(c, s.in[2].Shape())
	}
	return slopes[:len(s.in)], nil
}

func size(v nn.Value) int64 {
	n, _ := v.Shape().Elements()
	return n
}

// conv is the rule of a convolution over maps [N, C, H, W], of one group or depthwise.
func conv(s step) ([]nn.Value, error) {
	o, err := s.ConvOptions()
	if err != nil {
		return nil, err
	}
	if len(s.in[0].Shape()) != 4 {
		return nil, fmt.Errorf("a convolution over %v; maps of two sides are supported", s.in[0].Shape())
	}
	c := convolution{
		step: s, stride: orOnes(o.Strides), dilation: orOnes(o.Dilations), pads: o.Pads, groups: max(o.Group, 1),
	}
	if len(c.pads) == 0 {
		c.pads = make([]int, 4)
	}
	slopes := make([]nn.Value, len(s.in))
	if s.need[0] {
		if slopes[0], err = c.picture(); err != nil {
			return nil, err
		}
	}
	if s.need[1] {
		if slopes[1], err = c.weights(); err != nil {
			return nil, err
		}
	}
	if len(s.in) > 2 && s.need[2] {
		slopes[2] = s.slope.ReduceSum(false, 0, 2, 3)
	}
	return slopes, nil
}

func orOnes(list []int) []int {
	if len(list) == 0 {
		return []int{1, 1}
	}
	return list
}

type convolution struct {
	step
	stride, dilation, pads []int
	groups                 int
}

// unseen is how many of the last rows (side 0) or columns (side 1) of the padded picture the kernel never reaches.
func (c convolution) unseen(side int) int {
	in, out, kernel := int(c.in[0].Shape()[2+side]), int(c.out.Shape()[2+side]), int(c.in[1].Shape()[2+side])
	return in + c.pads[side] + c.pads[2+side] - (out-1)*c.stride[side] - c.dilation[side]*(kernel-1) - 1
}

func (c convolution) depthwise() bool {
	return c.in[1].Shape()[1] == 1 && c.in[1].Shape()[0] == nn.Dim(c.groups)
}

// picture is the gradient by the map that was convolved. A depthwise kernel that is a constant is turned round by
// itself here, so that what is left is a convolution with a constant kernel, for which runtimes have their fastest code.
func (c convolution) picture() (nn.Value, error) {
	before, after := make([]int, 2), make([]int, 2)
	for i := range 2 {
		kernel := int(c.in[1].Shape()[2+i])
		before[i] = c.dilation[i]*(kernel-1) - c.pads[i]
		after[i] = c.dilation[i]*(kernel-1) - c.pads[2+i] + c.unseen(i) - (c.stride[i] - 1)
	}
	if !c.depthwise() || !c.in[1].Constant() || slices.Min(slices.Concat(before, after)) < 0 {
		return c.slope.ConvTranspose(c.in[1], []int{c.unseen(0), c.unseen(1)}, nn.ConvOptions{
			Strides: c.stride, Pads: c.pads, Dilations: c.dilation, Group: c.groups,
		}), nil
	}
	kernel, err := c.in[1].FloatData()
	if err != nil {
		return nn.Value{}, err
	}
	kernel = slices.Clone(kernel)
	shape := c.in[1].Shape()
	area := int(shape[2] * shape[3])
	for from := 0; from < len(kernel); from += area {
		slices.Reverse(kernel[from : from+area])
	}
	weights := c.graph.Floats(c.graph.Free(c.in[1].Name()+"/turned"), kernel, shape...)
	return c.spread().Conv(weights, nn.Value{}, nn.ConvOptions{
		Pads: slices.Concat(before, after), Dilations: c.dilation, Group: c.groups,
	}), nil
}

// spread puts zeros between and behind the elements of the gradient, so that the stride is undone: [N, M, h*stride,
// w*stride].
func (c convolution) spread() nn.Value {
	if c.stride[0] == 1 && c.stride[1] == 1 {
		return c.slope
	}
	s := sides(c.slope.Shape())
	high, wide := c.stride[0], c.stride[1]
	return c.slope.Reshape(s[0], s[1], s[2], 1, s[3], 1).
		Pad(make([]int, 6), []int{0, 0, 0, high - 1, 0, wide - 1}).
		Reshape(s[0], s[1], s[2]*int64(high), s[3]*int64(wide))
}

// weights is the gradient by the kernel: the map convolved with the gradient of the result, whose elements are as far
// apart as the stride, giving one element for each offset in the kernel.
func (c convolution) weights() (nn.Value, error) {
	if slices.Max(c.dilation) > 1 {
		return nn.Value{}, errors.New("the gradient by the weights of a dilated convolution is not supported")
	}
	x, d := c.in[0], c.slope
	n, m := x.Shape()[0], d.Shape()[1]
	o := nn.ConvOptions{Dilations: c.stride, Pads: slices.Clone(c.pads), Group: 1}
	for i := range 2 {
		o.Pads[2+i] -= c.unseen(i) // negative where rows of the picture itself are unseen
	}
	x, o.Pads = cropped(x, o.Pads)
	switch {
	case c.depthwise():
		// Every channel of every picture is a group of its own; then the pictures are added up.
		o.Group = int(n * m)
		xs, ds := x.Shape(), d.Shape()
		each := x.Reshape(1, int64(n*m), int64(xs[2]), int64(xs[3])).
			Conv(d.Reshape(int64(n*m), 1, int64(ds[2]), int64(ds[3])), nn.Value{}, o)
		kernel := c.in[1].Shape()
		return each.Reshape(int64(n), int64(m), 1, int64(kernel[2]), int64(kernel[3])).ReduceSum(false, 0), nil
	case c.groups == 1:
		// Pictures and channels change places: a sum over pictures is what the convolution makes of its channels.
		return x.Transpose(1, 0, 2, 3).Conv(d.Transpose(1, 0, 2, 3), nn.Value{}, o).Transpose(1, 0, 2, 3), nil
	}
	return nn.Value{}, fmt.Errorf("the gradient by the weights of a convolution of %d groups is not supported", c.groups)
}

// cropped carries out negative padding behind, which Conv does not know.
func cropped(x nn.Value, pads []int) (nn.Value, []int) {
	if min(pads[2], pads[3]) >= 0 {
		return x, pads
	}
	after := []int{0, 0, min(pads[2], 0), min(pads[3], 0)}
	return x.Pad(make([]int, 4), after), []int{pads[0], pads[1], max(pads[2], 0), max(pads[3], 0)}
}
