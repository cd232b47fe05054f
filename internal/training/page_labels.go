package training

import (
	"encoding/json"
	"fmt"
	"math"

	"ownsight/internal/training/report/page"
	"ownsight/internal/vision/classify"
	"ownsight/internal/vision/evaluate"
	visionmodel "ownsight/internal/vision/model"
)

// tellLabels tells of a model of whole pictures.
func (w *work) tellLabels(d *draft, t *trained, v judgement) error {
	d.figures(v, v.predictions.Tallies(t.Card.Thresholds), len(w.plan.labels))
	d.Figures.Further = []page.NamedFigure{{Name: "Mean average precision", Figure: page.Figure{Value: v.labels.MeanAveragePrecision},
		Note: "area under the precision-recall curves, mean over labels"}}
	counts := w.plan.trainingPictures()
	for k, l := range v.labels.Labels {
		label := page.Label{Name: l.Label, TrainingPictures: counts[k], TestPictures: l.Pictures,
			TruePositives: l.TruePositives, FalsePositives: l.FalsePositives, FalseNegatives: l.FalseNegatives,
			Precision: share(l.TruePositives, l.TruePositives+l.FalsePositives), Recall: share(l.TruePositives, l.Pictures),
			F1: l.F1, AveragePrecision: l.AveragePrecision, Threshold: float64(l.Threshold)}
		decide(&label, v.predictions.DecisionsOf(k))
		d.Labels = append(d.Labels, label)
		d.scarce(label, k)
	}
	if whole := v.labels.Whole; whole != nil {
		right := int(math.Round(whole.Accuracy * float64(v.labels.Pictures)))
		d.Figures.Further = append(d.Figures.Further, page.NamedFigure{Name: "Accuracy", Figure: share(right, v.labels.Pictures),
			Note: "share of pictures whose answer is right" + complete[t.Card.Task]})
		answers, err := v.predictions.Answers()
		if err != nil {
			return err
		}
		d.reliability(answers)
		d.confuse(v.labels)
	}
	var how classify.Choice
	if err := json.Unmarshal(t.Card.Training, &how); err != nil {
		return fmt.Errorf("how the model was chosen: %w", err)
	}
	d.Search = searchOfLabels(how)
	d.Method.Further = append(d.Method.Further, page.Fact{Name: "Views of a training picture", Value: fmt.Sprint(w.plan.views)})
	w.testLabels(d, v.predictions)
	if err := w.mistakes(d, t, v); err != nil {
		return err
	}
	return w.doubts(d, t)
}

// complete says what right answers are besides, where there may be several labels.
var complete = map[visionmodel.Task]string{visionmodel.MultiLabel: " and complete"}

// confuse adds the confusion matrix, if there is any. Shares of a row times its pictures are whole numbers.
func (d *draft) confuse(r *evaluate.Report) {
	if len(r.Whole.Confusion) == 0 {
		return
	}
	place := map[string]int{}
	c := &page.Confusion{}
	for k, l := range r.Labels {
		place[l.Label] = k
		c.Labels, c.Counts = append(c.Labels, l.Label), append(c.Counts, make([]int, len(r.Labels)))
	}
	for _, cell := range r.Whole.Confusion {
		truth := place[cell.GroundTruthLabel]
		c.Counts[truth][place[cell.PredictedLabel]] = int(math.Round(cell.Value * float64(r.Labels[truth].Pictures)))
	}
	d.Confusion = c
}

// mistakes adds the test pictures that the model is wrong about, those with the worst mistake first.
func (w *work) mistakes(d *draft, t *trained, v judgement) error {
	list, err := evaluate.WorstMistakes(v.predictions, t.Card.Thresholds, math.MaxInt)
	if err != nil {
		return err
	}
	place := map[int]int{} // picture to its place among the mistakes
	for _, m := range list {
		at, there := place[m.Picture]
		if !there {
			s := w.plan.testing[m.Picture]
			at = len(d.Mistakes)
			place[m.Picture] = at
			d.Mistakes = append(d.Mistakes, page.Mistake{Picture: called(s), Truth: w.plan.named(s.labels)})
			d.mistaken = append(d.mistaken, s)
		}
		told := &d.Mistakes[at]
		if m.Answer != evaluate.None {
			told.Wrong = append(told.Wrong, page.Answer{Label: w.plan.labels[m.Answer], Score: m.Score})
		}
		if m.Truth != evaluate.None {
			told.Missed = append(told.Missed, page.Answer{Label: w.plan.labels[m.Truth], Score: m.OfTruth})
		}
	}
	return nil
}

// doubts adds the training pictures whose labels are likely wrong.
func (w *work) doubts(d *draft, t *trained) error {
	if len(t.Held.Pictures) == 0 {
		return nil
	}
	list, err := evaluate.LikelyWrongLabels(t.Held.Scores)
	if err != nil {
		return err
	}
	name := func(label int) string {
		if label == evaluate.None {
			return ""
		}
		return t.Held.Scores.Labels[label]
	}
	for _, l := range list {
		s := w.plan.training[t.Held.Pictures[l.Picture]]
		d.doubted = append(d.doubted, s)
		d.WrongLabels = append(d.WrongLabels, page.WrongLabel{Picture: called(s), Given: name(l.Given), Suggested: name(l.Suggested),
			Confidence: l.Confidence})
	}
	return nil
}

// searchOfLabels tells what was tried: the linear heads, then the tails, alone and with the best of the heads.
func searchOfLabels(how classify.Choice) page.Search {
	s := page.Search{Measures: []string{"Log loss", "Accuracy", "Mean average precision"}, Why: how.Reason}
	if how.Linear == nil || how.Linear.Validated == nil {
		return s
	}
	add := func(name string, pictures int, f classify.Figures, chosen bool) {
		s.Candidates = append(s.Candidates, page.Candidate{Name: name, Pictures: pictures,
			Values: []float64{f.LogLoss, f.Accuracy, f.AveragePrecision}, Chosen: chosen})
	}
	for _, tried := range how.Linear.Validated.Candidates {
		best := tried.Trials[0]
		for _, trial := range tried.Trials {
			if trial.LogLoss < best.LogLoss {
				best = trial
			}
		}
		add("linear head, "+tried.String(), how.Linear.Validated.Pictures,
			classify.Figures{Accuracy: best.Accuracy, AveragePrecision: best.AveragePrecision, LogLoss: best.LogLoss},
			how.Chosen == 0 && tried.Recipe == how.Linear.Recipe)
	}
	for i, c := range how.Candidates {
		if i == 0 { // the best head
			continue
		}
		chosen := i == how.Chosen
		add(c.Name, c.Pictures, c.Figures, chosen && how.Share.Linear == 0)
		add(c.Name+", with the linear head", c.Pictures, c.Mixed, chosen && how.Share.Linear > 0)
	}
	return s
}
