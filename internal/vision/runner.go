package vision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"ownsight/internal/trace"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/detect"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// Runner is a model that answers. It holds only what lies behind the front that all models share. Its methods may be
// called concurrently.
type Runner struct {
	Card    model.Card
	engine  *Engine
	front   *front // held as long as the model answers
	session *runtime.Session
	outputs int
	size    int64
	closed  sync.Once
}

// Compose joins the front and what was trained on it into one ONNX file, and gives the card that lies beside it.
func (e *Engine) Compose(m model.Model) (onnx, card []byte, err error) {
	m.Card.Backbone = Named(e.Net())
	front, err := e.Net().Graph()
	if err != nil {
		return nil, nil, err
	}
	return model.Write(front, m)
}

// Load makes a model from its file. A model that was trained on another front than this engine's is refused.
func (e *Engine) Load(file []byte) (*Runner, error) {
	m, err := model.Read(file)
	if err != nil {
		return nil, err
	}
	return e.Open(*m)
}

// Open makes a model answer that was not written to a file yet. It changes the model's graph.
func (e *Engine) Open(m model.Model) (*Runner, error) {
	net, err := e.netOf(m.Card.Backbone)
	if err != nil {
		return nil, err
	}
	r := &Runner{Card: m.Card, engine: e, outputs: len(m.Rest.Outputs())}
	ask := Ask{Outputs: names(m.Rest.Inputs()), Size: picture.Size{Width: m.Card.Input.Width, Height: m.Card.Input.Height}}
	m.Rest.FixDim("N", 1)
	rest, err := m.Rest.Bytes()
	if err != nil {
		return nil, err
	}
	r.size = sessionBytes + sessionWeights*int64(len(rest))
	if r.front, _, err = e.fronts.hold(net, ask); err != nil {
		return nil, err
	}
	if r.session, err = runtime.NewSession(rest, runtime.Options{}); err != nil {
		e.fronts.release(r.front)
		return nil, err
	}
	return r, nil
}

// Named is how a card names a network.
func Named(n backbone.Net) model.Backbone {
	return model.Backbone{Name: n.Name, Front: string(n.Front), Digest: n.Digest}
}

// ErrOtherNet is the error of a model that stands on a network that this engine does not have.
var ErrOtherNet = errors.New("the model stands on another network")

// netOf finds the network that a model stands on. A model answers rightly on that one only: it is never given another.
func (e *Engine) netOf(of model.Backbone) (backbone.Net, error) {
	for _, n := range e.nets {
		if n.Digest == of.Digest {
			return n, nil
		}
	}
	if of.Digest == backbone.Int8.Digest() {
		return backbone.Net{}, fmt.Errorf("%w: it was trained on the front %s, which gives other numbers on this machine; train it again here", ErrOtherNet, backbone.Int8)
	}
	own := e.Net()
	return backbone.Net{}, fmt.Errorf("%w: it was trained on %s (%.12s), this program has %s (%.12s)", ErrOtherNet, of.Name, of.Digest, own.Name, own.Digest)
}

func names(values []nn.Value) []string {
	var list []string
	for _, v := range values {
		list = append(list, v.Name())
	}
	return list
}

// run asks the model about one picture, with the errors of Look.
func (r *Runner) run(ctx context.Context, file []byte) ([]runtime.Tensor, error) {
	desk := r.front.desks.Get().(*desk)
	defer r.front.desks.Put(desk)
	if err := r.engine.seen(ctx, file, r.front, desk); err != nil {
		return nil, err
	}
	out := make([]runtime.Tensor, r.outputs)
	_, span := trace.Begin(ctx, "tail")
	err := r.session.Run(ctx, desk.seen, out)
	span.End(err)
	return out, err
}

// Scores gives the score of each of the card's labels, for models of whole pictures. Errors: those of Look.
func (r *Runner) Scores(ctx context.Context, file []byte) ([]float32, error) {
	if r.Card.Task == model.Boxes {
		return nil, fmt.Errorf("vision: a model of %s gives no scores for a whole picture", r.Card.Task)
	}
	out, err := r.run(ctx, file)
	if err != nil {
		return nil, err
	}
	return slices.Clone(out[0].Float32), nil
}

// Boxes gives the objects that a model of boxes finds in a picture, best first. Errors: those of Look.
func (r *Runner) Boxes(ctx context.Context, file []byte) ([]boxes.Detection, error) {
	if r.Card.Task != model.Boxes {
		return nil, fmt.Errorf("vision: a model of %s finds no boxes", r.Card.Task)
	}
	out, err := r.run(ctx, file)
	if err != nil {
		return nil, err
	}
	return detect.Detections(out[0].Float32, out[1].Float32, out[2].Int64), nil
}

// What a session takes: besides the weights, and how many times them, for ONNX Runtime keeps them as they are and again as
// its kernels want them. Measured: 35 MB for a tail of 11.
const (
	sessionBytes   = 512 << 10
	sessionWeights = 3
)

// Size is about how many bytes of memory the model takes.
func (r *Runner) Size() int64 { return r.size }

// Close frees what the model holds, when those that ask it have been answered.
func (r *Runner) Close() error {
	r.closed.Do(func() { r.engine.fronts.release(r.front) })
	return r.session.Close()
}
