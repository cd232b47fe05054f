package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"ownsight/internal/dataset/manifest"
)

// BoxedPicture is a picture with labelled boxes.
type BoxedPicture struct {
	SourceRef string
	Size      manifest.Size
	Boxes     []manifest.Box // the truth
	Found     []Found        // what the model said at any score; nil for a picture that it was not asked about
}

// Found is a box that the model found, in pixels.
type Found struct {
	manifest.Box
	Confidence float64 // 0..1
	Truth      int     // the true box of its label that it finds, as an index into Boxes; -1 for none
}

type trueObject struct {
	Confidence float64 `json:"confidence"`
}

type foundObject struct {
	Confidence float64 `json:"confidence"`
	Details    details `json:"rekognition-custom-labels-evaluation-details"`
}

// foundMetadata describes the boxes of the model. Its own confidence is the highest of its objects.
type foundMetadata struct {
	Confidence float64 `json:"confidence"`
	manifest.BoxesMetadata[foundObject]
}

// Boxed writes one picture: its boxes, then the boxes that the model found or should have found, best first. As the
// service does, it shows a box that was found below the threshold with its low confidence, and every true box counts
// once: one that was not found at all comes last, where it truly is, with confidence 0. So the details add up to the
// counts of the evaluation. The model's boxes are rounded to whole pixels inside the picture. Both attributes of a line
// use the same class ids.
func (s *Snapshot) Boxed(p BoxedPicture) error {
	if slices.ContainsFunc(p.Found, func(f Found) bool { return f.Truth >= len(p.Boxes) }) {
		return fmt.Errorf("writing the snapshot of %s: a box finds one that is not there", p.SourceRef)
	}
	shown, objects := s.judged(p)
	value, classes := manifest.FormatBoxes(p.Size, slices.Concat(p.Boxes, shown))
	annotations := value.Annotations
	value.Annotations = annotations[:len(p.Boxes)]
	line := []manifest.Member{{Name: "source-ref", Value: p.SourceRef}, {Name: objectID, Value: s.lines + 1}}
	line = attribute(line, trainingName+"-0", value, manifest.BoxesMetadata[trueObject]{
		Objects:    slices.Repeat([]trueObject{{Confidence: 1}}, len(p.Boxes)),
		ClassMap:   classes,
		Provenance: s.provenance(manifest.TypeDetection, true),
	})
	if p.Found == nil {
		return s.write(line)
	}
	value.Annotations = annotations[len(p.Boxes):]
	said := foundMetadata{BoxesMetadata: manifest.BoxesMetadata[foundObject]{
		Objects: objects, ClassMap: classes, Provenance: s.provenance(manifest.TypeDetection, false)}}
	if len(objects) > 0 {
		said.Confidence = objects[0].Confidence
	}
	return s.write(attribute(line, evaluationName, value, said))
}

// judged gives the boxes to show beside the truth, and how each compares with it.
func (s *Snapshot) judged(p BoxedPicture) (shown []manifest.Box, objects []foundObject) {
	objects = []foundObject{}
	if p.Found == nil {
		return nil, objects
	}
	best := slices.Clone(p.Found)
	slices.SortStableFunc(best, func(a, b Found) int { return cmp.Compare(b.Confidence, a.Confidence) })
	missed := slices.Repeat([]bool{true}, len(p.Boxes))
	for _, f := range best {
		found, inTruth := f.Confidence >= s.thresholds[f.Label], f.Truth >= 0
		if inTruth {
			missed[f.Truth] = false
		}
		if found || inTruth {
			shown = append(shown, wholePixels(f.Box, p.Size))
			objects = append(objects, foundObject{f.Confidence, compare(found, inTruth)})
		}
	}
	for i, box := range p.Boxes {
		if missed[i] {
			shown = append(shown, box)
			objects = append(objects, foundObject{0, compare(false, true)})
		}
	}
	return shown, objects
}

// wholePixels rounds the sides of a box to pixels of the picture, at least one apart.
func wholePixels(b manifest.Box, size manifest.Size) manifest.Box {
	b.Left, b.Width = span(b.Left, b.Width, size.Width)
	b.Top, b.Height = span(b.Top, b.Height, size.Height)
	return b
}

func span(start, length float64, side int) (from, across float64) {
	most := float64(side)
	from = min(max(math.Round(start), 0), most-1)
	to := min(max(math.Round(start+length), from+1), most)
	return from, to - from
}
