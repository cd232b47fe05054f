package nn

import (
	"fmt"
	"slices"
)

// ConvOptions describes a convolution. Zero fields take ONNX's defaults.
type ConvOptions struct {
	Strides   []int // one a spatial side; all 1 if empty
	Pads      []int // zeros before each spatial side, then after each: top, left, bottom, right
	Dilations []int // one a spatial side; all 1 if empty
	Group     int   // groups of channels; as many as channels is depthwise; 1 if zero
}

// Conv convolves v, of shape [N, C, spatial...], with weights of shape
// [M, C/Group, kernel...]. The bias, of shape [M], may be the zero Value.
func (v Value) Conv(weights, bias Value, o ConvOptions) Value {
	g := v.graph
	if !g.owns("Conv", v, weights, bias) {
		return g.unbuilt()
	}
	o.Group = max(o.Group, 1)
	shape, err := convolved(v.Shape(), weights.Shape(), o)
	if err != nil {
		return g.fail("Conv: %w", err)
	}
	return g.Apply("Conv", Type{v.kind.Elem, shape}, o.attrs(), v, weights, bias)
}

func (o ConvOptions) attrs() []Attr {
	attrs := []Attr{IntAttr("group", o.Group)}
	for name, list := range o.lists() {
		if len(list) > 0 {
			attrs = append(attrs, IntsAttr(name, list...))
		}
	}
	return attrs
}

// lists yields the attributes that are lists, in a fixed order.
func (o ConvOptions) lists() func(yield func(string, []int) bool) {
	return func(yield func(string, []int) bool) {
		_ = yield("strides", o.Strides) && yield("pads", o.Pads) && yield("dilations", o.Dilations)
	}
}

func convolved(x, w Shape, o ConvOptions) (Shape, error) {
	if x == nil || w == nil {
		return nil, nil
	}
	spatial := len(x) - 2
	if spatial < 1 || len(w) != len(x) {
		return nil, fmt.Errorf("picture %v with weights %v", x, w)
	}
	if x[1].Fixed() && w[1].Fixed() && x[1] != w[1]*Dim(o.Group) {
		return nil, fmt.Errorf("picture %v has not the channels of weights %v in %d groups", x, w, o.Group)
	}
	for name, list := range o.lists() {
		if n := len(list); n != 0 && n != spatial && (name != "pads" || n != 2*spatial) {
			return nil, fmt.Errorf("%d %s for %d sides", n, name, spatial)
		}
	}
	out := Shape{x[0], w[0]}
	for i := range spatial {
		out = append(out, o.side(i, spatial, x[2+i], w[2+i]))
	}
	return out, nil
}

// along gives what concerns one spatial side, the zeros before and after it together.
func (o ConvOptions) along(i, spatial int) (stride, dilation, pad int) {
	stride, dilation, pad = 1, 1, 0
	if len(o.Strides) > 0 {
		stride = o.Strides[i]
	}
	if len(o.Dilations) > 0 {
		dilation = o.Dilations[i]
	}
	if len(o.Pads) > 0 {
		pad = o.Pads[i] + o.Pads[spatial+i]
	}
	return stride, dilation, pad
}

// side is the length of one spatial side after the convolution.
func (o ConvOptions) side(i, spatial int, in, kernel Dim) Dim {
	stride, dilation, pad := o.along(i, spatial)
	if !kernel.Fixed() {
		return Unknown
	}
	shrink := Dim(dilation)*(kernel-1) - Dim(pad)
	switch {
	case in.Fixed():
		return (in-shrink-1)/Dim(stride) + 1
	case shrink == 0 && stride == 1:
		return in
	}
	return Unknown
}

