package vision

import (
	"errors"
	"fmt"
	"sync"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// fronts are the loaded networks, one for each size of input and choice of outputs. They are kept after use, for the next
// picture most likely asks for the same, until trim.
type fronts struct {
	mu   sync.Mutex
	open map[string]*front
}

// front is the network at one size, giving some of its outputs.
type front struct {
	load  func() (*backbone.Backbone, error) // opens it at the first call; the others wait
	size  picture.Size
	users int       // that hold it, guarded by fronts.mu
	desks sync.Pool // *desk
}

// desk is memory to look at one picture, for one picture after the other.
type desk struct {
	picture backbone.Input
	seen    []runtime.Tensor // what the front gives; nil before the first picture
}

// hold finds or opens the network for what is asked. It stays open until release is called.
func (f *fronts) hold(n backbone.Net, a Ask) (held *front, net *backbone.Backbone, err error) {
	if a.Size == (picture.Size{}) {
		a.Size = picture.Square(Side)
	}
	key := fmt.Sprint(n.Digest, a.Size, a.Outputs)
	f.mu.Lock()
	held = f.open[key]
	if held == nil {
		held = newFront(n, a)
		f.open[key] = held
	}
	held.users++
	f.mu.Unlock()
	if net, err = held.load(); err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if held.users--; f.open[key] == held {
			delete(f.open, key) // the next one tries again
		}
		return nil, nil, err
	}
	return held, net, nil
}

func newFront(n backbone.Net, a Ask) *front {
	o := backbone.Options{Net: n, Outputs: a.Outputs, Width: a.Size.Width, Height: a.Size.Height}
	held := &front{size: a.Size, load: sync.OnceValues(func() (*backbone.Backbone, error) { return backbone.Open(o) })}
	held.desks.New = func() any {
		net, err := held.load()
		if err != nil {
			return &desk{} // nobody gets to look
		}
		return &desk{picture: net.NewInput()}
	}
	return held
}

func (f *fronts) release(held *front) {
	f.mu.Lock()
	defer f.mu.Unlock()
	held.users--
}

// trim closes what nobody holds.
func (f *fronts) trim() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for key, held := range f.open {
		if held.users > 0 {
			continue
		}
		delete(f.open, key)
		if net, err := held.load(); err == nil {
			errs = append(errs, net.Close())
		}
	}
	return errors.Join(errs...)
}
