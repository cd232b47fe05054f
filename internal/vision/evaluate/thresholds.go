package evaluate

import (
	"cmp"
	"math"
	"slices"
)

// Neutral is the threshold of a label of which nothing is known: a score above it says that the label is more likely
// there than not.
const Neutral = 0.5

// trust is how many pictures or boxes of a label it takes before its own best cut weighs as much as the cut of all
// labels together. Few of them put the best cut almost anywhere.
const trust = 20

// Thresholds chooses one cut a label as Cuts does, for the question whether a picture has the label. The predictions
// must be out of fold, each made by a model that had not seen the picture.
func Thresholds(p Predictions) (cuts []float32, shared float32, err error) {
	if err := p.check(); err != nil {
		return nil, 0, err
	}
	labels := make([]Decisions, len(p.Labels))
	for k := range p.Labels {
		labels[k].Scores, labels[k].Right = p.column(k)
	}
	cuts, shared = Cuts(labels)
	return cuts, shared, nil
}

// Decisions are scored answers of which each is right or wrong: that a picture has a label, that a box is there.
type Decisions struct {
	Scores []float32 // 0..1
	Right  []bool    // of each score, whether the answer would be right
	Missed int       // how many right answers there are besides, without a score: boxes that no detection finds
}

// Cuts chooses one cut a label: the one with the best F1, drawn towards the best cut of all labels together (and that
// towards Neutral) the more, the fewer right answers there are. That shared cut is for labels that could not be judged.
func Cuts(labels []Decisions) (cuts []float32, shared float32) {
	var all Decisions
	for _, d := range labels {
		all.Scores, all.Right = append(all.Scores, d.Scores...), append(all.Right, d.Right...)
		all.Missed += d.Missed
	}
	pooled := all.drawn(Neutral)
	for _, d := range labels {
		cuts = append(cuts, float32(d.drawn(pooled)))
	}
	return cuts, float32(pooled)
}

// drawn is the cut of the best F1, weighed against a cut known beforehand.
func (d Decisions) drawn(prior float64) float64 {
	c := newCurve(d.Scores, d.Right)
	c.positives += d.Missed
	if c.positives == 0 {
		return prior
	}
	n := float64(c.positives)
	return (n*c.bestCut(prior) + trust*prior) / (n + trust)
}

// curve holds, for each distinct score from the highest down, what answering at that score and above would give.
type curve struct {
	points    []point
	positives int
}

// point is one step of a curve.
type point struct {
	score        float32
	hits, misses int // right and wrong answers down to here
}

// newCurve ranks scores.
func newCurve(scores []float32, truth []bool) curve {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	var c curve
	at := point{}
	for i, o := range order {
		if truth[o] {
			at.hits++
		} else {
			at.misses++
		}
		at.score = scores[o]
		if i+1 == len(order) || scores[order[i+1]] != at.score {
			c.points = append(c.points, at)
		}
	}
	c.positives = at.hits
	return c
}

// bestCut is the middle of the gap between two scores where cutting gives the best F1; of several such gaps the one
// whose middle lies nearest to prior.
func (c curve) bestCut(prior float64) float64 {
	best, cut := -1.0, prior
	for i, pt := range c.points {
		f1 := 2 * float64(pt.hits) / float64(pt.hits+pt.misses+c.positives)
		below := 0.0
		if i+1 < len(c.points) {
			below = float64(c.points[i+1].score)
		}
		middle := (float64(pt.score) + below) / 2
		if f1 > best || (f1 == best && math.Abs(middle-prior) < math.Abs(cut-prior)) {
			best, cut = f1, middle
		}
	}
	return cut
}

// averagePrecision is the mean of precision over recall, summed over the steps of the ranking without interpolation,
// as average_precision_score of scikit-learn.
func averagePrecision(scores []float32, truth []bool) float64 {
	c := newCurve(scores, truth)
	area, last := 0.0, 0
	for _, pt := range c.points {
		area += ratio(pt.hits-last, c.positives) * ratio(pt.hits, pt.hits+pt.misses)
		last = pt.hits
	}
	return min(area, 1) // the sum of many steps may come out a hair above
}
