package detect

import (
	"context"
	"fmt"
	"time"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/picture"
)

// Train trains a network on all pictures, and before that another one on most of them, which is asked about the rest.
func Train(ctx context.Context, d Data, o Options) (*Trained, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if o.Workers == 0 {
		o.Workers = 2
	}
	if o.Budget == 0 {
		o.Budget = DefaultBudget
	}
	if o.Decoder == nil {
		o.Decoder = picture.NewDecoder(picture.NewBudget(picture.DefaultBudget))
	}
	t, err := prepare(d, inputSize(d, o.Budget), o)
	if err != nil {
		return nil, err
	}
	return t.train(ctx)
}

// training is one call of Train.
type training struct {
	data      Data
	options   Options
	size      picture.Size
	schedule  schedule
	whole     *nn.Graph // the backbone
	front     *nn.Graph
	state     state
	saved     time.Time
	tried     []Tried
	saveEvery time.Duration // a state is saved after a step if the last one is older
}

func prepare(d Data, size picture.Size, o Options) (*training, error) {
	t := &training{data: d, options: o, size: size, saved: time.Now(), saveEvery: 8 * time.Second, front: o.Front}
	t.schedule = newSchedule(d, size, o.Budget)
	var err error
	if t.whole, err = backbone.Whole(); err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	if t.front == nil {
		t.front = t.whole
	}
	if t.state, err = newState(t); err != nil {
		return nil, err
	}
	t.state.load(o.Saved)
	return t, nil
}

// train tries the recipes, and trains by the best one.
func (t *training) train(ctx context.Context) (*Trained, error) {
	r := &Trained{Labels: t.data.Labels, Size: t.size}
	t.progress("prepare", 0, 1, 0)
	for i, recipe := range t.schedule.trials {
		if len(t.state.Trials) <= i {
			if err := t.try(ctx, recipe); err != nil {
				return nil, err
			}
		}
		tried, found, err := t.judge(recipe, t.state.Trials[i])
		if err != nil {
			return nil, err
		}
		r.Tried = append(r.Tried, tried)
		t.tried = r.Tried
		if i == 0 || tried.points() > r.Tried[r.Chosen].points()+worth {
			r.Chosen, r.HeldOut = i, found
		}
	}
	for i := range t.state.Trials {
		if i != r.Chosen {
			t.state.Trials[i].Weights = nil // nothing becomes of it, and every save would carry it
		}
	}
	recipe, last := Shallow, stage{name: "train", steps: t.schedule.steps, peak: peak}
	if len(r.Tried) > 0 {
		recipe, last.from, last.peak = r.Tried[r.Chosen].Recipe, t.state.Trials[r.Chosen].Weights, peakAgain
	}
	w, err := t.open(ctx, recipe)
	if err != nil {
		return nil, err
	}
	defer w.front.session.Close()
	for i := range t.data.Pictures {
		last.pictures = append(last.pictures, i)
	}
	network, err := w.fit(ctx, last)
	if err != nil {
		return nil, err
	}
	if len(r.Tried) > 0 && r.Tried[r.Chosen].Integers {
		if network, err = w.integers(ctx, network, last.pictures); err != nil {
			return nil, err
		}
	}
	r.tail, err = w.shape.decoded(network)
	return r, err
}

// judge compares what a trial's network found with the truth, and says which arithmetic is taken.
func (t *training) judge(r Recipe, a trial) (exact Tried, found []HeldOut, err error) {
	exact = Tried{Recipe: r}
	if exact.Precision, err = t.precision(a.Found); err != nil || a.Rounded == nil {
		return exact, a.Found, err
	}
	rounded := Tried{Recipe: r, Integers: true}
	if rounded.Precision, err = t.precision(a.Rounded); err != nil {
		return exact, nil, err
	}
	if rounded.Lost = exact.points() - rounded.points(); rounded.Lost > worth {
		return exact, a.Found, nil
	}
	return rounded, a.Rounded, nil
}

// try trains by a recipe on most of the pictures, and notes what it finds on the rest.
func (t *training) try(ctx context.Context, r Recipe) error {
	w, err := t.open(ctx, r)
	if err != nil {
		return err
	}
	defer w.front.session.Close()
	network, err := w.fit(ctx, stage{name: "trial", pictures: t.schedule.rest, steps: t.schedule.trialSteps, peak: peak})
	if err != nil {
		return err
	}
	a := trial{Weights: t.state.Weights}
	if a.Found, err = w.detect(ctx, network, t.schedule.held); err != nil {
		return err
	}
	if t.options.Levels != nil {
		if network, err = w.integers(ctx, network, t.schedule.rest); err != nil {
			return err
		}
		if a.Rounded, err = w.detect(ctx, network, t.schedule.held); err != nil {
			return err
		}
	}
	t.state.Trials = append(t.state.Trials, a)
	t.state.Weights, t.state.Adam = nil, nil
	return t.save()
}

// work is a recipe made ready.
type work struct {
	*training
	shape shape
	front *front
	stats statistics
}

func (t *training) open(ctx context.Context, r Recipe) (*work, error) {
	w := &work{training: t, shape: plan(t.data, t.size, r)}
	var err error
	if w.front, err = newFront(t.front, t.data, w.shape, t.options.Decoder); err != nil {
		return nil, err
	}
	if w.stats, err = w.measure(ctx); err != nil {
		w.front.session.Close()
		return nil, err
	}
	return w, nil
}

func (t *training) progress(stage string, step, steps int, loss float32) {
	if t.options.Progress == nil {
		return
	}
	done, all, recipe := 0.0, float64(t.schedule.steps), Recipe("")
	for i, r := range t.schedule.trials {
		cost := float64(t.schedule.trialSteps) * costs[r]
		all += cost
		switch {
		case i < len(t.state.Trials):
			done += cost
		case i == len(t.state.Trials) && stage == "trial":
			recipe = r
			done += float64(step) * costs[r]
		}
	}
	if stage == "train" {
		done += float64(step)
	}
	t.options.Progress(Progress{Stage: stage, Over: len(t.state.Trials), Step: step, Steps: steps, Share: done / all, Loss: loss, Recipe: recipe, Tried: t.tried})
}

func (t *training) save() error {
	if t.options.Save == nil {
		return nil
	}
	data, err := t.state.bytes()
	if err != nil {
		return err
	}
	t.saved = time.Now()
	if err := t.options.Save(data); err != nil {
		return fmt.Errorf("detect: saving: %w", err)
	}
	return nil
}
