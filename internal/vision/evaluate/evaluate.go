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

	"ownsight/internal/vision/model"
)

// Predictions are the scores of a model on pictures whose labels are known.
type Predictions struct {
	Task   model.Task
	Labels []string  // K names
	Scores []float32 // [pictures, K] row-major, each 0..1
	Truth  [][]int   // the labels of each picture, as indices into Labels, each once
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
	Labels               []LabelReport `json:"labels"`          // in the order of the model's labels
	Whole                *Whole        `json:"whole,omitempty"` // nil where pictures that were to have one label have not
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

// Whole is what can be said of whole answers. With one label a picture, the answer is the label with the highest score
// (the first of equal ones). With any number of them, it is all labels that reach their threshold, and scores are judged
// pair by pair of picture and label.
type Whole struct {
	Accuracy float64 `json:"accuracy"` // share of pictures whose answer is right, which means complete and nothing besides
	LogLoss  float64 `json:"logLoss"`  // mean of -ln(score that the truth was given), over pictures or pairs
	ECE      float64 `json:"ece"`      // expected calibration error, 0..1
	// Confusion holds every pair, row by row, for true labels that have pictures. With any number of labels there is none,
	// for there a label is not given in place of another.
	Confusion []Cell `json:"confusion,omitempty"`
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
	if p.Task == model.MultiLabel {
		r.Whole = p.multi(thresholds)
	} else {
		r.Whole = p.single()
	}
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
func (p Predictions) single() *Whole {
	k := len(p.Labels)
	answers := make([]int, k*k)
	rows := make([]int, k)
	s := &Whole{}
	var ece calibration
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
		ece.add(float64(row[answer]), answer == t)
		s.LogLoss -= math.Log(max(float64(row[t]), 1e-12))
	}
	n := float64(len(p.Truth))
	s.Accuracy /= n
	s.LogLoss /= n
	s.ECE = ece.error()
	for t, of := range rows {
		for a := 0; a < k && of > 0; a++ {
			s.Confusion = append(s.Confusion, Cell{p.Labels[t], p.Labels[a], ratio(answers[t*k+a], of)})
		}
	}
	return s
}

// multi measures answers of any number of labels.
func (p Predictions) multi(thresholds []float32) *Whole {
	k := len(p.Labels)
	m := &Whole{}
	var ece calibration
	for i, labels := range p.Truth {
		whole := 1.0
		for l, score := range p.row(i) {
			truly := slices.Contains(labels, l)
			given := float64(score)
			if !truly {
				given = 1 - given
			}
			m.LogLoss -= math.Log(max(given, 1e-12))
			ece.add(float64(score), truly)
			if (score >= thresholds[l]) != truly {
				whole = 0
			}
		}
		m.Accuracy += whole
	}
	n := float64(len(p.Truth))
	m.Accuracy /= n
	m.LogLoss /= n * float64(k)
	m.ECE = ece.error()
	return m
}

// check refuses predictions that do not fit together.
func (p Predictions) check() error {
	if p.Task != model.SingleLabel && p.Task != model.MultiLabel {
		return fmt.Errorf("evaluate: no task %q", string(p.Task))
	}
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
