package nn

import (
	"fmt"
	"slices"
	"strings"

	"ownsight/internal/vision/nn/onnxpb"
)

// Elem is the type of a tensor's elements, numbered as in ONNX.
type Elem int32

// The element types that Ownsight's own graphs use.
const (
	Float32 = Elem(onnxpb.TensorProto_FLOAT)
	Uint8   = Elem(onnxpb.TensorProto_UINT8)
	Int8    = Elem(onnxpb.TensorProto_INT8)
	Int32   = Elem(onnxpb.TensorProto_INT32)
	Int64   = Elem(onnxpb.TensorProto_INT64)
	Bool    = Elem(onnxpb.TensorProto_BOOL)
)

// String is ONNX's name of the type, such as int64.
func (e Elem) String() string { return strings.ToLower(onnxpb.TensorProto_DataType(e).String()) }

// Dim is one side of a shape: its length, or a symbol made by Graph.Dim, or Unknown.
type Dim int64

// Unknown is a side whose length is only known when the graph runs.
const Unknown Dim = -1

// Shape lists the sides of a tensor, outermost first. A scalar has an empty
// shape; nil means that not even the number of sides is known.
type Shape []Dim

// Type is what is known of a value.
type Type struct {
	Elem  Elem
	Shape Shape
}

// Dim returns the symbolic dimension of that name, such as "N" for the batch. Two
// sides with the same symbol have the same length in every run.
func (g *Graph) Dim(name string) Dim {
	i := slices.Index(g.symbols, name)
	if i < 0 {
		i = len(g.symbols)
		g.symbols = append(g.symbols, name)
	}
	return Unknown - 1 - Dim(i)
}

// FixDim gives a symbolic dimension one length, wherever it occurs.
func (g *Graph) FixDim(symbol string, length int) {
	d := g.Dim(symbol)
	for _, v := range g.values {
		for i := range v.kind.Shape {
			if v.kind.Shape[i] == d {
				v.kind.Shape[i] = Dim(length)
			}
		}
	}
	graph := g.model.Graph
	for _, info := range slices.Concat(graph.Input, graph.Output, graph.ValueInfo) {
		for _, side := range info.GetType().GetTensorType().GetShape().GetDim() {
			if side.GetDimParam() == symbol {
				side.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: int64(length)}
			}
		}
	}
}

// Fixed says whether the side's length is known while building.
func (d Dim) Fixed() bool { return d >= 0 }

// Elements returns the number of elements, and false if a side is not fixed.
func (s Shape) Elements() (int64, bool) {
	n := int64(1)
	for _, d := range s {
		if !d.Fixed() {
			return 0, false
		}
		n *= int64(d)
	}
	return n, s != nil
}

// String writes the shape as 1x3x224x224, with ? for sides that are not fixed.
func (s Shape) String() string {
	if s == nil {
		return "unknown"
	}
	sides := make([]string, len(s))
	for i, d := range s {
		if sides[i] = "?"; d.Fixed() {
			sides[i] = fmt.Sprint(int64(d))
		}
	}
	return "[" + strings.Join(sides, "x") + "]"
}

// axis turns an axis that may count from the end into one from the start.
func (s Shape) axis(a int) (int, error) {
	if a < -len(s) || a >= len(s) {
		return 0, fmt.Errorf("axis %d of shape %v", a, s)
	}
	return (a + len(s)) % len(s), nil
}

// broadcast gives the shape of an elementwise operation, by NumPy's rule.
func broadcast(a, b Shape) (Shape, error) {
	if a == nil || b == nil {
		return nil, nil
	}
	if len(a) < len(b) {
		a, b = b, a
	}
	out := slices.Clone(a)
	for i, side := range b {
		k := len(a) - len(b) + i
		switch {
		case side == 1 || side == out[k]:
		case out[k] == 1 || side.Fixed() && !out[k].Fixed():
			out[k] = side
		case side.Fixed() && out[k].Fixed():
			return nil, fmt.Errorf("shapes %v and %v do not broadcast", a, b)
		case !side.Fixed() && !out[k].Fixed():
			out[k] = Unknown
		}
	}
	return out, nil
}

func (g *Graph) valueInfo(name string) *onnxpb.ValueInfoProto {
	t := g.values[name].kind
	if t.Elem == 0 {
		return &onnxpb.ValueInfoProto{Name: new(name)} // ONNX Runtime infers it
	}
	tensor := &onnxpb.TypeProto_Tensor{ElemType: new(int32(t.Elem))}
	if t.Shape != nil {
		tensor.Shape = &onnxpb.TensorShapeProto{}
	}
	for _, d := range t.Shape {
		side := &onnxpb.TensorShapeProto_Dimension{}
		switch {
		case d.Fixed():
			side.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)}
		case d != Unknown:
			side.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: g.symbols[Unknown-1-d]}
		}
		tensor.Shape.Dim = append(tensor.Shape.Dim, side)
	}
	return &onnxpb.ValueInfoProto{
		Name: new(name),
		Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: tensor}},
	}
}

func (g *Graph) typeOf(info *onnxpb.ValueInfoProto) Type {
	tensor := info.GetType().GetTensorType()
	t := Type{Elem: Elem(tensor.GetElemType())}
	if tensor.GetShape() == nil {
		return t
	}
	t.Shape = Shape{}
	for _, side := range tensor.GetShape().GetDim() {
		d := Unknown
		switch s := side.GetValue().(type) {
		case *onnxpb.TensorShapeProto_Dimension_DimValue:
			d = max(Dim(s.DimValue), Unknown)
		case *onnxpb.TensorShapeProto_Dimension_DimParam:
			d = g.Dim(s.DimParam)
		}
		t.Shape = append(t.Shape, d)
	}
	return t
}
