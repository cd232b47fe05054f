package model

import (
	"encoding/json"
	"fmt"
	"slices"

	"ownsight/internal/vision/nn"
)

// Names inside the file.
const (
	cardKey    = "ownsight.card"
	weightName = "head/weight"
	biasName   = "head/bias"
)

// The pixel values that the backbone takes are (value-middle)/scale.
const (
	middle = 127
	scale  = 128
)

// Write joins the backbone (from its input "picture" [N,3,224,224] to its output "features" [N,Width]) and a head into
// one ONNX file, from "picture", with values 0..255, to "scores" [N, labels]. The card is in the file's metadata, and is
// returned besides as JSON to be read by people. Task, labels, format, input and output of the card are filled in.
func Write(backbone *nn.Graph, h *Head, c Card) (onnx, card []byte, err error) {
	c.Format, c.Task, c.Labels, c.Input, c.Output = Format, h.Task, slices.Clone(h.Labels), input, h.Task.output()
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	if err := h.check(); err != nil {
		return nil, nil, err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, nil, fmt.Errorf("model: writing the card: %w", err)
	}
	if card, err = json.MarshalIndent(c, "", "  "); err != nil {
		return nil, nil, fmt.Errorf("model: writing the card: %w", err)
	}
	g := nn.New()
	pixels := g.Input(input.Name, nn.Float32, g.Dim("N"), 3, nn.Dim(input.Height), nn.Dim(input.Width))
	normal := pixels.Sub(g.Scalar(middle)).Mul(g.Scalar(1. / scale))
	features, err := g.Append(backbone, map[string]nn.Value{input.Name: normal})
	if err != nil {
		return nil, nil, fmt.Errorf("model: joining backbone and head: %w", err)
	}
	if len(features) != 1 {
		return nil, nil, fmt.Errorf("model: the backbone has %d outputs, only its features are wanted", len(features))
	}
	k, d := nn.Dim(len(h.Labels)), nn.Dim(h.Width)
	logits := features[0].Gemm(g.Floats(weightName, h.Weights, k, d), g.Floats(biasName, h.Bias, k), nn.GemmOptions{TransB: true})
	if h.Task == MultiLabel {
		g.Output("scores", logits.Sigmoid())
	} else {
		g.Output("scores", logits.Softmax(1))
	}
	g.SetMetadata(cardKey, string(text))
	if onnx, err = g.Bytes(); err != nil {
		return nil, nil, fmt.Errorf("model: %w", err)
	}
	return onnx, card, nil
}
