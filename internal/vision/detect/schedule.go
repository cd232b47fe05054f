package detect

import (
	"math/rand/v2"
	"slices"
	"time"

	"ownsight/internal/vision/picture"
)

// Recipe is a way to train.
type Recipe string

const (
	// Shallow tunes the backbone behind stride 16: its network takes the maps of strides 8 and 16 from the frozen front.
	Shallow Recipe = "shallow"
	// Deep tunes it behind stride 8. That takes half as long again, and costs more whenever a picture is looked at.
	Deep Recipe = "deep"
)

// costs of a step beside each other.
var costs = map[Recipe]float64{Shallow: 1, Deep: 1.6}

// schedule says how long is trained on what.
type schedule struct {
	held, rest        []int    // pictures
	trials            []Recipe // that are tried on them
	trialSteps, steps int
}

const (
	// seconds of two cores of the reference machine a pixel of the input, forward and back, with all that belongs to it.
	secondsAPixel = 0.15e-6
	mostEpochs    = 80
	leastPasses   = 5000 // pictures seen in a training at least, if the budget allows
	trialShare    = 0.4  // of all steps of a recipe that are its trial's; where it is chosen, it is trained further
	heldShare     = 0.2
	leastHeld     = 5 // pictures with boxes below which none is held out
	// worth is what a recipe's average precision has to be above that of a cheaper one, and that of floats above that of integers.
	worth = 0.01
)

// newSchedule fills the budget. Deep is tried only with what Shallow has no use for: with less, more steps do more good.
func newSchedule(d Data, size picture.Size, budget time.Duration) schedule {
	var c schedule
	c.held, c.rest = hold(d)
	cost := secondsAPixel * float64(size.Width*size.Height)
	affordable := func(trials ...Recipe) float64 {
		most, share := 1.0, 0.0
		for _, r := range trials {
			most = max(most, costs[r])
			share += trialShare * costs[r]
		}
		if len(trials) > 0 {
			most *= 1 - trialShare
		}
		return budget.Seconds() / (share + most) / cost
	}
	passes := float64(max(mostEpochs*len(d.Pictures), leastPasses))
	if len(c.held) > 0 {
		c.trials = []Recipe{Shallow}
		if both := []Recipe{Shallow, Deep}; affordable(both...) >= passes {
			c.trials = both
		}
	}
	passes = min(passes, affordable(c.trials...))
	c.steps = max(int(passes/perStep), 20)
	if len(c.trials) > 0 {
		c.trialSteps = int(float64(c.steps) * trialShare)
		c.steps -= c.trialSteps
	}
	return c
}

// enough is how many pictures should be seen in a training at least.
func enough(d Data) float64 { return max(enoughEpochs*float64(len(d.Pictures)), leastPasses) }

// hold chooses the pictures that are held out in the trial: of each label a share of those that show it, so that rare
// labels are in both parts. Nothing is held out of very few pictures.
func hold(d Data) (held, rest []int) {
	random := rand.New(rand.NewPCG(1, uint64(len(d.Pictures))))
	order := random.Perm(len(d.Pictures))
	chosen := make([]bool, len(d.Pictures))
	rarest := rareness(d)
	groups := map[int][]int{}
	filled := 0
	for _, i := range order {
		groups[rarest[i]] = append(groups[rarest[i]], i)
		if rarest[i] >= 0 {
			filled++
		}
	}
	if filled >= leastHeld {
		carried := 0.0
		for label := -1; label < len(d.Labels); label++ {
			carried += heldShare * float64(len(groups[label]))
			for _, i := range groups[label][:min(int(carried), len(groups[label])/2)] {
				chosen[i] = true
				carried--
			}
		}
	}
	for i := range d.Pictures {
		if chosen[i] {
			held = append(held, i)
		} else {
			rest = append(rest, i)
		}
	}
	if !slices.ContainsFunc(held, func(i int) bool { return rarest[i] >= 0 }) {
		return nil, nil
	}
	return held, rest
}

// rareness is the rarest label of each picture, -1 where it shows none.
func rareness(d Data) []int {
	counts := make([]int, len(d.Labels))
	for _, p := range d.Pictures {
		for _, b := range p.Boxes {
			counts[b.Label]++
		}
	}
	list := make([]int, len(d.Pictures))
	for i, p := range d.Pictures {
		list[i] = -1
		for _, b := range p.Boxes {
			if list[i] < 0 || counts[b.Label] < counts[list[i]] {
				list[i] = b.Label
			}
		}
	}
	return list
}
