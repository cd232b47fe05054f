// Package classify trains models that tell the labels of whole pictures. It tries candidates inside the training set, a
// linear head first and fine-tuned tails of the network where the budget has room for them, lets pictures decide that a
// candidate has not seen, mixes the two where that is better than either, and trains what was chosen on all pictures.
//
// All that takes long is noted as it is worked out, so that a training goes on after an interruption; the same data,
// options and program give the same model, bit for bit on the same kind of CPU, wherever it was interrupted.
package classify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/linear"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/quantize"
	"ownsight/internal/vision/tail"
)

// Data is what a model is trained on.
type Data struct {
	Linear linear.Data                          // the task, the truth, the labels, and features of some views; Features may be nil after Train
	Room   func(numbers int) ([]float32, error) // where to put copies of the features; nil stands for memory
	Views  int                                  // of each picture that tails see: 0 is the picture as it is
	// Maps opens the maps of the views at a cut: the function writes those of one view, and may be called concurrently.
	// It is called once a cut, and may take long, for maps are computed when they are needed. Nil stands for a network that
	// cannot be fine-tuned.
	Maps func(ctx context.Context, c tail.Cut) (func(picture, view int, dst []float32) error, error)
	// Levels are the ranges of the front's maps where they are 8-bit integers: a tail may then be made of such, too. Nil
	// stands for a front in float32.
	Levels quantize.Ranges
}

// Options steer a training.
type Options struct {
	Seed     uint64
	Workers  int            // cores to use
	Budget   float64        // seconds of one core, of the kind in costs, that tails may take; 0 stands for Budget(pictures)
	Progress func(Progress) // from one goroutine at a time; may be nil
	Notes    Notes          // where results are kept for another attempt
	Watch    Watch
}

// Watch is told what comes out on the way, by one goroutine at a time; either function may be nil.
type Watch struct {
	Judged func(Candidate)                               // by pictures that it had not seen, in this attempt or an earlier one
	Lost   func(training string, step int, loss float32) // by a training step of a tail
}

// Notes keeps what a training has worked out, under names.
type Notes interface {
	Get(ctx context.Context, name string) ([]byte, error) // nil when there is none
	Put(ctx context.Context, name string, note []byte) error
}

// Trained is a model and how it came about.
type Trained struct {
	Rest       *nn.Graph // from maps of the front to "scores", [N, labels]; see model.Model
	Thresholds []float32 // the score from which each label is answered
	Choice     Choice
	// HeldOut are the scores of the chosen mixture for pictures that its parts had not seen, and which pictures those
	// are. Labels that could not be judged are left out. Both are empty where nothing could be held out.
	HeldOut  evaluate.Predictions
	Pictures []int
}

// Choice is what was chosen, and what for.
type Choice struct {
	Linear     *linear.Choice `json:"linear"`               // the best head; part of the model unless its share is 0
	Share      Mixture        `json:"share"`                // of each part's logits in the sum
	Tail       *tail.Recipe   `json:"tail,omitempty"`       // nil where none is part of the model
	Integers   bool           `json:"integers,omitempty"`   // the tail computes with 8-bit integers
	Candidates []Candidate    `json:"candidates,omitempty"` // everything that was tried, in that order: the best head first
	Chosen     int            `json:"chosen"`               // which of them is part of the model, beside the head if that has a share
	Reason     string         `json:"reason"`               // in words
	// Validated is nil where nothing could be held out.
	Validated *Validation `json:"validated,omitempty"`
}

// Candidate is a way to train, and how well it did on pictures that it had not seen.
type Candidate struct {
	Name     string  `json:"name"`
	Folds    int     `json:"folds"`    // that it was tried on
	Pictures int     `json:"pictures"` // held out in them
	Figures  Figures `json:"figures"`  // alone
	Mixed    Figures `json:"mixed"`    // with the best linear head; the same for the head itself
}

// Figures are of held-out pictures, after calibration.
type Figures struct {
	Accuracy         float64 `json:"accuracy"` // of whole answers
	AveragePrecision float64 `json:"averagePrecision"`
	LogLoss          float64 `json:"logLoss"`
}

// Validation is how well the choice did on held-out pictures, at its thresholds.
type Validation struct {
	Pictures int     `json:"pictures"`
	Accuracy float64 `json:"accuracy"`
	F1       float64 `json:"f1"` // macro
	LogLoss  float64 `json:"logLoss"`
	ECE      float64 `json:"ece"` // expected calibration error
}

