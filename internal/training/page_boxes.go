package training

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"ownsight/internal/training/report/page"
	"ownsight/internal/vision/detect"
	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/evaluate/boxes"
)

// tellBoxes tells of a model that finds boxes.
func (w *work) tellBoxes(d *draft, t *trained, v judgement) error {
	tallies, err := v.set.Tallies(t.Card.Thresholds)
	if err != nil {
		return err
	}
	d.figures(v, tallies, len(w.plan.labels))
	a := v.boxes.Average
	d.Figures.Further = []page.NamedFigure{
		{Name: "mAP at 0.5", Figure: page.Figure{Value: a.At50}, Note: "mean average precision, at an overlap of 0.5"},
		{Name: "mAP at 0.5 to 0.95", Figure: page.Figure{Value: a.Mean}, Note: "the same at overlaps of 0.5, 0.55 ... 0.95, as COCO has it"},
	}
	decisions, err := v.set.Decisions()
	if err != nil {
		return err
	}
	counts := w.plan.trainingPictures()
	for k, l := range v.boxes.Labels {
		label := page.Label{Name: l.Label, TrainingPictures: counts[k], TestPictures: l.Pictures, TestBoxes: l.Boxes,
			TruePositives: l.TruePositives, FalsePositives: l.FalsePositives, FalseNegatives: l.FalseNegatives,
			Precision: share(l.TruePositives, l.TruePositives+l.FalsePositives), Recall: share(l.TruePositives, l.Boxes),
			F1: l.F1, AveragePrecision: a.Labels[k].At[0], Threshold: float64(l.Threshold)}
		decide(&label, decisions[k])
		d.Labels = append(d.Labels, label)
		d.scarce(label, k)
	}
	answers, err := v.set.Pooled()
	if err != nil {
		return err
	}
	d.reliability(above(answers, hopeless))
	d.confuseBoxes(v.boxes, w.plan.labels)
	var how detection
	if err := json.Unmarshal(t.Card.Training, &how); err != nil {
		return fmt.Errorf("how the model was trained: %w", err)
	}
	d.Search, d.Losses = searchOfBoxes(how), lossesOf(how, t.Losses)
	d.Method.Further = append(d.Method.Further, page.Fact{Name: "Recipe", Value: recipes[how.Recipe]})
	w.testBoxes(d, t.Card.Thresholds, v.set)
	if err := w.boxMistakes(d, t, v); err != nil {
		return err
	}
	return w.boxDoubts(d, t)
}

// hopeless is the score below which detections are not counted in the reliability diagram: there are so many that they
// would make any model look calibrated.
const hopeless = 0.05

// above leaves out decisions with lower scores.
func above(d evaluate.Decisions, least float32) (kept evaluate.Decisions) {
	for i, s := range d.Scores {
		if s >= least {
			kept.Scores, kept.Right = append(kept.Scores, s), append(kept.Right, d.Right[i])
		}
	}
	return kept
}

// confuseBoxes adds the confusion matrix, with a row and a column for nothing.
func (d *draft) confuseBoxes(r *boxes.Report, labels []string) {
	place := map[string]int{"": len(labels)}
	c := &page.Confusion{Labels: labels, Nothing: true, Counts: [][]int{make([]int, len(labels)+1)}}
	for k, label := range labels {
		place[label] = k
		c.Counts = append(c.Counts, make([]int, len(labels)+1))
	}
	for _, cell := range r.Confusion {
		c.Counts[place[cell.Truth]][place[cell.Predicted]] = cell.Boxes
	}
	d.Confusion = c
}

// boxMistakes adds the test pictures with the worst mistakes, and all boxes in them.
func (w *work) boxMistakes(d *draft, t *trained, v judgement) error {
	list, err := boxes.Worst(v.set, t.Card.Thresholds, math.MaxInt)
	if err != nil {
		return err
	}
	for _, m := range list {
		s, p := w.plan.testing[m.Picture], v.set.Pictures[m.Picture]
		told := page.Mistake{Picture: called(s), Truth: w.plan.named(s.labels)}
		for _, a := range p.Answers(t.Card.Thresholds) {
			w.tellAnswer(&told, p, a)
		}
		d.mistaken, d.Mistakes = append(d.mistaken, s), append(d.Mistakes, told)
	}
	return nil
}

