package nn

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"ownsight/internal/vision/nn/onnxpb"
)

// Rename gives a value another name, everywhere in the graph.
func (g *Graph) Rename(from, to string) error {
	v := g.values[from]
	switch {
	case v == nil:
		return fmt.Errorf("the graph has no value %q", from)
	case to == "" || g.values[to] != nil:
		return fmt.Errorf("the name %q is empty or taken", to)
	}
	v.name = to
	g.values[to] = v
	delete(g.values, from)
	renamed(g.model.Graph, func(name string) string {
		if name == from {
			return to
		}
		return name
	})
	return nil
}

// renamed applies a change of names to every place that names a value, in the
// bodies of control-flow nodes too, for these see the values around them.
func renamed(graph *onnxpb.GraphProto, change func(string) string) {
	for _, node := range graph.Node {
		for i := range node.Input {
			node.Input[i] = change(node.Input[i])
		}
		for i := range node.Output {
			node.Output[i] = change(node.Output[i])
		}
		for _, body := range bodies(node) {
			renamed(body, change)
		}
	}
	for _, t := range graph.Initializer {
		t.Name = new(change(t.GetName()))
	}
	for _, info := range slices.Concat(graph.Input, graph.Output, graph.ValueInfo) {
		info.Name = new(change(info.GetName()))
	}
}

func bodies(node *onnxpb.NodeProto) []*onnxpb.GraphProto {
	var graphs []*onnxpb.GraphProto
	for _, a := range node.Attribute {
		if a.G != nil {
			graphs = append(graphs, a.G)
		}
		graphs = append(graphs, a.Graphs...)
	}
	return graphs
}

// reads yields the names that a node may take from the graph around it.
func reads(node *onnxpb.NodeProto) []string {
	names := slices.Clone(node.Input)
	for _, body := range bodies(node) {
		for _, inner := range body.Node {
			names = append(names, reads(inner)...)
		}
		for _, out := range body.Output {
			names = append(names, out.GetName())
		}
	}
	return names
}

// State says what type the value of that name has, in the file too, so that it can become an input of a part of it.
func (g *Graph) State(name string, elem Elem, shape ...Dim) error {
	v := g.values[name]
	if v == nil {
		return fmt.Errorf("the graph has no value %q", name)
	}
	v.kind = Type{elem, shape}
	infos := &g.model.Graph.ValueInfo
	*infos = slices.DeleteFunc(*infos, func(have *onnxpb.ValueInfoProto) bool { return have.GetName() == name })
	*infos = append(*infos, g.valueInfo(name))
	return nil
}

// Extract returns the part of the graph that computes the named outputs from the
// named inputs, as a graph of its own. Any value can become an input or an output.
// Without inputs, those inputs of g that are needed stay. Metadata is left behind.
func (g *Graph) Extract(inputs, outputs []string) (*Graph, error) {
	if g.err != nil {
		return nil, g.err
	}
	part := &onnxpb.GraphProto{Name: g.model.Graph.Name}
	ends := append(slices.Clone(inputs), outputs...)
	for i, name := range ends {
		switch {
		case g.values[name] == nil:
			return nil, fmt.Errorf("the graph has no value %q", name)
		case i < len(inputs) && g.values[name].kind.Elem == 0:
			return nil, fmt.Errorf("value %q cannot become an input: the file does not state its type", name)
		case i < len(inputs):
			part.Input = append(part.Input, g.valueInfo(name))
		default:
			part.Output = append(part.Output, g.valueInfo(name))
		}
	}
	needed := g.needed(inputs, outputs, part)
	for _, in := range g.model.Graph.Input {
		switch name := in.GetName(); {
		case !needed[name] || slices.Contains(inputs, name) || g.initializer(name) != nil:
		case len(inputs) > 0:
			return nil, fmt.Errorf("the outputs %v need input %q too", outputs, name)
		default:
			part.Input = append(part.Input, in)
		}
	}
	for _, t := range g.model.Graph.Initializer {
		if needed[t.GetName()] && !slices.Contains(inputs, t.GetName()) {
			part.Initializer = append(part.Initializer, t)
		}
	}
	for _, info := range g.model.Graph.ValueInfo {
		if needed[info.GetName()] {
			part.ValueInfo = append(part.ValueInfo, info)
		}
	}
	shell := &onnxpb.ModelProto{
		IrVersion: g.model.IrVersion, OpsetImport: g.model.OpsetImport, ProducerName: new(producer), Graph: part,
	}
	shell.ProtoReflect().SetUnknown(g.model.ProtoReflect().GetUnknown()) // functions that nodes may call
	result := wrap(proto.CloneOf(shell))
	return result, result.index()
}

