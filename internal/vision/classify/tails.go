package classify

import (
	"context"
	"fmt"
	"slices"

	"ownsight/internal/vision/model"
	"ownsight/internal/vision/tail"
)

// trial is an attempt that was made.
type trial struct {
	attempt
	logits  []float32 // of their pictures, in order: [pictures, labels]
	rounded bool      // in 8-bit integers: so are the logits
	lost    float64   // by that, in nats a picture
	mixture Mixture   // with the linear head
	share   float64   // of the tail in it, 0 to 1
	alone   Figures
	mixed   Figures
}

const (
	// enough is the mean loss a picture below which there is hardly anything to win, and candidates are not told apart.
	enough = 0.05
	// fewest is how many held-out pictures it takes to compare a tail with a head at all.
	fewest = 20
	// wanted is how many held-out pictures should decide.
	wanted = 150
	// worthless is the loss a picture that a tail in 8-bit integers may add, being three times as fast.
	worthless = 0.01
)

// easy says that the linear head leaves nothing to win.
func (t *trainer) easy() bool {
	return t.choice.Validated != nil && t.lost(t.choice.Validated.LogLoss) < enough
}

// lost is a mean loss a picture: where each label is a question of its own, figures have the mean a question.
func (t *trainer) lost(mean float64) float64 {
	if t.data.Linear.Task == model.MultiLabel {
		mean *= float64(len(t.held.Judged))
	}
	return mean
}

// byTails tries tails, until there is hardly anything left to win.
func (t *trainer) byTails(ctx context.Context) error {
	attempts := t.plan()
	for i, a := range attempts {
		t.meter.expect(t.rest(attempts[i:]))
		tried, err := t.try(ctx, a)
		if err != nil {
			return err
		}
		t.tried = append(t.tried, *tried)
		if t.options.Watch.Judged != nil {
			t.options.Watch.Judged(t.candidate(tried))
		}
		if t.lost(tried.mixed.LogLoss) < enough {
			break
		}
	}
	return nil
}

// try trains a tail without some folds, each in turn, and sees what it says of them. Where the front has maps of 8-bit
// integers, so has the tail, unless it loses by that.
func (t *trainer) try(ctx context.Context, a attempt) (*trial, error) {
	var all answers
	for f, held := range t.held.Folds[:a.folds] {
		without, end := t.fold(f, a.recipe), t.meter.done+cost(a.recipe, len(t.data.Linear.Truth)-len(held))
		said, err := note(ctx, t.options.Notes, noteName(a.recipe, without.part)+"-answers", func() (answers, error) {
			tuned, err := t.learn(ctx, a.recipe, without)
			if err != nil {
				return answers{}, err
			}
			return t.ask(ctx, tuned, without, held)
		})
		if err == nil { // of 30 MB
			err = t.options.Notes.Put(ctx, noteName(a.recipe, without.part)+savedEnding, nil)
		}
		if err != nil {
			return nil, err
		}
		t.meter.done = end // of what an earlier attempt did, too
		all.Floats = append(all.Floats, said.Floats...)
		all.Integers = append(all.Integers, said.Integers...)
	}
	exact, err := t.judge(a, all.Floats)
	if err != nil || len(all.Integers) == 0 {
		return exact, err
	}
	rounded, err := t.judge(a, all.Integers)
	if err != nil {
		return nil, err
	}
	rounded.rounded, rounded.lost = true, t.lost(rounded.mixed.LogLoss)-t.lost(exact.mixed.LogLoss)
	if !(rounded.lost <= worthless) {
		return exact, nil
	}
	return rounded, nil
}

// answers are the logits of a tail for pictures that it has not seen: [pictures, labels].
type answers struct{ Floats, Integers []float32 }

// ask lets a tail say what it thinks of held-out pictures, in both arithmetics if there are two.
func (t *trainer) ask(ctx context.Context, tuned *tail.Tail, g training, held []int) (said answers, err error) {
	e, err := t.examples(ctx, tuned.Cut())
	if err != nil {
		return said, err
	}
	if said.Floats, err = tuned.Logits(ctx, e, held, t.options.Workers); err != nil || t.data.Levels == nil {
		return said, err
	}
	rounded, err := tuned.Integers(ctx, e, g.pictures, t.data.Levels[tuned.Cut().Map])
	if err != nil {
		return said, err
	}
	said.Integers, err = rounded.Logits(ctx, e, held, t.options.Workers)
	return said, err
}

// judge compares what a tail says, and its mixture with the head, with the truth.
func (t *trainer) judge(a attempt, logits []float32) (l *trial, err error) {
	l = &trial{attempt: a, logits: logits}
	l.mixture, l.share, err = mix(t.judged(t.held.Logits[:len(l.logits)]), t.judged(l.logits))
	if err != nil {
		return nil, err
	}
	if l.alone, err = t.figures(l.logits); err != nil {
		return nil, err
	}
	l.mixed, err = t.figures(t.sum(l))
	return l, err
}

// without lists all pictures but some, which are in ascending order.
func (t *trainer) without(some []int) []int {
	list := make([]int, 0, len(t.data.Linear.Truth))
	for p := range t.data.Linear.Truth {
		if _, there := slices.BinarySearch(some, p); !there {
			list = append(list, p)
		}
	}
	return list
}

