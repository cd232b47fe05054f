package classify

import (
	"fmt"
	"slices"

	"ownsight/internal/vision/evaluate"
)

// option is something that could become the model.
type option struct {
	mixture Mixture
	share   float64   // of the tail
	tail    *trial    // nil for the head alone
	logits  []float32 // [pictures, labels], of the first pictures in order, temperature and all
}

// choose takes the option that loses least on pictures that it has not seen.
func (t *trainer) choose() (*Choice, option, error) {
	best := t.headAlone()
	c := &Choice{Linear: t.choice, Share: best.mixture, Reason: t.reason()}
	if len(t.order) > 0 {
		f, err := t.figures(best.logits)
		if err != nil {
			return nil, best, err
		}
		c.Candidates = append(c.Candidates, Candidate{Name: "linear head, " + t.choice.String(), Folds: len(t.held.Folds),
			Pictures: len(t.order), Figures: f, Mixed: f})
	}
	for i := range t.tried {
		l := &t.tried[i]
		c.Candidates = append(c.Candidates, t.candidate(l))
		next := option{l.mixture, l.share, l, t.sum(l)}
		won, pictures := t.gain(best, next)
		if l.mixture.Tail == 0 || won <= 0 {
			continue
		}
		best = next
		c.Share, c.Tail, c.Integers, c.Chosen = l.mixture, &l.recipe, l.rounded, len(c.Candidates)-1
		c.Reason = fmt.Sprintf("%s, for it loses %.3f less a picture than what was best before it, on %d pictures that neither had seen.",
			l.describe(), won/float64(pictures), pictures)
	}
	return c, best, nil
}

// candidate is how a trial did.
func (t *trainer) candidate(l *trial) Candidate {
	return Candidate{Name: l.recipe.String(), Folds: l.folds, Pictures: len(l.logits) / t.labels(), Figures: l.alone, Mixed: l.mixed}
}

// reason tells why the head is chosen unless a tail is better.
func (t *trainer) reason() string {
	switch {
	case len(t.order) == 0:
		return "A linear head, for no label has two pictures, and nothing can be held out to compare it with others."
	case t.easy():
		return fmt.Sprintf("A linear head, for it loses only %.3f a picture on those that it had not seen: no more can be told apart.",
			t.choice.Validated.LogLoss)
	case len(t.order) < fewest:
		return fmt.Sprintf("A linear head, for %d pictures are too few to tell whether fine-tuning does better.", len(t.order))
	case t.data.Maps == nil:
		return "A linear head, for the network that it stands on cannot be fine-tuned."
	case len(t.tried) == 0:
		return "A linear head, for the time that was allowed is too short to fine-tune the network."
	}
	return "A linear head, for no fine-tuning did better by more than chance on pictures that it had not seen."
}

// describe names what a trial would put into the model.
func (l *trial) describe() string {
	if l.mixture.Linear == 0 {
		return "Fine-tuned: " + l.recipe.String()
	}
	return "A linear head and a fine-tuned network together: " + l.recipe.String()
}

// headAlone is the best linear head, at the temperature of all pictures.
func (t *trainer) headAlone() option {
	o := option{mixture: Mixture{Linear: 1 / t.choice.Temperature}}
	o.logits = o.mixture.sum(t.truth(t.held.Logits), t.truth(make([]float32, len(t.held.Logits)))).Values
	return o
}

// sum is a trial's tail with the head, by its mixture.
func (t *trainer) sum(l *trial) []float32 {
	return l.mixture.sum(t.truth(t.held.Logits[:len(l.logits)]), t.truth(l.logits)).Values
}

// gain is how much less an option loses than another, in nats over the pictures that both were tried on, handicaps
// counted.
func (t *trainer) gain(than, o option) (won float64, pictures int) {
	n := min(len(than.logits), len(o.logits))
	pictures = n / t.labels()
	loss := func(o option) float64 {
		return nats(t.judged(o.logits[:n])) + handicap(o.share)
	}
	return loss(than) - loss(o), pictures
}

// truth puts logits of the first pictures in order beside their labels.
func (t *trainer) truth(logits []float32) evaluate.Logits {
	l := evaluate.Logits{Task: t.data.Linear.Task, K: t.labels(), Values: logits}
	for _, p := range t.order[:len(logits)/t.labels()] {
		l.Truth = append(l.Truth, t.data.Linear.Truth[p])
	}
	return l
}

// judged does the same for the labels that can be judged.
func (t *trainer) judged(logits []float32) evaluate.Logits {
	all := t.truth(logits)
	if len(t.held.Judged) == all.K {
		return all
	}
	l := evaluate.Logits{Task: all.Task, K: len(t.held.Judged)}
	for i, labels := range all.Truth {
		var own []int
		for k, label := range t.held.Judged {
			l.Values = append(l.Values, logits[i*all.K+label])
			if slices.Contains(labels, label) {
				own = append(own, k)
			}
		}
		l.Truth = append(l.Truth, own)
	}
	return l
}

// predictions makes scores of logits at a temperature, of the judged labels.
func (t *trainer) predictions(logits []float32, temperature float64) evaluate.Predictions {
	l := t.judged(logits)
	p := evaluate.Predictions{Task: l.Task, Scores: l.Scores(temperature), Truth: l.Truth}
	for _, label := range t.held.Judged {
		p.Labels = append(p.Labels, t.data.Linear.Labels[label])
	}
	return p
}

// figures measures logits at their best temperature.
func (t *trainer) figures(logits []float32) (Figures, error) {
	l := t.judged(logits)
	temperature, err := l.Temperature()
	if err != nil {
		return Figures{}, err
	}
	report, err := evaluate.Evaluate(t.predictions(logits, temperature), slices.Repeat([]float32{evaluate.Neutral}, l.K))
	if err != nil {
		return Figures{}, err
	}
	return Figures{report.Whole.Accuracy, report.MeanAveragePrecision, l.LogLoss(temperature)}, nil
}

// validate fills in thresholds and what to expect of the model.
func (t *trainer) validate(trained *Trained, o option) error {
	trained.Thresholds = slices.Repeat([]float32{evaluate.Neutral}, t.labels())
	if len(o.logits) == 0 {
		return nil
	}
	p := t.predictions(o.logits, 1)
	cuts, rest, err := evaluate.Thresholds(p)
	if err != nil {
		return err
	}
	trained.Thresholds = slices.Repeat([]float32{rest}, t.labels())
	for k, label := range t.held.Judged {
		trained.Thresholds[label] = cuts[k]
	}
	report, err := evaluate.Evaluate(p, cuts)
	if err != nil {
		return err
	}
	trained.Choice.Validated = &Validation{Pictures: len(p.Truth), Accuracy: report.Whole.Accuracy, F1: report.F1,
		LogLoss: report.Whole.LogLoss, ECE: report.Whole.ECE}
	trained.HeldOut, trained.Pictures = p, t.order[:len(p.Truth)]
	return nil
}
