// Package linear trains the cheapest head that a frozen network can carry: logistic regression with an L2 penalty on
// standardised features, multinomial where a picture has one label, one regression a label where it may have any number.
// How strong the penalty is, and whether augmented and mirrored views of the pictures
// and weights for rare labels help, is decided by cross-validation inside the training pictures, one candidate at a
// time, so that a caller can store each verdict and go on from there after an interruption.
//
// The objective and its gradient are an ONNX graph that ONNX Runtime evaluates for all folds at once: one pass over the
// features serves them all. The same data, options and program give the same head bit for bit on the same kind of CPU,
// whatever the number of cores.
package linear

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"ownsight/internal/vision/model"
)

// View says what was done to a picture before its features were taken.
type View uint8

// The kinds of view. Plain ones are what the finished model will be asked about, so only they are scored.
const (
	Plain   View = iota // the picture as it is
	Varied              // cropped, lighter or darker, but not mirrored
	Flipped             // mirrored left to right, whatever else was done
	views
)

// Row says what one row of features was taken from.
type Row struct {
	Picture int // index into Data.Truth
	View    View
}

// Data is what a head is trained on.
type Data struct {
	Features []float32 // [rows, Width] row-major, as the network gives them
	Width    int
	Rows     []Row // one a row of Features; every picture has exactly one Plain row
	Task     model.Task
	Truth    [][]int  // of each picture, indices into Labels, each once; exactly one where the task is SingleLabel
	Labels   []string // at least two names
}

// check refuses data that does not fit together.
func (d Data) check() error {
	if len(d.Labels) < 2 {
		return fmt.Errorf("linear: %d labels, at least 2 are needed to tell pictures apart", len(d.Labels))
	}
	if d.Width < 1 || len(d.Features) != len(d.Rows)*d.Width {
		return fmt.Errorf("linear: %d features for %d rows of %d", len(d.Features), len(d.Rows), d.Width)
	}
	if err := d.checkTruth(); err != nil {
		return err
	}
	plain := make([]int, len(d.Truth))
	for i, r := range d.Rows {
		if r.Picture < 0 || r.Picture >= len(d.Truth) || r.View >= views {
			return fmt.Errorf("linear: row %d is view %d of picture %d of %d", i, r.View, r.Picture, len(d.Truth))
		}
		if r.View == Plain {
			plain[r.Picture]++
		}
	}
	for i, n := range plain {
		if n != 1 {
			return fmt.Errorf("linear: picture %d has %d plain rows instead of one", i, n)
		}
	}
	if len(d.Truth) == 0 {
		return errors.New("linear: no pictures to learn from")
	}
	for i, f := range d.Features {
		if f-f != 0 {
			return fmt.Errorf("linear: feature %d of row %d is %v", i%d.Width, i/d.Width, f)
		}
	}
	return nil
}

// checkTruth refuses labels that the task does not know.
func (d Data) checkTruth() error {
	if d.Task != model.SingleLabel && d.Task != model.MultiLabel {
		return fmt.Errorf("linear: no task %q", string(d.Task))
	}
	for i, labels := range d.Truth {
		if d.Task == model.SingleLabel && len(labels) != 1 {
			return fmt.Errorf("linear: picture %d has %d labels instead of one", i, len(labels))
		}
		for at, l := range labels {
			if l < 0 || l >= len(d.Labels) || slices.Contains(labels[:at], l) {
				return fmt.Errorf("linear: picture %d has label %d of %d, or has it twice", i, l, len(d.Labels))
			}
		}
	}
	return nil
}

// scaler turns features into numbers of mean 0 and deviation 1 over the plain rows, or less where a feature hardly
// changes there. A feature that never changes says nothing, and becomes 0.
type scaler struct {
	mean, inverse []float64 // inverse of the standard deviation
}

// constant is the standard deviation, relative to the size of the numbers, below which float32 features are noise.
const constant = 1e-5

// quiet is added to every deviation, in quadrature, as a share of the features' median deviation. Where pictures are
// much alike, a unit can be silent on all but one of them: divided by its deviation alone it would be 100,000 deviations
// away in the next picture or view that wakes it, and drown the rest.
const quiet = 0.3

func newScaler(d Data) scaler {
	s := scaler{make([]float64, d.Width), make([]float64, d.Width)}
	n := float64(len(d.Truth))
	d.eachPlain(func(row []float32) {
		for j, f := range row {
			s.mean[j] += float64(f) / n
		}
	})
	variance := make([]float64, d.Width)
	d.eachPlain(func(row []float32) {
		for j, f := range row {
			delta := float64(f) - s.mean[j]
			variance[j] += delta * delta / n
		}
	})
	var deviations []float64 // of features that change
	for j, v := range variance {
		if deviation := math.Sqrt(v); deviation > constant*(math.Abs(s.mean[j])+constant) {
			s.inverse[j] = 1 / deviation
			deviations = append(deviations, deviation)
		}
	}
	if len(deviations) == 0 {
		return s
	}
	slices.Sort(deviations)
	floor := quiet * deviations[len(deviations)/2]
	for j, inverse := range s.inverse {
		s.inverse[j] = inverse / math.Hypot(1, floor*inverse)
	}
	return s
}

// apply standardises one row into dst.
func (s scaler) apply(row, dst []float32) {
	for j, f := range row {
		dst[j] = float32((float64(f) - s.mean[j]) * s.inverse[j])
	}
}

func (d Data) eachPlain(visit func(row []float32)) {
	for i, r := range d.Rows {
		if r.View == Plain {
			visit(d.row(i))
		}
	}
}

func (d Data) row(i int) []float32 { return d.Features[i*d.Width : (i+1)*d.Width] }
