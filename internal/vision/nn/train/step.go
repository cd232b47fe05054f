package train

import (
	"context"
	"fmt"
	"slices"

	"ownsight/internal/threads"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/optimizer"
	"ownsight/internal/vision/nn/runtime"
)

// Step is a network ready to be trained: one run goes forward and back over one batch. It is not safe for concurrent
// use.
type Step struct {
	session  *runtime.Session
	replicas []replica
	trained  []weight
	weights  []float32
	gradient []float32            // of the first replica, and after a Run of the whole batch
	inputs   map[string][]float32 // other than weights, of the whole batch
	outputs  map[string][]float32 // other than gradients
}

// replica is one part of the batch, tied to its part of the memory.
type replica struct {
	binding  *runtime.Binding
	gradient []float32
	loss     []float32
}

// New prepares a network for training, starting from the weights it has. The network stays as it is.
func New(network *nn.Graph, o Options) (*Step, error) {
	if o.Block == 0 {
		o.Block = runtime.Block()
	}
	if o.Part == 0 {
		o.Part = 288
	}
	parts := max(o.Replicas, 1)
	if o.Batch%parts != 0 {
		return nil, fmt.Errorf("train: a batch of %d for %d replicas", o.Batch, parts)
	}
	o.Batch /= parts
	g, weights, err := graph(network, o)
	if err != nil {
		return nil, err
	}
	file, err := g.Bytes()
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	s := &Step{trained: weights, inputs: map[string][]float32{}, outputs: map[string][]float32{}}
	for _, w := range weights {
		s.weights = append(s.weights, w.data...)
	}
	if s.session, err = runtime.NewSession(file, runtime.Options{Threads: o.Threads, Profile: o.Profile}); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	for i := range parts {
		if err := s.bind(g, o.Batch, i, parts); err != nil {
			_ = s.Close()
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	s.gradient = s.replicas[0].gradient
	return s, nil
}

// bind makes a replica: part i of so many, with its own gradient, over the memory that all share.
func (s *Step) bind(g *nn.Graph, batch, i, parts int) error {
	r := replica{gradient: make([]float32, len(s.weights))}
	inputs := s.tensors(g.Inputs(), "", s.weights, func(name string, shape nn.Shape) []float32 {
		return share(s.inputs, name, shape, batch, i, parts)
	})
	outputs := s.tensors(g.Outputs(), "gradient/", r.gradient, func(name string, shape nn.Shape) []float32 {
		if name == "loss" {
			r.loss = make([]float32, 1)
			return r.loss
		}
		return share(s.outputs, name, shape, batch, i, parts)
	})
	var err error
	if r.binding, err = s.session.Bind(inputs, outputs); err == nil {
		s.replicas = append(s.replicas, r)
	}
	return err
}

// share gives a replica its part of the memory of an input or output, which the first replica allocates for all.
func share(all map[string][]float32, name string, shape nn.Shape, batch, i, parts int) []float32 {
	n, _ := shape.Elements()
	byPicture := len(shape) > 0 && int(shape[0]) == batch
	if all[name] == nil {
		if byPicture {
			all[name] = make([]float32, int(n)*parts)
		} else {
			all[name] = make([]float32, n)
		}
	}
	if !byPicture {
		return all[name]
	}
	return all[name][int(n)*i : int(n)*(i+1)]
}

// tensors gives each value its memory: a part of flat for a weight, else what other says.
func (s *Step) tensors(values []nn.Value, prefix string, flat []float32, other func(name string, shape nn.Shape) []float32) []runtime.Tensor {
	parts := map[string][]float32{}
	for _, w := range s.trained {
		for _, v := range w.parts {
			n := len(w.data) / len(w.parts)
			parts[prefix+v.Name()] = flat[:n:n]
			flat = flat[n:]
		}
	}
	var list []runtime.Tensor
	for _, v := range values {
		data, ok := parts[v.Name()]
		if !ok {
			data = other(v.Name(), v.Shape())
		}
		list = append(list, runtime.Floats(data, sides(v.Shape())...))
	}
	return list
}

// Input is the memory of an input: a batch of maps, [N, C, H, W], the dropout or what the loss declared. The caller
// fills it before each Run. It is nil if there is no such input.
func (s *Step) Input(name string) []float32 { return s.inputs[name] }

// Output is the memory of an output of the network, filled by each Run.
func (s *Step) Output(name string) []float32 { return s.outputs[name] }

// Weights is the memory of all weights. Changing it changes the next Run. In what order they lie is the Step's affair:
// Value and Export know it.
func (s *Step) Weights() []float32 { return s.weights }

// Gradient is the memory of the gradients by the weights, in the order of Weights, filled by each Run.
func (s *Step) Gradient() []float32 { return s.gradient }

// Names are the names of the weights, as constants of the network.
func (s *Step) Names() []string {
	names := make([]string, len(s.trained))
	for i, w := range s.trained {
		names[i] = w.name
	}
	return names
}

// Value copies the elements of one weight, or of its gradient, out of all of them, in the order of the network's
// constant. It is nil if there is no such weight.
func (s *Step) Value(name string, all []float32) []float32 {
	for _, w := range s.trained {
		if w.name == name {
			return slices.Clone(w.leave(all[:len(w.data)]))
		}
		all = all[len(w.data):]
	}
	return nil
}

// Groups asks for the rate and the decay of each weight, by name, and gives the groups of an optimiser.
func (s *Step) Groups(treat func(name string) (rate, decay float64)) []optimizer.Group {
	groups := make([]optimizer.Group, len(s.trained))
	for i, w := range s.trained {
		rate, decay := treat(w.name)
		groups[i] = optimizer.Group{Length: len(w.data), Rate: rate, Decay: decay}
	}
	return groups
}

// Run goes forward and back over the batch that lies in the inputs, and returns the loss. ctx is looked at before.
func (s *Step) Run(ctx context.Context) (loss float32, err error) {
	if len(s.replicas) == 1 {
		return s.replicas[0].run(ctx)
	}
	if err := s.together(ctx); err != nil {
		return 0, err
	}
	return s.average(), nil
}

func (s *Step) together(ctx context.Context) error {
	group, ctx := threads.Background.Group(ctx)
	for _, r := range s.replicas {
		group.Go(func() error { return r.binding.Run(ctx) })
	}
	return group.Wait()
}

func (r replica) run(ctx context.Context) (float32, error) {
	err := r.binding.Run(ctx)
	return r.loss[0], err
}

// average gathers the gradients in the first replica's memory and returns the loss, always in the same order.
func (s *Step) average() (loss float32) {
	share := 1 / float32(len(s.replicas))
	for _, r := range s.replicas {
		loss += float32(share * r.loss[0])
	}
	optimizer.Pieces(len(s.gradient), func(_, from, to int) {
		sum := s.gradient[from:to]
		for i, r := range s.replicas {
			for k, g := range r.gradient[from:to] {
				if i == 0 {
					sum[k] = float32(share * g)
				} else {
					sum[k] += float32(share * g)
				}
			}
		}
	})
	return loss
}

// Export writes weights, in the order of Weights, into the constants of a network for inference from which the step was
// made, or one that has constants of the same names and sizes.
func (s *Step) Export(weights []float32, network *nn.Graph) error {
	if len(weights) != len(s.weights) {
		return fmt.Errorf("train: %d weights instead of %d", len(weights), len(s.weights))
	}
	for _, w := range s.trained {
		v, err := network.Value(w.name)
		if err != nil {
			return fmt.Errorf("train: %w", err)
		}
		if err := v.SetFloatData(w.leave(weights[:len(w.data)])); err != nil {
			return fmt.Errorf("train: %w", err)
		}
		weights = weights[len(w.data):]
	}
	return nil
}

// Close frees what ONNX Runtime holds. The memory of weights stays.
func (s *Step) Close() error {
	for _, r := range s.replicas {
		r.binding.Close()
	}
	return s.session.Close()
}