// ConvTranspose is the convolution turned round: it spreads each element of v, [N, M, h, w], over what the convolution
// with the same weights, [M, C/Group, kernel...], and options took it from. grown is added to the length of each side
// of the result, where the stride left rows of the picture unseen.
func (v Value) ConvTranspose(weights Value, grown []int, o ConvOptions) Value {
	g := v.graph
	if !g.owns("ConvTranspose", v, weights) {
		return g.unbuilt()
	}
	o.Group = max(o.Group, 1)
	in, kernel := v.Shape(), weights.Shape()
	if len(in) < 3 || len(kernel) != len(in) || len(grown) != len(in)-2 || in[1] != kernel[0] {
		return g.fail("ConvTranspose: %v with weights %v, grown by %v", in, kernel, grown)
	}
	shape := Shape{in[0], kernel[1] * Dim(o.Group)}
	spatial := len(in) - 2
	for i := range spatial {
		stride, dilation, pad := o.along(i, spatial)
		side := Unknown
		if in[2+i].Fixed() {
			side = (in[2+i]-1)*Dim(stride) + Dim(dilation)*(kernel[2+i]-1) + 1 - Dim(pad) + Dim(grown[i])
		}
		shape = append(shape, side)
	}
	attrs := append(o.attrs(), IntsAttr("output_padding", grown...))
	return g.Apply("ConvTranspose", Type{v.kind.Elem, shape}, attrs, v, weights)
}

// GlobalAveragePool averages each channel of [N, C, spatial...] to [N, C, 1...].
func (v Value) GlobalAveragePool() Value { return v.globalPool("GlobalAveragePool") }

// GlobalMaxPool takes the greatest of each channel of [N, C, spatial...], as [N, C, 1...].
func (v Value) GlobalMaxPool() Value { return v.globalPool("GlobalMaxPool") }

func (v Value) globalPool(op string) Value {
	shape := slices.Clone(v.Shape())
	for i := range shape {
		if i >= 2 {
			shape[i] = 1
		}
	}
	return v.graph.Apply(op, Type{v.kind.Elem, shape}, nil, v)
}

// GemmOptions describes Gemm. Zero Alpha and Beta stand for 1, as in ONNX.
type GemmOptions struct {
	TransA, TransB bool
	Alpha, Beta    float32
}

// Gemm is Alpha*A*B + Beta*C of matrices, with v as A. C is broadcast to the
// result and may be the zero Value.
func (v Value) Gemm(b, c Value, o GemmOptions) Value {
	g := v.graph
	if !g.owns("Gemm", v, b, c) {
		return g.unbuilt()
	}
	shape, err := multiplied(v.Shape().transposed(o.TransA), b.Shape().transposed(o.TransB))
	if err != nil {
		return g.fail("Gemm: %w", err)
	}
	var attrs []Attr
	if o.TransA {
		attrs = append(attrs, IntAttr("transA", 1))
	}
	if o.TransB {
		attrs = append(attrs, IntAttr("transB", 1))
	}
	if o.Alpha != 0 {
		attrs = append(attrs, FloatAttr("alpha", o.Alpha))
	}
	if o.Beta != 0 {
		attrs = append(attrs, FloatAttr("beta", o.Beta))
	}
	return g.Apply("Gemm", Type{v.kind.Elem, shape}, attrs, v, b, c)
}

// MatMul is the product of matrices; sides before the last two are broadcast.
func (v Value) MatMul(w Value) Value {
	g := v.graph
	if !g.owns("MatMul", v, w) {
		return g.unbuilt()
	}
	shape, err := multiplied(v.Shape(), w.Shape())
	if err != nil {
		return g.fail("MatMul: %w", err)
	}
	return g.Apply("MatMul", Type{v.kind.Elem, shape}, nil, v, w)
}

func (s Shape) transposed(yes bool) Shape {
	if !yes || len(s) != 2 {
		return s
	}
	return Shape{s[1], s[0]}
}

func multiplied(a, b Shape) (Shape, error) {
	if a == nil || b == nil {
		return nil, nil
	}
	if len(a) < 2 || len(b) < 2 {
		return nil, fmt.Errorf("%v times %v: both need two sides", a, b)
	}
	rows, inner := a[len(a)-2], a[len(a)-1]
	inner2, columns := b[len(b)-2], b[len(b)-1]
	if inner.Fixed() && inner2.Fixed() && inner != inner2 {
		return nil, fmt.Errorf("%v times %v", a, b)
	}
	outer, err := broadcast(a[:len(a)-2], b[:len(b)-2])
	return append(slices.Clone(outer), rows, columns), err
}
