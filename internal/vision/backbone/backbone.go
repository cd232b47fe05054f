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
	"context"
	"fmt"

	"ownsight/internal/vision/assets"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
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

// Whole returns the network with all its outputs and H and W left open. Every
// call gives a new graph, which the caller may change.
func Whole() (*nn.Graph, error) {
	file, err := assets.Backbone()
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	graph, err := nn.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	return graph, nil
}

// Graph returns the part of the network from "picture" [N,3,224,224] to "features"
// [N,2224]. Every call gives a new graph: put a head behind the features to make
// one file of both.
func Graph() (*nn.Graph, error) {
	whole, err := Whole()
	if err != nil {
		return nil, err
	}
	graph, err := whole.Extract(nil, []string{"features"})
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	graph.FixDim("H", inputSize)
	graph.FixDim("W", inputSize)
	return graph, nil
}

// Options says how the network is run.
type Options struct {
	Threads int // threads for one picture; 0 stands for 1, see runtime.Options
	Batch   int // pictures a run; 0 stands for 1, which is fastest on CPUs
}

// Backbone is the loaded network. Its methods may be called concurrently.
type Backbone struct {
	session *runtime.Session
	batch   int
}

// Open loads the network, and ONNX Runtime if it is not loaded yet.
func Open(o Options) (*Backbone, error) {
	graph, err := Graph()
	if err != nil {
		return nil, err
	}
	file, err := graph.Bytes()
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	session, err := runtime.NewSession(file, runtime.Options{Threads: o.Threads})
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	return &Backbone{session, max(o.Batch, 1)}, nil
}

// Name returns the network's name as it stands in a model's description.
func (b *Backbone) Name() string { return name }

// Digest returns the SHA-256 of the network's file, in hexadecimal. Features of
// different networks must not be mixed; this tells them apart.
func (b *Backbone) Digest() string { return assets.BackboneSum }

// InputSize returns the side of the square picture that features are taken from, in pixels.
func (b *Backbone) InputSize() int { return inputSize }

// Features computes the features of n pictures, FeatureCount a picture. The
// pictures follow one another in NCHW order, RGB, normalised as (value-127)/128.
func (b *Backbone) Features(ctx context.Context, pictures []float32, n int) ([]float32, error) {
	if n < 0 || len(pictures) != n*PictureLength {
		return nil, fmt.Errorf("backbone: %d values for %d pictures of %d", len(pictures), n, PictureLength)
	}
	features := make([]float32, n*FeatureCount)
	for from := 0; from < n; from += b.batch {
		to := min(from+b.batch, n)
		in := runtime.Floats(pictures[from*PictureLength:to*PictureLength], int64(to-from), 3, inputSize, inputSize)
		out := runtime.Floats(features[from*FeatureCount:to*FeatureCount], int64(to-from), FeatureCount)
		if err := b.session.Run(ctx, []runtime.Tensor{in}, []runtime.Tensor{out}); err != nil {
			return nil, fmt.Errorf("backbone: %w", err)
		}
	}
	return features, nil
}

// Close waits for the calls under way and frees the network.
func (b *Backbone) Close() error { return b.session.Close() }
