package nn

import (
	"slices"
	"strings"

	"ownsight/internal/vision/nn/onnxpb"
)

// Attr is one attribute of a node.
type Attr struct{ proto *onnxpb.AttributeProto }

// IntAttr makes an integer attribute.
func IntAttr(name string, i int) Attr {
	return Attr{&onnxpb.AttributeProto{
		Name: new(name), Type: onnxpb.AttributeProto_INT.Enum(), I: new(int64(i)),
	}}
}

// IntsAttr makes an attribute that is a list of integers.
func IntsAttr(name string, ints ...int) Attr {
	list := make([]int64, len(ints))
	for i, v := range ints {
		list[i] = int64(v)
	}
	return Attr{&onnxpb.AttributeProto{
		Name: new(name), Type: onnxpb.AttributeProto_INTS.Enum(), Ints: list,
	}}
}

// FloatAttr makes a float attribute.
func FloatAttr(name string, f float32) Attr {
	return Attr{&onnxpb.AttributeProto{
		Name: new(name), Type: onnxpb.AttributeProto_FLOAT.Enum(), F: new(f),
	}}
}

// StringAttr makes an attribute that is a text.
func StringAttr(name, text string) Attr {
	return Attr{&onnxpb.AttributeProto{
		Name: new(name), Type: onnxpb.AttributeProto_STRING.Enum(), S: []byte(text),
	}}
}

// Apply adds a node of any operator of the default ONNX domain that gives one
// result, of the stated type. The zero Value leaves an optional operand out. It is
// the way to the operators that have no method here.
func (g *Graph) Apply(op string, result Type, attrs []Attr, operands ...Value) Value {
	return g.apply("", op, result, attrs, operands)
}

func (g *Graph) apply(domain, op string, result Type, attrs []Attr, operands []Value) Value {
	return g.applyAll(domain, op, []Type{result}, attrs, operands)[0]
}

// applyAll adds a node of several results, of the stated types.
func (g *Graph) applyAll(domain, op string, results []Type, attrs []Attr, operands []Value) []Value {
	values := make([]Value, len(results))
	if !g.owns(op, operands...) {
		for i := range values {
			values[i] = g.unbuilt()
		}
		return values
	}
	node := &onnxpb.NodeProto{OpType: new(op), Name: new(g.unique(op))}
	if domain != "" {
		node.Domain = new(domain)
	}
	for _, v := range operands {
		name := ""
		if v.graph != nil {
			name = v.name
		}
		node.Input = append(node.Input, name)
	}
	for len(node.Input) > 0 && node.Input[len(node.Input)-1] == "" {
		node.Input = node.Input[:len(node.Input)-1]
	}
	for _, a := range attrs {
		node.Attribute = append(node.Attribute, a.proto)
	}
	for i, result := range results {
		values[i] = g.declare(g.unique(strings.ToLower(op)), result)
		node.Output = append(node.Output, values[i].name)
	}
	g.nodes[node.GetName()] = true
	g.model.Graph.Node = append(g.model.Graph.Node, node)
	return values
}

// Identity returns the same tensor under another name.
func (v Value) Identity() Value { return v.unary("Identity") }

// Log is the natural logarithm of each element.
func (v Value) Log() Value { return v.unary("Log") }

// Exp is e to the power of each element.
func (v Value) Exp() Value { return v.unary("Exp") }

// Sqrt is the square root of each element.
func (v Value) Sqrt() Value { return v.unary("Sqrt") }

// Neg is each element with the opposite sign.
func (v Value) Neg() Value { return v.unary("Neg") }

// Sigmoid is 1/(1+exp(-x)) of each element.
func (v Value) Sigmoid() Value { return v.unary("Sigmoid") }

// Relu is the greater of each element and 0.
func (v Value) Relu() Value { return v.unary("Relu") }

// Abs is each element without its sign.
func (v Value) Abs() Value { return v.unary("Abs") }

// Softplus is ln(1+exp(x)) of each element.
func (v Value) Softplus() Value { return v.unary("Softplus") }

func (v Value) unary(op string) Value {
	return v.graph.Apply(op, v.kind, nil, v)
}

// Add is v + w, elementwise with broadcasting, as are Sub, Mul and Div.
func (v Value) Add(w Value) Value { return v.binary("Add", w) }

// Sub is v - w.
func (v Value) Sub(w Value) Value { return v.binary("Sub", w) }

// Mul is v * w.
func (v Value) Mul(w Value) Value { return v.binary("Mul", w) }

