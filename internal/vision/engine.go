// Package vision turns pictures into features: decode, views, the frozen backbone, with one limit on how many are
// worked on at the same time. Below it lie the parts; it knows neither SQL nor HTTP nor accounts.
package vision

import (
	"context"
	"sync"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/picture"
)

// Engine looks at pictures. One a process; safe for concurrent use.
type Engine struct {
	decoder *picture.Decoder
	net     *backbone.Backbone
	graph   *nn.Graph // the same network, for model files; read at the start, as the working directory may change later
	size    picture.Size
	slots   chan struct{} // one for each picture that may be worked on at the same time
	tensors sync.Pool     // *[]float32 of one picture, 3 x side x side
}

// Options bound what an engine takes of the machine.
type Options struct {
	Threads int   // pictures at the same time, one core each
	Pixels  int64 // decoded pixels in memory at the same time
}

// FeatureCount is the number of features of one picture.
const FeatureCount = backbone.FeatureCount

// Open loads the backbone.
func Open(o Options) (*Engine, error) {
	graph, err := backbone.Graph()
	if err != nil {
		return nil, err
	}
	net, err := backbone.Open(backbone.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	size := picture.Square(net.InputSize())
	e := &Engine{decoder: picture.NewDecoder(picture.NewBudget(o.Pixels)), net: net, graph: graph, size: size, slots: make(chan struct{}, o.Threads)}
	e.tensors.New = func() any {
		t := make([]float32, 3*size.Width*size.Height)
		return &t
	}
	return e, nil
}

// Close frees the backbone. Nothing may be in work.
func (e *Engine) Close() error { return e.net.Close() }

// Threads is how many pictures are worked on at the same time.
func (e *Engine) Threads() int { return cap(e.slots) }

// Backbone names the frozen network and the SHA-256 of its file.
func (e *Engine) Backbone() (name, digest string) { return e.net.Name(), e.net.Digest() }

// Compose joins the backbone and a trained head into one ONNX file, and gives the card that lies beside it.
func (e *Engine) Compose(h *model.Head, c model.Card) (onnx, card []byte, err error) {
	c.Backbone.Name, c.Backbone.Digest = e.Backbone()
	return model.Write(e.graph, h, c)
}

// Features gives the FeatureCount features of one whole picture, just as a running model sees it. Errors:
// picture.ErrFormat and picture.ErrDimensions for a picture that cannot be used.
func (e *Engine) Features(ctx context.Context, file []byte) ([]float32, error) {
	return e.look(ctx, file, e.size, []picture.View{picture.Identity()})
}

// Views gives the features of several views of one picture, FeatureCount each, in order. The picture is decoded finer
// than for Features, so that a crop still fills the input.
func (e *Engine) Views(ctx context.Context, file []byte, views []picture.View) ([]float32, error) {
	return e.look(ctx, file, picture.Square(e.size.Width*3/2), views)
}

func (e *Engine) look(ctx context.Context, file []byte, fit picture.Size, views []picture.View) ([]float32, error) {
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	rgb, err := e.decoder.Decode(ctx, file, fit)
	if err != nil {
		return nil, err
	}
	defer rgb.Release()
	tensor := e.tensors.Get().(*[]float32)
	defer e.tensors.Put(tensor)
	features := make([]float32, 0, len(views)*FeatureCount)
	for _, v := range views {
		picture.Tensor(rgb, v, e.size, *tensor)
		f, err := e.net.Features(ctx, *tensor, 1)
		if err != nil {
			return nil, err
		}
		features = append(features, f...)
	}
	return features, nil
}
