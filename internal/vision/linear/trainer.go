package linear

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"ownsight/internal/vision/model"
)

// Options steers training. Zero fields take the defaults.
type Options struct {
	Folds     int       // parts that the pictures are dealt into; 5, or 3 from 64 labels on
	Strengths []float64 // weights of the evidence against the penalty, scikit-learn's C; see strengths
	Seed      uint64    // deals the pictures to the folds
	Workers   int       // cores to use; all
	// Room gives memory for the standardised features; nil stands for the program's own.
	Room     func(numbers int) ([]float32, error)
	Progress func(Progress) // called after each pass over the features, from one goroutine at a time; none
}

// Progress says where training is.
type Progress struct {
	Recipe   Recipe
	Strength float64
	Final    bool // the head itself is trained, on every picture
	Pass     int  // passes over the features since the strength was taken up
}

// String describes progress to a person.
func (p Progress) String() string {
	if p.Final {
		return fmt.Sprintf("training the head on %s, strength %g, pass %d", p.Recipe, p.Strength, p.Pass)
	}
	return fmt.Sprintf("cross-validating %s, strength %g, pass %d", p.Recipe, p.Strength, p.Pass)
}

// strengths spans, in steps of about half a decade, what was found best on sets of 60 to 1200 pictures with a decade to
// spare on either side; the upper end is for several labels a picture.
var strengths = []float64{0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1}

// Trainer holds the standardised features of one training. It is used by one goroutine at a time.
type Trainer struct {
	Options
	task   model.Task
	truth  [][]int
	labels []string
	scaler scaler
	shards []shard // plain, then varied, then flipped
	census census
	fold   []int // of each picture
}

// New copies and standardises the data into Options.Room: 4 bytes a number, 9 kB for a row of 2224, 2.2 GB for 250,000
// rows. The caller's own may be dropped afterwards. Training itself takes about 300 bytes for each of folds x labels x
// Width parameters: 35 MB for 10 labels, 0.5 GB for 250.
func New(d Data, o Options) (*Trainer, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if o.Folds == 0 {
		o.Folds = 5
		if len(d.Labels) >= 64 {
			o.Folds = 3
		}
	}
	if o.Folds < 2 {
		return nil, fmt.Errorf("linear: %d folds, at least 2 are needed", o.Folds)
	}
	if o.Strengths == nil {
		o.Strengths = strengths
	}
	o.Strengths = slices.Sorted(slices.Values(o.Strengths))
	if len(o.Strengths) == 0 || o.Strengths[0] <= 0 {
		return nil, fmt.Errorf("linear: strengths %v: at least one is needed, and all above 0", o.Strengths)
	}
	if o.Room == nil {
		o.Room = func(n int) ([]float32, error) { return make([]float32, n), nil }
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	t := &Trainer{Options: o, task: d.Task, truth: slices.Clone(d.Truth), labels: slices.Clone(d.Labels), scaler: newScaler(d), census: count(d)}
	for view := Plain; view < views; view++ {
		shards, err := split(d, t.scaler, view, o.Room)
		if err != nil {
			return nil, fmt.Errorf("linear: %w", err)
		}
		t.shards = append(t.shards, shards...)
	}
	t.fold = foldOf(d, t.census, o.Folds, o.Seed)
	return t, nil
}

// Train scores every candidate and fits the best: Next, Score, Choose and Fit in one call.
func Train(ctx context.Context, d Data, o Options) (*Head, *Choice, error) {
	t, err := New(d, o)
	if err != nil {
		return nil, nil, err
	}
	var results []Result
	for {
		candidate, more := t.Next(results)
		if !more {
			break
		}
		result, err := t.Score(ctx, candidate)
		if err != nil {
			return nil, nil, err
		}
		results = append(results, *result)
	}
	choice, err := t.Choose(results)
	if err != nil {
		return nil, nil, err
	}
	head, err := t.Fit(ctx, choice)
	return head, choice, err
}

// Fit trains the chosen head on every picture.
func (t *Trainer) Fit(ctx context.Context, c *Choice) (*Head, error) {
	o, err := t.objective(c.Recipe, 1)
	if err != nil {
		return nil, err
	}
	defer o.close()
	o.passed = t.report(Progress{Recipe: c.Recipe, Strength: c.Strength, Final: true})
	o.strength = c.Strength
	parameters, err := minimise(ctx, o, t.start(o), finishing)
	if err != nil {
		return nil, err
	}
	return t.head(parameters, c.Temperature), nil
}

// head folds standardisation and temperature into the weights.
func (t *Trainer) head(parameters []float64, temperature float64) *Head {
	k, d := len(t.labels), len(t.scaler.mean)
	h := &Head{Task: t.task, Labels: slices.Clone(t.labels), Width: d, Weights: make([]float32, k*d), Bias: make([]float32, k)}
	for l := range k {
		bias := parameters[k*d+l]
		for j, w := range parameters[l*d : (l+1)*d] {
			w *= t.scaler.inverse[j]
			bias -= w * t.scaler.mean[j]
			h.Weights[l*d+j] = float32(w / temperature)
		}
		h.Bias[l] = float32(bias / temperature)
	}
	return h
}

// objective sets up training on what a recipe takes: for each fold on the other folds' pictures, or for a single one on
// all of them. Views of a picture share its weight, so that strengths mean the same for every recipe.
func (t *Trainer) objective(r Recipe, folds int) (*objective, error) {
	o, err := newObjective(t.task, folds, len(t.labels), len(t.scaler.mean), t.Workers)
	if err != nil {
		return nil, err
	}
	seen := make([]float64, len(t.truth)) // views of each picture
	for _, s := range t.shards {
		if !r.takes(s.view) {
			continue
		}
		o.shards = append(o.shards, s)
		for _, p := range s.pictures {
			seen[p]++
		}
	}
	o.costs = plainCosts(t.task, len(t.labels))
	if r.Balanced {
		o.costs = balancedCosts(t.task, t.census)
	}
	for _, s := range o.shards {
		weights := make([]float32, 0, len(s.pictures)*folds)
		for _, p := range s.pictures {
			weight := 1 / seen[p]
			for f := range folds {
				if folds > 1 && t.fold[p] == f {
					weights = append(weights, 0)
					continue
				}
				weights = append(weights, float32(weight))
			}
		}
		o.weights = append(o.weights, weights)
	}
	return o, nil
}

// start is where a search begins: nothing is told from the pictures, and where each label is a question of its own the
// answer is how frequent it is.
func (t *Trainer) start(o *objective) []float64 {
	parameters := make([]float64, o.size())
	if t.task == model.MultiLabel {
		for i := range o.folds * o.labels {
			n := float64(t.census.of[i%o.labels])
			parameters[o.biases()+i] = math.Log((n + 0.5) / (float64(t.census.pictures) - n + 0.5))
		}
	}
	return parameters
}

// report counts passes for the caller.
func (t *Trainer) report(p Progress) func() {
	return func() {
		p.Pass++
		if t.Progress != nil {
			t.Progress(p)
		}
	}
}
