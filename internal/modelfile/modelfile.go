// Package modelfile asks the file of a trained model about pictures in this process, without a server: as quickly as this machine can
// look at them.
package modelfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"ownsight/internal/client"
	"ownsight/internal/vision"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/picture"
)

// most bounds the file of a model, in bytes: it may hold a network that was brought, whole.
const most = 1 << 30

// Model is a model's file that answers. Its methods may be called concurrently.
type Model struct {
	engine *vision.Engine
	runner *vision.Runner
	name   string
}

// Open loads the ONNX file that a training has left, or `ownsight model download`. Errors say what else to do with a file that this
// program or this machine cannot use.
func Open(ctx context.Context, path string) (*Model, error) {
	m, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func open(ctx context.Context, path string) (*Model, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	if info.Size() > most {
		return nil, fmt.Errorf("has %d bytes, which no model has", info.Size())
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	read, err := model.Read(file)
	if err != nil {
		return nil, err
	}
	nets, err := netsFor(ctx, read.Card)
	if err != nil {
		return nil, err
	}
	threads := runtime.GOMAXPROCS(0)
	engine, err := vision.Open(vision.Options{Threads: threads, Pixels: picture.DefaultBudget, Nets: nets})
	if err != nil {
		return nil, err
	}
	runner, err := engine.Open(*read)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	sum := sha256.Sum256(file)
	return &Model{engine: engine, runner: runner, name: "sha256:" + hex.EncodeToString(sum[:])}, nil
}

// netsFor gives the network that a model stands on, if this machine computes it rightly.
func netsFor(ctx context.Context, c model.Card) ([]backbone.Net, error) {
	switch c.Backbone.Digest {
	case backbone.Float32.Digest():
		return []backbone.Net{backbone.Of(backbone.Float32)}, nil
	case backbone.Int8.Digest():
		exact, err := backbone.Exact(ctx)
		if err == nil && !exact {
			err = fmt.Errorf("the model computes in %s, which gives other numbers on this CPU; train it on this machine, or with `front: %s`", backbone.Int8, backbone.Float32)
		}
		return []backbone.Net{backbone.Of(backbone.Int8)}, err
	}
	return nil, fmt.Errorf("the model stands on the network %s (%.12s), which this program does not have; "+
		"start it on a server whose `backbone` that is, or run the file with ONNX Runtime, see docs/guide/onnx.md", c.Backbone.Name, c.Backbone.Digest)
}

// Name tells the file from others: its SHA-256.
func (m *Model) Name() string { return m.name }

// Detect asks about pictures, as many at a time as there are cores and one more, which is read meanwhile. read gives a picture's file; client.Unreadable of it, or a
// picture that cannot be looked at, is an answer with an error. Any other error ends the call. tell gets the answers in the order of the pictures.
func (m *Model) Detect(ctx context.Context, pictures []string, read func(context.Context, string) ([]byte, error), o client.DetectOptions, tell func(client.Answer) error) error {
	cores := make(chan struct{}, m.engine.Threads()+1)
	take := func(ctx context.Context) error {
		select {
		case cores <- struct{}{}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return client.InOrder(ctx, pictures, take, func(ctx context.Context, picture string) (client.Answer, error) {
		defer func() { <-cores }()
		return m.ask(ctx, picture, read, o)
	}, tell)
}

func (m *Model) ask(ctx context.Context, name string, read func(context.Context, string) ([]byte, error), o client.DetectOptions) (client.Answer, error) {
	a := client.Answer{Picture: name, Labels: []client.Label{}}
	file, err := read(ctx, name)
	if wrong, is := errors.AsType[client.Unreadable](err); is {
		a.Error = wrong.Error()
		return a, nil
	}
	if err != nil {
		return a, err
	}
	began := time.Now()
	seen, err := m.runner.See(ctx, file)
	a.Milliseconds = float64(time.Since(began).Microseconds()) / 1000
	switch {
	case err == nil:
	case errors.Is(err, picture.ErrFormat), errors.Is(err, picture.ErrDimensions):
		a.Error = err.Error()
		return a, nil
	default:
		return a, err
	}
	wanted := vision.Wanted{}
	if o.MinConfidence != nil {
		wanted.MinConfidence = new(float64(*o.MinConfidence))
	}
	if o.MaxResults != nil {
		wanted.MaxResults = int(*o.MaxResults)
	}
	for _, l := range m.runner.Answer(seen, wanted) {
		label := client.Label{Name: l.Name, Confidence: l.Confidence}
		if b := l.Box; b != nil {
			label.Box = &client.Box{Left: float32(b.Left), Top: float32(b.Top), Width: float32(b.Width), Height: float32(b.Height)}
		}
		a.Labels = append(a.Labels, label)
	}
	return a, nil
}

// Close frees the model when its calls have ended.
func (m *Model) Close() error { return errors.Join(m.runner.Close(), m.engine.Close()) }
