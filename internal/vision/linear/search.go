package linear

import (
	"context"
	"slices"

	"ownsight/internal/vision/evaluate"
)

// Recipe says what a head is trained on besides the plain pictures.
type Recipe struct {
	Varied   bool `json:"varied"`   // varied views too
	Flipped  bool `json:"flipped"`  // mirrored views too
	Balanced bool `json:"balanced"` // labels weigh (pictures)^-1/2 a picture instead of all alike
}

func (r Recipe) takes(v View) bool {
	return v == Plain || v == Varied && r.Varied || v == Flipped && r.Flipped
}

// String describes a recipe to a person.
func (r Recipe) String() string {
	text := "plain"
	for _, part := range []struct {
		in   bool
		name string
	}{{r.Varied, "varied"}, {r.Flipped, "flipped"}} {
		if part.in {
			text += ", " + part.name
		}
	}
	text += " views"
	if r.Balanced {
		text += ", rare labels weighted"
	}
	return text
}

// Candidate is a recipe to be scored at several strengths of evidence against the penalty.
type Candidate struct {
	Recipe
	Strengths []float64 `json:"strengths"` // ascending
}

// Result is the verdict of cross-validation on a candidate. As JSON it can be stored and given to Next and Choose later.
type Result struct {
	Recipe
	Trials []Trial   `json:"trials"`
	Best   int       `json:"best"`   // index into Trials
	Logits []float32 `json:"logits"` // of the best trial: [scored pictures, labels], out of fold, by picture
}

// Trial is one strength of a candidate. Its figures are of held-out plain pictures only.
type Trial struct {
	Strength    float64 `json:"strength"`
	Temperature float64 `json:"temperature"`
	LogLoss     float64 `json:"logLoss"` // mean, after the temperature; what candidates are compared by
	Accuracy    float64 `json:"accuracy"`
	Passes      int     `json:"passes"` // over the features
}

func (r Result) best() Trial { return r.Trials[r.Best] }

// Next gives the candidate to score after those that have been, or false when it is time to choose. First come plain
// pictures at every strength; then varied views, mirrored views and label weights are each tried on top of the best
// recipe so far, at strengths around its own, as far as the data has any.
func (t *Trainer) Next(results []Result) (Candidate, bool) {
	steps := []func(*Recipe){func(*Recipe) {}}
	if t.has(Varied) {
		steps = append(steps, func(r *Recipe) { r.Varied = true })
	}
	if t.has(Flipped) {
		steps = append(steps, func(r *Recipe) { r.Flipped = true })
	}
	if t.imbalanced() {
		steps = append(steps, func(r *Recipe) { r.Balanced = true })
	}
	if len(results) >= len(steps) || len(t.scored()) == 0 {
		return Candidate{}, false
	}
	if len(results) == 0 {
		return Candidate{Strengths: t.Strengths}, true
	}
	so := results[winner(results)]
	next := Candidate{Recipe: so.Recipe, Strengths: t.around(so.best().Strength)}
	steps[len(results)](&next.Recipe)
	return next, true
}

// around gives a strength with its neighbours in the grid.
func (t *Trainer) around(strength float64) []float64 {
	at, _ := slices.BinarySearch(t.Strengths, strength)
	return t.Strengths[max(0, at-1):min(len(t.Strengths), at+2)]
}

func (t *Trainer) has(v View) bool {
	return slices.ContainsFunc(t.shards, func(s shard) bool { return s.view == v })
}

// imbalanced says whether the most frequent label has at least twice the pictures of the rarest.
func (t *Trainer) imbalanced() bool {
	counts := make([]int, len(t.labels))
	for _, l := range t.truth {
		counts[l]++
	}
	counts = slices.DeleteFunc(counts, func(n int) bool { return n == 0 })
	return slices.Max(counts) >= 2*slices.Min(counts)
}

// scored lists the pictures that cross-validation holds out once each.
func (t *Trainer) scored() []int {
	var pictures []int
	for p, f := range t.fold {
		if f != always {
			pictures = append(pictures, p)
		}
	}
	return pictures
}

// truths gives the labels of the scored pictures.
func (t *Trainer) truths() []int {
	var truth []int
	for _, p := range t.scored() {
		truth = append(truth, t.truth[p])
	}
	return truth
}

// Score cross-validates a candidate, from the strongest penalty to the weakest, each beginning where the last one
// ended. It leaves out what is weaker than two that have made things worse.
func (t *Trainer) Score(ctx context.Context, c Candidate) (*Result, error) {
	o, err := t.objective(c.Recipe, t.Folds)
	if err != nil {
		return nil, err
	}
	defer o.close()
	result := &Result{Recipe: c.Recipe}
	parameters := make([]float64, o.size())
	for _, strength := range c.Strengths {
		passes := 0
		report := t.report(Progress{Recipe: c.Recipe, Strength: strength})
		o.passed = func() { passes++; report() }
		o.strength = strength
		if parameters, err = minimise(ctx, o, parameters, searching); err != nil {
			return nil, err
		}
		logits, err := t.heldOut(ctx, o, parameters)
		if err != nil {
			return nil, err
		}
		trial, err := t.judge(logits, strength)
		if err != nil {
			return nil, err
		}
		trial.Passes = passes
		result.Trials = append(result.Trials, trial)
		if last := len(result.Trials) - 1; last == 0 || trial.LogLoss < result.best().LogLoss {
			result.Best, result.Logits = last, logits
		} else if last >= result.Best+2 {
			break
		}
	}
	return result, nil
}

// heldOut collects for each scored picture what the fold says that has not seen it.
func (t *Trainer) heldOut(ctx context.Context, o *objective, parameters []float64) ([]float32, error) {
	k := len(t.labels)
	place := make([]int, len(t.truth)) // of a picture among the scored ones
	for i, p := range t.scored() {
		place[p] = i
	}
	logits := make([]float32, len(t.scored())*k)
	err := o.logits(ctx, parameters, func(picture int, byFold []float32) {
		if f := t.fold[picture]; f != always {
			copy(logits[place[picture]*k:(place[picture]+1)*k], byFold[f*k:])
		}
	})
	return logits, err
}

// judge measures out-of-fold logits.
func (t *Trainer) judge(logits []float32, strength float64) (Trial, error) {
	k, truth := len(t.labels), t.truths()
	temperature, err := evaluate.Temperature(logits, truth, k)
	if err != nil {
		return Trial{}, err
	}
	right := 0
	for i, l := range truth {
		row := logits[i*k : (i+1)*k]
		if slices.Index(row, slices.Max(row)) == l {
			right++
		}
	}
	return Trial{
		Strength:    strength,
		Temperature: temperature,
		LogLoss:     evaluate.LogLoss(logits, truth, k, temperature),
		Accuracy:    float64(right) / float64(len(truth)),
	}, nil
}
