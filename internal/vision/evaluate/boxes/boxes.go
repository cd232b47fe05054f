// Package boxes measures what a model that finds boxes answers: COCO's average precision, and at one threshold a label
// precision, recall, F1, what is taken for what, and the worst mistakes. It also chooses the thresholds, and a map from
// scores to how often they are right, from detections on held-out training pictures: what decides and what judges are
// never the same pictures.
package boxes

import (
	"errors"
	"fmt"
	"math"
)

// Overlap is the intersection over union from which on a detection has found a true box, wherever one such figure is
// asked for: thresholds, counts, confusion. The service names none; 0.5 is the customary one (Everingham et al. 2010,
// "The Pascal Visual Object Classes Challenge").
const Overlap = 0.5

// Box is a labelled rectangle from the upper left corner, its sides in pixels of its picture or as shares of the
// picture's sides: any unit, but the same one within a picture.
type Box struct {
	Label                    int // index into the set's labels
	Left, Top, Width, Height float64
}

// Detection is a box that a model found.
type Detection struct {
	Box
	Score float32 // 0..1
}

// Picture is what is to be found in a picture, and what was found.
type Picture struct {
	Truth      []Box
	Detections []Detection

	// Pixels is how many pixels a box of area 1 has: 1 where boxes are in pixels, width x height of the picture where
	// their sides are shares of it, 0 where the picture's size is unknown.
	Pixels float64
}

// Set is pictures that a model has looked at and whose boxes are known.
type Set struct {
	Labels   []string
	Pictures []Picture
}

// check refuses a set that does not fit together, or in which there is nothing to find.
func (s Set) check() error {
	if len(s.Pictures) == 0 || len(s.Labels) == 0 {
		return errors.New("evaluate: no pictures or no labels to evaluate")
	}
	truth := 0
	for i, p := range s.Pictures {
		if !(p.Pixels >= 0) || math.IsInf(p.Pixels, 0) {
			return fmt.Errorf("evaluate: picture %d has %v pixels", i, p.Pixels)
		}
		truth += len(p.Truth)
		for _, b := range p.Truth {
			if err := b.check(i, len(s.Labels)); err != nil {
				return err
			}
		}
		for _, d := range p.Detections {
			if err := d.check(i, len(s.Labels)); err != nil {
				return err
			}
			if !(d.Score >= 0 && d.Score <= 1) {
				return fmt.Errorf("evaluate: score %v of picture %d is not in 0..1", d.Score, i)
			}
		}
	}
	if truth == 0 {
		return errors.New("evaluate: no picture has a box")
	}
	return nil
}

// farthest is how far from a picture's corner a box may reach, in any unit; beyond lies no picture, and areas are no
// numbers in the end.
const farthest = 1e9

func (b Box) check(picture, labels int) error {
	if b.Label < 0 || b.Label >= labels {
		return fmt.Errorf("evaluate: picture %d has a box of label %d of %d", picture, b.Label, labels)
	}
	for _, v := range [...]float64{b.Left, b.Top, b.Width, b.Height} {
		if !(math.Abs(v) <= farthest) {
			return fmt.Errorf("evaluate: picture %d has a box at %v", picture, v)
		}
	}
	if b.Width < 0 || b.Height < 0 {
		return fmt.Errorf("evaluate: picture %d has a box of %v x %v", picture, b.Width, b.Height)
	}
	return nil
}

// The products below are rounded before they are added (the conversions say so), lest a CPU that multiplies and adds in
// one step gives other figures than one that does not.

func (b Box) area() float64 { return float64(b.Width * b.Height) }

// overlap is the intersection over union of two boxes, 0..1, whatever their labels.
func (b Box) overlap(other Box) float64 {
	width := min(b.Left+b.Width, other.Left+other.Width) - max(b.Left, other.Left)
	height := min(b.Top+b.Height, other.Top+other.Height) - max(b.Top, other.Top)
	if width <= 0 || height <= 0 {
		return 0
	}
	both := float64(width * height)
	return both / (b.area() + other.area() - both)
}

// ratio is a/b, and 0 for b = 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
