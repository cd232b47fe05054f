package vision

import (
	"cmp"
	"context"
	"slices"

	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/model"
)

// Label is one answer.
type Label struct {
	Name       string
	Confidence float32    // 0..100
	Box        *boxes.Box // as shares of the picture's sides; nil for a label of the whole picture
}

// Wanted says which answers are wanted.
type Wanted struct {
	MinConfidence *float64 // 0..100; nil takes each label's own threshold
	MaxResults    int      // the best so many; 0 means all
}

// See gives all that a model says, whatever the score: each label once, or for each box. Errors: those of Look.
func (r *Runner) See(ctx context.Context, file []byte) ([]boxes.Detection, error) {
	if r.Card.Task == model.Boxes {
		return r.Boxes(ctx, file)
	}
	scores, err := r.Scores(ctx, file)
	seen := make([]boxes.Detection, len(scores))
	for i, score := range scores {
		seen[i] = boxes.Detection{Box: boxes.Box{Label: i}, Score: score}
	}
	return seen, err
}

// Answer takes what is wanted of what See gave, best first.
func (r *Runner) Answer(seen []boxes.Detection, w Wanted) []Label {
	labels := []Label{}
	for _, d := range seen {
		l := Label{Name: r.Card.Labels[d.Label], Confidence: d.Score * 100}
		reached := d.Score >= r.Card.Thresholds[d.Label]
		if w.MinConfidence != nil { // in the unit of the answer, so that a label reaches the confidence that it was given
			reached = l.Confidence >= float32(*w.MinConfidence)
		}
		if !reached {
			continue
		}
		if r.Card.Task == model.Boxes {
			l.Box = &d.Box
		}
		labels = append(labels, l)
	}
	slices.SortStableFunc(labels, func(a, b Label) int { return cmp.Compare(b.Confidence, a.Confidence) })
	if w.MaxResults > 0 && len(labels) > w.MaxResults {
		labels = labels[:w.MaxResults]
	}
	return labels
}
