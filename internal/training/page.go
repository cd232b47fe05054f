package training

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/threads"
	"ownsight/internal/training/report/page"
	"ownsight/internal/vision/evaluate"
)

// draft is a page that still lacks its thumbnails.
type draft struct {
	page.Page
	mistaken []sample // of each of its mistakes
	doubted  []sample // of each of its likely wrong labels
}

// leavePage writes the report, for people and for programs.
func (w *work) leavePage(ctx context.Context, result *ownsight.TrainingResult, t *trained, v judgement, ended time.Time) error {
	d, err := w.draft(t, v)
	if err != nil {
		return err
	}
	d.Method.Ended, d.Method.Took = ended, ended.Sub(w.state.Started)
	for _, f := range result.Files {
		if f.Output == ownsight.ModelFile {
			d.Method.Digests = append(d.Method.Digests, page.Fact{Name: "model", Value: f.SHA256})
		}
	}
	if err := w.illustrate(ctx, d); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := page.Write(&b, d.Page); err != nil {
		return err
	}
	if err := w.leave(ctx, result, ownsight.EvaluationReport, b.Bytes()); err != nil {
		return err
	}
	b.Reset()
	if err := page.WriteData(&b, d.Page); err != nil {
		return err
	}
	return w.leave(ctx, result, ownsight.EvaluationData, b.Bytes())
}

// draft says what the page is to say.
func (w *work) draft(t *trained, v judgement) (*draft, error) {
	d := &draft{Page: page.Page{
		Task: page.Task(t.Card.Task),
		Model: page.Model{Project: w.version.ARN.Project, Version: w.version.ARN.Name, ARN: w.version.ARN.String(),
			Program: t.Card.Program, Network: t.Card.Backbone.Name},
		Method: page.Method{TrainingPictures: len(w.plan.training), Seed: seed},
	}}
	d.Figures.TestPictures = len(w.plan.testing)
	if n := len(t.Held.Pictures); n > 0 {
		d.Foretold = &page.Foretold{Folds: t.Held.Folds, Pictures: n, F1: t.Held.F1, Modest: w.plan.boxed()}
	}
	for _, s := range w.state.Steps {
		d.Method.Steps = append(d.Method.Steps, page.Step{Name: stepNames[s.Name], Took: s.Took})
	}
	in := t.Card.Input
	d.Method.Further = []page.Fact{
		{Name: "Layers of the network that stay as they are", Value: "computed in " + t.Card.Backbone.Front},
		{Name: "Input of the network", Value: fmt.Sprintf("%d × %d pixels", in.Width, in.Height)},
	}
	d.Method.Digests = []page.Fact{{Name: "data", Value: t.Card.Data.Digest}, {Name: "pretrained network", Value: t.Card.Backbone.Digest}}
	if w.plan.boxed() {
		return d, w.tellBoxes(d, t, v)
	}
	return d, w.tellLabels(d, t, v)
}

// stepNames are those of steps for people.
var stepNames = map[string]string{"look": "looking at pictures", "learn": "learning", "judge": "asking about test pictures"}

// trainingPictures counts them by label.
func (p *plan) trainingPictures() []int {
	counts := make([]int, len(p.labels))
	for _, s := range p.training {
		for _, l := range s.labels {
			counts[l]++
		}
	}
	return counts
}

// figures are the aggregates with their intervals.
func (d *draft) figures(v judgement, tallies [][]evaluate.Tally, labels int) {
	m, sure := v.metrics(), evaluate.Bootstrap(tallies, labels, seed)
	d.Figures.F1 = page.Figure{Value: m.F1, Interval: interval(sure.F1)}
	d.Figures.Precision = page.Figure{Value: m.Precision, Interval: interval(sure.Precision)}
	d.Figures.Recall = page.Figure{Value: m.Recall, Interval: interval(sure.Recall)}
}

func interval(i evaluate.Interval) *page.Interval { return &page.Interval{Low: i.Low, High: i.High} }

// share is a part of a whole.
func share(part, whole int) page.Figure {
	f := page.Figure{Interval: interval(evaluate.Wilson(part, whole))}
	if whole > 0 {
		f.Value = float64(part) / float64(whole)
	}
	return f
}

// curvePoints is how many points of a precision-recall curve are drawn.
const curvePoints = 100

// decide adds what thresholds would give.
func decide(l *page.Label, d evaluate.Decisions) {
	for _, c := range d.PrecisionRecall(curvePoints) {
		l.Curve = append(l.Curve, page.CurvePoint{Recall: c.Recall, Precision: c.Precision})
	}
	l.Sweep = new(page.Sweep(d.Sweep()))
}

// scarce adds a label of which there is too little.
func (d *draft) scarce(l page.Label, label int) {
	s, scarce := evaluate.ScarceLabel(label, l.TrainingPictures, l.TestPictures, l.TruePositives, l.TruePositives+l.FalseNegatives)
	if scarce {
		d.Scarce = append(d.Scarce, page.Scarce{Label: l.Name, TrainingPictures: s.TrainingPictures, TestPictures: s.TestPictures,
			Recall: *interval(s.Recall), FewToLearn: s.FewToLearn, FewToTell: s.FewToTell})
	}
}

// reliability adds how far scores can be believed.
func (d *draft) reliability(answers evaluate.Decisions) {
	for _, b := range answers.Reliability() {
		d.Reliability = append(d.Reliability, page.Bin(b))
	}
}

// called is a picture by its name.
func called(s sample) page.Picture { return page.Picture{Name: manifest.SourceRef(s.at)} }

// illustrate draws the thumbnails of the worst mistakes and of the likeliest wrong labels.
func (w *work) illustrate(ctx context.Context, d *draft) error {
	type place struct {
		at *page.Picture
		of sample
	}
	var places []place
	for i, s := range d.mistaken[:min(page.MostMistakes, len(d.mistaken))] {
		places = append(places, place{&d.Mistakes[i].Picture, s})
	}
	for i, s := range d.doubted[:min(page.MostWrongLabels, len(d.doubted))] {
		places = append(places, place{&d.WrongLabels[i].Picture, s})
	}
	group, ctx := threads.Background.Group(ctx)
	group.SetLimit(w.engine.Threads())
	for i, p := range places {
		w.progress.count("drawing pictures for the report", int64(i+1), len(places))
		group.Go(func() (err error) {
			p.at.JPEG, err = w.thumbnail(ctx, p.of)
			return err
		})
	}
	return group.Wait()
}
