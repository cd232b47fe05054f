package classify

import (
	"context"
	"fmt"
	"slices"

	"ownsight/internal/vision/model"
	"ownsight/internal/vision/tail"
)

// costs is how many milliseconds of one core a step takes for each picture, by the map that a tail begins at. They were
// measured once, on the machine that bench/RESULTS.md names: what is tried must not depend on how fast a machine is at
// the moment.
var costs = map[string]float64{tail.Shallow.Map: 5.6, tail.Deep.Map: 12.2}

// Budget is how many seconds of one core tails may take if the operator does not say: about a fourth of what fine-tuning
// the whole network for twelve epochs takes, the front's work included.
func Budget(pictures int) float64 { return 16 + 0.07*float64(pictures) }

// recipes are what is tried, in this order, for so many pictures. Few pictures are seen more often.
func recipes(pictures int) []tail.Recipe {
	epochs := func(seen, least, most int) int { return min(max((seen+pictures/2)/max(pictures, 1), least), most) }
	shallow, deep := epochs(2500, 5, 16), epochs(2000, 4, 10)
	return []tail.Recipe{
		{Cut: tail.Shallow.Map, Peak: 1e-3, Epochs: shallow},
		{Cut: tail.Deep.Map, Peak: 3e-4, Epochs: deep},
		{Cut: tail.Deep.Map, Peak: 1e-3, Epochs: deep},
		{Cut: tail.Shallow.Map, Peak: 3e-4, Epochs: shallow},
	}
}

// cost of training so many pictures, in seconds of one core.
func cost(r tail.Recipe, pictures int) float64 {
	return costs[r.Cut] / 1000 * float64(r.Epochs*pictures)
}

// runs is how often a recipe should be trained on every picture, in another order each time, for the mean of the weights.
// One from stride 8 takes twice as long, and gains less.
func runs(r tail.Recipe) int {
	if r.Cut == tail.Shallow.Map {
		return 2
	}
	return 1
}

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

// attempt is a recipe to be tried on so many folds, and trained so often on every picture if it is chosen.
type attempt struct {
	recipe tail.Recipe
	folds  int
	runs   int
}

// final is what training on every picture costs.
func (a attempt) final(pictures int) float64 { return float64(a.runs) * cost(a.recipe, pictures) }

// plan lists what the budget has room for, with training the dearest of it on every picture afterwards: as many recipes
// as it goes, then more folds for each, until enough pictures decide.
func (t *trainer) plan() (list []attempt) {
	pictures, all := len(t.data.Linear.Truth), len(t.held.Folds)
	if len(t.order) < fewest || t.easy() || t.data.Maps == nil {
		return nil
	}
	fold := func(r tail.Recipe) float64 { return cost(r, pictures) * float64(all-1) / float64(all) }
	spent, last := 0.0, 0.0
	for _, r := range recipes(pictures) {
		for n := runs(r); n > 0; n-- {
			next := attempt{r, 1, n}
			if end := max(last, next.final(pictures)); spent+fold(r)+end <= t.options.Budget {
				list = append(list, next)
				spent, last = spent+fold(r), end
				break
			}
		}
	}
	each := max(len(t.order)/all, 1)
	for folds := 2; folds <= min((wanted+each-1)/each, all); folds++ {
		for i := range list {
			if more := fold(list[i].recipe); list[i].folds == folds-1 && spent+more+last <= t.options.Budget {
				list[i].folds++
				spent += more
			}
		}
	}
	return list
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

// rest is what attempts and training on every picture cost at most.
func (t *trainer) rest(attempts []attempt) float64 {
	pictures, sum, last := len(t.data.Linear.Truth), 0.0, 0.0
	for _, l := range t.tried {
		last = max(last, l.final(pictures))
	}
	for _, a := range attempts {
		for f := range a.folds {
			sum += cost(a.recipe, pictures-len(t.held.Folds[f]))
		}
		last = max(last, a.final(pictures))
	}
	return sum + last
}

// try trains a tail without some folds, each in turn, and sees what it says of them.
func (t *trainer) try(ctx context.Context, a attempt) (*trial, error) {
	tried := &trial{attempt: a}
	for f, held := range t.held.Folds[:a.folds] {
		name, end := fmt.Sprintf("fold%d", f), t.meter.done+cost(a.recipe, len(t.data.Linear.Truth)-len(held))
		logits, err := note(ctx, t.options.Notes, noteName(a.recipe, name)+"-logits", func() ([]float32, error) {
			tuned, err := t.learn(ctx, a.recipe, name, t.options.Seed, t.without(held))
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
			err = t.options.Notes.Put(ctx, noteName(a.recipe, name)+savedEnding, nil)
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

// learn trains a tail on some pictures, or takes up where it was left. Of one that has only to be tried, nothing is kept
// once it is done but what it says.
func (t *trainer) learn(ctx context.Context, r tail.Recipe, part string, seed uint64, pictures []int) (*tail.Tail, error) {
	name := noteName(r, part)
	every := len(pictures) == len(t.data.Linear.Truth)
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
	if !every {
		title = "trying " + title
	}
	tuned, err := tail.Learn(ctx, e, pictures, r, tail.Options{
		Seed: seed, Saved: saved, Progress: t.meter.begin(title, cost(r, len(pictures))),
		Save: func(state []byte) error {
			return t.options.Notes.Put(context.WithoutCancel(ctx), name+savedEnding, state)
		}})
	if err != nil || !every {
		return tuned, err
	}
	file, err := tuned.Graph().Bytes()
	if err != nil {
		return nil, fmt.Errorf("classify: %w", err)
	}
	return tuned, t.options.Notes.Put(ctx, name, file)
}

// finishTail trains the chosen tail on every picture. Where hardly anything is left to win, once will do.
func (t *trainer) finishTail(ctx context.Context, l *trial) (*tail.Tail, error) {
	n := l.runs
	if t.lost(l.mixed.LogLoss) < enough {
		n = 1
	}
	every := t.without(nil)
	t.meter.expect(float64(n) * cost(l.recipe, len(every)))
	var tails []*tail.Tail
	for run := range n {
		tuned, err := t.learn(ctx, l.recipe, fmt.Sprintf("all%d", run), t.options.Seed+uint64(run), every)
		if err != nil {
			return nil, err
		}
		tails = append(tails, tuned)
	}
	return tail.Mean(tails...)
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
