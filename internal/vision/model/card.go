package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Format is the version of the card that this package writes, and the newest that it reads. Cards of format 1 name no
// task: they are of single-label models. Before format 3 there are no maps: models stand on the
// features.
const Format = 3

// What a card may hold at most. Cards come from files that others may have made.
const (
	MaxLabels = 10_000  // many times what the service allows: operators may allow more
	maxName   = 256     // characters of a label
	maxCard   = 4 << 20 // bytes
	maxSide   = 4096    // pixels
	maxMaps   = 16      // maps
)

// Card says what a model answers, from what and how well. Nothing in it depends on when it was made: the same training
// gives the same card.
type Card struct {
	Format     int             `json:"format"`
	Program    string          `json:"program"` // name and version of what trained it
	Task       Task            `json:"task"`
	Labels     []string        `json:"labels"`     // in the order of the scores
	Thresholds []float32       `json:"thresholds"` // the score from which each label is an answer, 0..1
	Maps       []string        `json:"maps"`       // the front's outputs that the rest takes; filled in by Write
	Input      Input           `json:"input"`      // all but width and height filled in by Write
	Output     string          `json:"output"`     // filled in by Write
	Backbone   Backbone        `json:"backbone"`
	Data       Dataset         `json:"data"`
	Training   json.RawMessage `json:"training,omitempty"` // how it was trained, in the words of the trainer
	Metrics    Metrics         `json:"metrics"`
}

// Input says what the file expects of a picture.
type Input struct {
	Name     string `json:"name"`
	Layout   string `json:"layout"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Channels string `json:"channels"`
	Range    string `json:"range"`
	Resize   string `json:"resize"`
}

// input is the one preprocessing there is, at whatever size.
var input = Input{
	Name: pictureName, Layout: "NCHW", Channels: "RGB", Range: "0..255",
	Resize: "whole picture, upright, squashed to the size with anti-aliased bilinear interpolation",
}

// Backbone names the frozen network whose outputs the rest was trained on.
type Backbone struct {
	Name   string `json:"name"`
	Front  string `json:"front,omitempty"` // the arithmetic that it runs in: float32 or int8; empty is the former
	Digest string `json:"digest"`          // SHA-256, hexadecimal
}

// Dataset tells the data of one training from that of another.
type Dataset struct {
	Digest           string `json:"digest"`
	TrainingPictures int    `json:"trainingPictures"`
	TestingPictures  int    `json:"testingPictures"`
}

// Metrics are the figures on the test pictures, each 0..1; aggregates are macro means over labels.
type Metrics struct {
	Accuracy             float64 `json:"accuracy"` // share of pictures whose answer is right and complete
	Precision            float64 `json:"precision"`
	Recall               float64 `json:"recall"`
	F1                   float64 `json:"f1"`
	MeanAveragePrecision float64 `json:"meanAveragePrecision"`
}

// check refuses a card that no training leaves.
func (c Card) check() error {
	if c.Format < 1 || c.Format > Format {
		return fmt.Errorf("model: the card is of format %d, this program reads 1 to %d", c.Format, Format)
	}
	if err := c.Task.check(); err != nil {
		return err
	}
	least := 2
	if c.Task == Boxes {
		least = 1
	}
	if len(c.Labels) < least || len(c.Labels) > MaxLabels {
		return fmt.Errorf("model: the card names %d labels, %d to %d are allowed", len(c.Labels), least, MaxLabels)
	}
	if in := c.Input; in.Width < 1 || in.Width > maxSide || in.Height < 1 || in.Height > maxSide {
		return fmt.Errorf("model: the card's input of %dx%d is not 1 to %d pixels a side", in.Width, in.Height, maxSide)
	}
	if len(c.Maps) == 0 || len(c.Maps) > maxMaps {
		return fmt.Errorf("model: the card names %d maps of the front, 1 to %d are allowed", len(c.Maps), maxMaps)
	}
	seen := map[string]bool{}
	for i, l := range c.Labels {
		if l == "" || !utf8.ValidString(l) || utf8.RuneCountInString(l) > maxName || seen[l] {
			return fmt.Errorf("model: label %d of the card is empty, too long or there twice", i)
		}
		seen[l] = true
	}
	if len(c.Thresholds) != len(c.Labels) {
		return fmt.Errorf("model: the card has %d thresholds for %d labels", len(c.Thresholds), len(c.Labels))
	}
	for i, t := range c.Thresholds {
		if !(t >= 0 && t <= 1) {
			return fmt.Errorf("model: threshold %d of the card is %v, not in 0..1", i, t)
		}
	}
	return nil
}

// parseCard reads and checks a card.
func parseCard(text []byte) (Card, error) {
	if len(text) == 0 {
		return Card{}, errors.New("model: the file holds no card: it is not a model of this program")
	}
	if len(text) > maxCard {
		return Card{}, fmt.Errorf("model: the card has %d bytes, at most %d are allowed", len(text), maxCard)
	}
	var c Card
	if err := json.Unmarshal(text, &c); err != nil {
		return Card{}, fmt.Errorf("model: the card is not readable: %w", err)
	}
	if c.Format == 1 {
		c.Task = SingleLabel
	}
	if c.Format < 3 {
		c.Maps = []string{"features"}
	}
	return c, c.check()
}