// Div is v / w.
func (v Value) Div(w Value) Value { return v.binary("Div", w) }

// Max is the greater of v and w, elementwise with broadcasting.
func (v Value) Max(w Value) Value { return v.binary("Max", w) }

// Min is the lesser of v and w, elementwise with broadcasting.
func (v Value) Min(w Value) Value { return v.binary("Min", w) }

// Equal says of each pair of elements whether they are equal, as Bool; Greater and Less are made likewise.
func (v Value) Equal(w Value) Value { return v.compare("Equal", w) }

// Greater says whether v > w.
func (v Value) Greater(w Value) Value { return v.compare("Greater", w) }

// Less says whether v < w.
func (v Value) Less(w Value) Value { return v.compare("Less", w) }

func (v Value) binary(op string, w Value) Value { return v.elementwise(op, w, v.kind.Elem) }

func (v Value) compare(op string, w Value) Value { return v.elementwise(op, w, Bool) }

func (v Value) elementwise(op string, w Value, result Elem) Value {
	g := v.graph
	if !g.owns(op, v, w) {
		return g.unbuilt()
	}
	shape, err := broadcast(v.Shape(), w.Shape())
	if err != nil {
		return g.fail("%s: %w", op, err)
	}
	return g.Apply(op, Type{result, shape}, nil, v, w)
}

// Clip limits each element to low..high; Clip(0, 6) is ReLU6.
func (v Value) Clip(low, high float32) Value {
	g := v.graph
	return g.Apply("Clip", v.kind, nil, v, g.Scalar(low), g.Scalar(high))
}

// Cast converts the elements to another type.
func (v Value) Cast(to Elem) Value {
	return v.graph.Apply("Cast", Type{to, v.Shape()}, []Attr{IntAttr("to", int(to))}, v)
}

// Softmax is exp(x)/sum(exp(x)) along one axis.
func (v Value) Softmax(axis int) Value {
	return v.graph.Apply("Softmax", v.kind, []Attr{IntAttr("axis", axis)}, v)
}

// LogSoftmax is the logarithm of Softmax, exact where that is near 0.
func (v Value) LogSoftmax(axis int) Value {
	return v.graph.Apply("LogSoftmax", v.kind, []Attr{IntAttr("axis", axis)}, v)
}

// ReduceSum adds up along the axes; keep leaves each of them with length 1.
func (v Value) ReduceSum(keep bool, axes ...int) Value { return v.reduce("ReduceSum", 13, keep, axes) }

// ReduceMean averages along the axes; keep leaves each of them with length 1.
func (v Value) ReduceMean(keep bool, axes ...int) Value {
	return v.reduce("ReduceMean", 18, keep, axes)
}

// ReduceMax takes the greatest along the axes; keep leaves each of them with length 1.
func (v Value) ReduceMax(keep bool, axes ...int) Value { return v.reduce("ReduceMax", 18, keep, axes) }

// reduce writes the axes as an input from the opset on that says so, else as an attribute.
func (v Value) reduce(op string, inputSince int64, keep bool, axes []int) Value {
	g := v.graph
	if !g.owns(op, v) {
		return g.unbuilt()
	}
	shape, err := v.Shape().reduced(keep, axes)
	if err != nil {
		return g.fail("%s: %w", op, err)
	}
	attrs := []Attr{IntAttr("keepdims", 0)}
	if keep {
		attrs = []Attr{IntAttr("keepdims", 1)}
	}
	if g.opset() < inputSince {
		attrs = append(attrs, IntsAttr("axes", axes...))
		return g.Apply(op, Type{v.kind.Elem, shape}, attrs, v)
	}
	list := make([]int64, len(axes))
	for i, a := range axes {
		list[i] = int64(a)
	}
	operand := g.Int64s(g.unique("axes"), list, Dim(len(list)))
	return g.Apply(op, Type{v.kind.Elem, shape}, attrs, v, operand)
}

func (s Shape) reduced(keep bool, axes []int) (Shape, error) {
	if s == nil {
		return nil, nil
	}
	out := slices.Clone(s)
	const gone = Unknown - 1<<40
	for _, a := range axes {
		i, err := s.axis(a)
		if err != nil {
			return nil, err
		}
		if out[i] = 1; !keep {
			out[i] = gone
		}
	}
	return slices.DeleteFunc(out, func(d Dim) bool { return d == gone }), nil
}

func (g *Graph) unbuilt() Value { return Value{g, &value{}} }
