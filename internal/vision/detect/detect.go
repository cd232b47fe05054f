// Package detect trains networks that find objects: which label, and the box around it.
//
// The network is the shared backbone, whose front stays frozen, its last blocks and a small pyramid of maps over strides
// 8, 16 and 32 with a head that all three share (after Lin et al. 2017, "Feature Pyramid Networks"; Tian et al. 2019,
// "FCOS"). Each place of each map says for every label how good a box of that label would be that it draws (Li et al.
// 2020, "Generalized Focal Loss"), and draws one. Boxes of low score and those that overlap better ones of the same label
// are left out inside the graph, so that what comes out of it is the answer.
//
// How large the input is, how long it is trained and what share of the pictures is held out follows from the data. The
// same data, seed, program and kind of CPU give the same network, bit for bit.
package detect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/quantize"
	"ownsight/internal/vision/picture"
)

// Data is labelled pictures.
type Data struct {
	Labels   []string
	Pictures []Picture
	// File reads the JPEG or PNG file of a picture, by its index. It is called from several goroutines.
	File func(ctx context.Context, picture int) ([]byte, error)
}

// Picture is what is known of a picture. One without boxes shows nothing that is to be found.
type Picture struct {
	Name          string      // unlike all others; the way it is varied depends on it
	Width, Height int         // pixels, upright
	Boxes         []boxes.Box // as shares of the sides of the upright picture, 0 to 1
}

// Options of a training.
type Options struct {
	Seed    uint64
	Workers int // pictures that are prepared at a time; 0 stands for 2
	// Budget is how long the training may take by the costs of our reference machine, on two of its cores. It is not
	// measured while training: a slower machine takes longer for the same result. 0 stands for DefaultBudget.
	Budget time.Duration
	// Handed says that left and right mean something, as in letters: pictures are not mirrored then. Overturn lets pictures
	// be turned upside down too, for what is seen from above.
	Handed, Overturn bool
	Decoder          *picture.Decoder
	// Front goes from "picture", normalised as picture.Tensor does, to the maps that Trained.Maps names; N, H and W are open.
	// Nil stands for the backbone in float32.
	Front *nn.Graph
	// Levels are the ranges of the front's maps where they are 8-bit integers: a network may then be made of such, too. Nil
	// stands for a front in float32.
	Levels   quantize.Ranges
	Progress func(Progress)
	// Save is given what a later Train needs as Saved to go on from here as if it had not stopped: every few seconds, and
	// after each stage. It is called by the goroutine that called Train. What another training saved is passed over.
	Save  func(state []byte) error
	Saved []byte
}

// DefaultBudget is what a training takes where nothing else is asked.
const DefaultBudget = 255 * time.Second

// Progress says how far a training is.
type Progress struct {
	Stage       string  // "prepare", "trial" with some pictures held out, or "train" with all
	Over        int     // stages that are over, "prepare" not counted
	Step, Steps int     // of this stage; the second trial begins anew
	Share       float64 // of the whole training that is done, 0 to 1
	Loss        float32 // of the step, 0 outside training
	Recipe      Recipe  // of a trial
	Tried       []Tried // what has been judged so far
}

func (d Data) check() error {
	if len(d.Labels) == 0 || len(d.Pictures) == 0 {
		return errors.New("detect: no labels or no pictures")
	}
	found := false
	for i, p := range d.Pictures {
		if p.Width < 1 || p.Height < 1 {
			return fmt.Errorf("detect: picture %d (%s): %d x %d pixels", i, p.Name, p.Width, p.Height)
		}
		for _, b := range p.Boxes {
			if b.Label < 0 || b.Label >= len(d.Labels) {
				return fmt.Errorf("detect: picture %d (%s): label %d of %d", i, p.Name, b.Label, len(d.Labels))
			}
			if !(b.Width > 0 && b.Height > 0) || !finite(b.Left, b.Top, b.Width, b.Height) {
				return fmt.Errorf("detect: picture %d (%s): an empty box", i, p.Name)
			}
			found = true
		}
	}
	if !found {
		return errors.New("detect: no picture has a box")
	}
	return nil
}

func finite(list ...float64) bool {
	for _, v := range list {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
