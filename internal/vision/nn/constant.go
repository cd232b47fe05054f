package nn

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"ownsight/internal/vision/nn/onnxpb"
)

// Floats adds a float32 constant (an ONNX initializer) in row-major order.
func (g *Graph) Floats(name string, data []float32, shape ...Dim) Value {
	return g.constant(name, Float32, len(data), littleEndian(data), shape)
}

// Int64s adds an int64 constant in row-major order.
func (g *Graph) Int64s(name string, data []int64, shape ...Dim) Value {
	raw := make([]byte, 0, 8*len(data))
	for _, i := range data {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(i))
	}
	return g.constant(name, Int64, len(data), raw, shape)
}

// Scalar returns the float32 constant f without sides. Equal ones are shared.
func (g *Graph) Scalar(f float32) Value {
	if v, ok := g.scalars[f]; ok {
		return v
	}
	v := g.Floats(g.Free(fmt.Sprintf("const/%g", f)), []float32{f})
	if g.err == nil {
		g.scalars[f] = v
	}
	return v
}

// Free returns name if no value has it, else one that begins with it.
func (g *Graph) Free(name string) string {
	if g.values[name] == nil {
		return name
	}
	defer func(scope string) { g.scope = scope }(g.scope)
	g.scope = ""
	return g.unique(name)
}

func (g *Graph) constant(name string, elem Elem, n int, raw []byte, shape Shape) Value {
	if shape == nil {
		shape = Shape{}
	}
	if want, fixed := shape.Elements(); !fixed || want != int64(n) {
		return g.fail("constant %q: %d elements do not fill shape %v", name, n, shape)
	}
	v := g.declare(name, Type{elem, slices.Clone(shape)})
	if g.err != nil {
		return v
	}
	tensor := &onnxpb.TensorProto{Name: new(name), DataType: new(int32(elem)), RawData: raw}
	for _, d := range shape {
		tensor.Dims = append(tensor.Dims, int64(d))
	}
	g.model.Graph.Initializer = append(g.model.Graph.Initializer, tensor)
	return v
}

func (g *Graph) initializer(name string) *onnxpb.TensorProto {
	for _, t := range g.model.Graph.Initializer {
		if t.GetName() == name {
			return t
		}
	}
	return nil
}

// FloatData returns the elements of a float32 constant in row-major order.
func (v Value) FloatData() ([]float32, error) {
	t := v.graph.initializer(v.name)
	switch {
	case t == nil:
		return nil, fmt.Errorf("value %q is not a constant", v.name)
	case Elem(t.GetDataType()) != Float32:
		return nil, fmt.Errorf("constant %q is not float32", v.name)
	case t.RawData == nil:
		return t.GetFloatData(), nil
	case len(t.RawData)%4 != 0:
		return nil, fmt.Errorf("constant %q holds %d bytes", v.name, len(t.RawData))
	}
	data := make([]float32, len(t.RawData)/4)
	for i := range data {
		data[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.RawData[4*i:]))
	}
	return data, nil
}

// SetFloatData replaces the elements of a float32 constant, keeping its shape.
func (v Value) SetFloatData(data []float32) error {
	t := v.graph.initializer(v.name)
	n, _ := v.Shape().Elements()
	switch {
	case t == nil:
		return fmt.Errorf("value %q is not a constant", v.name)
	case Elem(t.GetDataType()) != Float32 || int64(len(data)) != n:
		return fmt.Errorf("constant %q is not float32 of %d elements", v.name, len(data))
	}
	t.FloatData, t.RawData = nil, littleEndian(data)
	return nil
}

func littleEndian(data []float32) []byte {
	raw := make([]byte, 0, 4*len(data))
	for _, f := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
	}
	return raw
}