// Train chooses and trains a model. When ctx ends, it notes how far it has come and returns ctx's error.
func Train(ctx context.Context, d Data, o Options) (*Trained, error) {
	if o.Notes == nil {
		return nil, errors.New("classify: nowhere to note results")
	}
	if o.Budget == 0 {
		o.Budget = Budget(len(d.Linear.Truth))
	}
	t := &trainer{data: d, options: o, maps: map[string]tail.Examples{}}
	t.meter = &meter{tell: o.Progress}
	if err := t.byLinear(ctx); err != nil {
		return nil, err
	}
	if err := t.byTails(ctx); err != nil {
		return nil, err
	}
	return t.finish(ctx)
}

// trainer is one training under way.
type trainer struct {
	data    Data
	options Options
	meter   *meter
	linear  *linear.Trainer
	choice  *linear.Choice
	held    linear.HeldOut
	order   []int // all pictures that were held out, fold by fold
	maps    map[string]tail.Examples
	tried   []trial // tails, in the order of trying
}

func (t *trainer) labels() int { return len(t.data.Linear.Labels) }

// byLinear tries linear heads.
func (t *trainer) byLinear(ctx context.Context) error {
	var err error
	t.linear, err = linear.New(t.data.Linear, linear.Options{Seed: t.options.Seed, Workers: t.options.Workers, Room: t.data.Room,
		Progress: func(p linear.Progress) { t.meter.say(p.String()) }})
	if err != nil {
		return err
	}
	t.data.Linear.Features = nil // the trainer has its own
	var results []linear.Result
	for {
		candidate, more := t.linear.Next(results)
		if !more {
			break
		}
		result, err := note(ctx, t.options.Notes, fmt.Sprintf("linear-%d", len(results)), func() (*linear.Result, error) {
			return t.linear.Score(ctx, candidate)
		})
		if err != nil {
			return err
		}
		if best := result.Trials[result.Best]; t.options.Watch.Judged != nil {
			f := Figures{Accuracy: best.Accuracy, AveragePrecision: best.AveragePrecision, LogLoss: best.LogLoss}
			t.options.Watch.Judged(Candidate{Name: "linear head, " + result.String(), Figures: f, Mixed: f})
		}
		results = linear.Thin(append(results, *result))
	}
	if t.choice, err = t.linear.Choose(results); err != nil {
		return err
	}
	t.held = t.linear.HeldOut(results)
	t.order = slices.Concat(t.held.Folds...)
	return nil
}

// finish trains what was chosen on all pictures, and puts it together.
func (t *trainer) finish(ctx context.Context) (*Trained, error) {
	c, o, err := t.choose()
	if err != nil {
		return nil, err
	}
	var head *linear.Head
	if c.Share.Linear > 0 {
		head, err = note(ctx, t.options.Notes, "linear-head", func() (*linear.Head, error) { return t.linear.Fit(ctx, t.choice) })
		if err != nil {
			return nil, err
		}
		head = head.Scaled(t.choice.Temperature * c.Share.Linear)
	}
	var tuned *tail.Tail
	if o.tail != nil {
		var how string
		if tuned, how, err = t.finishTail(ctx, o.tail); err != nil {
			return nil, err
		}
		c.Reason += " " + how
	}
	rest, err := t.compose(head, tuned, c.Share.Tail)
	if err != nil {
		return nil, err
	}
	trained := &Trained{Rest: rest, Choice: *c}
	return trained, t.validate(trained, o)
}

// compose writes the network behind the front: the sum of the parts' logits, made scores.
func (t *trainer) compose(head *linear.Head, tuned *tail.Tail, share float64) (*nn.Graph, error) {
	g := nn.New()
	n := g.Dim("N")
	var logits nn.Value
	if head != nil {
		logits = head.Logits(g.Input("features", nn.Float32, n, nn.Dim(head.Width)))
	}
	if tuned != nil {
		c := tuned.Cut()
		maps := g.Input(c.Map, nn.Float32, n, nn.Dim(c.Channels), nn.Dim(c.Side), nn.Dim(c.Side))
		outputs, err := g.Append(tuned.Graph(), map[string]nn.Value{c.Map: maps})
		if err != nil {
			return nil, fmt.Errorf("classify: %w", err)
		}
		scaled := outputs[0].Mul(g.Scalar(float32(share)))
		if head != nil {
			scaled = logits.Add(scaled)
		}
		logits = scaled
	}
	if t.data.Linear.Task == model.MultiLabel {
		g.Output("scores", logits.Sigmoid())
	} else {
		g.Output("scores", logits.Softmax(1))
	}
	return g, g.Err()
}
