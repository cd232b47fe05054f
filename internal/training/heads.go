package training

import (
	"context"
	"encoding/json"
	"fmt"

	"ownsight"
	"ownsight/internal/model"
	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/linear"
	visionmodel "ownsight/internal/vision/model"
)

// trainer hands the training set to the linear trainer, once a process. The trainer has its own copy, so the features
// are dropped here: a big set does not lie in memory twice.
func (w *work) trainer(ctx context.Context) (*linear.Trainer, error) {
	if w.linear != nil {
		return w.linear, nil
	}
	if err := w.ensureFeatures(ctx); err != nil {
		return nil, err
	}
	set := w.features.training
	d := linear.Data{Features: set.values, Width: len(set.of(0, 0)), Task: w.features.task(), Labels: w.plan.labels}
	views := rowsOf(len(w.plan.training))
	for i, s := range set.samples {
		for _, v := range views {
			d.Rows = append(d.Rows, linear.Row{Picture: i, View: v})
		}
		d.Truth = append(d.Truth, s.labels)
	}
	var err error
	w.linear, err = linear.New(d, linear.Options{Seed: seed, Workers: w.engine.Threads(), Progress: func(p linear.Progress) {
		w.progress.say("%s", p)
	}})
	set.values = nil
	return w.linear, err
}

// score tries the candidates by cross-validation inside the training set. Each one's result is remembered.
func (w *work) score(ctx context.Context) error {
	t, err := w.trainer(ctx)
	if err != nil {
		return err
	}
	for {
		candidate, ok := t.Next(w.state.Results)
		if !ok {
			break
		}
		result, err := t.Score(ctx, candidate)
		if err != nil {
			return err
		}
		w.state.Results = linear.Thin(append(w.state.Results, *result))
		if err := w.checkpoint(ctx, "features"); err != nil {
			return err
		}
		w.log.Debug("candidate scored", "version", w.version.ARN.String(), "candidate", candidate)
	}
	choice, err := t.Choose(w.state.Results)
	if err != nil {
		return err
	}
	w.state.Choice, w.state.Results = choice, nil
	return nil
}

// fit trains the chosen candidate on the whole training set, judges it on the test set, and stores the model.
func (w *work) fit(ctx context.Context) error {
	t, err := w.trainer(ctx)
	if err != nil {
		return err
	}
	head, err := t.Fit(ctx, w.state.Choice)
	if err != nil {
		return err
	}
	figures, err := evaluate.Evaluate(w.predict(head), w.state.Choice.Thresholds)
	if err != nil {
		return err
	}
	card, err := w.card(figures)
	if err != nil {
		return err
	}
	w.progress.say("writing the model")
	network, text, err := w.engine.Compose(head, card)
	if err != nil {
		return err
	}
	if err := w.own.Put(ctx, string(ownsight.ModelCard), text); err != nil {
		return err
	}
	return w.own.Put(ctx, string(ownsight.ModelFile), network)
}

// card describes the model: what it was made from, how it was chosen, how well it did.
func (w *work) card(figures *evaluate.Report) (visionmodel.Card, error) {
	choice, err := json.Marshal(w.state.Choice)
	c := visionmodel.Card{
		Program:    w.program,
		Thresholds: w.state.Choice.Thresholds,
		Data: visionmodel.Dataset{
			Digest:           w.features.digest,
			TrainingPictures: len(w.features.training.samples),
			TestingPictures:  len(w.features.testing.samples),
		},
		Training: choice,
		Metrics: visionmodel.Metrics{
			Precision: figures.Precision, Recall: figures.Recall, F1: figures.F1, MeanAveragePrecision: figures.MeanAveragePrecision,
		},
	}
	if figures.Whole != nil {
		c.Metrics.Accuracy = figures.Whole.Accuracy
	}
	return c, err
}

// predict gives the scores of the test pictures, by the same arithmetic as a running model.
func (w *work) predict(head *visionmodel.Head) evaluate.Predictions {
	set := w.features.testing
	p := evaluate.Predictions{Task: head.Task, Labels: w.plan.labels}
	scores := make([]float32, len(head.Labels))
	for i, s := range set.samples {
		p.Scores = append(p.Scores, head.Scores(set.of(i, 0), scores)...)
		p.Truth = append(p.Truth, s.labels)
	}
	return p
}

// trained reads the model back that fit has stored.
func (w *work) trained(ctx context.Context) ([]byte, *visionmodel.Head, visionmodel.Card, error) {
	file, err := w.own.Get(ctx, string(ownsight.ModelFile), model.MaxModel)
	if err != nil {
		return nil, nil, visionmodel.Card{}, err
	}
	head, card, err := visionmodel.Read(file)
	if err != nil {
		return nil, nil, card, fmt.Errorf("stored model of version %d: %w", w.version.ID, err)
	}
	return file, head, card, nil
}
