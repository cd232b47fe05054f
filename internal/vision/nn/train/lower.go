package train

import (
	"fmt"
	"slices"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/grad"
)

// lowering rewrites a network for inference, node by node, as one that is trained.
//
// Between the nodes a map is held as a matrix [C, N*H*W]: a row a channel, and in it block after block of pictures; in
// a block place after place, and there the pictures side by side: [C, N/block, H, W, block]. So a pointwise convolution
// is one Gemm with the weights on the left, its gradients are too, and none of these has to transpose a map. A depthwise
// convolution sees the same memory as one picture of C*N channels, with each kernel repeated for every picture of the
// batch: nothing is moved either.
type lowering struct {
	graph   *nn.Graph
	options Options
	block   int
	rules   grad.Custom
	values  map[string]signal // by the name in the network for inference
	weights []weight
}

// signal is a map held as columns, in parts of the channels: each is [channels/parts, batch*height*width]. What was
// flattened has height and width 1.
type signal struct {
	parts                   []nn.Value
	channels, height, width int
}

// each gives a signal of the same shape, part by part.
func (s signal) each(apply func(nn.Value) nn.Value) signal {
	parts := make([]nn.Value, len(s.parts))
	for i, v := range s.parts {
		parts[i] = apply(v)
	}
	s.parts = parts
	return s
}

// partsOf says in how many parts to keep a map of so many channels.
func (l *lowering) partsOf(channels int) int {
	for parts := (channels + l.options.Part - 1) / l.options.Part; parts > 1; parts-- {
		if channels%parts == 0 {
			return parts
		}
	}
	return 1
}

func (l *lowering) node(n nn.Node) error {
	lower, known := lowered[n.Op()]
	if !known {
		return fmt.Errorf("operator %s of node %q cannot be trained", n.Op(), n.Name())
	}
	in, ok := l.values[n.Inputs()[0].Name()]
	if !ok {
		return fmt.Errorf("node %q: its first operand is not a map", n.Name())
	}
	defer l.graph.Scope(n.Name())()
	out, err := lower(l, n, in)
	if err != nil {
		return fmt.Errorf("node %q: %w", n.Name(), err)
	}
	l.values[n.Outputs()[0].Name()] = out
	return l.graph.Err()
}

var lowered = map[string]func(l *lowering, n nn.Node, in signal) (signal, error){
	"Conv":              (*lowering).conv,
	"Gemm":              (*lowering).gemm,
	"Add":               (*lowering).add,
	"GlobalAveragePool": (*lowering).averagePool,
	"GlobalMaxPool":     (*lowering).maxPool,
	"Reshape":           (*lowering).flatten,
	"Flatten":           (*lowering).flatten,
	"Clip":              (*lowering).clip,
	"Resize":            (*lowering).upsample,
	"Relu":              unary(nn.Value.Relu),
	"Sigmoid":           unary(nn.Value.Sigmoid),
	"Identity":          unary(nn.Value.Identity),
}

func unary(apply func(nn.Value) nn.Value) func(l *lowering, n nn.Node, in signal) (signal, error) {
	return func(_ *lowering, _ nn.Node, in signal) (signal, error) {
		return in.each(apply), nil
	}
}

func (l *lowering) clip(n nn.Node, in signal) (signal, error) {
	bounds := n.Inputs()[1:]
	if len(bounds) != 2 {
		return in, fmt.Errorf("a Clip of %d bounds; two are supported", len(bounds))
	}
	var limits [2]float32
	for i, b := range bounds {
		data, err := b.FloatData()
		if err != nil {
			return in, err
		}
		limits[i] = data[0]
	}
	return in.each(func(v nn.Value) nn.Value { return v.Clip(limits[0], limits[1]) }), nil
}

func (l *lowering) add(n nn.Node, in signal) (signal, error) {
	other, ok := l.values[n.Inputs()[1].Name()]
	if !ok || other.channels != in.channels || other.height != in.height || other.width != in.width ||
		len(other.parts) != len(in.parts) {
		return in, fmt.Errorf("an addition is of two maps of one shape")
	}
	rest := other.parts
	return in.each(func(v nn.Value) nn.Value {
		sum := v.Add(rest[0])
		rest = rest[1:]
		return sum
	}), nil
}

func (l *lowering) flatten(_ nn.Node, in signal) (signal, error) {
	if in.height != 1 || in.width != 1 {
		return in, fmt.Errorf("a map of %dx%d cannot be flattened, only one that was pooled", in.height, in.width)
	}
	return in, nil
}

func (l *lowering) averagePool(_ nn.Node, in signal) (signal, error) {
	return l.pool(in, func(areas nn.Value) nn.Value { return areas.ReduceMean(false, 1) }), nil
}

func (l *lowering) maxPool(_ nn.Node, in signal) (signal, error) {
	return l.pool(in, func(areas nn.Value) nn.Value { return areas.ReduceMax(false, 1) }), nil
}

