package boxes

import (
	"cmp"
	"slices"

	"ownsight/internal/vision/evaluate"
)

// Mistakes are the wrong answers of one picture.
type Mistakes struct {
	Picture int // index into the set's
	Wrong   []Answer
	// Surprise is by which pictures are ranked: the sum, over the wrong answers, of their score, or of what a missed box's
	// lacks of 1.
	Surprise float64
}

// Worst gives the pictures with the worst mistakes at one threshold a label, the worst first, at most so many.
func Worst(s Set, thresholds []float32, most int) ([]Mistakes, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.checkThresholds(thresholds); err != nil {
		return nil, err
	}
	var all []Mistakes
	for i, p := range s.Pictures {
		m := Mistakes{Picture: i}
		for _, a := range p.Answers(thresholds) {
			if p.Right(a) {
				continue
			}
			m.Wrong = append(m.Wrong, a)
			if a.Detection == evaluate.None {
				m.Surprise += float64(1 - a.OfTruth)
			} else {
				m.Surprise += float64(p.Detections[a.Detection].Score)
			}
		}
		if len(m.Wrong) > 0 {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b Mistakes) int { return cmp.Compare(b.Surprise, a.Surprise) })
	return all[:min(most, len(all))], nil
}
