package boxes

import (
	"fmt"

	"ownsight/internal/vision/evaluate"
)

// Report is what an evaluation says. The aggregates are plain (macro) means over the labels that have true boxes: a
// label without any has no recall to speak of, and counts only through the boxes of others that it is taken for.
type Report struct {
	Pictures  int           `json:"pictures"`
	Precision float64       `json:"precision"`
	Recall    float64       `json:"recall"`
	F1        float64       `json:"f1"`
	Labels    []LabelReport `json:"labels"` // in the order of the set's labels
	Average   *Precision    `json:"average"`
	Confusion []Cell        `json:"confusion"`
}

// LabelReport is the part of a report that concerns one label at its threshold.
type LabelReport struct {
	Label          string  `json:"label"`
	Threshold      float32 `json:"threshold"` // a detection whose score reaches it is an answer
	Pictures       int     `json:"pictures"`  // that truly have such boxes
	Boxes          int     `json:"boxes"`     // true ones
	TruePositives  int     `json:"truePositives"`
	FalsePositives int     `json:"falsePositives"`
	FalseNegatives int     `json:"falseNegatives"`
	Precision      float64 `json:"precision"` // 0 when nothing was answered
	Recall         float64 `json:"recall"`    // 0 when there was nothing to find
	F1             float64 `json:"f1"`
}

// Cell says how many boxes of a label were taken for another, or for their own.
type Cell struct {
	Truth     string `json:"truth"`     // "" where there was nothing
	Predicted string `json:"predicted"` // "" where nothing was answered
	Boxes     int    `json:"boxes"`     // at least 1
}

// Evaluate compares detections on test pictures with the truth, at one threshold a label and an overlap of 0.5. Average
// does without thresholds.
func Evaluate(s Set, thresholds []float32) (*Report, error) {
	average, err := AveragePrecision(s)
	if err != nil {
		return nil, err
	}
	if err := s.checkThresholds(thresholds); err != nil {
		return nil, err
	}
	r := &Report{Pictures: len(s.Pictures), Average: average, Labels: make([]LabelReport, len(s.Labels))}
	nothing := len(s.Labels)
	cells := make([]int, (nothing+1)*(nothing+1)) // [truth, predicted]
	for _, p := range s.Pictures {
		for _, a := range p.Answers(thresholds) {
			truth, predicted := nothing, nothing
			if a.Truth != evaluate.None {
				truth = p.Truth[a.Truth].Label
			}
			if a.Detection != evaluate.None {
				predicted = p.Detections[a.Detection].Label
			}
			cells[truth*(nothing+1)+predicted]++
		}
	}
	for i, boxes := range cells {
		if truth, predicted := i/(nothing+1), i%(nothing+1); boxes > 0 {
			r.Confusion = append(r.Confusion, Cell{s.name(truth), s.name(predicted), boxes})
			r.count(truth, predicted, boxes)
		}
	}
	r.sum(s, thresholds)
	return r, nil
}

func (s Set) checkThresholds(thresholds []float32) error {
	if len(thresholds) != len(s.Labels) {
		return fmt.Errorf("evaluate: %d thresholds for %d labels", len(thresholds), len(s.Labels))
	}
	return nil
}

// name is that of a label; beyond the labels lies the background.
func (s Set) name(label int) string {
	if label == len(s.Labels) {
		return ""
	}
	return s.Labels[label]
}

// count books a cell of the confusion under the labels concerned.
func (r *Report) count(truth, predicted, boxes int) {
	if truth == predicted {
		r.Labels[truth].TruePositives += boxes
		return
	}
	if truth < len(r.Labels) {
		r.Labels[truth].FalseNegatives += boxes
	}
	if predicted < len(r.Labels) {
		r.Labels[predicted].FalsePositives += boxes
	}
}

// sum makes ratios of counts, and means of ratios.
func (r *Report) sum(s Set, thresholds []float32) {
	seen := 0.0
	for k := range r.Labels {
		l := &r.Labels[k]
		l.Label, l.Threshold, l.Pictures = s.Labels[k], thresholds[k], s.pictures(k)
		l.Boxes = l.TruePositives + l.FalseNegatives
		l.Precision = ratio(l.TruePositives, l.TruePositives+l.FalsePositives)
		l.Recall = ratio(l.TruePositives, l.Boxes)
		l.F1 = ratio(2*l.TruePositives, 2*l.TruePositives+l.FalsePositives+l.FalseNegatives)
		if l.Boxes == 0 {
			continue
		}
		seen++
		r.Precision += l.Precision
		r.Recall += l.Recall
		r.F1 += l.F1
	}
	r.Precision /= seen
	r.Recall /= seen
	r.F1 /= seen
}

// pictures counts those that have a box of a label.
func (s Set) pictures(label int) (n int) {
	for _, p := range s.Pictures {
		for _, b := range p.Truth {
			if b.Label == label {
				n++
				break
			}
		}
	}
	return n
}
