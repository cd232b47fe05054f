// Package grad differentiates graphs of package nn, and writes what it finds into the same graph:
//
//	loss := ...                             // one number, computed from w
//	slopes, err := grad.Of(loss, w)         // d loss / d w, of w's shape
//	g.Output("dw", slopes[0])
//
// It is reverse-mode differentiation: from the loss back, each node's rule adds the nodes that turn the gradient of its
// result into those of its operands. What comes out is an ordinary ONNX graph, so that any runtime that can run a
// network can train it. The values between the inputs and the loss need fixed shapes.
//
// Rules stand in a table by the operator's name. A composed operator (a loss, an upsampling) needs none of its own.
package grad

import (
	"fmt"
	"slices"

	"ownsight/internal/vision/nn"
)

// Of returns the gradients of loss, which has one element, with respect to each of the values: of its shape, and zeros
// where the loss does not depend on it. Where a function has a kink, the gradient is that of one side, as in PyTorch:
// inside for Clip, 0 for Relu and Abs at 0; equal greatest elements share theirs.
//
// Equality, comparisons, conversions to integers and what nn.Value.Detached gives count as constants. An operator
// without a rule is an error if the loss depends on a value through it.
func Of(loss nn.Value, values ...nn.Value) ([]nn.Value, error) {
	return Custom(nil).Of(loss, values...)
}

// Custom holds rules for single nodes that the general ones do not cover, or not as well, by the name of the node's
// result.
type Custom map[string]Rule

// Rule says how a result depends on some values, be they operands of its node or what these were made of. All others
// count as constants.
type Rule struct {
	Values []nn.Value
	// Slopes turns the gradient of the result into those of Values, in their order. Where need is false, the zero Value
	// will do.
	Slopes func(slope nn.Value, need []bool) []nn.Value
}

// Of is the function Of with these rules besides.
func (c Custom) Of(loss nn.Value, values ...nn.Value) ([]nn.Value, error) {
	g := loss.Graph()
	if err := g.Err(); err != nil {
		return nil, err
	}
	if n, fixed := loss.Shape().Elements(); !fixed || n != 1 {
		return nil, fmt.Errorf("grad: a loss of shape %v is not one number", loss.Shape())
	}
	defer g.Scope("grad")()
	p := pass{graph: g, custom: c, leaves: map[string]bool{}, reached: reached(g, values), slopes: map[string]nn.Value{}}
	for _, v := range values {
		p.leaves[v.Name()] = true
	}
	for _, node := range g.Nodes() {
		for _, out := range node.Outputs() {
			delete(p.leaves, out.Name())
		}
	}
	p.slopes[loss.Name()] = like(g.Scalar(1), loss)
	for _, node := range slices.Backward(g.Nodes()) {
		if err := p.back(node); err != nil {
			return nil, err
		}
	}
	for _, finish := range slices.Backward(p.deferred) {
		if err := finish(); err != nil {
			return nil, err
		}
	}
	slopes := make([]nn.Value, len(values))
	for i, v := range values {
		if slopes[i] = p.slopes[v.Name()]; !slopes[i].Exists() {
			slopes[i] = g.Scalar(0).Expand(v.Shape()...)
		}
	}
	return slopes, g.Err()
}

// pass is one way back through a graph.
type pass struct {
	graph   *nn.Graph
	custom  Custom
	reached map[string]bool // values that depend on what is differentiated by
	leaves  map[string]bool // what is differentiated by and is not computed itself
	// deferred are the gradients of leaves, which are written last, those of the last nodes at the very end. ONNX Runtime
	// orders nodes by going back from the last result of a graph: so it computes these gradients as soon as it can, and
	// what they are made of need not be kept any longer, instead of all of them in the end.
	deferred []func() error
	slopes   map[string]nn.Value // gradient of the loss by each value, complete once its node's turn has come
}

// reached marks the values that depend on the given ones.
func reached(g *nn.Graph, from []nn.Value) map[string]bool {
	marked := map[string]bool{}
	for _, v := range from {
		marked[v.Name()] = true
	}
	for _, node := range g.Nodes() {
		depends := func(v nn.Value) bool { return v.Exists() && marked[v.Name()] }
		if !flat[node.Op()] && slices.ContainsFunc(node.Inputs(), depends) {
			for _, out := range node.Outputs() {
				marked[out.Name()] = !out.IsDetached()
			}
		}
	}
	return marked
}

