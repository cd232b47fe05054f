// Package train tunes the weights of a network. It takes a graph as it is used for inference, rewrites it as one that
// gives a loss and the gradient of every weight (package grad), and runs that on ONNX Runtime, step by step, with the
// optimiser in Go. Trained weights go back into the graph for inference under the names they have there.
package train

import (
	"errors"
	"fmt"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/grad"
)

// Options say how a network is trained.
type Options struct {
	Batch int // pictures a step
	// Replicas is in how many equal parts a batch is worked on at the same time, each on its own core: quicker than
	// several threads for one. Their losses and gradients are averaged. How many cores there are changes nothing in
	// the result, Replicas does. 0 stands for 1.
	Replicas int
	Maps     map[string][3]int // channels, height and width of each input of the network
	// Loss writes what is to become small, as one number. outputs are those of the network in its order, as
	// [N, C] where they are flat and else [N, C, H, W]; N is that of one replica. Inputs that it declares are filled by
	// the caller, see Step.Input: one whose first side is N holds all pictures of the batch, another is for all replicas.
	Loss func(outputs []nn.Value) nn.Value
	// Dropout puts an input "dropout", [N, features], before the fully connected layer, by which its operand is
	// multiplied: 0 for what drops out, else 1/(1-p).
	Dropout   bool
	Depthwise bool // train depthwise convolutions too, at several times the cost; pointwise ones always are
	// Kernels names constants of depthwise convolutions that are trained though Depthwise is not set.
	Kernels []string
	// Block is how many pictures lie side by side in memory, so that the runtime's own depthwise convolution can work on
	// that many at once: what runtime.Block says, or 1 for plain ONNX, which every execution provider can run. 0 stands
	// for runtime.Block. It is 1 in any case where it does not divide the batch.
	Block int
	// Part is how many channels of a map are kept together: so few that what a product writes and the next nodes read
	// again still lies in the cache of a core. 0 stands for 288.
	Part    int
	Threads int    // of one step; 0 stands for 1
	Profile string // see runtime.Options
}

// graph rewrites a network for training. Inputs: maps under their names, weights under theirs, what the loss declares.
// Outputs: "loss" [1], those of the network, and "gradient/W" for each weight W, in the order of weights.
func graph(network *nn.Graph, o Options) (*nn.Graph, []weight, error) {
	if o.Batch < 1 || o.Loss == nil {
		return nil, nil, errors.New("train: a batch and a loss are needed")
	}
	l := lowering{graph: nn.New(), options: o, values: map[string]signal{}, rules: grad.Custom{}, block: 1}
	if o.Block > 0 && o.Batch%o.Block == 0 {
		l.block = o.Block
	}
	for _, in := range network.Inputs() {
		m, ok := o.Maps[in.Name()]
		if !ok {
			return nil, nil, fmt.Errorf("train: the size of input %q is not given", in.Name())
		}
		l.enter(in.Name(), m)
	}
	for _, n := range network.Nodes() {
		if err := l.node(n); err != nil {
			return nil, nil, fmt.Errorf("train: %w", err)
		}
	}
	var outputs []nn.Value
	for _, out := range network.Outputs() {
		v := l.leave(l.values[out.Name()])
		outputs = append(outputs, v)
	}
	loss := o.Loss(outputs)
	var weights []nn.Value
	for _, w := range l.weights {
		weights = append(weights, w.parts...)
	}
	slopes, err := l.rules.Of(loss, weights...)
	if err != nil {
		return nil, nil, fmt.Errorf("train: %w", err)
	}
	l.graph.Output("loss", loss)
	for i, out := range network.Outputs() {
		l.graph.Output(out.Name(), outputs[i])
	}
	for i, w := range weights {
		l.graph.Output("gradient/"+w.Name(), slopes[i])
	}
	return l.graph, l.weights, l.graph.Err()
}

// enter declares the maps of a batch, [N, C, H*W] as they are cached, and turns them into columns.
func (l *lowering) enter(name string, m [3]int) {
	c, batch, area, block := int64(m[0]), int64(l.options.Batch), int64(m[1]*m[2]), int64(l.block)
	maps := l.graph.Input(name, nn.Float32, nn.Dim(batch), nn.Dim(c), nn.Dim(area))
	var columns nn.Value
	if block == batch {
		columns = maps.Reshape(batch, c*area).Transpose(1, 0) // as a matrix, for which runtimes have quicker code
	} else {
		columns = maps.Reshape(batch/block, block, c, area).Transpose(2, 0, 3, 1)
	}
	columns = columns.Reshape(c, batch*area)
	l.values[name] = signal{[]nn.Value{columns}, m[0], m[1], m[2]}
}

// leave turns columns into [N, C] or [N, C, H, W].
func (l *lowering) leave(s signal) nn.Value {
	c, batch, h, w, block := int64(s.channels), int64(l.options.Batch), int64(s.height), int64(s.width), int64(l.block)
	if h == 1 && w == 1 {
		return l.joined(s).Transpose(1, 0)
	}
	return l.joined(s).Reshape(c, batch/block, h, w, block).Transpose(1, 4, 0, 2, 3).Reshape(batch, c, h, w)
}
