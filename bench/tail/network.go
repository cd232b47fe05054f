package main

import (
	"fmt"
	"math"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/loss"
	"ownsight/internal/vision/nn/train"
)

// cut is a place where the network is divided: what lies before it is frozen, its maps are cached.
type cut struct {
	maps string
	size [3]int // channels, height, width at 224 pixels
}

var cuts = map[string]cut{
	"stride16": {"stride16", [3]int{112, 14, 14}}, // blocks 11 to 15 and the head are trained
	"stride8":  {"stride8", [3]int{40, 28, 28}},   // blocks 5 to 15 and the head
}

// tail is the network from the cut to the logits, with a new last layer.
func (c cut) tail(weights, bias []float32) (*nn.Graph, error) {
	whole, err := backbone.Whole()
	if err != nil {
		return nil, err
	}
	g, err := whole.Extract([]string{c.maps}, []string{"embedding"})
	if err != nil {
		return nil, err
	}
	embedding := g.Outputs()[0]
	labels := nn.Dim(len(bias))
	w := g.Floats("head/weight", weights, labels, nn.Dim(len(weights)/len(bias)))
	b := g.Floats("head/bias", bias, labels)
	g.Output("logits", embedding.Gemm(w, b, nn.GemmOptions{TransB: true}))
	return g.Extract([]string{c.maps}, []string{"logits"})
}

// step makes the training graph of a tail with the usual loss. Targets are "targets", [N, L].
func (c cut) step(network *nn.Graph, labels int, o train.Options) (*train.Step, error) {
	o.Maps = map[string][3]int{c.maps: c.size}
	o.Loss = func(outputs []nn.Value) nn.Value {
		targets := outputs[0].Graph().Input("targets", nn.Float32, outputs[0].Shape()[0], nn.Dim(labels))
		return loss.SoftmaxCrossEntropy(outputs[0], targets, 0.05, nil)
	}
	s, err := train.New(network, o)
	if err != nil {
		return nil, fmt.Errorf("training graph from %s: %w", c.maps, err)
	}
	return s, nil
}

// wave fills with numbers that every rival can make for itself.
func wave(data []float32, pace float64) {
	for i := range data {
		data[i] = float32(math.Sin(pace * float64(i+1)))
	}
}
