package quantize

import (
	"fmt"
	"slices"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/onnxpb"
)

// conversion rewrites a model. A node that is converted stays as it is: what changes is how its operands come about.
// Constants become integers and a DequantizeLinear that gives them their old name, and a result goes through a pair of
// QuantizeLinear and DequantizeLinear before it takes its name.
type conversion struct {
	source  *nn.Graph
	model   *onnxpb.ModelProto // of source, a copy
	ranges  Ranges
	missing []string // values without a range

	readers map[string][]*onnxpb.NodeProto // of each value of source
	outputs map[string]bool
	maps    map[string]entry // values of source that exist as integers, by their names there
	cut     map[string]cut   // results that only a Clip or Relu reads
	uses    map[string]int   // of constants of source that are integers now, by how many convolutions
	one     string           // the constant 1, once it is needed

	nodes     []*onnxpb.NodeProto   // of the result
	constants []*onnxpb.TensorProto // of the result
}

func newConversion(source *nn.Graph, model *onnxpb.ModelProto, ranges Ranges) *conversion {
	c := &conversion{
		source: source, model: model, ranges: ranges,
		readers: map[string][]*onnxpb.NodeProto{}, outputs: map[string]bool{},
		maps: map[string]entry{}, cut: map[string]cut{}, uses: map[string]int{},
	}
	for _, n := range model.Graph.Node {
		for _, in := range n.Input {
			c.readers[in] = append(c.readers[in], n)
		}
	}
	for _, out := range model.Graph.Output {
		c.outputs[out.GetName()] = true
	}
	return c
}

func (c *conversion) run() error {
	for _, n := range c.model.Graph.Node {
		if err := c.node(n); err != nil {
			return fmt.Errorf("node %q: %w", n.GetName(), err)
		}
	}
	graph := c.model.Graph
	for _, t := range graph.Initializer {
		if c.uses[t.GetName()] == 0 {
			c.constants = append(c.constants, t)
		}
	}
	graph.Node, graph.Initializer = c.nodes, c.constants
	return nil
}

func (c *conversion) node(n *onnxpb.NodeProto) error {
	if n.GetDomain() == "" {
		switch n.GetOpType() {
		case "Conv":
			return c.convolution(n)
		case "Add":
			c.sum(n)
			return nil
		case "Clip", "Relu":
			c.activation(n)
			return nil
		case "Resize":
			c.resize(n)
			return nil
		case "GlobalAveragePool", "GlobalMaxPool":
			c.pool(n)
			return nil
		}
	}
	c.nodes = append(c.nodes, n)
	return nil
}

func (c *conversion) convolution(n *onnxpb.NodeProto) error {
	x, ok := c.maps[n.Input[0]]
	if !ok { // an input of the network, or the result of a node that is not converted
		x = c.round(n.Input[0], n.Input[0], n.Input[0]+"/rounded", nil)
	}
	n.Input[0] = x.floats
	weights, sides, err := c.constant(n.Input[1])
	if err != nil {
		return err
	}
	var biases []float32
	if len(n.Input) > 2 && n.Input[2] != "" {
		if biases, _, err = c.constant(n.Input[2]); err != nil {
			return err
		}
	}
	if len(sides) < 3 || len(weights) == 0 || biases != nil && len(biases) != int(sides[0]) {
		return fmt.Errorf("weights of shape %v with %d biases", sides, len(biases))
	}
	k := quantized(weights, biases, int(sides[0]), x.levels.scale)
	c.kernel(k, n, sides)
	c.result(n)
	return nil
}

// constant reads a constant of source.
func (c *conversion) constant(name string) ([]float32, nn.Shape, error) {
	v, err := c.source.Value(name)
	if err != nil {
		return nil, nil, err
	}
	data, err := v.FloatData()
	return data, v.Shape(), err
}

// sum converts the addition of two maps that exist as integers.
func (c *conversion) sum(n *onnxpb.NodeProto) {
	a, first := c.maps[n.Input[0]]
	b, second := c.maps[n.Input[1]]
	if !first || !second {
		c.nodes = append(c.nodes, n)
		return
	}
	n.Input = []string{a.floats, b.floats}
	c.result(n)
}

// cut is what an activation cuts a result off at.
type cut struct{ bounds *Range } // nil: 0 below, and above what was measured

// result adds a node whose result is to be integers. If all that happens to it is a Clip or Relu, the result of that is.
func (c *conversion) result(n *onnxpb.NodeProto) {
	name := n.Output[0]
	if at, ok := c.activated(name); ok {
		c.cut[name] = at
		c.nodes = append(c.nodes, n)
		return
	}
	c.quantise(n, nil)
}

// activated says how the Clip or Relu that is the only reader of a value cuts it off.
func (c *conversion) activated(name string) (cut, bool) {
	readers := c.readers[name]
	if len(readers) != 1 || c.outputs[name] {
		return cut{}, false
	}
	reader := readers[0]
	if reader.GetOpType() == "Relu" {
		return cut{}, true
	}
	if reader.GetOpType() != "Clip" || len(reader.Input) != 3 {
		return cut{}, false
	}
	var limits [2]float32
	for i, in := range reader.Input[1:] {
		data, _, err := c.constant(in)
		if err != nil || len(data) != 1 {
			return cut{}, false
		}
		limits[i] = data[0]
	}
	return cut{&Range{limits[0], limits[1]}}, true
}

// activation leaves the Clip or Relu between the convolution and the levels; ONNX Runtime drops it, as the levels end where
// it cuts.
func (c *conversion) activation(n *onnxpb.NodeProto) {
	if at, ok := c.cut[n.Input[0]]; ok {
		c.quantise(n, at.bounds)
		return
	}
	c.nodes = append(c.nodes, n)
}

// resize makes a map of integers larger by repeating them, as they are: the result has the same levels.
func (c *conversion) resize(n *onnxpb.NodeProto) {
	x, ok := c.maps[n.Input[0]]
	nearest := slices.ContainsFunc(n.Attribute, func(a *onnxpb.AttributeProto) bool { return a.GetName() == "mode" && string(a.S) == "nearest" })
	if !ok || !nearest {
		c.nodes = append(c.nodes, n)
		return
	}
	name := n.Output[0]
	n.Input[0], n.Output[0] = x.floats, name+"/unrounded"
	c.nodes = append(c.nodes, n)
	c.through(name, n.Output[0], name, x)
}

// quantise adds a node and sends its result through the levels of a range: the one given to Convert, or its bounds.
func (c *conversion) quantise(n *onnxpb.NodeProto, bounds *Range) {
	name := n.Output[0]
	n.Output[0] = name + "/unrounded"
	c.nodes = append(c.nodes, n)
	c.round(name, n.Output[0], name, bounds)
}

// pool takes the mean or the greatest of the integers and multiplies by the scale afterwards. Sums of integers are
// exact in float32 (up to 65,000 elements), and so do not depend on the order in which a CPU adds them up.
func (c *conversion) pool(n *onnxpb.NodeProto) {
	x, ok := c.maps[n.Input[0]]
	if !ok {
		c.nodes = append(c.nodes, n)
		return
	}
	name := n.Output[0]
	n.Input[0] = c.apply("DequantizeLinear", name+"/integers", nil, x.integers, c.unit(), x.zero)
	n.Output[0] = name + "/steps"
	c.nodes = append(c.nodes, n)
	c.apply("Mul", name, nil, n.Output[0], x.scale)
}
