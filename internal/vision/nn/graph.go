// Package nn writes neural networks as ONNX graphs.
//
// A Graph is an ONNX model under construction, a Value is one tensor in it, and
// each operator is a method of Value that adds a node and returns its result:
//
//	g := nn.New()
//	x := g.Input("features", nn.Float32, g.Dim("N"), 2224)
//	w := g.Floats("head/weight", weights, 10, 2224)
//	b := g.Floats("head/bias", bias, 10)
//	g.Output("scores", x.Gemm(w, b, nn.GemmOptions{TransB: true}).Softmax(1))
//	file, err := g.Bytes()
//
// The builder follows shapes as it goes, so that a wrong one is reported where
// it was written. The first mistake sticks to the graph: later calls do nothing,
// and Err and Bytes return it.
//
// Operators are those of the ONNX default domain, see
// https://onnx.ai/onnx/operators/. The model is kept as the protobuf message
// itself, so what another program wrote is read, changed and written without loss.
package nn

import (
	"fmt"
	"slices"

	"ownsight/internal/vision/nn/onnxpb"
)

const (
	irVersion = 8  // the format that opset 17 belongs to
	opset     = 17 // written by New; read: minOpset and newer
	minOpset  = 13 // since then axes of ReduceSum are an input and Softmax is per axis
	producer  = "ownsight"
)

// Graph is an ONNX model under construction. It is not safe for concurrent use.
type Graph struct {
	model   *onnxpb.ModelProto
	values  map[string]*value
	nodes   map[string]bool // names of nodes
	serial  map[string]int  // last number given to a name
	scalars map[float32]Value
	turned  map[*value]Value // see Turned
	cut     map[*value]bool  // see Detached
	symbols []string         // names of symbolic dimensions, see Dim
	scope   string
	err     error
}

// Value is one tensor of a graph: an input, a constant or the result of a node.
// The zero Value stands for an operand that is left out.
type Value struct {
	graph *Graph
	*value
}

// value is shared by all copies of a Value, so that they all follow a rename.
type value struct {
	name string // empty if the value could not be built
	kind Type
}

// New returns an empty graph at opset 17.
func New() *Graph {
	return wrap(&onnxpb.ModelProto{
		IrVersion:    new(int64(irVersion)),
		ProducerName: new(producer),
		OpsetImport:  []*onnxpb.OperatorSetIdProto{opsetImport("", opset)},
		Graph:        &onnxpb.GraphProto{Name: new(producer)},
	})
}

func wrap(model *onnxpb.ModelProto) *Graph {
	return &Graph{
		model:   model,
		values:  map[string]*value{},
		nodes:   map[string]bool{},
		serial:  map[string]int{},
		scalars: map[float32]Value{},
		turned:  map[*value]Value{},
		cut:     map[*value]bool{},
	}
}

// Err returns the first mistake made while building, or nil.
func (g *Graph) Err() error { return g.err }

func (g *Graph) fail(format string, args ...any) Value {
	if g.err == nil {
		g.err = fmt.Errorf(format, args...)
	}
	return Value{g, &value{}}
}

// Scope puts a prefix before the names of the nodes that are added until the
// returned function is called. Scopes nest.
func (g *Graph) Scope(name string) (leave func()) {
	outer := g.scope
	g.scope += name + "/"
	return func() { g.scope = outer }
}

// Input declares an input of the graph. Sides are positive, or a symbolic
// dimension from Dim, or Unknown.
func (g *Graph) Input(name string, elem Elem, shape ...Dim) Value {
	v := g.declare(name, Type{Elem: elem, Shape: slices.Clone(Shape(shape))})
	if g.err == nil {
		g.model.Graph.Input = append(g.model.Graph.Input, g.valueInfo(name))
	}
	return v
}

// Output declares v as an output of the graph under that name, which v takes.
func (g *Graph) Output(name string, v Value) {
	if !g.owns("Output", v) {
		return
	}
	graph := g.model.Graph
	if g.fixedName(v.name) && v.name != name {
		v = v.Identity() // inputs, constants and other outputs keep the name they have
	}
	if v.name != name {
		if err := g.Rename(v.name, name); err != nil {
			g.fail("output: %w", err)
			return
		}
	}
	graph.Output = append(graph.Output, g.valueInfo(name))
}

// fixedName says whether a name is known outside the graph or belongs to data.
func (g *Graph) fixedName(name string) bool {
	named := func(i *onnxpb.ValueInfoProto) bool { return i.GetName() == name }
	return slices.ContainsFunc(g.model.Graph.Input, named) ||
		slices.ContainsFunc(g.model.Graph.Output, named) ||
		g.initializer(name) != nil
}

// Inputs returns the inputs in their order, without those that are only the
// declaration of a constant (as files before IR version 4 had them).
func (g *Graph) Inputs() []Value {
	var inputs []Value
	for _, in := range g.model.Graph.Input {
		if g.initializer(in.GetName()) == nil {
			inputs = append(inputs, Value{g, g.values[in.GetName()]})
		}
	}
	return inputs
}

// Outputs returns the outputs in their order.
func (g *Graph) Outputs() []Value {
	outputs := make([]Value, len(g.model.Graph.Output))
	for i, out := range g.model.Graph.Output {
		outputs[i] = Value{g, g.values[out.GetName()]}
	}
	return outputs
}

// Value finds a value by its name.
func (g *Graph) Value(name string) (Value, error) {
	v, ok := g.values[name]
	if !ok {
		return Value{}, fmt.Errorf("the graph has no value %q", name)
	}
	return Value{g, v}, nil
}

// Name returns the value's name, which is unique in its graph.
func (v Value) Name() string { return v.name }

// Type returns what is known of the value. Its shape is nil when nothing is, as
// for the inner values of a file that was read.
func (v Value) Type() Type { return v.kind }

// Shape returns the shape of the value, nil if it is not known.
func (v Value) Shape() Shape { return v.kind.Shape }

// declare enters a new value under exactly this name.
func (g *Graph) declare(name string, t Type) Value {
	if g.err != nil {
		return Value{g, &value{}}
	}
	if name == "" || g.values[name] != nil {
		return g.fail("the name %q is empty or taken", name)
	}
	g.values[name] = &value{name, t}
	return Value{g, g.values[name]}
}

// unique returns a free name in the present scope that begins with base.
func (g *Graph) unique(base string) string {
	base = g.scope + base
	for {
		g.serial[base]++
		name := fmt.Sprintf("%s_%d", base, g.serial[base])
		if g.values[name] == nil && !g.nodes[name] {
			return name
		}
	}
}

// owns checks that operands belong to this graph; a zero Value is let through.
func (g *Graph) owns(op string, operands ...Value) bool {
	for i, v := range operands {
		switch {
		case g.err != nil:
			return false
		case v.graph != nil && v.graph != g:
			g.fail("%s: operand %d (%q) belongs to another graph", op, i, v.name)
		case v.graph != nil && v.name == "":
			g.fail("%s: operand %d was never built", op, i)
		}
	}
	return g.err == nil
}
