package evaluate

import (
	"errors"
	"slices"
	"sort"

	"ownsight/internal/vision/model"
)

// DecisionsOf asks of every picture whether it has a label, by its index. The predictions must be such as Evaluate takes.
func (p Predictions) DecisionsOf(label int) (d Decisions) {
	d.Scores, d.Right = p.column(label)
	return d
}

// Answers are what the scores claim as a whole: of one label a picture, the label with the highest score; of any number,
// every pair of picture and label. It is an error when a picture that was to have one label has not.
func (p Predictions) Answers() (Decisions, error) {
	if err := p.check(); err != nil {
		return Decisions{}, err
	}
	var d Decisions
	for i, labels := range p.Truth {
		row := p.row(i)
		if p.Task == model.MultiLabel {
			for k, s := range row {
				d.Scores, d.Right = append(d.Scores, s), append(d.Right, slices.Contains(labels, k))
			}
			continue
		}
		if len(labels) != 1 {
			return Decisions{}, errors.New("evaluate: a picture that was to have one label has not")
		}
		answer := argmax(row)
		d.Scores, d.Right = append(d.Scores, row[answer]), append(d.Right, answer == labels[0])
	}
	return d, nil
}

// CurvePoint is what would be reached by answering at one threshold.
type CurvePoint struct {
	Threshold float32 `json:"threshold"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// PrecisionRecall gives the precision-recall curve from the highest threshold down: a point wherever recall rises, and
// one where everything is answered; at most so many of them, spread evenly. Where there is nothing to find, or nothing
// right was said, it has no points.
func (d Decisions) PrecisionRecall(most int) []CurvePoint {
	c := newCurve(d.Scores, d.Right)
	c.positives += d.Missed
	var points []CurvePoint
	hits := 0
	for i, pt := range c.points {
		if pt.hits > hits || i == len(c.points)-1 && hits > 0 {
			hits = pt.hits
			points = append(points, CurvePoint{pt.score, ratio(pt.hits, pt.hits+pt.misses), ratio(pt.hits, c.positives)})
		}
	}
	if most < 2 || len(points) <= most {
		return points
	}
	kept := make([]CurvePoint, most)
	for i := range kept {
		kept[i] = points[i*(len(points)-1)/(most-1)]
	}
	return kept
}

// Sweep counts the answers at thresholds 0, 0.01 ... 1: what asking for a least confidence would give.
type Sweep struct {
	TruePositives, FalsePositives [101]int
}

// Sweep counts what reaches each threshold.
func (d Decisions) Sweep() (s Sweep) {
	for i, score := range d.Scores {
		highest := sort.Search(101, func(at int) bool { return score < float32(at)/100 }) - 1
		if d.Right[i] {
			s.TruePositives[highest]++
		} else {
			s.FalsePositives[highest]++
		}
	}
	for at := 99; at >= 0; at-- { // what reaches a threshold reaches those below it
		s.TruePositives[at] += s.TruePositives[at+1]
		s.FalsePositives[at] += s.FalsePositives[at+1]
	}
	return s
}

// Bin is a part of a reliability diagram (Niculescu-Mizil and Caruana 2005): what was answered with scores of about the
// same height, and how often that was right.
type Bin struct {
	Low     float64 `json:"low"` // scores above it, or 0 in the first bin
	High    float64 `json:"high"`
	Answers int     `json:"answers"`
	Score   float64 `json:"score"` // mean, 0 for no answers
	Right   float64 `json:"right"` // share, 0 for no answers
}

// Reliability gives the bins that the expected calibration error is computed from, lowest first.
func (d Decisions) Reliability() []Bin {
	all := make([]Bin, bins)
	for b := range all {
		all[b].Low, all[b].High = float64(b)/bins, float64(b+1)/bins
	}
	for i, score := range d.Scores {
		b := &all[binOf(float64(score))]
		b.Answers++
		b.Score += float64(score)
		if d.Right[i] {
			b.Right++
		}
	}
	for b := range all {
		n := float64(max(1, all[b].Answers))
		all[b].Score /= n
		all[b].Right /= n
	}
	return all
}
