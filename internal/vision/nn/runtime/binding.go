package runtime

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"

	ort "github.com/yalue/onnxruntime_go"
)

// Binding is a session tied to fixed tensors, for graphs that run many times over the same memory: a training step.
// Between two runs the caller changes the inputs and reads the outputs in place; a run itself allocates no Go memory.
// Not safe for concurrent use, but several bindings of one session may run at the same time.
type Binding struct {
	session *Session
	binding *ort.IoBinding
	values  []ort.Value
	pinned  goruntime.Pinner
}

// Bind ties the session's inputs and outputs, each in the session's order, to tensors whose memory the caller has
// allocated. That memory must not be moved to other slices until Close.
func (s *Session) Bind(inputs, outputs []Tensor) (*Binding, error) {
	if len(inputs) != len(s.inputs) || len(outputs) != len(s.outputs) {
		return nil, fmt.Errorf("the model has %d inputs and %d outputs; Bind was called with %d and %d tensors",
			len(s.inputs), len(s.outputs), len(inputs), len(outputs))
	}
	s.open.RLock()
	defer s.open.RUnlock()
	if s.session == nil {
		return nil, ErrClosed
	}
	binding, err := s.session.CreateIoBinding()
	if err != nil {
		return nil, fmt.Errorf("binding: %w", err)
	}
	b := &Binding{session: s, binding: binding}
	err = errors.Join(
		b.tie(inputs, s.inputs, binding.BindInput),
		b.tie(outputs, s.outputs, binding.BindOutput),
	)
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Binding) tie(tensors []Tensor, names []string, bind func(string, ort.Value) error) error {
	for i, t := range tensors {
		v, err := t.value()
		if err != nil {
			return fmt.Errorf("tensor %q: %w", names[i], err)
		}
		b.values = append(b.values, v)
		if len(t.Float32) > 0 {
			b.pinned.Pin(&t.Float32[0])
		}
		if len(t.Int64) > 0 {
			b.pinned.Pin(&t.Int64[0])
		}
		if err := bind(names[i], v); err != nil {
			return fmt.Errorf("binding %q: %w", names[i], err)
		}
	}
	return nil
}

// Run computes the outputs from the inputs. A run under way is not broken off when ctx ends; the next one is refused.
func (b *Binding) Run(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.session.open.RLock()
	defer b.session.open.RUnlock()
	if b.session.session == nil || b.binding == nil {
		return ErrClosed
	}
	return b.session.explain(b.session.session.RunWithBinding(b.binding))
}

// Close lets go of the tensors. It comes before the session's Close, and may be called again.
func (b *Binding) Close() {
	if b.binding == nil {
		return
	}
	destroy(b.binding)
	b.binding = nil
	destroyAll(b.values)
	b.pinned.Unpin()
}
