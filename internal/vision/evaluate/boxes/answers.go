package boxes

import (
	"slices"

	"ownsight/internal/vision/evaluate"
)

// Answer is a detection that reaches its threshold beside the true box that it found or was put in the place of, or a
// true box that nothing was answered for.
type Answer struct {
	Truth     int     // index into the picture's; evaluate.None where nothing is
	Detection int     // index into the picture's; evaluate.None where nothing was answered
	Overlap   float64 // of the two, 0 unless there are both
	OfTruth   float32 // score of the detection that finds the true box, be it below the threshold; 0 where none does
}

// Right says whether an answer found a box of its label.
func (p Picture) Right(a Answer) bool {
	return a.Truth != evaluate.None && a.Detection != evaluate.None && p.Truth[a.Truth].Label == p.Detections[a.Detection].Label
}

// Answers puts every detection that reaches its label's threshold, best first, and then every true box that none of
// them has found, beside what it belongs to: a box of its own label, else a box of another label, not found either,
// that it overlaps enough and most, else nothing.
func (p Picture) Answers(thresholds []float32) []Answer {
	found := p.Matches()
	ofTruth := make([]float32, len(p.Truth))
	for d, t := range found {
		if t >= 0 {
			ofTruth[t] = p.Detections[d].Score
		}
	}
	given := p.ranked(func(d Detection) bool { return d.Score >= thresholds[d.Label] })
	answered := make([]bool, len(p.Truth))
	for _, d := range given {
		if found[d] >= 0 {
			answered[found[d]] = true
		}
	}
	list := make([]Answer, 0, len(given)+len(p.Truth))
	for _, d := range given {
		a := Answer{Truth: found[d], Detection: d}
		if a.Truth < 0 {
			a.Truth = best(p.overlaps(d), Overlap, func(t int) bool { return !answered[t] })
		}
		if a.Truth >= 0 {
			answered[a.Truth] = true
			a.Overlap, a.OfTruth = p.Detections[d].overlap(p.Truth[a.Truth]), ofTruth[a.Truth]
		}
		list = append(list, a)
	}
	for t := range p.Truth {
		if !answered[t] {
			list = append(list, Answer{Truth: t, Detection: evaluate.None, OfTruth: ofTruth[t]})
		}
	}
	return list
}

// overlaps gives the overlaps of a detection with all true boxes.
func (p Picture) overlaps(detection int) []float64 {
	list := make([]float64, len(p.Truth))
	for t, b := range p.Truth {
		list[t] = p.Detections[detection].overlap(b)
	}
	return list
}

// Decisions are the detections of each label, in the order of the labels, of which each finds a box or does not. Boxes
// that no detection finds are missed at any threshold.
func (s Set) Decisions() ([]evaluate.Decisions, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	labels := make([]evaluate.Decisions, len(s.Labels))
	for _, p := range s.Pictures {
		for _, b := range p.Truth {
			labels[b.Label].Missed++
		}
		for i, t := range p.Matches() {
			l := &labels[p.Detections[i].Label]
			l.Scores, l.Right = append(l.Scores, p.Detections[i].Score), append(l.Right, t >= 0)
			if t >= 0 {
				l.Missed--
			}
		}
	}
	return labels, nil
}

// Pooled takes every detection as one decision, whatever its label.
func (s Set) Pooled() (d evaluate.Decisions, err error) {
	if err := s.check(); err != nil {
		return d, err
	}
	for _, p := range s.Pictures {
		for i, t := range p.Matches() {
			d.Scores, d.Right = append(d.Scores, p.Detections[i].Score), append(d.Right, t >= 0)
		}
	}
	return d, nil
}

// Tallies counts the answers of each picture at one threshold a label, label by label as Evaluate does.
func (s Set) Tallies(thresholds []float32) ([][]evaluate.Tally, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.checkThresholds(thresholds); err != nil {
		return nil, err
	}
	all := make([][]evaluate.Tally, len(s.Pictures))
	for i, p := range s.Pictures {
		all[i] = p.tally(thresholds)
	}
	return all, nil
}

// tally counts a picture's answers; labels that are neither there nor answered are left out.
func (p Picture) tally(thresholds []float32) (list []evaluate.Tally) {
	of := func(label int) *evaluate.Tally {
		at := slices.IndexFunc(list, func(t evaluate.Tally) bool { return t.Label == label })
		if at < 0 {
			at, list = len(list), append(list, evaluate.Tally{Label: label})
		}
		return &list[at]
	}
	for _, a := range p.Answers(thresholds) {
		if p.Right(a) {
			of(p.Truth[a.Truth].Label).TruePositives++
			continue
		}
		if a.Truth != evaluate.None {
			of(p.Truth[a.Truth].Label).FalseNegatives++
		}
		if a.Detection != evaluate.None {
			of(p.Detections[a.Detection].Label).FalsePositives++
		}
	}
	return list
}
