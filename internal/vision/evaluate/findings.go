package evaluate

import (
	"cmp"
	"fmt"
	"slices"

	"ownsight/internal/vision/model"
)

// Mistake is one wrong answer about a test picture.
type Mistake struct {
	Picture  int
	Truth    int     // the label that was not answered, or None where the answer is one too many
	Answer   int     // the label that was answered and is not true, or None where a label was only missed
	Score    float64 // of Answer, 0 where there is none
	OfTruth  float64 // score of Truth, 0 where there is none
	Surprise float64 // by which mistakes are ranked, 0..1: the score of the wrong answer, or what a missed label's lacks of 1
}

// WorstMistakes gives the most confident wrong answers and the labels most clearly missed, the worst first, at most so
// many. With one label a picture, the answer is the label of the highest score, as in the confusion matrix; with any
// number of them, each label that reaches its threshold.
func WorstMistakes(p Predictions, thresholds []float32, most int) ([]Mistake, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(thresholds) != len(p.Labels) {
		return nil, fmt.Errorf("evaluate: %d thresholds for %d labels", len(thresholds), len(p.Labels))
	}
	var all []Mistake
	for i, labels := range p.Truth {
		row := p.row(i)
		if p.Task == model.SingleLabel && len(labels) == 1 {
			if answer := argmax(row); answer != labels[0] {
				score := float64(row[answer])
				all = append(all, Mistake{i, labels[0], answer, score, float64(row[labels[0]]), score})
			}
			continue
		}
		for k, s := range row {
			score := float64(s)
			switch truly, answered := slices.Contains(labels, k), s >= thresholds[k]; {
			case answered && !truly:
				all = append(all, Mistake{i, None, k, score, 0, score})
			case truly && !answered:
				all = append(all, Mistake{i, k, None, 0, score, 1 - score})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Mistake) int { return cmp.Compare(b.Surprise, a.Surprise) })
	return all[:min(most, len(all))], nil
}

// When there is too little of a label.
const (
	// FewTraining is how many training pictures a label should have at least.
	FewTraining = 10
	// Vague is the width of the interval of a label's recall from which on the test pictures say little: 0.49 to
	// 0.94 is what 8 right answers to 10 pictures prove.
	Vague = 0.4
)

// Scarce is a label with too little data to learn it from, or to tell how well it was learnt.
type Scarce struct {
	Label            int
	TrainingPictures int
	TestPictures     int
	Recall           Interval // Wilson's
	FewToLearn       bool     // fewer than FewTraining training pictures
	FewToTell        bool     // Recall is wider than Vague
}

// ScarceLabel says whether there is too little of a label, of whose pictures in the test set, or boxes, so many were
// found.
func ScarceLabel(label, trainingPictures, testPictures, found, of int) (s Scarce, scarce bool) {
	s = Scarce{Label: label, TrainingPictures: trainingPictures, TestPictures: testPictures, Recall: Wilson(found, of)}
	s.FewToLearn = s.TrainingPictures < FewTraining
	s.FewToTell = s.Recall.Width() > Vague
	return s, s.FewToLearn || s.FewToTell
}