// savedEnding is that of the note of a tail half trained.
const savedEnding = "-saved"

func noteName(r tail.Recipe, part string) string {
	return fmt.Sprintf("tail-%s-%g-%d-%s", r.Cut, r.Peak, r.Epochs, part)
}

// training is one of a tail.
type training struct {
	part     string // what it is for, in the names of notes
	called   string // likewise, for people
	seed     uint64
	pictures []int
	from     *tail.Tail // is trained further; nil for a new one
	kept     bool       // noted once it is done; of one that has only to be tried, what it says is enough
}

// fold is a training without a fold. That of the first may have to go on later.
func (t *trainer) fold(f int, r tail.Recipe) training {
	return training{part: fmt.Sprintf("fold%d", f), called: fmt.Sprintf("fold %d", f+1), seed: t.options.Seed, pictures: t.without(t.held.Folds[f]),
		kept: f == 0 && goesOn(r, len(t.data.Linear.Truth))}
}

// learn trains a tail on some pictures, or takes up where it was left.
func (t *trainer) learn(ctx context.Context, r tail.Recipe, g training) (*tail.Tail, error) {
	name := noteName(r, g.part)
	done, err := t.options.Notes.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	if done != nil {
		return tail.Parse(done, r.Cut)
	}
	c, err := tail.CutOf(r.Cut)
	if err != nil {
		return nil, err
	}
	e, err := t.examples(ctx, c)
	if err != nil {
		return nil, err
	}
	saved, err := t.options.Notes.Get(ctx, name+savedEnding)
	if err != nil {
		return nil, err
	}
	title := r.String()
	if len(g.pictures) < len(t.data.Linear.Truth) {
		title = "trying " + title
	}
	advance := t.meter.begin(title, cost(r, len(g.pictures)))
	tuned, err := tail.Learn(ctx, e, g.pictures, r, tail.Options{
		Seed: g.seed, From: g.from, Saved: saved,
		Progress: func(step, steps int, loss float32) {
			if t.options.Watch.Lost != nil {
				t.options.Watch.Lost(title+", "+g.called, step, loss)
			}
			advance(step, steps)
		},
		Save: func(state []byte) error {
			return t.options.Notes.Put(context.WithoutCancel(ctx), name+savedEnding, state)
		}})
	if err != nil || !g.kept {
		return tuned, err
	}
	file, err := tuned.Graph().Bytes()
	if err != nil {
		return nil, fmt.Errorf("classify: %w", err)
	}
	return tuned, t.options.Notes.Put(ctx, name, file)
}

// finishTail trains the chosen tail on every picture, and says how: the one that was tried goes on, or new ones begin. Of new
// ones, one will do where hardly anything is left to win.
func (t *trainer) finishTail(ctx context.Context, l *trial) (*tail.Tail, string, error) {
	every := t.without(nil)
	recipe, n, how := last(l.recipe, len(every)), l.runs, "trained from the beginning"
	var tried *tail.Tail
	if goesOn(l.recipe, len(every)) {
		how = "trained further"
		var err error // it is there, in a note
		if tried, err = t.learn(ctx, l.recipe, t.fold(0, l.recipe)); err != nil {
			return nil, "", err
		}
	} else if t.lost(l.mixed.LogLoss) < enough {
		n = 1
	}
	how = fmt.Sprintf("Then it was %s on every picture, for %d epochs", how, recipe.Epochs)
	if n > 1 {
		how += fmt.Sprintf(", %d times in other orders, and the weights are the mean", n)
	}
	t.meter.expect(float64(n) * cost(recipe, len(every)))
	var tails []*tail.Tail
	for run := range n {
		tuned, err := t.learn(ctx, recipe, training{part: fmt.Sprintf("all%d", run), called: fmt.Sprintf("run %d", run+1), seed: t.options.Seed + 1 + uint64(run), pictures: every, from: tried, kept: true})
		if err != nil {
			return nil, "", err
		}
		tails = append(tails, tuned)
	}
	how += "."
	mean, err := tail.Mean(tails...)
	if err != nil || !l.rounded {
		return mean, how, err
	}
	e, err := t.examples(ctx, mean.Cut())
	if err != nil {
		return nil, "", err
	}
	rounded, err := mean.Integers(ctx, e, every, t.data.Levels[mean.Cut().Map])
	return rounded, fmt.Sprintf("%s It computes with 8-bit integers, by which a picture that it had not seen loses %.3f more.", how, max(l.lost, 0)), err
}

// examples opens the maps at a cut.
func (t *trainer) examples(ctx context.Context, c tail.Cut) (tail.Examples, error) {
	if e, there := t.maps[c.Map]; there {
		return e, nil
	}
	maps, err := t.data.Maps(ctx, c)
	if err != nil {
		return tail.Examples{}, err
	}
	e := tail.Examples{Task: t.data.Linear.Task, Labels: t.labels(), Truth: t.data.Linear.Truth, Views: t.data.Views, Map: maps}
	t.maps[c.Map] = e
	return e, nil
}
