package manifest

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// boxes is the value of an attribute that holds labelled boxes. A nil member is missing; annotations may be.
type boxes struct {
	ImageSize []struct {
		Width  *int64 `json:"width"`
		Height *int64 `json:"height"`
		Depth  *int64 `json:"depth"`
	} `json:"image_size"`
	Annotations []annotation `json:"annotations"`
}

// annotation is one box, in pixels.
type annotation struct {
	ClassID *int64   `json:"class_id"`
	Left    *float64 `json:"left"`
	Top     *float64 `json:"top"`
	Width   *float64 `json:"width"`
	Height  *float64 `json:"height"`
}

func (b *boxes) complete() bool {
	if len(b.ImageSize) != 1 {
		return false
	}
	size := b.ImageSize[0]
	return size.Width != nil && size.Height != nil && size.Depth != nil &&
		!slices.ContainsFunc(b.Annotations, func(n annotation) bool {
			return n.ClassID == nil || n.Left == nil || n.Top == nil || n.Width == nil || n.Height == nil
		})
}

func (a attribute) readBoxes(m *metadata) outcome {
	var b boxes
	if a.value.Kind() != jsontext.KindBeginObject || json.Unmarshal(a.value, &b) != nil || !b.complete() {
		return a.fail(InvalidAttributeFormat, AttributeLevel)
	}
	if m.Objects == nil || m.ClassMap == nil || len(m.Objects) > len(b.Annotations) {
		return a.fail(InvalidMetadataFormat, MetadataLevel)
	}
	size := Size{Width: int(*b.ImageSize[0].Width), Height: int(*b.ImageSize[0].Height)}
	a.readSize(size)
	switch {
	case len(b.Annotations) == 0:
		a.report(WarnNoAttributeAnnotations, AttributeLevel, Warning)
		return empty
	case len(a.line.Boxes)+len(b.Annotations) > MaxBoxes:
		return a.fail(TooManyBoxes, AttributeLevel)
	case !m.confident(len(b.Annotations)):
		return a.fail(MissingBoxConfidence, MetadataLevel)
	case !m.labelsValid(b.Annotations):
		return a.fail(InvalidLabelNameLength, MetadataLevel)
	}
	return a.readAnnotations(b.Annotations, m, size)
}

// readSize notes the picture's size, and once if no model takes such a picture.
func (a attribute) readSize(size Size) {
	a.line.Size = size
	known := slices.ContainsFunc(a.line.Problems, func(p Problem) bool { return p.Code == InvalidImageDimension })
	if !known && !size.allowed() {
		a.line.report(InvalidImageDimension, LineInvalid)
	}
}

func (s Size) allowed() bool {
	short, long := min(s.Width, s.Height), max(s.Width, s.Height)
	return short >= minSide && long <= maxSide && long <= maxAspect*short
}

// confident reports whether each of n boxes has a confidence.
func (m *metadata) confident(n int) bool {
	if len(m.Objects) != n {
		return false
	}
	for _, object := range m.Objects {
		if object.Confidence == nil {
			return false
		}
	}
	return true
}

// labelsValid looks at the labels that boxes use; others in the class map do no harm.
func (m *metadata) labelsValid(annotations []annotation) bool {
	return !slices.ContainsFunc(annotations, func(n annotation) bool {
		label, ok := m.label(n)
		return ok && !validLabel(label)
	})
}

func (m *metadata) label(n annotation) (string, bool) {
	label, ok := m.ClassMap[strconv.FormatInt(*n.ClassID, 10)]
	return label, ok
}

func (a attribute) readAnnotations(annotations []annotation, m *metadata, size Size) outcome {
	valid := 0
	for i, n := range annotations {
		label, known := m.label(n)
		box := Box{Label: label, Left: *n.Left, Top: *n.Top, Width: *n.Width, Height: *n.Height}
		code := box.fault(size)
		if !known {
			code = MissingClassMapID
		}
		if code == "" {
			a.line.Boxes = append(a.line.Boxes, box)
			valid++
			continue
		}
		a.line.Problems = append(a.line.Problems, Problem{Code: code, Message: code.message(a.name),
			Level: AnnotationLevel, Attribute: a.name, Annotation: i, Severity: AnnotationInvalid})
	}
	if valid == 0 {
		a.report(NoValidAnnotations, AttributeLevel, AttributeInvalid)
		return unusable
	}
	return labelled
}

// fault says what is wrong with a box in a picture of the given size, "" when nothing is.
func (b Box) fault(size Size) Code {
	if b.Left < 0 || b.Top < 0 || b.Width < 0 || b.Height < 0 ||
		b.Left+b.Width > float64(size.Width) || b.Top+b.Height > float64(size.Height) {
		return InvalidBox
	}
	scale := min(1, trainingSide/float64(max(size.Width, size.Height, 1)))
	if b.Width*scale <= 1 || b.Height*scale <= 1 {
		return BoxTooSmall
	}
	return ""
}
