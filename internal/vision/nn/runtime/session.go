package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"ownsight/internal/vision/nn"
)

// Options says how a model is run.
type Options struct {
	// Threads is the number of threads that one Run uses, the calling one
	// included. 0 stands for 1, which gives the best throughput: run several
	// pictures at a time instead.
	Threads int
	// Outputs names the outputs that Run computes, in this order. Empty stands
	// for all of them in the model's order.
	Outputs []string
	// Profile is the beginning of the name of a file, into which the session writes how long each node took when it
	// is closed, as a trace for Chrome. Empty stands for none.
	Profile string
}

// Session is a loaded model. Its methods may be called concurrently.
type Session struct {
	inputs, outputs []string
	open            sync.RWMutex // held for reading by every Run, so that Close waits
	session         *ort.DynamicAdvancedSession
}

// ErrClosed is returned by Run after Close.
var ErrClosed = errors.New("the session is closed")

// NewSession loads an ONNX file. Only what the asked outputs need is kept.
func NewSession(model []byte, o Options) (*Session, error) {
	if err := ensure(); err != nil {
		return nil, err
	}
	graph, err := nn.Parse(model)
	if err != nil {
		return nil, fmt.Errorf("loading a model: %w", err)
	}
	if len(o.Outputs) > 0 && !slices.Equal(o.Outputs, names(graph.Outputs())) {
		if graph, err = graph.Extract(nil, o.Outputs); err != nil {
			return nil, fmt.Errorf("loading a model: %w", err)
		}
		if model, err = graph.Bytes(); err != nil {
			return nil, fmt.Errorf("loading a model: %w", err)
		}
	}
	options, err := o.native()
	if err != nil {
		return nil, err
	}
	defer destroy(options)
	s := &Session{inputs: names(graph.Inputs()), outputs: names(graph.Outputs())}
	if len(s.inputs) == 0 || len(s.outputs) == 0 {
		return nil, errors.New("loading a model: it needs an input and an output")
	}
	s.session, err = ort.NewDynamicAdvancedSessionWithONNXData(model, s.inputs, s.outputs, options)
	if err != nil {
		return nil, fmt.Errorf("loading a model: %w", err)
	}
	return s, nil
}

func names(values []nn.Value) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.Name()
	}
	return list
}

func (o Options) native() (*ort.SessionOptions, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("session options: %w", err)
	}
	err = errors.Join(
		options.SetIntraOpNumThreads(max(o.Threads, 1)),
		options.SetInterOpNumThreads(1),
		// Threads that wait in a loop would take the cores from other sessions.
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	)
	if o.Profile != "" {
		err = errors.Join(err, options.EnableProfiling(o.Profile))
	}
	if err == nil {
		err = provider().join(options)
	}
	if err != nil {
		destroy(options)
		return nil, fmt.Errorf("session options: %w", err)
	}
	return options, nil
}

// Inputs returns the names of the inputs in the order that Run takes them.
func (s *Session) Inputs() []string { return slices.Clone(s.inputs) }

// Outputs returns the names of the outputs in the order that Run gives them.
func (s *Session) Outputs() []string { return slices.Clone(s.outputs) }

// Run computes the outputs from the inputs, both in the session's order. An output
// whose shape the caller knows is passed with its memory and filled in place; a
// zero Tensor is replaced by a new one. When ctx ends, the run is broken off
// between two nodes of the graph and ctx's error is returned; the contents of the
// outputs are then undefined.
func (s *Session) Run(ctx context.Context, inputs, outputs []Tensor) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(inputs) != len(s.inputs) || len(outputs) != len(s.outputs) {
		return fmt.Errorf("the model takes inputs %s and gives %s; Run was called with %d and %d tensors",
			strings.Join(s.inputs, ", "), strings.Join(s.outputs, ", "), len(inputs), len(outputs))
	}
	in, err := wrapAll(inputs, s.inputs, false)
	defer destroyAll(in)
	if err != nil {
		return err
	}
	out, err := wrapAll(outputs, s.outputs, true)
	defer destroyAll(out)
	if err != nil {
		return err
	}
	if err := s.run(ctx, in, out); err != nil {
		return err
	}
	for i := range outputs {
		if !outputs[i].empty() {
			continue
		}
		if outputs[i], err = fromValue(out[i]); err != nil {
			return fmt.Errorf("output %q: %w", s.outputs[i], err)
		}
	}
	return nil
}

func (s *Session) run(ctx context.Context, in, out []ort.Value) error {
	s.open.RLock()
	defer s.open.RUnlock()
	if s.session == nil {
		return ErrClosed
	}
	if ctx.Done() == nil {
		return s.explain(s.session.Run(in, out))
	}
	options, err := ort.NewRunOptions()
	if err != nil {
		return fmt.Errorf("run options: %w", err)
	}
	defer destroy(options)
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = options.Terminate() // the only failure is a nil pointer
	})
	err = s.session.RunWithOptions(in, out, options)
	if !stop() {
		<-ended // Terminate must not touch options after they are destroyed
		if err != nil {
			return ctx.Err()
		}
	}
	return s.explain(err)
}

func (s *Session) explain(err error) error {
	if err != nil {
		return fmt.Errorf("running a model: %w", err)
	}
	return nil
}

// Close waits for the runs under way and frees the model. It may be called again.
func (s *Session) Close() error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.session == nil {
		return nil
	}
	err := s.session.Destroy()
	s.session = nil
	return err
}

func wrapAll(tensors []Tensor, names []string, allocate bool) ([]ort.Value, error) {
	values := make([]ort.Value, len(tensors))
	for i, t := range tensors {
		if allocate && t.empty() {
			continue
		}
		v, err := t.value()
		if err != nil {
			return values, fmt.Errorf("tensor %q: %w", names[i], err)
		}
		values[i] = v
	}
	return values, nil
}

func destroyAll(values []ort.Value) {
	for _, v := range values {
		if v != nil {
			destroy(v)
		}
	}
}

// destroy releases a handle of ONNX Runtime, which has no way to fail.
func destroy(handle interface{ Destroy() error }) { _ = handle.Destroy() }