// flat names the operators whose results do not move with their operands.
var flat = map[string]bool{
	"Equal": true, "Greater": true, "Less": true, "And": true, "Or": true, "Not": true, "Sign": true, "Floor": true,
	"Ceil": true, "Shape": true, "ArgMax": true,
}

// back hands the gradient of a node's result on to its operands.
func (p *pass) back(node nn.Node) error {
	in, out := node.Inputs(), node.Outputs()
	if len(out) != 1 || !p.reached[out[0].Name()] || !p.slopes[out[0].Name()].Exists() {
		return nil
	}
	rule, known := rules[node.Op()]
	if own, custom := p.custom[out[0].Name()]; custom {
		in = own.Values
		rule = func(s step) ([]nn.Value, error) { return own.Slopes(s.slope, s.need), nil }
	} else if !known {
		return fmt.Errorf("grad: operator %s of node %q has no gradient", node.Op(), node.Name())
	}
	s := step{Node: node, graph: p.graph, in: in, out: out[0], slope: p.slopes[out[0].Name()]}
	later := s
	for _, v := range in {
		need := v.Exists() && p.reached[v.Name()]
		s.need = append(s.need, need && !p.leaves[v.Name()])
		later.need = append(later.need, need && p.leaves[v.Name()])
	}
	if slices.Contains(later.need, true) {
		p.deferred = append(p.deferred, func() error { return p.apply(rule, later) })
	}
	if !slices.Contains(s.need, true) {
		return nil
	}
	return p.apply(rule, s)
}

// apply adds up what a rule gives.
func (p *pass) apply(rule rule, s step) error {
	slopes, err := rule(s)
	if err != nil {
		return fmt.Errorf("grad: node %q: %w", s.Name(), err)
	}
	for i, slope := range slopes {
		if i >= len(s.in) || !s.need[i] || !slope.Exists() {
			continue
		}
		if sum := p.slopes[s.in[i].Name()]; sum.Exists() {
			slope = sum.Add(slope)
		}
		p.slopes[s.in[i].Name()] = slope
	}
	return p.graph.Err()
}

// step is what a rule works with: a node, and the gradient of its result.
type step struct {
	nn.Node
	graph *nn.Graph
	in    []nn.Value
	need  []bool // which operands want a gradient
	out   nn.Value
	slope nn.Value
}

// rule returns the gradients of a node's operands, in their order; the zero Value for those that have none or need none.
type rule func(s step) ([]nn.Value, error)

// sole makes a rule for an operator whose first operand alone has a gradient.
func sole(slope func(s step) nn.Value) rule {
	return func(s step) ([]nn.Value, error) { return []nn.Value{slope(s)}, nil }
}

// pair makes a rule for an elementwise operator of two operands, given the gradients before the broadcast is undone.
func pair(left, right func(s step) nn.Value) rule {
	return func(s step) ([]nn.Value, error) {
		slopes := make([]nn.Value, 2)
		for i, side := range []func(step) nn.Value{left, right} {
			if s.need[i] {
				slopes[i] = summed(side(s), s.in[i].Shape())
			}
		}
		return slopes, nil
	}
}

// summed undoes a broadcast: it adds up along the sides that were repeated.
func summed(v nn.Value, shape nn.Shape) nn.Value {
	have := v.Shape()
	var axes []int
	for i := range have {
		if k := i - (len(have) - len(shape)); k < 0 || shape[k] == 1 && have[i] != 1 {
			axes = append(axes, i)
		}
	}
	if len(axes) == 0 {
		return v
	}
	v = v.ReduceSum(true, axes...)
	if len(have) == len(shape) {
		return v
	}
	return v.Reshape(sides(shape)...)
}

// like gives v the shape of another value with as many elements.
func like(v, shaped nn.Value) nn.Value {
	if slices.Equal(v.Shape(), shaped.Shape()) {
		return v
	}
	return v.Reshape(sides(shaped.Shape())...)
}

func sides(s nn.Shape) []int64 {
	list := make([]int64, len(s))
	for i, d := range s {
		list[i] = int64(d)
	}
	return list
}
