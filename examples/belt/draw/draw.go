// Package draw makes pictures of gear wheels on a conveyor belt as a camera above the belt sees them, sound or with one
// defect, so that a demo and tests have labelled pictures that may be given to anybody.
//
// A picture is drawn as a scene first (place, light, belt, camera), then the gear, then its defect: everything but the
// defect has the same chances under every label, so that only the defect tells the labels apart.
package draw

import (
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
)

// The labels. Each picture has exactly one.
const (
	Good         = "good"
	Crack        = "crack"
	MissingHole  = "missing-hole"
	MissingTooth = "missing-tooth"
	Rust         = "rust"
)

// Size is what Picture draws, in pixels.
var Size = image.Pt(540, 432)

// Box surrounds a defect, in whole pixels of the picture; it lies inside the picture and is never empty.
type Box struct {
	Label string
	image.Rectangle
}

// Labels lists every label, in alphabetical order.
func Labels() []string { return []string{Crack, Good, MissingHole, MissingTooth, Rust} }

// Picture draws one gear that deserves the label, and the box of its defect (none for Good). The same state of rng gives
// the same pixels. A label that Labels does not list is a mistake of the caller, and panics.
func Picture(rng *rand.Rand, label string) (image.Image, []Box) {
	return PictureOf(rng, label, Size)
}

// PictureOf is Picture in another size, at least 64x64 pixels; the gear scales with the shorter side.
func PictureOf(rng *rand.Rand, label string, size image.Point) (image.Image, []Box) {
	if !slices.Contains(Labels(), label) {
		panic(fmt.Sprintf("draw: no label %q; the labels are %q", label, Labels()))
	}
	s := newScene(rng, size)
	gear := newGear(rng, s.place, label)
	masks := newMasks(s, gear)
	var boxes []Box
	if label != Good {
		boxes = []Box{{label, masks.defect(s, gear)}}
	}
	return s.develop(s.expose(masks)), boxes
}
