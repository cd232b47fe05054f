package manifest

import (
	"crypto/sha256"

	"ownsight"
)

// Tally counts the lines of one manifest, for the limits that hold for a file as a whole. The zero value is ready, with
// no limit on labels. Give it every row, blank ones too.
type Tally struct {
	Limits ownsight.Limits // of which Labels is used here

	lines   int
	dropped int // for an import: no picture, or one that came before
	invalid int // the dropped ones included

	imageOnly, boxedOnly, both int   // valid lines by what they hold
	errorLines                 []int // numbers from 1 of lines with any error

	refs     map[digest]struct{} // of the pictures so far
	bucket   string
	buckets  bool                // there are several
	labels   map[string]struct{} // of valid lines, of either kind
	ofImages map[string]struct{}
	ofBoxes  map[string]struct{}
}

// digest stands for a text that would take several times the memory; nobody finds two texts of one digest.
type digest [16]byte

func digestOf(text string) digest {
	sum := sha256.Sum256([]byte(text))
	return digest(sum[:16])
}

// Add counts a line and reports whether an import keeps it. Left out are lines that name no picture and those that
// name one which an earlier line has.
func (t *Tally) Add(l Line) bool {
	t.lines++
	if t.refs == nil {
		t.refs = map[digest]struct{}{}
		t.labels, t.ofImages, t.ofBoxes = map[string]struct{}{}, map[string]struct{}{}, map[string]struct{}{}
	}
	ref := digestOf(l.SourceRef)
	_, repeated := t.refs[ref]
	if l.HasErrors() || repeated {
		t.errorLines = append(t.errorLines, t.lines)
	}
	if l.Dropped() || repeated {
		t.dropped++
		t.invalid++
		return false
	}
	t.refs[ref] = struct{}{}
	if t.bucket == "" {
		t.bucket = l.Picture.Bucket
	}
	t.buckets = t.buckets || t.bucket != l.Picture.Bucket
	if !l.Valid() {
		t.invalid++
		return true
	}
	t.addLabels(l)
	return true
}

func (t *Tally) addLabels(l Line) {
	for _, name := range l.Labels {
		t.labels[name], t.ofImages[name] = struct{}{}, struct{}{}
	}
	for _, box := range l.Boxes {
		t.labels[box.Label], t.ofBoxes[box.Label] = struct{}{}, struct{}{}
	}
	switch image, boxed := len(l.Labels) > 0, len(l.Boxes) > 0; {
	case image && boxed:
		t.both++
	case image:
		t.imageOnly++
	case boxed:
		t.boxedOnly++
	}
}

// Bucket is where the manifest's pictures lie, by its first line that names one; empty before that.
func (t *Tally) Bucket() string { return t.bucket }

// ImportError is nil, or the *FileError that ends an import of the lines so far. Errors within a line that is kept
// do not end an import; a training judges those.
func (t *Tally) ImportError() error {
	switch {
	case exceeds(t.dropped, maxInvalidPercent, t.lines):
		return fileError(TooManyRecordsInError, "%d of %d lines", t.dropped, t.lines)
	case t.buckets:
		return NewFileError(SeveralBuckets)
	}
	return t.LabelError()
}

// LabelError is nil, or the *FileError that says that the lines so far have too many labels.
func (t *Tally) LabelError() error {
	if !t.tooManyLabels() {
		return nil
	}
	return fileError(TooManyLabels, "%d", len(t.labels))
}

func (t *Tally) tooManyLabels() bool {
	return t.Limits.Labels > 0 && int64(len(t.labels)) > t.Limits.Labels
}

// UseCase is what the manifest can train: boxes, if any line has a valid one, since drawing them was the greater work.
func (t *Tally) UseCase() UseCase {
	switch {
	case t.boxedOnly+t.both > 0:
		return Localization
	case t.imageOnly > 0:
		return ImageLevel
	default:
		return NotDetermined
	}
}

// usable gives the number of lines and the labels that a training of use case u works with.
func (t *Tally) usable(u UseCase) (lines int, labels map[string]struct{}) {
	switch u {
	case Localization:
		return t.boxedOnly + t.both, t.ofBoxes
	case ImageLevel:
		return t.imageOnly + t.both, t.ofImages
	default:
		return 0, nil
	}
}

// exceeds reports whether part is more than percent of whole.
func exceeds(part, percent, whole int) bool { return part*100 > percent*whole }
