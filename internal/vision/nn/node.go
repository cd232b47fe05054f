package nn

import (
	"encoding/binary"
	"fmt"

	"ownsight/internal/vision/nn/onnxpb"
)

// Node is one operator of a graph with its operands and results.
type Node struct {
	graph *Graph
	proto *onnxpb.NodeProto
}

// Nodes returns the nodes in an order in which every operand is made before it is used.
func (g *Graph) Nodes() []Node {
	nodes := make([]Node, len(g.model.Graph.Node))
	for i, n := range g.model.Graph.Node {
		nodes[i] = Node{g, n}
	}
	return nodes
}

// Op returns the operator's name, such as "Conv"; one outside the default domain comes with its domain before it.
func (n Node) Op() string {
	if d := n.proto.GetDomain(); d != "" && d != "ai.onnx" {
		return d + "." + n.proto.GetOpType()
	}
	return n.proto.GetOpType()
}

// Name returns the node's name, which may be empty in a file that was read.
func (n Node) Name() string { return n.proto.GetName() }

// Inputs returns the operands; the zero Value stands for one that is left out.
func (n Node) Inputs() []Value { return n.values(n.proto.Input) }

// Outputs returns the results; the zero Value stands for one that is left out.
func (n Node) Outputs() []Value { return n.values(n.proto.Output) }

func (n Node) values(names []string) []Value {
	list := make([]Value, len(names))
	for i, name := range names {
		if v := n.graph.values[name]; v != nil {
			list[i] = Value{n.graph, v}
		}
	}
	return list
}

// Int returns an integer attribute, or what it is if the node does not state it.
func (n Node) Int(name string, absent int) int {
	if a := n.attribute(name); a != nil {
		return int(a.GetI())
	}
	return absent
}

// Float returns a float attribute, or what it is if the node does not state it.
func (n Node) Float(name string, absent float32) float32 {
	if a := n.attribute(name); a != nil {
		return a.GetF()
	}
	return absent
}

// Text returns an attribute that is a text, empty if the node does not state it.
func (n Node) Text(name string) string {
	if a := n.attribute(name); a != nil {
		return string(a.GetS())
	}
	return ""
}

// Ints returns an attribute that is a list of integers, nil if the node does not state it.
func (n Node) Ints(name string) []int {
	a := n.attribute(name)
	if a == nil {
		return nil
	}
	list := make([]int, len(a.Ints))
	for i, v := range a.Ints {
		list[i] = int(v)
	}
	return list
}

// ConvOptions returns the attributes of a Conv node. ONNX's auto_pad is not supported and is reported.
func (n Node) ConvOptions() (ConvOptions, error) {
	if a := n.attribute("auto_pad"); a != nil && string(a.GetS()) != "NOTSET" && string(a.GetS()) != "" {
		return ConvOptions{}, fmt.Errorf("node %q: auto_pad %s: export the model with explicit pads", n.Name(), a.GetS())
	}
	return ConvOptions{
		Strides: n.Ints("strides"), Pads: n.Ints("pads"), Dilations: n.Ints("dilations"), Group: n.Int("group", 1),
	}, nil
}

func (n Node) attribute(name string) *onnxpb.AttributeProto {
	for _, a := range n.proto.Attribute {
		if a.GetName() == name {
			return a
		}
	}
	return nil
}

// Exists says whether the value stands for a tensor; the zero Value, an operand that is left out, does not.
func (v Value) Exists() bool { return v.value != nil && v.name != "" }

// Graph returns the graph that the value belongs to.
func (v Value) Graph() *Graph { return v.graph }

// Constant says whether the value is a constant of the graph.
func (v Value) Constant() bool { return v.Exists() && v.graph.initializer(v.name) != nil }

// Int64Data returns the elements of an int64 constant in row-major order.
func (v Value) Int64Data() ([]int64, error) {
	t := v.graph.initializer(v.name)
	switch {
	case t == nil:
		return nil, fmt.Errorf("value %q is not a constant", v.name)
	case Elem(t.GetDataType()) != Int64:
		return nil, fmt.Errorf("constant %q is not int64", v.name)
	case t.RawData == nil:
		return t.GetInt64Data(), nil
	case len(t.RawData)%8 != 0:
		return nil, fmt.Errorf("constant %q holds %d bytes", v.name, len(t.RawData))
	}
	data := make([]int64, len(t.RawData)/8)
	for i := range data {
		data[i] = int64(binary.LittleEndian.Uint64(t.RawData[8*i:]))
	}
	return data, nil
}
