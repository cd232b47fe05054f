package linear

import (
	"errors"
	"fmt"
	"slices"

	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/model"
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
	// Validated is nil where nothing could be held out, as no label has two pictures: then the choice is a default.
	Validated *Validation `json:"validated,omitempty"`
}

// Validation is how well out-of-fold predictions did.
type Validation struct {
	Folds      int     `json:"folds"`
	Pictures   int     `json:"pictures"`   // held out once each
	Labels     int     `json:"labels"`     // of which enough pictures could be held out to judge them
	Accuracy   float64 `json:"accuracy"`   // of whole answers
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

// unvalidated is the strength where nothing can be validated: what was best on most sets.
var unvalidated = map[model.Task]float64{model.SingleLabel: 0.01, model.MultiLabel: 0.1}

// Choose takes the best of the results and derives the temperature and thresholds from its out-of-fold predictions.
func (t *Trainer) Choose(results []Result) (*Choice, error) {
	scored := len(t.scored())
	if scored == 0 {
		neutral := slices.Repeat([]float32{evaluate.Neutral}, len(t.labels))
		return &Choice{Strength: unvalidated[t.task], Temperature: 1, Thresholds: neutral}, nil
	}
	if len(results) == 0 {
		return nil, errors.New("linear: nothing has been scored to choose from")
	}
	best := results[winner(results)]
	if judged := len(t.census.judged); len(best.Logits) != scored*judged {
		return nil, fmt.Errorf("linear: the results are of other data: %d logits for %d pictures and %d labels",
			len(best.Logits), scored, judged)
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
	l := t.outOfFold(best.Logits)
	p := t.predictions(l, c.Temperature)
	cuts, rest, err := evaluate.Thresholds(p)
	if err != nil {
		return err
	}
	c.Thresholds = slices.Repeat([]float32{rest}, len(t.labels))
	for i, label := range t.census.judged {
		c.Thresholds[label] = cuts[i]
	}
	report, err := evaluate.Evaluate(p, cuts)
	if err != nil {
		return err
	}
	raw, err := evaluate.Evaluate(t.predictions(l, 1), cuts)
	if err != nil {
		return err
	}
	c.Validated = &Validation{
		Folds: t.Folds, Pictures: len(p.Truth), Labels: len(p.Labels), Accuracy: report.Whole.Accuracy, F1: report.F1,
		LogLoss: report.Whole.LogLoss, ECE: report.Whole.ECE, RawECE: raw.Whole.ECE,
	}
	for _, r := range results {
		c.Validated.Candidates = append(c.Validated.Candidates, Tried{r.Recipe, r.Trials})
	}
	return nil
}
