package manifest

import "strconv"

// Statistics is the judgement of one manifest of a training.
type Statistics struct {
	UseCase    UseCase
	Lines      int // blank ones too
	Valid      int // to be trained on or tested with
	Invalid    int
	Ignored    int   // nothing annotated, or annotated for the other use case
	ErrorLines []int // numbers from 1
	Errors     []Problem
}

// Verdict is the judgement of a training's manifests.
type Verdict struct {
	UseCase           UseCase // of the training manifest; the test manifest follows it
	Logos             bool    // localization is learned from pictures that show nothing but the object: see learns
	Errors            []Problem
	Training, Testing Statistics
}

// Judge says whether a model can be trained on one manifest and tested with the other. It checks what the manifests
// themselves show: share of invalid lines, buckets, number of labels and their overlap. A nil testing is not judged.
func Judge(training, testing *Tally) Verdict {
	u, logos := learns(training, testing)
	from := u // what the training lines must hold to be used
	if logos {
		from = ImageLevel
	}
	v := Verdict{UseCase: u, Logos: logos, Training: training.statistics(from)}
	v.Training.UseCase = u
	if training.tooFewLabels(u) {
		v.Training.Errors = append(v.Training.Errors, NewProblem(TooFewLabels))
	}
	if testing == nil {
		v.Testing.UseCase = NotDetermined
		return v
	}
	v.Testing = testing.statistics(u)
	_, wanted := training.usable(from)
	_, offered := testing.usable(u)
	switch {
	case overlapFails(training.labels, testing.labels):
		v.Errors = append(v.Errors, overlapProblem(InsufficientLabelOverlap))
	case overlapFails(wanted, offered):
		v.Errors = append(v.Errors, overlapProblem(InsufficientUsableLabelOverlap))
	}
	return v
}

// learns tells what a training learns: what its manifest holds, but for brands, which may be trained from pictures of the
// logo alone, each with one label for the whole of it, when all the test lines have boxes.
//
// https://docs.aws.amazon.com/rekognition/latest/customlabels-dg/md-dataset-purpose.html#md-dataset-purpose-brands
func learns(training, testing *Tally) (u UseCase, logos bool) {
	u = training.UseCase()
	logos = u == ImageLevel && testing != nil && testing.boxedOnly > 0 && testing.imageOnly+testing.both == 0
	if logos {
		u = Localization
	}
	return u, logos
}

// Failed gives the first error that keeps the training from going on; false when there is none.
func (v Verdict) Failed() (Problem, bool) {
	for _, list := range [][]Problem{v.Training.Errors, v.Testing.Errors, v.Errors} {
		if len(list) > 0 {
			return list[0], true
		}
	}
	return Problem{}, false
}

func (t *Tally) statistics(u UseCase) Statistics {
	valid, _ := t.usable(u)
	s := Statistics{
		UseCase: u, Lines: t.lines, Valid: valid, Invalid: t.invalid,
		Ignored: t.lines - t.invalid - valid, ErrorLines: t.errorLines,
	}
	if exceeds(t.invalid, maxInvalidPercent, t.lines-s.Ignored) {
		s.Errors = append(s.Errors, NewProblem(TooManyInvalidRows))
	}
	if t.buckets {
		s.Errors = append(s.Errors, NewProblem(SeveralBuckets))
	}
	if t.tooManyLabels() {
		s.Errors = append(s.Errors, NewProblem(TooManyLabels))
	}
	return s
}

// tooFewLabels reports whether there is nothing to tell apart: a picture's label needs an alternative, a box's has the
// background. All labels of a training manifest can be used: where there are boxes one is enough, and where there are
// none all labels are those of whole pictures.
func (t *Tally) tooFewLabels(u UseCase) bool {
	least := 2
	if u == Localization {
		least = 1
	}
	return len(t.labels) < least
}

// overlapFails reports whether too many of the wanted labels are not offered.
func overlapFails(wanted, offered map[string]struct{}) bool {
	missing := 0
	for name := range wanted {
		if _, ok := offered[name]; !ok {
			missing++
		}
	}
	return exceeds(missing, 100-minOverlapPercent, len(wanted))
}

func overlapProblem(code Code) Problem {
	p := NewProblem(code)
	p.Message = code.message(strconv.Itoa(minOverlapPercent))
	return p
}
