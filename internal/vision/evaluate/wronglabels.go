package evaluate

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"ownsight/internal/vision/model"
)

// None stands where a finding names no label: a label that is missing was not given, and one too many has no other to
// take its place.
const None = -1

// WrongLabel is a picture whose label is likely wrong.
type WrongLabel struct {
	Picture    int
	Given      int     // the label that is doubted, or None where a label seems to be missing
	Suggested  int     // the label that seems right, or None where Given seems to be one too many
	Confidence float64 // that of the two answers the suggested one is right, sureOfOne or sureOfSeveral..1
}

const (
	// sureOfOne is the confidence from which the only label of a picture is called wrong: odds of 199 to 1, sharpened, which
	// are nearly 6 to 1 at least of scores. Of linear heads on 500 and 1200 photographs with 3 and 8 % of the labels
	// changed, 77 to 95 % of what it named had been changed, and it named 44 to 94 % of that; with three changed labels among
	// 63 to 120, 75 to 100 %, and 44 to 100 %. Where nothing had been changed it named 0 to 0.9 %, some truly wrong.
	// bench/RESULTS.md has what other rules named.
	sureOfOne = 0.995
	// sureOfSeveral is that from which one of any number is: odds of 19 to 1 of scores that are confident.
	sureOfSeveral = 0.95
	// doubtable is how many pictures a label needs before any of them is doubted: a model that has hardly seen a label
	// misses it for that reason.
	doubtable = 5
)

// LikelyWrongLabels finds the labels that the pictures themselves speak against, the most certain first. With one label a
// picture, a picture is suspect when its highest score is of another label than the given one, at odds that are high
// enough once they are sharpened (see sharpness). With any number of labels, each label of each picture is a question of
// yes and no, and is judged by confident learning (Northcutt, Jiang and Chuang 2021): an answer counts as confident when its
// score reaches the mean score that the answer has on the pictures given it, so that labels of which a model is never
// sure are judged by their own measure. The predictions must be of training pictures and out of fold, each made by a model
// that had not seen the picture.
func LikelyWrongLabels(p Predictions) ([]WrongLabel, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	var found []WrongLabel
	if p.Task == model.MultiLabel {
		found = p.wrongOfSeveral()
	} else {
		for _, labels := range p.Truth {
			if len(labels) != 1 {
				return nil, errors.New("evaluate: a picture that was to have one label has not")
			}
		}
		found = p.wrongOfOne()
	}
	slices.SortFunc(found, func(a, b WrongLabel) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Picture, b.Picture),
			cmp.Compare(a.Given, b.Given), cmp.Compare(a.Suggested, b.Suggested))
	})
	return found, nil
}

// selfConfidence is the mean score of one side of a question, over the pictures that were given that side.
type selfConfidence struct {
	sum      float64
	pictures int
}

func (s *selfConfidence) add(score float64) {
	s.sum += score
	s.pictures++
}

// reached says whether a score is one that the side has where it is right.
func (s selfConfidence) reached(score float64) bool {
	return s.pictures > 0 && score*float64(s.pictures) >= s.sum
}

// wrongOfOne finds pictures that were given one label and look like another.
func (p Predictions) wrongOfOne() (found []WrongLabel) {
	pictures := make([]int, len(p.Labels)) // that were given each label
	for _, labels := range p.Truth {
		pictures[labels[0]]++
	}
	sharpness := p.sharpness()
	for i, labels := range p.Truth {
		row, given := p.row(i), labels[0]
		answer := argmax(row)
		odds := math.Log(float64(row[answer])) - math.Log(max(float64(row[given]), leastOfOne))
		confidence := sigmoid(sharpness * odds)
		if answer != given && pictures[given] >= doubtable && confidence >= sureOfOne {
			found = append(found, WrongLabel{Picture: i, Given: given, Suggested: answer, Confidence: confidence})
		}
	}
	return found
}

// wrongOfSeveral finds labels that are missing and labels that are one too many.
func (p Predictions) wrongOfSeveral() (found []WrongLabel) {
	for k := range p.Labels {
		var yes, no selfConfidence
		scores, truth := p.column(k)
		for i, s := range scores {
			if truth[i] {
				yes.add(float64(s))
			} else {
				no.add(1 - float64(s))
			}
		}
		for i, s := range scores {
			there, away := float64(s), 1-float64(s)
			switch {
			case truth[i] && yes.pictures >= doubtable && away >= sureOfSeveral && no.reached(away):
				found = append(found, WrongLabel{Picture: i, Given: k, Suggested: None, Confidence: away})
			case !truth[i] && no.pictures >= doubtable && there >= sureOfSeveral && yes.reached(there):
				found = append(found, WrongLabel{Picture: i, Given: None, Suggested: k, Confidence: there})
			}
		}
	}
	return found
}
