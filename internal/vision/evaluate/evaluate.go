// Package evaluate measures what a model answers: precision, recall and F1 at a threshold a label, average precision,
// accuracy and the confusion matrix, and how far its scores can be believed. It also chooses the thresholds and the
// temperature of a model, from predictions that cross-validation made on held-out training pictures: what decides and
// what judges are never the same pictures.
package evaluate

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Predictions are the scores of a model on pictures whose labels are known.
type Predictions struct {
	Labels []string  // K names
	Scores []float32 // [pictures, K] row-major, each 0..1
	Truth  [][]int   // the labels of each picture, as indices into Labels; exactly one each when pictures carry one label
}

// Report is what an evaluation says. The aggregates are plain (macro) means over the labels that have test pictures:
// a label without any has no recall to speak of, and counts only through the false answers that it takes from others.
// They equal precision_score, recall_score and f1_score of scikit-learn with average="macro", zero_division=0 and
// labels= those labels, on the indicator matrix of scores that reach their threshold.
type Report struct {
	Pictures             int           `json:"pictures"`
	Precision            float64       `json:"precision"`
	Recall               float64       `json:"recall"`
	F1                   float64       `json:"f1"`
	MeanAveragePrecision float64       `json:"meanAveragePrecision"`
	Labels               []LabelReport `json:"labels"`           // in the order of the model's labels
	Single               *SingleLabel  `json:"single,omitempty"` // nil unless each picture has exactly one label
}

// LabelReport is the part of a report that concerns one label.
type LabelReport struct {
	Label            string  `json:"label"`
	Threshold        float32 `json:"threshold"` // a score that reaches it is an answer
	Pictures         int     `json:"pictures"`  // that truly have the label
	TruePositives    int     `json:"truePositives"`
	FalsePositives   int     `json:"falsePositives"`
	FalseNegatives   int     `json:"falseNegatives"`
	Precision        float64 `json:"precision"` // 0 when nothing was answered
	Recall           float64 `json:"recall"`    // 0 when there was nothing to find
	F1               float64 `json:"f1"`
	AveragePrecision float64 `json:"averagePrecision"` // 0 when there was nothing to find
}

// SingleLabel is what can be said besides when every picture has exactly one label: the answer is then the label with
// the highest score (the first of equal ones).
type SingleLabel struct {
	Accuracy  float64 `json:"accuracy"`  // share of pictures whose answer is right
	LogLoss   float64 `json:"logLoss"`   // mean of -ln(score of the true label)
	ECE       float64 `json:"ece"`       // expected calibration error, 0..1
	Confusion []Cell  `json:"confusion"` // every pair, row by row, for true labels that have pictures
}

// Cell is one cell of a row-normalised confusion matrix.
type Cell struct {
	GroundTruthLabel string  `json:"groundTruthLabel"`
	PredictedLabel   string  `json:"predictedLabel"`
	Value            float64 `json:"value"` // share of the pictures of the true label that got this answer, 0..1
}

// Evaluate compares predictions on test pictures with the truth, at one threshold a label.
func Evaluate(p Predictions, thresholds []float32) (*Report, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(thresholds) != len(p.Labels) {
		return nil, fmt.Errorf("evaluate: %d thresholds for %d labels", len(thresholds), len(p.Labels))
	}
	r := &Report{Pictures: len(p.Truth), Labels: make([]LabelReport, len(p.Labels))}
	seen := 0.0
	for k := range p.Labels {
		l := p.label(k, thresholds[k])
		r.Labels[k] = l
		if l.Pictures == 0 {
			continue
		}
		seen++
		r.Precision += l.Precision
		r.Recall += l.Recall
		r.F1 += l.F1
		r.MeanAveragePrecision += l.AveragePrecision
	}
	r.Precision /= seen
	r.Recall /= seen
	r.F1 /= seen
	r.MeanAveragePrecision /= seen
	r.Single = p.single()
	return r, nil
}

// label counts one label's answers.
func (p Predictions) label(k int, threshold float32) LabelReport {
	l := LabelReport{Label: p.Labels[k], Threshold: threshold}
	scores, truth := p.column(k)
	for i, s := range scores {
		switch answered := s >= threshold; {
		case answered && truth[i]:
			l.TruePositives++
		case answered:
			l.FalsePositives++
		case truth[i]:
			l.FalseNegatives++
		}
	}
	l.Pictures = l.TruePositives + l.FalseNegatives
	l.Precision = ratio(l.TruePositives, l.TruePositives+l.FalsePositives)
	l.Recall = ratio(l.TruePositives, l.Pictures)
	l.F1 = ratio(2*l.TruePositives, 2*l.TruePositives+l.FalsePositives+l.FalseNegatives)
	l.AveragePrecision = averagePrecision(scores, truth)
	return l
}

// single measures single-label answers, or gives nil where a picture has no label or several.
func (p Predictions) single() *SingleLabel {
	k := len(p.Labels)
	answers := make([]int, k*k)
	rows := make([]int, k)
	s := &SingleLabel{}
	for i, truth := range p.Truth {
		if len(truth) != 1 {
			return nil
		}
		row, t := p.row(i), truth[0]
		answer := argmax(row)
		rows[t]++
		answers[t*k+answer]++
		if answer == t {
			s.Accuracy++
		}
		s.LogLoss -= math.Log(max(float64(row[t]), 1e-12))
	}
	n := float64(len(p.Truth))
	s.Accuracy /= n
	s.LogLoss /= n
	s.ECE = p.calibrationError()
	for t, of := range rows {
		for a := 0; a < k && of > 0; a++ {
			s.Confusion = append(s.Confusion, Cell{p.Labels[t], p.Labels[a], ratio(answers[t*k+a], of)})
		}
	}
	return s
}

// check refuses predictions that do not fit together.
func (p Predictions) check() error {
	if len(p.Truth) == 0 || len(p.Labels) == 0 {
		return errors.New("evaluate: no pictures or no labels to evaluate")
	}
	if len(p.Scores) != len(p.Truth)*len(p.Labels) {
		return fmt.Errorf("evaluate: %d scores for %d pictures and %d labels", len(p.Scores), len(p.Truth), len(p.Labels))
	}
	for i, s := range p.Scores {
		if !(s >= 0 && s <= 1) {
			return fmt.Errorf("evaluate: score %v of picture %d is not in 0..1", s, i/len(p.Labels))
		}
	}
	labelled := false
	for i, truth := range p.Truth {
		labelled = labelled || len(truth) > 0
		for _, t := range truth {
			if t < 0 || t >= len(p.Labels) {
				return fmt.Errorf("evaluate: picture %d has label %d of %d", i, t, len(p.Labels))
			}
		}
	}
	if !labelled {
		return errors.New("evaluate: no picture has a label")
	}
	return nil
}

// row gives the scores of picture i.
func (p Predictions) row(i int) []float32 {
	k := len(p.Labels)
	return p.Scores[i*k : (i+1)*k]
}

// column gives the scores of label k and whether each picture truly has it.
func (p Predictions) column(k int) (scores []float32, truth []bool) {
	scores = make([]float32, len(p.Truth))
	truth = make([]bool, len(p.Truth))
	for i, labels := range p.Truth {
		scores[i] = p.Scores[i*len(p.Labels)+k]
		truth[i] = slices.Contains(labels, k)
	}
	return scores, truth
}

// ratio is a/b, and 0 for b = 0: the zero_division=0 of scikit-learn.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// argmax gives the index of the highest score, the first of equal ones.
func argmax(row []float32) int {
	best := 0
	for k, s := range row {
		if s > row[best] {
			best = k
		}
	}
	return best
}