// needed marks the values that the outputs are computed from, going back no
// further than the inputs, and puts the nodes that compute them into part. ONNX
// lists nodes before those that use them, so one pass from the end finds all.
func (g *Graph) needed(inputs, outputs []string, part *onnxpb.GraphProto) map[string]bool {
	marked := map[string]bool{}
	for _, name := range outputs {
		marked[name] = true
	}
	given := func(name string) bool { return slices.Contains(inputs, name) }
	for _, node := range slices.Backward(g.model.Graph.Node) {
		wanted := func(out string) bool { return marked[out] && !given(out) }
		if !slices.ContainsFunc(node.Output, wanted) {
			continue
		}
		part.Node = append(part.Node, node)
		for _, name := range reads(node) {
			marked[name] = true
		}
	}
	slices.Reverse(part.Node)
	return marked
}

// Append copies the nodes and constants of another graph into g and returns its
// outputs, now values of g, in their order. Each input of the other graph is
// replaced by the value of g that is bound to its name. Names that g already uses
// get a number.
func (g *Graph) Append(other *Graph, bind map[string]Value) ([]Value, error) {
	if err := g.appendable(other, bind); err != nil {
		return nil, err
	}
	copied := proto.CloneOf(other.model.Graph)
	names := map[string]string{"": ""}
	for _, in := range other.Inputs() {
		names[in.name] = bind[in.name].name
	}
	for _, node := range copied.Node {
		if g.nodes[node.GetName()] {
			node.Name = new(g.unique(node.GetName()))
		}
		g.nodes[node.GetName()] = true
	}
	for _, t := range copied.Initializer {
		g.adopt(other, t.GetName(), names)
	}
	for _, node := range copied.Node {
		for _, out := range node.Output {
			g.adopt(other, out, names)
		}
	}
	renamed(copied, func(name string) string {
		if to, ok := names[name]; ok {
			return to
		}
		return name // belongs to the body of a control-flow node
	})
	g.model.Graph.Node = append(g.model.Graph.Node, copied.Node...)
	g.model.Graph.Initializer = append(g.model.Graph.Initializer, copied.Initializer...)
	var outputs []Value
	for _, out := range copied.Output {
		outputs = append(outputs, Value{g, g.values[out.GetName()]})
	}
	return outputs, g.err
}

func (g *Graph) appendable(other *Graph, bind map[string]Value) error {
	switch {
	case g.err != nil:
		return g.err
	case other.err != nil:
		return other.err
	case len(other.model.ProtoReflect().GetUnknown()) > 0:
		return fmt.Errorf("a graph with functions of its own cannot be appended: export it with them inlined")
	}
	if err := g.importOpsets(other); err != nil {
		return err
	}
	for _, in := range other.Inputs() {
		v, ok := bind[in.name]
		if !ok || v.graph == nil {
			return fmt.Errorf("no value is bound to input %q", in.name)
		}
		if !g.owns("Append", v) {
			return g.err
		}
	}
	return nil
}

// importOpsets takes over the operator sets of another graph.
func (g *Graph) importOpsets(other *Graph) error {
	for _, set := range other.model.OpsetImport {
		same := func(have *onnxpb.OperatorSetIdProto) bool { return have.GetDomain() == set.GetDomain() }
		i := slices.IndexFunc(g.model.OpsetImport, same)
		switch {
		case i < 0:
			g.model.OpsetImport = append(g.model.OpsetImport, proto.CloneOf(set))
		case g.model.OpsetImport[i].GetVersion() != set.GetVersion():
			return fmt.Errorf("a graph of opset %d cannot be appended to one of opset %d",
				set.GetVersion(), g.model.OpsetImport[i].GetVersion())
		}
	}
	g.model.IrVersion = new(max(g.model.GetIrVersion(), other.model.GetIrVersion()))
	return nil
}

// adopt declares a value of another graph in g, under its name or a free one.
func (g *Graph) adopt(other *Graph, name string, names map[string]string) {
	if names[name] != "" || name == "" {
		return
	}
	kind := other.values[name].kind
	kind.Shape = slices.Clone(kind.Shape)
	for i, d := range kind.Shape {
		if d < Unknown {
			kind.Shape[i] = g.Dim(other.symbols[Unknown-1-d])
		}
	}
	names[name] = g.declare(g.Free(name), kind).name
}
