package quantize

import (
	"encoding/binary"
	"fmt"
	"math"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/onnxpb"
)

// entry is a map in integers.
type entry struct {
	levels      levels
	integers    string // the uint8 value
	floats      string // what DequantizeLinear makes of it
	scale, zero string // constants
}

// round sends a value through the 256 levels of its range. name is what source calls it, to what its readers will read.
func (c *conversion) round(name, from, to string, bounds *Range) entry {
	r, given := c.ranges[name]
	switch {
	case given:
	case bounds != nil:
		r = *bounds
	default:
		c.missing = append(c.missing, name)
	}
	e := entry{levels: r.levels()}
	e.scale = c.floats(name+"/scale", nil, e.levels.scale)
	e.zero = c.store(name+"/zero", nn.Uint8, []byte{e.levels.zero}, nil)
	return c.through(name, from, to, e)
}

// through sends a value through the levels of an entry.
func (c *conversion) through(name, from, to string, e entry) entry {
	e.floats = to
	e.integers = c.apply("QuantizeLinear", name+"/integers", nil, from, e.scale, e.zero)
	c.apply("DequantizeLinear", to, nil, e.integers, e.scale, e.zero)
	c.maps[name] = e
	return e
}

// kernel puts the integers of a convolution in the place of its constants, or of those of its own where others have them too:
// the levels of biases are those of the map that is read.
func (c *conversion) kernel(k kernel, n *onnxpb.NodeProto, sides nn.Shape) {
	perChannel := []*onnxpb.AttributeProto{{
		Name: new("axis"), Type: onnxpb.AttributeProto_INT.Enum(), I: new(int64(0)),
	}}
	weights := c.own(n.Input[1])
	n.Input[1] = c.apply("DequantizeLinear", weights, perChannel,
		c.int8s(weights+"/integers", sides, k.weights...),
		c.floats(weights+"/scale", sides[:1], k.scales...),
		c.int8s(weights+"/zero", sides[:1], make([]int8, len(k.scales))...))
	if len(k.biases) == 0 {
		return
	}
	biases := c.own(n.Input[2])
	n.Input[2] = c.apply("DequantizeLinear", biases, perChannel,
		c.int32s(biases+"/integers", sides[:1], k.biases...),
		c.floats(biases+"/scale", sides[:1], k.steps...))
}

// own is what a constant is called for one more convolution that reads it.
func (c *conversion) own(constant string) string {
	c.uses[constant]++
	if n := c.uses[constant]; n > 1 {
		return fmt.Sprintf("%s/%d", constant, n)
	}
	return constant
}

// apply adds a node, whose result it names.
func (c *conversion) apply(op, result string, attributes []*onnxpb.AttributeProto, operands ...string) string {
	c.nodes = append(c.nodes, &onnxpb.NodeProto{
		Name: new(result + "/" + op), OpType: new(op), Attribute: attributes, Input: operands, Output: []string{result},
	})
	return result
}

// unit is the scale that leaves integers as they are.
func (c *conversion) unit() string {
	if c.one == "" {
		c.one = c.floats("quantize/one", nil, 1)
	}
	return c.one
}

func (c *conversion) floats(name string, sides nn.Shape, data ...float32) string {
	raw := make([]byte, 0, 4*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return c.store(name, nn.Float32, raw, sides)
}

func (c *conversion) int32s(name string, sides nn.Shape, data ...int32) string {
	raw := make([]byte, 0, 4*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(v))
	}
	return c.store(name, nn.Int32, raw, sides)
}

func (c *conversion) int8s(name string, sides nn.Shape, data ...int8) string {
	raw := make([]byte, len(data))
	for i, v := range data {
		raw[i] = byte(v)
	}
	return c.store(name, nn.Int8, raw, sides)
}

func (c *conversion) store(name string, kind nn.Elem, raw []byte, sides nn.Shape) string {
	t := &onnxpb.TensorProto{Name: new(name), DataType: new(int32(kind)), RawData: raw}
	for _, d := range sides {
		t.Dims = append(t.Dims, int64(d))
	}
	c.constants = append(c.constants, t)
	return name
}
