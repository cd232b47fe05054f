package training

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"ownsight"
	"ownsight/internal/threads"
	"ownsight/internal/vision"
	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/evaluate/boxes"
	visionmodel "ownsight/internal/vision/model"
)

// answers are what the model says of the test pictures, in their order. It is asked as a running model is, so that the
// report is of what users will get.
type answers struct {
	Scores [][]float32         // for models of whole pictures
	Found  [][]boxes.Detection // for those that find boxes
}

// judge asks the model about every test picture, judges what it says, and stores the model with the figures.
func (w *work) judge(ctx context.Context) error {
	if err := w.ensureLooked(ctx); err != nil {
		return err
	}
	t, err := w.trained(ctx)
	if err != nil {
		return err
	}
	m, err := t.model()
	if err != nil {
		return err
	}
	a, err := w.answers(ctx, m)
	if err != nil {
		return err
	}
	v, err := w.verdictOn(t, a)
	if err != nil {
		return err
	}
	if m, err = t.model(); err != nil { // once more: the one that was asked takes a picture at a time for good
		return err
	}
	m.Card.Metrics = v.metrics()
	w.progress.say("writing the model")
	network, card, err := w.engine.Compose(m)
	if err != nil {
		return err
	}
	if err := w.own.Put(ctx, string(ownsight.ModelCard), card); err != nil {
		return err
	}
	return w.own.Put(ctx, string(ownsight.ModelFile), network)
}

// answers asks the model, a shard of pictures at a time; what was answered to an earlier attempt is not asked again.
func (w *work) answers(ctx context.Context, m visionmodel.Model) (*answers, error) {
	runner, err := w.engine.Open(m)
	if err != nil {
		return nil, err
	}
	defer runner.Close()
	n := len(w.plan.testing)
	parts := make([]answers, (n+shardSize-1)/shardSize)
	const asking = "asking the model about test pictures"
	var asked atomic.Int64
	group, ctx := threads.Background.Group(ctx)
	group.SetLimit(w.engine.Threads() + 1)
	for i := range parts {
		group.Go(func() error {
			name := fmt.Sprintf("answers-%06d", i)
			samples := w.plan.testing[i*shardSize : min((i+1)*shardSize, n)]
			there, err := notes{w}.recall(ctx, name, &parts[i])
			if there {
				w.progress.skip(asking, len(samples))
				asked.Add(int64(len(samples)))
			}
			if there || err != nil {
				return err
			}
			for _, s := range samples {
				if err := w.askAbout(ctx, runner, s, &parts[i]); err != nil {
					return err
				}
				w.progress.count(asking, asked.Add(1), n)
			}
			return notes{w}.keep(ctx, name, &parts[i])
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := new(answers)
	for _, p := range parts {
		all.Scores, all.Found = append(all.Scores, p.Scores...), append(all.Found, p.Found...)
	}
	return all, nil
}

func (w *work) askAbout(ctx context.Context, r *vision.Runner, s sample, a *answers) error {
	file, err := w.fetch(ctx, s)
	if err != nil {
		return err
	}
	if w.plan.boxed() {
		found, err := r.Boxes(ctx, file)
		a.Found = append(a.Found, found)
		return err
	}
	scores, err := r.Scores(ctx, file)
	a.Scores = append(a.Scores, scores)
	return err
}

// judgement is what the test pictures prove: of whole pictures or of boxes.
type judgement struct {
	labels      *evaluate.Report
	predictions evaluate.Predictions
	boxes       *boxes.Report
	set         boxes.Set
}

// verdictOn compares answers with the truth, at the model's thresholds.
func (w *work) verdictOn(t *trained, a *answers) (v judgement, err error) {
	if len(w.plan.testing) == 0 {
		return v, errors.New("no test picture is left")
	}
	if w.plan.boxed() {
		v.set = boxes.Set{Labels: w.plan.labels}
		for i, s := range w.plan.testing {
			v.set.Pictures = append(v.set.Pictures, s.found(a.Found[i]))
		}
		v.boxes, err = boxes.Evaluate(v.set, t.Card.Thresholds)
		return v, err
	}
	v.predictions = evaluate.Predictions{Task: w.plan.task(), Labels: w.plan.labels}
	for i, s := range w.plan.testing {
		v.predictions.Scores = append(v.predictions.Scores, a.Scores[i]...)
		v.predictions.Truth = append(v.predictions.Truth, s.labels)
	}
	v.labels, err = evaluate.Evaluate(v.predictions, t.Card.Thresholds)
	return v, err
}

// f1 is the macro F1.
func (v judgement) f1() float64 {
	if v.boxes != nil {
		return v.boxes.F1
	}
	return v.labels.F1
}

// metrics are the figures for the card.
func (v judgement) metrics() visionmodel.Metrics {
	if b := v.boxes; b != nil {
		return visionmodel.Metrics{Precision: b.Precision, Recall: b.Recall, F1: b.F1, MeanAveragePrecision: b.Average.At50}
	}
	l := v.labels
	m := visionmodel.Metrics{Precision: l.Precision, Recall: l.Recall, F1: l.F1, MeanAveragePrecision: l.MeanAveragePrecision}
	if l.Whole != nil {
		m.Accuracy = l.Whole.Accuracy
	}
	return m
}
