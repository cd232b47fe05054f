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
		if t.lost(tried.mixed.LogLoss) < enough {
			break
		}
	}
	return nil
}

// try trains a tail without some folds, each in turn, and sees what it says of them.
func (t *trainer) try(ctx context.Context, a attempt) (*trial, error) {
	tried := &trial{attempt: a}
	for f, held := range t.held.Folds[:a.folds] {
		without, end := t.fold(f, a.recipe), t.meter.done+cost(a.recipe, len(t.data.Linear.Truth)-len(held))
		logits, err := note(ctx, t.options.Notes, noteName(a.recipe, without.part)+"-logits", func() ([]float32, error) {
			tuned, err := t.learn(ctx, a.recipe, without)
			if err != nil {
				return nil, err
			}
			e, err := t.examples(ctx, a.recipe)
			if err != nil {
				return nil, err
			}
			return tuned.Logits(ctx, e, held, t.options.Workers)
		})
		if err == nil { // of 30 MB
			err = t.options.Notes.Put(ctx, noteName(a.recipe, without.part)+savedEnding, nil)
		}
		if err != nil {
			return nil, err
		}
		t.meter.done = end // of what an earlier attempt did, too
		tried.logits = append(tried.logits, logits...)
	}
	return tried, t.judge(tried)
}

// judge compares a tail, and its mixture with the head, with the truth.
func (t *trainer) judge(l *trial) (err error) {
	l.mixture, l.share, err = mix(t.judged(t.held.Logits[:len(l.logits)]), t.judged(l.logits))
	if err != nil {
		return err
	}
	if l.alone, err = t.figures(l.logits); err != nil {
		return err
	}
	l.mixed, err = t.figures(t.sum(l))
	return err
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
	seed     uint64
	pictures []int
	from     *tail.Tail // is trained further; nil for a new one
	kept     bool       // noted once it is done; of one that has only to be tried, what it says is enough
}

// fold is a training without a fold. That of the first may have to go on later.
func (t *trainer) fold(f int, r tail.Recipe) training {
	return training{part: fmt.Sprintf("fold%d", f), seed: t.options.Seed, pictures: t.without(t.held.Folds[f]),
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
	e, err := t.examples(ctx, r)
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
	tuned, err := tail.Learn(ctx, e, g.pictures, r, tail.Options{
		Seed: g.seed, From: g.from, Saved: saved, Progress: t.meter.begin(title, cost(r, len(g.pictures))),
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
		tuned, err := t.learn(ctx, recipe, training{part: fmt.Sprintf("all%d", run), seed: t.options.Seed + 1 + uint64(run), pictures: every, from: tried, kept: true})
		if err != nil {
			return nil, "", err
		}
		tails = append(tails, tuned)
	}
	mean, err := tail.Mean(tails...)
	return mean, how + ".", err
}

// examples opens the maps that a recipe begins at.
func (t *trainer) examples(ctx context.Context, r tail.Recipe) (tail.Examples, error) {
	if e, there := t.maps[r.Cut]; there {
		return e, nil
	}
	c, err := tail.CutOf(r.Cut)
	if err != nil {
		return tail.Examples{}, err
	}
	maps, err := t.data.Maps(ctx, c)
	if err != nil {
		return tail.Examples{}, err
	}
	e := tail.Examples{Task: t.data.Linear.Task, Labels: t.labels(), Truth: t.data.Linear.Truth, Views: t.data.Views, Map: maps}
	t.maps[r.Cut] = e
	return e, nil
}
