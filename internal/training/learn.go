package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"

	"ownsight/internal/vision"
	"ownsight/internal/vision/classify"
	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/linear"
	visionmodel "ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/tail"
)

// trained is what learning leaves for the steps after it.
type trained struct {
	Rest []byte // the ONNX graph behind the front
	Card visionmodel.Card
	Held heldOut
	// Losses are those of training steps, for the report; see detecting.
	Losses [][]float32
}

// heldOut is what the candidate that was chosen said of training pictures that it had not seen, for the report.
type heldOut struct {
	Pictures []int                // indices into the plan's
	Scores   evaluate.Predictions // of them, for models of whole pictures
	Boxes    boxes.Set            // of them, for those that find boxes; calibrated
	F1       float64              // macro, at the thresholds
	Folds    int
}

const trainedNote = "trained"

// learnGC is how much garbage may gather while a model learns, in percent of what is in use.
const learnGC = 30

// learn trains the model.
func (w *work) learn(ctx context.Context) error {
	if err := w.ensureLooked(ctx); err != nil {
		return err
	}
	// Large arrays without pointers come and go: looking for those that are not used any more costs little, and keeping
	// them costs a machine's memory.
	defer debug.SetGCPercent(debug.SetGCPercent(learnGC))
	learn := w.learnLabels
	if w.plan.boxed() {
		learn = w.learnBoxes
	}
	t, err := learn(ctx)
	if err != nil {
		return err
	}
	return notes{w}.keep(ctx, trainedNote, t)
}

// trained reads what learn has kept.
func (w *work) trained(ctx context.Context) (*trained, error) {
	t := new(trained)
	there, err := notes{w}.recall(ctx, trainedNote, t)
	if err == nil && !there {
		err = &lost{"learn", errors.New("what was learnt is gone")}
	}
	return t, err
}

// model puts what was learnt together again.
func (t *trained) model() (visionmodel.Model, error) {
	rest, err := nn.Parse(t.Rest)
	return visionmodel.Model{Rest: rest, Card: t.Card}, err
}

// learnLabels trains a model of whole pictures.
func (w *work) learnLabels(ctx context.Context) (*trained, error) {
	room := &scratch{folder: w.scratch}
	defer room.close()
	features, err := w.features(ctx, room)
	if err != nil {
		return nil, err
	}
	d := linear.Data{Features: features, Width: w.engine.Net().Features, Task: w.plan.task(), Labels: w.plan.labels}
	for i, s := range w.plan.training {
		for _, v := range w.plan.rows {
			d.Rows = append(d.Rows, linear.Row{Picture: i, View: v})
		}
		d.Truth = append(d.Truth, s.labels)
	}
	var spools []*spool
	defer func() {
		for _, s := range spools {
			s.close()
		}
	}()
	data := classify.Data{Linear: d, Views: w.plan.views, Room: room.floats}
	if w.engine.Net().Tunable {
		if data.Levels, err = w.engine.Net().Front.Levels(); err != nil {
			return nil, err
		}
		data.Maps = func(ctx context.Context, c tail.Cut) (func(picture, view int, dst []float32) error, error) {
			s, err := w.maps(ctx, c, room)
			if err != nil {
				return nil, err
			}
			spools = append(spools, s)
			return s.read, nil
		}
	}
	result, err := classify.Train(ctx, data, classify.Options{Seed: seed, Workers: w.engine.Threads(), Budget: 2 * w.budget.Seconds(), Notes: notes{w},
		Watch:    classify.Watch{Judged: w.live.judgedLabels, Lost: w.live.lost},
		Progress: func(p classify.Progress) { w.progress.advance(p.What, p.Done, p.Total) }})
	if err != nil {
		return nil, err
	}
	t := &trained{Held: heldOut{Pictures: result.Pictures, Scores: result.HeldOut}}
	if v := result.Choice.Validated; v != nil {
		t.Held.F1, t.Held.Folds = v.F1, result.Choice.Candidates[result.Choice.Chosen].Folds
	}
	side := visionmodel.Input{Width: vision.Side, Height: vision.Side}
	return t, w.complete(t, result.Rest, side, result.Thresholds, result.Choice)
}

// complete writes the graph and all of the card but its figures.
func (w *work) complete(t *trained, rest *nn.Graph, in visionmodel.Input, thresholds []float32, how any) (err error) {
	if t.Rest, err = rest.Bytes(); err != nil {
		return fmt.Errorf("writing the model: %w", err)
	}
	t.Card = visionmodel.Card{
		Program: w.program, Task: w.plan.task(), Labels: w.plan.labels, Thresholds: thresholds, Input: in, Backbone: vision.Named(w.engine.Net()),
		Data: visionmodel.Dataset{Digest: w.looked.digest, TrainingPictures: len(w.plan.training), TestingPictures: len(w.plan.testing)},
	}
	t.Card.Training, err = json.Marshal(how)
	return err
}
