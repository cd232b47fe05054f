package quantize

import (
	"fmt"

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
	clipped map[string]Range // results that only a Clip reads, and its bounds
	gone    map[string]bool  // constants of source that are integers now
	one     string           // the constant 1, once it is needed

	nodes     []*onnxpb.NodeProto   // of the result
	constants []*onnxpb.TensorProto // of the result
}

func newConversion(source *nn.Graph, model *onnxpb.ModelProto, ranges Ranges) *conversion {
	c := &conversion{
		source: source, model: model, ranges: ranges,
		readers: map[string][]*onnxpb.NodeProto{}, outputs: map[string]bool{},
		maps: map[string]entry{}, clipped: map[string]Range{}, gone: map[string]bool{},
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
		if !c.gone[t.GetName()] {
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
		case "Clip":
			c.clip(n)
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
	biasName := ""
	if len(n.Input) > 2 && n.Input[2] != "" {
		biasName = n.Input[2]
		if biases, _, err = c.constant(biasName); err != nil {
			return err
		}
	}
	if len(sides) < 3 || len(weights) == 0 || biases != nil && len(biases) != int(sides[0]) {
		return fmt.Errorf("weights of shape %v with %d biases", sides, len(biases))
	}
	k := quantized(weights, biases, int(sides[0]), x.levels.scale)
	c.kernel(k, n.Input[1], biasName, sides)
	c.result(n)
	return nil
}

// constant reads a constant of source, which no other node has converted.
func (c *conversion) constant(name string) ([]float32, nn.Shape, error) {
	v, err := c.source.Value(name)
	if err != nil {
		return nil, nil, err
	}
	if c.gone[name] {
		return nil, nil, fmt.Errorf("constant %q belongs to another convolution too", name)
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

// result adds a node whose result is to be integers. If all that happens to it is a Clip, the Clip's result is.
func (c *conversion) result(n *onnxpb.NodeProto) {
	name := n.Output[0]
	if bounds, ok := c.bounds(name); ok {
		c.clipped[name] = bounds
		c.nodes = append(c.nodes, n)
		return
	}
	c.quantise(n, nil)
}

// bounds gives the limits of the Clip that is the only reader of a value.
func (c *conversion) bounds(name string) (Range, bool) {
	readers := c.readers[name]
	if len(readers) != 1 || c.outputs[name] || readers[0].GetOpType() != "Clip" || len(readers[0].Input) != 3 {
		return Range{}, false
	}
	var limits [2]float32
	for i, in := range readers[0].Input[1:] {
		data, _, err := c.constant(in)
		if err != nil || len(data) != 1 {
			return Range{}, false
		}
		limits[i] = data[0]
	}
	return Range{limits[0], limits[1]}, true
}

// clip leaves the Clip between the convolution and the levels; ONNX Runtime drops it, as the levels end where it cuts.
func (c *conversion) clip(n *onnxpb.NodeProto) {
	if bounds, ok := c.clipped[n.Input[0]]; ok {
		c.quantise(n, &bounds)
		return
	}
	c.nodes = append(c.nodes, n)
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
