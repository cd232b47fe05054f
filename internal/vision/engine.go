// Package vision turns pictures into what the frozen front of the network gives, and into answers: decode, views, front,
// model, with one limit on how many pictures are worked on at the same time. Below it lie the parts; it knows neither SQL
// nor HTTP nor accounts.
package vision

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// Engine looks at pictures. One a process; safe for concurrent use.
type Engine struct {
	decoder *picture.Decoder
	nets    []backbone.Net
	slots   chan struct{} // one for each picture that may be worked on at the same time
	mu      sync.Mutex
	looks   map[string]*look // by what they give; opened when first asked for
}

// look is the front at one size, giving some of its outputs.
type look struct {
	net     *backbone.Backbone
	tensors sync.Pool // *[]float32 of one picture, 3 x height x width
}

// Options bound what an engine takes of the machine.
type Options struct {
	Threads int   // pictures at the same time, one core each
	Pixels  int64 // decoded pixels in memory at the same time
	// Nets are the networks that models may stand on; trainings stand on the first. None stands for the program's own in
	// float32.
	Nets []backbone.Net
}

// Side is that of the square that pictures are squashed to for labels.
const Side = 224

// Open loads the network.
func Open(o Options) (*Engine, error) {
	if len(o.Nets) == 0 {
		o.Nets = []backbone.Net{backbone.Of(backbone.Float32)}
	}
	e := &Engine{decoder: picture.NewDecoder(picture.NewBudget(o.Pixels)), nets: o.Nets,
		slots: make(chan struct{}, o.Threads), looks: map[string]*look{}}
	_, err := e.at(e.Net(), Ask{Outputs: []string{backbone.Features}}) // what most models stand on; a mistake shows at the start
	return e, err
}

// Close frees the network. Nothing may be in work.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for _, l := range e.looks {
		errs = append(errs, l.net.Close())
	}
	e.looks = map[string]*look{}
	return errors.Join(errs...)
}

// Threads is how many pictures are worked on at the same time.
func (e *Engine) Threads() int { return cap(e.slots) }

// Net is the network that trainings stand on.
func (e *Engine) Net() backbone.Net { return e.nets[0] }

// Decoder decodes within the engine's budget of pixels.
func (e *Engine) Decoder() *picture.Decoder { return e.decoder }

// Ask says what to look at.
type Ask struct {
	Outputs []string       // of the front, see package backbone
	Size    picture.Size   // of the network's input; zero stands for a square of Side
	Views   []picture.View // none stands for the whole picture as it is
	// Fine decodes the picture finer, so that a crop still fills the input.
	Fine bool
}

// Look gives, for each view of a picture, each output of the front, in the order asked for. A picture is seen just as a
// running model sees it. Errors: picture.ErrFormat and picture.ErrDimensions for a picture that cannot be used.
func (e *Engine) Look(ctx context.Context, file []byte, a Ask) ([][]runtime.Tensor, error) {
	return e.look(ctx, file, e.Net(), a)
}

func (e *Engine) look(ctx context.Context, file []byte, n backbone.Net, a Ask) ([][]runtime.Tensor, error) {
	l, err := e.at(n, a)
	if err != nil {
		return nil, err
	}
	leave, err := e.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	size := l.size()
	fit := size
	if a.Fine {
		fit = picture.Size{Width: size.Width * 3 / 2, Height: size.Height * 3 / 2}
	}
	rgb, err := e.decoder.Decode(ctx, file, fit)
	if err != nil {
		return nil, err
	}
	defer rgb.Release()
	if len(a.Views) == 0 {
		a.Views = []picture.View{picture.Identity()}
	}
	tensor := l.tensors.Get().(*[]float32)
	defer l.tensors.Put(tensor)
	all := make([][]runtime.Tensor, len(a.Views))
	for i, v := range a.Views {
		picture.Tensor(rgb, v, size, *tensor)
		if all[i], err = l.net.Look(ctx, *tensor); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Check decodes a picture as Look does, and finds the same errors.
func (e *Engine) Check(ctx context.Context, file []byte) error {
	leave, err := e.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	rgb, err := e.decoder.Decode(ctx, file, picture.Square(Side))
	if err == nil {
		rgb.Release()
	}
	return err
}

// enter waits until a picture may be worked on.
func (e *Engine) enter(ctx context.Context) (leave func(), err error) {
	select {
	case e.slots <- struct{}{}:
		return func() { <-e.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// at finds or opens the front for what is asked.
func (e *Engine) at(n backbone.Net, a Ask) (*look, error) {
	if a.Size == (picture.Size{}) {
		a.Size = picture.Square(Side)
	}
	key := fmt.Sprint(n.Digest, a.Size, a.Outputs)
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.looks[key]; l != nil {
		return l, nil
	}
	net, err := backbone.Open(backbone.Options{Net: n, Outputs: a.Outputs, Width: a.Size.Width, Height: a.Size.Height})
	if err != nil {
		return nil, err
	}
	l := &look{net: net}
	l.tensors.New = func() any {
		t := make([]float32, 3*a.Size.Width*a.Size.Height)
		return &t
	}
	e.looks[key] = l
	return l, nil
}

func (l *look) size() picture.Size {
	width, height := l.net.Size()
	return picture.Size{Width: width, Height: height}
}
