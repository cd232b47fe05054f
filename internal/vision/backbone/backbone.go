// Package backbone is the frozen network that every model stands on: it turns
// pictures into features, and the models of all users share it.
//
// The network is EfficientNet-Lite0, trained on ImageNet, as one ONNX graph with
// batch normalisation folded in (tools/backbone makes it). From a picture it
// computes maps at three strides and an embedding:
//
//	picture    [N,3,H,W]         RGB, each channel (value-127)/128
//	stride8    [N,40,H/8,W/8]    output of the third group of blocks
//	stride16   [N,112,H/16,W/16] output of the fifth
//	stride32   [N,320,H/32,W/32] output of the last
//	embedding  [N,1280]          mean over the head
//	features   [N,2224]          see FeatureCount
//
// H and W are 224 for labels. For boxes any multiples of 32 do; at other sizes the
// padding is no longer that of the training and the maps' sides are rounded.
package backbone

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"ownsight/internal/vision/assets"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/quantize"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// The outputs of the network.
const (
	Stride8  = "stride8"
	Stride16 = "stride16"
	Stride32 = "stride32"
	Features = "features"
)

const (
	name      = "efficientnet-lite0"
	inputSize = 224

	// PictureLength is the number of values of one input picture: all red ones,
	// then all green, then all blue, row by row.
	PictureLength = 3 * inputSize * inputSize

	// FeatureCount is the number of features of a picture. In their order: the
	// average of each channel of stride 8, then the greatest of each; the same of
	// strides 16 and 32; the embedding.
	FeatureCount = 2*(40+112+320) + 1280
)

// file is read once: the working directory, from which it is found in a source tree, may change later.
var file = sync.OnceValues(assets.Backbone)

// Whole returns the network with all its outputs and H and W left open. Every
// call gives a new graph, which the caller may change.
func Whole() (*nn.Graph, error) {
	onnx, err := file()
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	graph, err := nn.Parse(onnx)
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	return graph, nil
}

// Options says what of the network is run, and how.
type Options struct {
	Net           Net      // zero stands for the program's own in float32
	Threads       int      // threads for one picture; 0 stands for 1, see runtime.Options
	Outputs       []string // what Look gives, in this order; none stands for the features
	Width, Height int      // of the input; 0 stands for 224, else multiples of 32
}

// Backbone is the loaded network, from one size of picture to some of its outputs. Its methods may be called
// concurrently.
type Backbone struct {
	session       *runtime.Session
	width, height int
	outputs       int
	cells         bool // it takes bytes, see picture.Cells
}

// Input is a picture as a network takes it: numbers for one in float32, bytes for one in integers.
type Input struct {
	Floats []float32 // all red ones, then all green, then all blue, row by row, see picture.Tensor
	Bytes  []byte    // see picture.Cells
}

// Open loads the network, and ONNX Runtime if it is not loaded yet.
func Open(o Options) (*Backbone, error) {
	if len(o.Outputs) == 0 {
		o.Outputs = []string{Features}
	}
	b := &Backbone{width: cmp.Or(o.Width, inputSize), height: cmp.Or(o.Height, inputSize), outputs: len(o.Outputs)}
	if o.Net.graph == nil {
		o.Net = Of(Float32)
	}
	whole, err := o.Net.Graph()
	if err != nil {
		return nil, err
	}
	whole.FixDim("N", 1)
	whole.FixDim("H", b.height)
	whole.FixDim("W", b.width)
	part, err := whole.Extract(nil, o.Outputs)
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	if b.cells = o.Net.Front == Int8; b.cells {
		if part, err = quantize.Cells(part); err != nil {
			return nil, fmt.Errorf("backbone: %w", err)
		}
	}
	onnx, err := part.Bytes()
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	if b.session, err = runtime.NewSession(onnx, runtime.Options{Threads: o.Threads, Outputs: o.Outputs}); err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	return b, nil
}

// Size is the width and height of the pictures that it takes.
func (b *Backbone) Size() (width, height int) { return b.width, b.height }

// NewInput makes memory for one picture.
func (b *Backbone) NewInput() Input {
	n := 3 * b.width * b.height
	if b.cells {
		return Input{Bytes: make([]byte, n)}
	}
	return Input{Floats: make([]float32, n)}
}

// Draw resamples a view of a picture into memory that NewInput has made.
func (b *Backbone) Draw(p *picture.RGB, v picture.View, in Input) {
	size := picture.Size{Width: b.width, Height: b.height}
	if b.cells {
		picture.Cells(p, v, size, in.Bytes)
	} else {
		picture.Tensor(p, v, size, in.Floats)
	}
}

// Look computes the outputs for one picture. What an earlier call gave may be handed back as out, to be filled again; nil makes new ones.
func (b *Backbone) Look(ctx context.Context, in Input, out []runtime.Tensor) ([]runtime.Tensor, error) {
	tensor, held := runtime.Floats(in.Floats, 1, 3, int64(b.height), int64(b.width)), len(in.Floats)
	if b.cells {
		tensor, held = runtime.Bytes(in.Bytes, 1, int64(b.height/2), int64(b.width/2), quantize.CellBytes), len(in.Bytes)
	}
	if held != 3*b.width*b.height {
		return nil, fmt.Errorf("backbone: %d values for a picture of 3x%dx%d", held, b.height, b.width)
	}
	if out == nil {
		out = make([]runtime.Tensor, b.outputs)
	}
	if err := b.session.Run(ctx, []runtime.Tensor{tensor}, out); err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	return out, nil
}

// Close waits for the calls under way and frees the network.
func (b *Backbone) Close() error { return b.session.Close() }