// pool reduces the places of a map, which are the second of three sides, and joins the parts.
func (l *lowering) pool(in signal, reduce func(areas nn.Value) nn.Value) signal {
	in = in.each(func(v nn.Value) nn.Value {
		pooled := reduce(v.Reshape(-1, int64(in.height*in.width), int64(l.block)))
		return pooled.Reshape(int64(in.channels/len(in.parts)), int64(l.options.Batch))
	})
	return signal{[]nn.Value{l.joined(in)}, in.channels, 1, 1}
}

func (l *lowering) joined(s signal) nn.Value {
	if len(s.parts) == 1 {
		return s.parts[0]
	}
	return l.graph.Concat(0, s.parts...)
}

// gemm is a fully connected layer: features times weights [labels, features], plus a bias.
func (l *lowering) gemm(n nn.Node, in signal) (signal, error) {
	if n.Int("transA", 0) != 0 || n.Int("transB", 0) != 1 || n.Float("alpha", 1) != 1 || n.Float("beta", 1) != 1 {
		return in, fmt.Errorf("only a Gemm with transB and nothing else is supported")
	}
	if in.height != 1 || in.width != 1 {
		return in, fmt.Errorf("a Gemm of a map that is not pooled")
	}
	if l.options.Dropout {
		mask := l.graph.Input("dropout", nn.Float32, nn.Dim(l.options.Batch), nn.Dim(in.channels)).Transpose(1, 0)
		in = in.each(mask.Mul)
	}
	return l.product(n, in)
}

// product puts a matrix of weights before the columns: parts of its rows where the result is to be in parts, else of its
// columns, one for each part of the operand.
func (l *lowering) product(n nn.Node, in signal) (signal, error) {
	operands := n.Inputs()
	rows := int(operands[1].Shape()[0])
	out := signal{channels: rows, height: in.height, width: in.width}
	var biases []nn.Value
	parts := 1
	if len(in.parts) == 1 {
		parts = l.partsOf(rows)
	}
	weights, err := l.weight(operands[1], rows, in.channels, max(parts, len(in.parts)), len(in.parts) > 1)
	if err != nil {
		return in, err
	}
	if len(operands) > 2 && operands[2].Exists() {
		if biases, err = l.weight(operands[2], rows, 1, parts, false); err != nil {
			return in, err
		}
	}
	if len(in.parts) == 1 {
		for i, w := range weights {
			bias := nn.Value{}
			if biases != nil {
				bias = biases[i]
			}
			out.parts = append(out.parts, w.Gemm(in.parts[0], bias, nn.GemmOptions{}))
		}
		return out, nil
	}
	sum := nn.Value{}
	if biases != nil {
		sum = biases[0]
	}
	for i, w := range weights {
		sum = w.Turned().Gemm(in.parts[i], sum, nn.GemmOptions{})
	}
	out.parts = []nn.Value{sum}
	return out, nil
}

func (l *lowering) conv(n nn.Node, in signal) (signal, error) {
	o, err := n.ConvOptions()
	if err != nil {
		return in, err
	}
	kernel := n.Inputs()[1].Shape()
	if len(kernel) != 4 {
		return in, fmt.Errorf("a kernel of shape %v", kernel)
	}
	plain := !slices.ContainsFunc(o.Strides, func(s int) bool { return s != 1 }) &&
		!slices.ContainsFunc(o.Pads, func(p int) bool { return p != 0 })
	switch {
	case o.Group == 1 && kernel[2] == 1 && kernel[3] == 1 && plain && int(kernel[1]) == in.channels:
		return l.product(n, in)
	case o.Group == in.channels && int(kernel[0]) == in.channels && kernel[1] == 1:
		return l.depthConv(n, in, o)
	}
	return in, fmt.Errorf("a convolution with a kernel %v in %d groups; pointwise and depthwise ones are supported",
		kernel, o.Group)
}

// weight makes a constant of the network for inference, a matrix, an input of the one for training: in so many parts of
// its rows or, turned, of its columns, which are then held as rows. Nodes may share one if they divide it alike.
func (l *lowering) weight(v nn.Value, rows, columns, parts int, turned bool) ([]nn.Value, error) {
	w := weight{name: v.Name(), rows: rows, columns: columns, turned: turned}
	if i := slices.IndexFunc(l.weights, func(have weight) bool { return have.name == w.name }); i >= 0 {
		have := l.weights[i]
		if have.rows != rows || have.columns != columns || have.turned != turned || len(have.parts) != parts {
			return nil, fmt.Errorf("constant %q is used by two nodes in different ways", w.name)
		}
		return have.parts, nil
	}
	data, err := v.FloatData()
	if err != nil {
		return nil, err
	}
	w.data = w.enter(data)
	if turned {
		rows, columns = columns, rows
	}
	for i := range parts {
		name := w.name
		if parts > 1 {
			name = fmt.Sprint(w.name, "/part", i)
		}
		w.parts = append(w.parts, l.graph.Input(name, nn.Float32, nn.Dim(rows/parts), nn.Dim(columns)))
	}
	l.weights = append(l.weights, w)
	return w.parts, nil
}

func sides(s nn.Shape) []int64 {
	list := make([]int64, len(s))
	for i, d := range s {
		list[i] = int64(d)
	}
	return list
}