// tellAnswer draws an answer and the box that belongs to it, and tells it if it is wrong.
func (w *work) tellAnswer(m *page.Mistake, p boxes.Picture, a boxes.Answer) {
	right := p.Right(a)
	if a.Truth != evaluate.None {
		b := p.Truth[a.Truth]
		kind := page.TruthFound
		if !right {
			kind = page.TruthMissed
			m.Missed = append(m.Missed, page.Answer{Label: w.plan.labels[b.Label], Score: float64(a.OfTruth)})
		}
		m.Boxes = append(m.Boxes, w.drawn(b, kind, 0))
	}
	if a.Detection != evaluate.None {
		found := p.Detections[a.Detection]
		kind := page.AnswerRight
		if !right {
			kind = page.AnswerWrong
			m.Wrong = append(m.Wrong, page.Answer{Label: w.plan.labels[found.Label], Score: float64(found.Score)})
		}
		m.Boxes = append(m.Boxes, w.drawn(found.Box, kind, found.Score))
	}
}

func (w *work) drawn(b boxes.Box, kind page.BoxKind, score float32) page.Box {
	return page.Box{Kind: kind, Label: w.plan.labels[b.Label], Score: float64(score), Left: b.Left, Top: b.Top, Width: b.Width, Height: b.Height}
}

// boxDoubts adds the training pictures in which boxes are likely missing or have the wrong label.
func (w *work) boxDoubts(d *draft, t *trained) error {
	if len(t.Held.Pictures) == 0 {
		return nil
	}
	list, err := boxes.LikelyWrong(t.Held.Boxes)
	if err != nil {
		return err
	}
	for _, l := range list {
		s, p := w.plan.training[t.Held.Pictures[l.Picture]], t.Held.Boxes.Pictures[l.Picture]
		found := p.Detections[l.Suggested]
		doubt := page.WrongLabel{Picture: called(s), Suggested: w.plan.labels[found.Label], Confidence: l.Confidence}
		for i, b := range p.Truth {
			kind := page.TruthFound
			if i == l.Given {
				doubt.Given, kind = w.plan.labels[b.Label], page.TruthMissed
			}
			doubt.Boxes = append(doubt.Boxes, w.drawn(b, kind, 0))
		}
		doubt.Boxes = append(doubt.Boxes, w.drawn(found.Box, page.AnswerWrong, found.Score))
		d.doubted, d.WrongLabels = append(d.doubted, s), append(d.WrongLabels, doubt)
	}
	return nil
}

// recipes says what those of detections do.
var recipes = map[detect.Recipe]string{
	detect.Shallow: "the network's last blocks are trained along",
	detect.Deep:    "the network's later half is trained along",
}

// searchOfBoxes tells what was tried.
func searchOfBoxes(how detection) page.Search {
	s := page.Search{Measures: []string{"mAP at 0.5", "mAP at 0.5 to 0.95"}, DecidedBy: -1}
	if len(how.Tried) > 1 {
		s.Why = "The mean of both figures decided; what takes longer has to win by 0.01."
	}
	for _, tried := range how.Tried {
		if tried.Integers && tried.Recipe == how.Recipe {
			s.Why = strings.TrimSpace(fmt.Sprintf("%s It computes with 8-bit integers, by which the mean of both figures falls by %.3f.", s.Why, max(tried.Lost, 0)))
		}
		s.Candidates = append(s.Candidates, page.Candidate{Name: recipes[tried.Recipe], Pictures: how.HeldOut,
			Values: []float64{tried.At50, tried.Mean}, Chosen: tried.Recipe == how.Recipe})
	}
	return s
}

const finalTraining = "final training"

func trialOf(r detect.Recipe) string { return "trial: " + recipes[r] }

// lossesOf names and thins the losses of the trials and of the final training.
func lossesOf(how detection, losses [][]float32) (list []page.Series) {
	for i, all := range losses {
		name := finalTraining
		if i < len(how.Tried) {
			name = trialOf(how.Tried[i].Recipe)
		}
		list = append(list, page.Series{Name: name, Points: thinned(0, all)})
	}
	return list
}
