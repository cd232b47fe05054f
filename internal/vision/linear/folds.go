package linear

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"ownsight/internal/vision/model"
)

// always is the fold of a picture that every fold trains on and none is scored with.
const always = -1

// census counts the pictures of each label, and says which labels can be judged.
type census struct {
	pictures int
	of       []int // pictures of each label
	judged   []int // labels, ascending, of which something can be held out and something be left to learn from
}

func count(d Data) census {
	c := census{pictures: len(d.Truth), of: make([]int, len(d.Labels))}
	for _, labels := range d.Truth {
		for _, l := range labels {
			c.of[l]++
		}
	}
	for l, n := range c.of {
		// A softmax weighs all labels against each other, so there all are judged, by the pictures that can be.
		if d.Task == model.SingleLabel || min(n, c.pictures-n) > 1 {
			c.judged = append(c.judged, l)
		}
	}
	return c
}

// foldOf deals pictures to folds so that every label is spread as evenly as it goes, and folds are of equal size too, by
// iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011): the rarest label deals first, each of its pictures
// to the fold that lacks the label most, or of several such folds to the one that lacks pictures most. A picture that is
// the only one of its label is dealt to none, if it can have no other.
func foldOf(d Data, c census, folds int, seed uint64) []int {
	random := rand.New(rand.NewPCG(seed, 0x666f6c6473))
	byLabel := make([][]int, len(d.Labels))
	var bare []int // without a label
	for _, p := range random.Perm(len(d.Truth)) {
		for _, l := range d.Truth[p] {
			byLabel[l] = append(byLabel[l], p)
		}
		if len(d.Truth[p]) == 0 {
			bare = append(bare, p)
		}
	}
	dealt := newDeal(d, folds)
	for _, l := range c.rarestFirst() {
		if d.Task == model.SingleLabel && c.of[l] == 1 {
			dealt.fold[byLabel[l][0]] = always
			continue
		}
		for _, p := range byLabel[l] {
			dealt.give(p, func(fold int) int { return dealt.has[fold][l] })
		}
	}
	for _, p := range bare {
		dealt.give(p, func(fold int) int { return dealt.size[fold] })
	}
	return dealt.fold
}

// rarestFirst lists the labels, those of few pictures first, but those that are not judged last: so the first fold has
// pictures of a label that is.
func (c census) rarestFirst() []int {
	labels := make([]int, len(c.of))
	for l := range labels {
		labels[l] = l
	}
	unjudged := func(l int) int {
		if slices.Contains(c.judged, l) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(labels, func(a, b int) int {
		return cmp.Or(cmp.Compare(unjudged(a), unjudged(b)), cmp.Compare(c.of[a], c.of[b]))
	})
	return labels
}

// undealt is the fold of a picture that has none yet.
const undealt = -2

// deal is how far pictures have been dealt.
type deal struct {
	truth [][]int
	fold  []int   // of each picture
	size  []int   // of each fold
	has   [][]int // pictures of each label in each fold
}

func newDeal(d Data, folds int) *deal {
	dealt := &deal{truth: d.Truth, fold: slices.Repeat([]int{undealt}, len(d.Truth)), size: make([]int, folds), has: make([][]int, folds)}
	for f := range dealt.has {
		dealt.has[f] = make([]int, len(d.Labels))
	}
	return dealt
}

// give deals a picture, unless that is done, to the fold that has the least, or of several such folds to the smallest.
func (d *deal) give(picture int, has func(fold int) int) {
	if d.fold[picture] != undealt {
		return
	}
	best := 0
	for f := range d.size {
		if cmp.Or(cmp.Compare(has(f), has(best)), cmp.Compare(d.size[f], d.size[best])) < 0 {
			best = f
		}
	}
	d.fold[picture] = best
	d.size[best]++
	for _, l := range d.truth[picture] {
		d.has[best][l]++
	}
}
