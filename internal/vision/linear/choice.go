package linear

import (
	"errors"
	"fmt"

	"ownsight/internal/vision/evaluate"
)

// winner is the result with the least log loss, the first of equal ones.
func winner(results []Result) int {
	best := 0
	for i, r := range results {
		if r.best().LogLoss < results[best].best().LogLoss {
			best = i
		}
	}
	return best
}

// Choice is what cross-validation decided, and what it leads one to expect.
type Choice struct {
	Recipe
	Strength    float64 `json:"strength"`
	Temperature float64 `json:"temperature"`
	// Thresholds are the scores from which each label is answered.
	Thresholds []float32 `json:"thresholds"`
	// Validated is nil where no label has two pictures: nothing could be held out, and the choice is a default.
	Validated *Validation `json:"validated,omitempty"`
}

// Validation is how well out-of-fold predictions did.
type Validation struct {
	Folds      int     `json:"folds"`
	Pictures   int     `json:"pictures"`   // held out once each
	Accuracy   float64 `json:"accuracy"`   // of the highest score
	F1         float64 `json:"f1"`         // macro, at the thresholds
	LogLoss    float64 `json:"logLoss"`    // mean
	ECE        float64 `json:"ece"`        // expected calibration error
	RawECE     float64 `json:"rawEce"`     // the same before the temperature
	Candidates []Tried `json:"candidates"` // everything that was tried
}

// Tried is one candidate of a search, without its logits.
type Tried struct {
	Recipe
	Trials []Trial `json:"trials"`
}

// The choice where nothing can be validated: what was best on most sets.
var unvalidated = Choice{Strength: 0.01, Temperature: 1}

// Choose takes the best of the results and derives the temperature and thresholds from its out-of-fold predictions.
func (t *Trainer) Choose(results []Result) (*Choice, error) {
	scored := len(t.scored())
	if scored == 0 {
		c := unvalidated
		var err error
		c.Thresholds, err = evaluate.Thresholds(evaluate.Predictions{Labels: t.labels})
		return &c, err
	}
	if len(results) == 0 {
		return nil, errors.New("linear: nothing has been scored to choose from")
	}
	best := results[winner(results)]
	if len(best.Logits) != scored*len(t.labels) {
		return nil, fmt.Errorf("linear: the results are of other data: %d logits for %d pictures and %d labels",
			len(best.Logits), scored, len(t.labels))
	}
	c := &Choice{Recipe: best.Recipe, Strength: best.best().Strength, Temperature: best.best().Temperature}
	return c, t.validate(c, best, results)
}

// Thin takes the logits, which make up nearly all of a result, off those that can no longer win, for Next and Choose
// look at the best result's only. It works in place.
func Thin(results []Result) []Result {
	if len(results) == 0 {
		return results
	}
	best := winner(results)
	for i := range results {
		if i != best {
			results[i].Logits = nil
		}
	}
	return results
}

// validate fills in thresholds and what to expect.
func (t *Trainer) validate(c *Choice, best Result, results []Result) error {
	k := len(t.labels)
	p := evaluate.Predictions{Labels: t.labels, Scores: evaluate.Softmax(best.Logits, k, c.Temperature)}
	for _, l := range t.truths() {
		p.Truth = append(p.Truth, []int{l})
	}
	var err error
	if c.Thresholds, err = evaluate.Thresholds(p); err != nil {
		return err
	}
	report, err := evaluate.Evaluate(p, c.Thresholds)
	if err != nil {
		return err
	}
	p.Scores = evaluate.Softmax(best.Logits, k, 1)
	raw, err := evaluate.Evaluate(p, c.Thresholds)
	if err != nil {
		return err
	}
	c.Validated = &Validation{
		Folds: t.Folds, Pictures: len(p.Truth), Accuracy: report.Single.Accuracy, F1: report.F1,
		LogLoss: report.Single.LogLoss, ECE: report.Single.ECE, RawECE: raw.Single.ECE,
	}
	for _, r := range results {
		c.Validated.Candidates = append(c.Validated.Candidates, Tried{r.Recipe, r.Trials})
	}
	return nil
}
