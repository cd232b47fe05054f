package manifest

import (
	"slices"

	"ownsight"
)

// Line is what one line of a manifest says, and what is wrong with it.
type Line struct {
	SourceRef string            // empty when missing or malformed
	Picture   ownsight.Location // of SourceRef
	Labels    []string          // of the whole picture, each once, in the order of the line
	Boxes     []Box             // those that are valid, in the order of the line
	Size      Size              // that the boxes refer to; zero without a boxes attribute
	Problems  []Problem

	members []member // of the JSON object, as they came; nil when it is none
	labeled bool
}

// Box is a labelled rectangle in pixels of its picture, from the upper left corner.
type Box struct {
	Label                    string
	Left, Top, Width, Height float64
}

// Size is the width and height of a picture in pixels.
type Size struct {
	Width, Height int
}

// Valid reports whether nothing is wrong with the line as a whole; parts of it may be.
func (l Line) Valid() bool { return !l.spoilt(LineInvalid) }

// HasErrors reports whether anything is wrong with the line or a part of it. A warning is no error.
func (l Line) HasErrors() bool { return l.spoilt(AnnotationInvalid) }

// Dropped reports whether an import leaves the line out without a word: it is not JSON or names no picture.
func (l Line) Dropped() bool { return l.SourceRef == "" }

// Ignored reports whether the line is well formed but has nothing to train on: a warning says why.
func (l Line) Ignored() bool { return l.Valid() && len(l.Labels) == 0 && len(l.Boxes) == 0 }

// Usable reports whether the line can train a model of use case u.
func (l Line) Usable(u UseCase) bool {
	switch u {
	case ImageLevel:
		return l.Valid() && len(l.Labels) > 0
	case Localization:
		return l.Valid() && len(l.Boxes) > 0
	default:
		return false
	}
}

// Labeled reports whether the line carries annotations, be they valid or not.
func (l Line) Labeled() bool { return l.labeled }

// Fail adds what was found out about the picture later, such as InvalidImage; the line is then invalid.
func (l *Line) Fail(code Code) { l.Problems = append(l.Problems, NewProblem(code)) }

// Entry is the line as a dataset keeps it. An invalid line has no labels, since none of them can be used.
func (l Line) Entry() ownsight.Entry {
	return ownsight.Entry{
		SourceRef: l.SourceRef,
		Line:      l.Listed(),
		Labeled:   l.labeled,
		HasErrors: l.HasErrors(),
		Labels:    l.entryLabels(),
	}
}

func (l Line) entryLabels() []ownsight.EntryLabel {
	if !l.Valid() {
		return nil
	}
	labels := make([]ownsight.EntryLabel, 0, len(l.Labels))
	for _, name := range l.Labels {
		labels = append(labels, ownsight.EntryLabel{Name: name})
	}
	for _, box := range l.Boxes {
		i := slices.IndexFunc(labels, func(e ownsight.EntryLabel) bool { return e.Name == box.Label })
		if i < 0 {
			i = len(labels)
			labels = append(labels, ownsight.EntryLabel{Name: box.Label})
		}
		labels[i].Boxes++
	}
	return labels
}

func (l Line) spoilt(from Severity) bool {
	return slices.ContainsFunc(l.Problems, func(p Problem) bool { return p.Severity >= from })
}
