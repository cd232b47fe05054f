package linear

import (
	"context"
	"slices"

	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/model"
)

// Recipe says what a head is trained on besides the plain pictures.
type Recipe struct {
	Varied   bool `json:"varied"`   // varied views too
	Flipped  bool `json:"flipped"`  // mirrored views too
	Balanced bool `json:"balanced"` // rare answers weigh more: (pictures)^-1/2 a picture instead of all alike
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
	Logits []float32 `json:"logits"` // of the best trial: [scored pictures, judged labels], out of fold, by picture
}

// Trial is one strength of a candidate. Its figures are of held-out plain pictures only.
type Trial struct {
	Strength         float64 `json:"strength"`
	Temperature      float64 `json:"temperature"`
	LogLoss          float64 `json:"logLoss"`          // mean, after the temperature; what candidates are compared by
	Accuracy         float64 `json:"accuracy"`         // of whole answers, cut at 0.5 where there are several labels
	AveragePrecision float64 `json:"averagePrecision"` // mean over labels
	Passes           int     `json:"passes"`           // over the features
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

// imbalanced says whether the most frequent label has at least twice the pictures of the rarest; or, where each label is
// a question of its own, any of them more than twice as many noes as yeses or the other way round.
func (t *Trainer) imbalanced() bool {
	counts := slices.DeleteFunc(slices.Clone(t.census.of), func(n int) bool { return n == 0 })
	if t.task == model.MultiLabel {
		return slices.ContainsFunc(counts, func(n int) bool { return 3*n < t.census.pictures || 3*n > 2*t.census.pictures })
	}
	return slices.Max(counts) >= 2*slices.Min(counts)
}

// scored lists the pictures that cross-validation holds out once each.
func (t *Trainer) scored() []int {
	var pictures []int
	for p, f := range t.fold {
		if f != always && len(t.census.judged) > 0 {
			pictures = append(pictures, p)
		}
	}
	return pictures
}

// outOfFold puts logits [scored pictures, judged labels] beside the truth. Labels are numbered as the judged ones are.
func (t *Trainer) outOfFold(logits []float32) evaluate.Logits {
	l := evaluate.Logits{Task: t.task, K: len(t.census.judged), Values: logits}
	for _, p := range t.scored() {
		var truth []int
		for _, label := range t.truth[p] {
			if at, judged := slices.BinarySearch(t.census.judged, label); judged {
				truth = append(truth, at)
			}
		}
		l.Truth = append(l.Truth, truth)
	}
	return l
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
	parameters := t.start(o)
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

// heldOut collects for each scored picture what the fold says, of the judged labels, that has not seen it.
func (t *Trainer) heldOut(ctx context.Context, o *objective, parameters []float64) ([]float32, error) {
	all, judged := len(t.labels), t.census.judged
	place := make([]int, len(t.truth)) // of a picture among the scored ones
	scored := t.scored()
	for i, p := range scored {
		place[p] = i
	}
	logits := make([]float32, len(scored)*len(judged))
	err := o.logits(ctx, parameters, func(picture int, byFold []float32) {
		f := t.fold[picture]
		if f == always {
			return
		}
		row := logits[place[picture]*len(judged):]
		for i, l := range judged {
			row[i] = byFold[f*all+l]
		}
	})
	return logits, err
}

// judge measures out-of-fold logits.
func (t *Trainer) judge(logits []float32, strength float64) (Trial, error) {
	l := t.outOfFold(logits)
	temperature, err := l.Temperature()
	if err != nil {
		return Trial{}, err
	}
	report, err := evaluate.Evaluate(t.predictions(l, temperature), slices.Repeat([]float32{evaluate.Neutral}, l.K))
	if err != nil {
		return Trial{}, err
	}
	return Trial{
		Strength:         strength,
		Temperature:      temperature,
		LogLoss:          l.LogLoss(temperature), // of logits: scores can be rounded to certainty
		Accuracy:         report.Whole.Accuracy,
		AveragePrecision: report.MeanAveragePrecision,
	}, nil
}

// predictions makes scores of logits out of fold.
func (t *Trainer) predictions(l evaluate.Logits, temperature float64) evaluate.Predictions {
	p := evaluate.Predictions{Task: t.task, Scores: l.Scores(temperature), Truth: l.Truth}
	for _, label := range t.census.judged {
		p.Labels = append(p.Labels, t.labels[label])
	}
	return p
}

// HeldOut is what cross-validation has to say, in a form in which candidates of other kinds can be compared with the
// head.
type HeldOut struct {
	Folds  [][]int   // the pictures that each fold held out, ascending
	Judged []int     // the labels that could be judged, ascending
	Logits []float32 // of the best head, [pictures, labels], by the order of Folds; 0 for labels that are not judged
}

// HeldOut lists what was held out, and what the best of the results says of it without having seen it.
func (t *Trainer) HeldOut(results []Result) HeldOut {
	h := HeldOut{Folds: make([][]int, t.Folds), Judged: slices.Clone(t.census.judged)}
	row := map[int]int{} // of a picture in a result's logits
	for i, p := range t.scored() {
		row[p] = i
		h.Folds[t.fold[p]] = append(h.Folds[t.fold[p]], p)
	}
	if len(results) == 0 {
		return HeldOut{}
	}
	best, judged := results[winner(results)], len(h.Judged)
	h.Logits = make([]float32, len(row)*len(t.labels))
	at := 0
	for _, pictures := range h.Folds {
		for _, p := range pictures {
			for k, l := range h.Judged {
				h.Logits[at+l] = best.Logits[row[p]*judged+k]
			}
			at += len(t.labels)
		}
	}
	return h
}
