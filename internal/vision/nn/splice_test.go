package nn_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/onnxpb"
)

func model(t *testing.T, g *nn.Graph) *onnxpb.ModelProto {
	t.Helper()
	m := &onnxpb.ModelProto{}
	require.NoError(t, proto.Unmarshal(bytes(t, g), m))
	return m
}

func operators(t *testing.T, g *nn.Graph) []string {
	t.Helper()
	var list []string
	for _, node := range model(t, g).Graph.Node {
		list = append(list, node.GetOpType())
	}
	return list
}

func TestExtractKeepsOnlyWhatIsNeeded(t *testing.T) {
	tests := []struct {
		name            string
		inputs, outputs []string
		nodes           []string
		constants       int
	}{
		{"head only", nil, []string{"product"}, []string{"MatMul"}, 1},
		{"all", nil, []string{"scores"}, []string{"MatMul", "Add", "Softmax"}, 2},
		{"tail", []string{"product"}, []string{"scores"}, []string{"Add", "Softmax"}, 1},
		{"a constant becomes an input", []string{"x", "w"}, []string{"product"}, []string{"MatMul"}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			part, err := small().Extract(test.inputs, test.outputs)
			require.NoError(t, err)
			require.Equal(t, test.nodes, operators(t, part))
			require.Len(t, model(t, part).Graph.Initializer, test.constants)
			require.Equal(t, test.outputs, names(part.Outputs()))
			if test.inputs != nil {
				require.Equal(t, test.inputs, names(part.Inputs()))
			}
		})
	}
}

func TestExtractNamesWhatIsMissing(t *testing.T) {
	_, err := small().Extract(nil, []string{"nothing"})
	require.ErrorContains(t, err, `no value "nothing"`)
	_, err = small().Extract([]string{"b"}, []string{"scores"})
	require.ErrorContains(t, err, `need input "x" too`)
}

func TestAppendJoinsGraphsWhoseNamesCollide(t *testing.T) {
	g := small()
	scores, err := g.Value("scores")
	require.NoError(t, err)
	other := nn.New()
	x := other.Input("x", nn.Float32, other.Dim("N"), 3)
	w := other.Floats("w", []float32{1, 1, 1}, 3, 1)
	other.Output("scores", x.MatMul(w))

	added, err := g.Append(other, map[string]nn.Value{"x": scores})
	require.NoError(t, err)
	require.Equal(t, nn.Shape{g.Dim("N"), 1}, added[0].Shape())
	g.Output("sum", added[0])
	require.Equal(t, []string{"MatMul", "Add", "Softmax", "MatMul"}, operators(t, g))
	last := model(t, g).Graph.Node[3]
	require.Equal(t, []string{"scores", "w_1"}, last.Input)
	require.Equal(t, []string{"sum"}, last.Output)
	require.Equal(t, []string{"scores"}, names(other.Outputs())) // the other graph is as it was

	_, err = g.Append(other, nil)
	require.ErrorContains(t, err, `no value is bound to input "x"`)
}

func TestRename(t *testing.T) {
	g := small()
	require.NoError(t, g.Rename("x", "features"))
	require.Equal(t, "features", model(t, g).Graph.Node[0].Input[0])
	require.ErrorContains(t, g.Rename("x", "y"), `no value "x"`)
	require.ErrorContains(t, g.Rename("features", "w"), "taken")
}

// branch is a graph whose If node reads the value "product" from inside its body.
func branch(t *testing.T) *nn.Graph {
	t.Helper()
	m := model(t, small())
	body := &onnxpb.GraphProto{
		Name:   new("body"),
		Node:   []*onnxpb.NodeProto{{OpType: new("Neg"), Input: []string{"product"}, Output: []string{"negated"}}},
		Output: []*onnxpb.ValueInfoProto{{Name: new("negated")}},
	}
	m.Graph.Node = append(m.Graph.Node, &onnxpb.NodeProto{
		OpType: new("If"), Name: new("if"), Input: []string{"yes"}, Output: []string{"chosen"},
		Attribute: []*onnxpb.AttributeProto{
			{Name: new("then_branch"), Type: onnxpb.AttributeProto_GRAPH.Enum(), G: body},
		},
	})
	m.Graph.Initializer = append(m.Graph.Initializer, &onnxpb.TensorProto{
		Name: new("yes"), DataType: new(int32(nn.Bool)), RawData: []byte{1},
	})
	m.Graph.Output = []*onnxpb.ValueInfoProto{{Name: new("chosen")}}
	file, err := proto.Marshal(m)
	require.NoError(t, err)
	g, err := nn.Parse(file)
	require.NoError(t, err)
	return g
}

func TestBodiesOfControlFlowAreFollowed(t *testing.T) {
	part, err := branch(t).Extract(nil, []string{"chosen"})
	require.NoError(t, err)
	require.Equal(t, []string{"MatMul", "If"}, operators(t, part))
	require.NoError(t, part.Rename("product", "renamed"))
	require.Equal(t, "renamed", model(t, part).Graph.Node[1].Attribute[0].G.Node[0].Input[0])
}

func TestUnknownFieldsSurvive(t *testing.T) {
	const docString = 6 // a field of ModelProto that onnx.proto here leaves out
	text := protowire.AppendString(protowire.AppendTag(nil, docString, protowire.BytesType), "a note")
	g, err := nn.Parse(append(bytes(t, small()), text...))
	require.NoError(t, err)
	require.Contains(t, string(bytes(t, g)), "a note")
}

func TestParseRefuses(t *testing.T) {
	change := func(f func(m *onnxpb.ModelProto)) []byte {
		m := model(t, small())
		f(m)
		file, err := proto.Marshal(m)
		require.NoError(t, err)
		return file
	}
	tests := map[string]struct {
		file []byte
		want string
	}{
		"other bytes": {[]byte("GIF89a"), "not an ONNX file"},
		"no graph":    {nil, "holds no graph"},
		"old opset": {change(func(m *onnxpb.ModelProto) { m.OpsetImport[0].Version = new(int64(11)) }),
			"opset 11, at least 13"},
		"weights elsewhere": {change(func(m *onnxpb.ModelProto) {
			m.Graph.Initializer[0].DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
		}), `"w" lies outside`},
		"output from nowhere": {change(func(m *onnxpb.ModelProto) { m.Graph.Node = m.Graph.Node[:1] }), `"scores" is made by no node`},
		"name used twice":     {change(func(m *onnxpb.ModelProto) { m.Graph.Node[1].Output[0] = "w" }), `"w" is empty or taken`},
		"negative side":       {change(func(m *onnxpb.ModelProto) { m.Graph.Initializer[0].Dims[0] = -7 }), `"w" has a negative side`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := nn.Parse(test.file)
			require.ErrorContains(t, err, test.want)
		})
	}
}
