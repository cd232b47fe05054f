// Package model is a trained model as it leaves the trainer: one ONNX file from picture to answers, which runs in any
// ONNX Runtime, and a card, a small JSON text that says what the model answers, from what and how well. The file begins
// with the frozen front that all models share. A server that already runs the front needs only the rest.
package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"ownsight/internal/vision/nn"
)

// cardKey is where the card lies in the file's metadata.
const cardKey = "ownsight.card"

// pictureName is the input of the file and of the front.
const pictureName = "picture"

// The pixel values that the front takes are (value-middle)/scale.
const (
	middle = 127
	scale  = 128
)

// Model is what was trained.
type Model struct {
	// Rest computes the outputs of the card's task from what the front gives: its inputs have the names of the front's
	// outputs. For labels that is "scores", [N, labels]. For boxes it is "boxes", [M, 4], left, top, width and height as
	// shares of the picture's sides, "scores", [M], best first, and "labels", [M] of int64.
	Rest *nn.Graph
	Card Card
}

// Write joins the front, from "picture" [N,3,H,W] to the outputs that the rest takes, and the rest to one ONNX file that
// takes values 0..255. The card is in the file's metadata, and is returned besides as JSON to be read by people. Its
// format, maps, input and output are filled in, but for the input's width and height.
func Write(front *nn.Graph, m Model) (onnx, card []byte, err error) {
	c := m.Card
	c.Format, c.Output, c.Maps = Format, c.Task.output(), nil
	width, height := c.Input.Width, c.Input.Height
	c.Input = input
	c.Input.Width, c.Input.Height = width, height
	for _, in := range m.Rest.Inputs() {
		c.Maps = append(c.Maps, in.Name())
	}
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, nil, fmt.Errorf("model: writing the card: %w", err)
	}
	if card, err = json.MarshalIndent(c, "", "  "); err != nil {
		return nil, nil, fmt.Errorf("model: writing the card: %w", err)
	}
	g, err := joined(front, m.Rest, c)
	if err != nil {
		return nil, nil, err
	}
	g.SetMetadata(cardKey, string(text))
	if onnx, err = g.Bytes(); err != nil {
		return nil, nil, fmt.Errorf("model: %w", err)
	}
	return onnx, card, nil
}

// joined is the graph of the whole file.
func joined(front, rest *nn.Graph, c Card) (*nn.Graph, error) {
	front, err := front.Extract([]string{pictureName}, c.Maps)
	if err != nil {
		return nil, fmt.Errorf("model: the front: %w", err)
	}
	g := nn.New()
	n := g.Dim("N")
	if c.Task == Boxes {
		n = 1
	}
	front.FixDim("H", c.Input.Height)
	front.FixDim("W", c.Input.Width)
	pixels := g.Input(pictureName, nn.Float32, n, 3, nn.Dim(c.Input.Height), nn.Dim(c.Input.Width))
	maps, err := g.Append(front, map[string]nn.Value{pictureName: pixels.Sub(g.Scalar(middle)).Mul(g.Scalar(1. / scale))})
	if err != nil {
		return nil, fmt.Errorf("model: joining the front: %w", err)
	}
	bind := map[string]nn.Value{}
	for i, name := range c.Maps {
		if maps[i].Name() != name {
			return nil, fmt.Errorf("model: the front's %q has become %q", name, maps[i].Name())
		}
		bind[name] = maps[i]
		if err := g.State(name, nn.Float32, maps[i].Shape()...); err != nil { // for Read
			return nil, err
		}
	}
	outputs, err := g.Append(rest, bind)
	if err != nil {
		return nil, fmt.Errorf("model: joining front and rest: %w", err)
	}
	for i, out := range rest.Outputs() {
		g.Output(out.Name(), outputs[i])
	}
	return g, g.Err()
}

// Read takes the rest and the card out of a file that Write made. The file may come from a stranger: what does not fit
// together is refused. Whether the rest fits the front that is there is for the caller to see, by the card's Backbone.
func Read(onnx []byte) (*Model, error) {
	g, err := nn.Parse(onnx)
	if err != nil {
		return nil, fmt.Errorf("model: not a whole ONNX file: %w", err)
	}
	card, err := parseCard([]byte(g.Metadata(cardKey)))
	if err != nil {
		return nil, err
	}
	var outputs []string
	for _, out := range g.Outputs() {
		outputs = append(outputs, out.Name())
	}
	if !slices.Equal(outputs, card.Task.outputs()) {
		return nil, fmt.Errorf("model: the file gives %v, a model of task %q gives %v", outputs, string(card.Task), card.Task.outputs())
	}
	if card.Format < 3 { // whose files do not say it
		if err := g.State("features", nn.Float32, g.Dim("N"), nn.Unknown); err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
	}
	rest, err := g.Extract(card.Maps, outputs)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if card.Task == Boxes {
		return &Model{rest, card}, nil
	}
	// Scores are [N, labels]; that a runtime will see to the rest of the shapes is no reason to trust the card.
	if s := rest.Outputs()[0].Shape(); len(s) != 2 || int(s[1]) != len(card.Labels) {
		return nil, errors.New("model: the file's scores are not one a label")
	}
	return &Model{rest, card}, nil
}
