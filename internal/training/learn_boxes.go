package training

import (
	"context"

	"ownsight/internal/vision/detect"
	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/evaluate/boxes"
	visionmodel "ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
)

// detection says how a model that finds boxes was trained, in its card.
type detection struct {
	HeldOut     int            `json:"heldOut"`         // training pictures by which recipe and thresholds were chosen
	Tried       []triedRecipe  `json:"tried,omitempty"` // on them
	Recipe      detect.Recipe  `json:"recipe"`          // that was chosen, or the default where none was tried
	Calibration evaluate.Platt `json:"calibration"`     // of the network's scores
	Error       float64        `json:"ece"`             // expected calibration error on them, after it
}

// triedRecipe is a recipe with its average precision.
type triedRecipe struct {
	Recipe detect.Recipe `json:"recipe"`
	Mean   float64       `json:"mean"`
	At50   float64       `json:"at50"`
	At75   float64       `json:"at75"`
	// Integers says that the network computes with 8-bit integers, which lost so much of the mean of Mean and At50.
	Integers bool    `json:"integers,omitempty"`
	Lost     float64 `json:"lost,omitempty"`
}

const detectionNote = "detection"

// detecting is how far a training of boxes has come.
type detecting struct {
	State  []byte      // detect's own
	Losses [][]float32 // of the steps, trial by trial, and of the final training
}

// step notes what a step lost.
func (d *detecting) step(p detect.Progress) {
	if p.Step == 0 {
		return
	}
	if p.Step == 1 || len(d.Losses) == 0 {
		d.Losses = append(d.Losses[:min(p.Over, len(d.Losses))], nil) // what is done anew replaces what was
	}
	last := &d.Losses[len(d.Losses)-1]
	*last = append(*last, p.Loss)
}

// learnBoxes trains a model that finds boxes.
func (w *work) learnBoxes(ctx context.Context) (*trained, error) {
	front, err := w.engine.Net().Graph()
	if err != nil {
		return nil, err
	}
	levels, err := w.engine.Net().Front.Levels()
	if err != nil {
		return nil, err
	}
	n := notes{w}
	var saved detecting
	if _, err := n.recall(ctx, detectionNote, &saved); err != nil {
		return nil, err
	}
	result, err := detect.Train(ctx, w.boxedPictures(), detect.Options{
		Seed: seed, Workers: w.engine.Threads(), Budget: w.budget, Decoder: w.engine.Decoder(), Front: front, Levels: levels,
		Saved: saved.State,
		Save: func(state []byte) error {
			saved.State = state
			return n.keep(context.WithoutCancel(ctx), detectionNote, &saved)
		},
		Progress: func(p detect.Progress) {
			what := map[string]string{"prepare": "measuring the pictures", "trial": "trying on held-out pictures", "train": "training on every picture"}[p.Stage]
			w.progress.advance(what, p.Share, 1)
			saved.step(p)
			w.live.judgedBoxes(p.Tried)
			switch {
			case p.Step > 0 && p.Stage == "trial":
				w.live.lost(trialOf(p.Recipe), p.Step, p.Loss)
			case p.Step > 0:
				w.live.lost(finalTraining, p.Step, p.Loss)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	rest, err := result.Tail()
	if err != nil {
		return nil, err
	}
	how := detection{HeldOut: len(result.HeldOut), Recipe: detect.Shallow, Calibration: evaluate.Platt{Slope: 1}}
	thresholds := make([]float32, len(w.plan.labels))
	for i := range thresholds {
		thresholds[i] = evaluate.Neutral
	}
	t := &trained{Losses: saved.Losses}
	for _, tried := range result.Tried {
		how.Tried = append(how.Tried, triedRecipe{tried.Recipe, tried.Precision.Mean, tried.Precision.At50, tried.Precision.At75,
			tried.Integers, tried.Lost})
	}
	if len(result.Tried) > 0 {
		how.Recipe = result.Tried[result.Chosen].Recipe
		held := w.found(result.HeldOut)
		if how.Calibration, err = boxes.Calibrate(held); err != nil {
			return nil, err
		}
		held = held.Rescored(how.Calibration)
		if how.Error, err = boxes.CalibrationError(held); err != nil {
			return nil, err
		}
		if thresholds, _, err = boxes.Thresholds(held); err != nil {
			return nil, err
		}
		report, err := boxes.Evaluate(held, thresholds)
		if err != nil {
			return nil, err
		}
		t.Held.F1, t.Held.Folds, t.Held.Boxes = report.F1, 1, held
		for _, h := range result.HeldOut {
			t.Held.Pictures = append(t.Held.Pictures, h.Picture)
		}
	}
	if rest, err = calibrated(rest, how.Calibration); err != nil {
		return nil, err
	}
	in := visionmodel.Input{Width: result.Size.Width, Height: result.Size.Height}
	return t, w.complete(t, rest, in, thresholds, how)
}

// boxedPictures are the training pictures.
func (w *work) boxedPictures() detect.Data {
	d := detect.Data{Labels: w.plan.labels, File: func(ctx context.Context, picture int) ([]byte, error) {
		return w.fetch(ctx, w.plan.training[picture])
	}}
	for _, s := range w.plan.training {
		d.Pictures = append(d.Pictures, detect.Picture{Name: s.at.Key, Width: s.size.Width, Height: s.size.Height, Boxes: s.boxes})
	}
	return d
}

// found puts what was found on held-out pictures beside the truth.
func (w *work) found(held []detect.HeldOut) boxes.Set {
	set := boxes.Set{Labels: w.plan.labels}
	for _, h := range held {
		s := w.plan.training[h.Picture]
		set.Pictures = append(set.Pictures, s.found(h.Detections))
	}
	return set
}

// found puts what a model found beside the truth.
func (s sample) found(detections []boxes.Detection) boxes.Picture {
	return boxes.Picture{Truth: s.boxes, Detections: detections, Pixels: float64(s.size.Width * s.size.Height)}
}

// calibrated maps the scores of a graph to probabilities, inside it.
func calibrated(g *nn.Graph, m evaluate.Platt) (*nn.Graph, error) {
	if err := g.Rename("scores", "scores/raw"); err != nil {
		return nil, err
	}
	raw, err := g.Value("scores/raw")
	if err != nil {
		return nil, err
	}
	s := raw.Clip(evaluate.LeastScore, 1-evaluate.LeastScore)
	logit := s.Log().Sub(g.Scalar(1).Sub(s).Log())
	g.Output("scores", logit.Mul(g.Scalar(float32(m.Slope))).Add(g.Scalar(float32(m.Offset))).Sigmoid())
	return g.Extract(nil, []string{"boxes", "scores", "labels"})
}
