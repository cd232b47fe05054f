// Package vision turns pictures into what the frozen front of the network gives, and into answers: decode, views, front,
// model, all on the thread of the caller, who decides how many pictures are worked on at the same time and how urgently.
// Below it lie the parts; it knows neither SQL nor HTTP nor accounts.
package vision

import (
	"context"

	"ownsight/internal/trace"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// Engine looks at pictures. One a process; safe for concurrent use.
type Engine struct {
	decoder *picture.Decoder
	nets    []backbone.Net
	threads int
	fronts  fronts
}

// Options bound what an engine takes of the machine.
type Options struct {
	Threads int   // cores, and so pictures at the same time
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
		threads: o.Threads, fronts: fronts{open: map[string]*front{}}}
	f, _, err := e.fronts.hold(e.Net(), Ask{Outputs: []string{backbone.Features}}) // what most models stand on; a mistake shows at the start
	if err != nil {
		return nil, err
	}
	e.fronts.release(f)
	return e, nil
}

// Close frees the network. Nothing may be in work, and no Runner open.
func (e *Engine) Close() error { return e.fronts.trim() }

// Trim gives memory back to the operating system: of networks that no running model needs, and what closed ones left. They
// are opened again when they are asked for.
func (e *Engine) Trim() error {
	err := e.fronts.trim()
	runtime.Trim()
	return err
}

// Threads is how many pictures should be worked on at the same time, one core each.
func (e *Engine) Threads() int { return e.threads }

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
	front, net, err := e.fronts.hold(e.Net(), a)
	if err != nil {
		return nil, err
	}
	defer e.fronts.release(front)
	fit := front.size
	if a.Fine {
		fit = picture.Size{Width: fit.Width * 3 / 2, Height: fit.Height * 3 / 2}
	}
	rgb, err := e.decoder.Decode(ctx, file, fit)
	if err != nil {
		return nil, err
	}
	defer rgb.Release()
	if len(a.Views) == 0 {
		a.Views = []picture.View{picture.Identity()}
	}
	desk := front.desks.Get().(*desk)
	defer front.desks.Put(desk)
	all := make([][]runtime.Tensor, len(a.Views))
	for i, v := range a.Views {
		net.Draw(rgb, v, desk.picture)
		if all[i], err = net.Look(ctx, desk.picture, nil); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// seen looks at a picture as it is, on a desk that belongs to the caller.
func (e *Engine) seen(ctx context.Context, file []byte, front *front, on *desk) error {
	net, err := front.load()
	if err != nil {
		return err
	}
	_, span := trace.Begin(ctx, "decode")
	rgb, err := e.decoder.Decode(ctx, file, front.size)
	span.End(nil) // whether it is a picture is for the caller to judge
	if err != nil {
		return err
	}
	net.Draw(rgb, picture.Identity(), on.picture)
	rgb.Release()
	_, span = trace.Begin(ctx, "front")
	on.seen, err = net.Look(ctx, on.picture, on.seen)
	span.End(err)
	return err
}

// Check decodes a picture as Look does, and finds the same errors.
func (e *Engine) Check(ctx context.Context, file []byte) error {
	rgb, err := e.decoder.Decode(ctx, file, picture.Square(Side))
	if err == nil {
		rgb.Release()
	}
	return err
}
