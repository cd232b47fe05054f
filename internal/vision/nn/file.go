package nn

import (
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"ownsight/internal/vision/nn/onnxpb"
)

// Bytes returns the model as an ONNX file, or the first mistake made while
// building. The same calls give the same bytes.
func (g *Graph) Bytes() ([]byte, error) {
	if g.err != nil {
		return nil, g.err
	}
	file, err := proto.MarshalOptions{Deterministic: true}.Marshal(g.model)
	if err != nil {
		return nil, fmt.Errorf("writing ONNX: %w", err)
	}
	return file, nil
}

// Parse reads an ONNX file. Weights must be inside it, and its opset at least 13.
// Of its inner values only those shapes are known that the file states.
func Parse(file []byte) (*Graph, error) {
	model := &onnxpb.ModelProto{}
	if err := proto.Unmarshal(file, model); err != nil {
		return nil, fmt.Errorf("not an ONNX file: %w", err)
	}
	if model.GetGraph() == nil {
		return nil, errors.New("not an ONNX file: it holds no graph")
	}
	g := wrap(model)
	if v := g.opset(); v < minOpset {
		return nil, fmt.Errorf("the ONNX file uses opset %d, at least %d is needed: export it again", v, minOpset)
	}
	return g, g.index()
}

// opset returns the version of the default operator set.
func (g *Graph) opset() int64 {
	for _, set := range g.model.GetOpsetImport() {
		if set.GetDomain() == "" || set.GetDomain() == "ai.onnx" {
			return set.GetVersion()
		}
	}
	return 0
}

// index enters the names and types of a graph that was read.
func (g *Graph) index() error {
	graph := g.model.Graph
	for _, t := range graph.Initializer {
		if t.GetDataLocation() == onnxpb.TensorProto_EXTERNAL {
			return fmt.Errorf("constant %q lies outside the ONNX file: save the model as one file", t.GetName())
		}
		shape := Shape{}
		for _, d := range t.Dims {
			if d < 0 {
				return fmt.Errorf("constant %q has a negative side", t.GetName())
			}
			shape = append(shape, Dim(d))
		}
		g.declare(t.GetName(), Type{Elem(t.GetDataType()), shape})
	}
	for _, in := range graph.Input {
		if g.values[in.GetName()] == nil { // else the declaration of a constant
			g.declare(in.GetName(), g.typeOf(in))
		}
	}
	for _, node := range graph.Node {
		g.nodes[node.GetName()] = true
		for _, out := range node.Output {
			if out != "" {
				g.declare(out, Type{})
			}
		}
	}
	if g.err != nil {
		return fmt.Errorf("the ONNX file is damaged: %w", g.err)
	}
	for _, info := range slices.Concat(graph.ValueInfo, graph.Output) {
		v := g.values[info.GetName()]
		if v == nil && slices.Contains(graph.Output, info) {
			return fmt.Errorf("output %q is made by no node", info.GetName())
		}
		if v != nil {
			v.kind = g.typeOf(info)
		}
	}
	return nil
}

// SetMetadata stores a text under a key in the model file.
func (g *Graph) SetMetadata(key, text string) {
	for _, p := range g.model.MetadataProps {
		if p.GetKey() == key {
			p.Value = new(text)
			return
		}
	}
	entry := &onnxpb.StringStringEntryProto{Key: new(key), Value: new(text)}
	g.model.MetadataProps = append(g.model.MetadataProps, entry)
}

// Metadata returns the text stored under a key, empty if there is none.
func (g *Graph) Metadata(key string) string {
	for _, p := range g.model.MetadataProps {
		if p.GetKey() == key {
			return p.GetValue()
		}
	}
	return ""
}

func opsetImport(domain string, version int64) *onnxpb.OperatorSetIdProto {
	return &onnxpb.OperatorSetIdProto{Domain: new(domain), Version: new(version)}
}

func imports(domain string) func(*onnxpb.OperatorSetIdProto) bool {
	return func(set *onnxpb.OperatorSetIdProto) bool { return set.GetDomain() == domain }
}
