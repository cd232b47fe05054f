package classify

import "ownsight/internal/vision/tail"

// costs is how many milliseconds of one core a step takes for each picture, by the map that a tail begins at. They were
// measured once, on the machine that bench/RESULTS.md names: what is tried must not depend on how fast a machine is at
// the moment.
var costs = map[string]float64{tail.Shallow.Map: 5.6, tail.Deep.Map: 12.2}

// Budget is how many seconds of one core tails may take if the operator does not say: below a fourth of what fine-tuning
// the whole network for twelve epochs takes, the front's work included.
func Budget(pictures int) float64 {
	return min(16+0.07*float64(pictures), 40+0.04*float64(max(pictures-many, 0)))
}

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

const (
	// many is how many pictures it takes for a tail that was tried to be trained further, on every picture, instead of another
	// one from the beginning. With fewer, so short a training changes the tail without making it better.
	many = 450
	// furtherEpochs is how long that is.
	furtherEpochs = 3
)

// goesOn says whether what is tried by a recipe is trained further if it is chosen.
func goesOn(r tail.Recipe, pictures int) bool { return r.Cut == tail.Shallow.Map && pictures >= many }

// last is the recipe of training on every picture.
func last(r tail.Recipe, pictures int) tail.Recipe {
	if goesOn(r, pictures) {
		r.Epochs = furtherEpochs
	}
	return r
}

// runs is how often a recipe should be trained on every picture, in another order each time, for the mean of the weights.
// One from stride 8 takes twice as long, and gains less.
func runs(r tail.Recipe) int {
	if r.Cut == tail.Shallow.Map {
		return 2
	}
	return 1
}

// attempt is a recipe to be tried on so many folds, and trained so often on every picture if it is chosen.
type attempt struct {
	recipe tail.Recipe
	folds  int
	runs   int
}

// final is what training on every picture costs.
func (a attempt) final(pictures int) float64 {
	return float64(a.runs) * cost(last(a.recipe, pictures), pictures)
}

// plan lists what the budget has room for, with training the dearest of it on every picture afterwards: as many recipes
// as it goes, then more folds for each, until enough pictures decide.
func (t *trainer) plan() (list []attempt) {
	pictures, all := len(t.data.Linear.Truth), len(t.held.Folds)
	if len(t.order) < fewest || t.easy() || t.data.Maps == nil {
		return nil
	}
	fold := func(r tail.Recipe) float64 { return cost(r, pictures) * float64(all-1) / float64(all) }
	spent, end := 0.0, 0.0
	for _, r := range recipes(pictures) {
		for n := runs(r); n > 0; n-- {
			next := attempt{r, 1, n}
			if dearest := max(end, next.final(pictures)); spent+fold(r)+dearest <= t.options.Budget {
				list = append(list, next)
				spent, end = spent+fold(r), dearest
				break
			}
		}
	}
	each := max(len(t.order)/all, 1)
	for folds := 2; folds <= min((wanted+each-1)/each, all); folds++ {
		for i := range list {
			if more := fold(list[i].recipe); list[i].folds == folds-1 && spent+more+end <= t.options.Budget {
				list[i].folds++
				spent += more
			}
		}
	}
	return list
}

// rest is what attempts and training on every picture cost at most.
func (t *trainer) rest(attempts []attempt) float64 {
	pictures, sum, end := len(t.data.Linear.Truth), 0.0, 0.0
	for _, l := range t.tried {
		end = max(end, l.final(pictures))
	}
	for _, a := range attempts {
		for f := range a.folds {
			sum += cost(a.recipe, pictures-len(t.held.Folds[f]))
		}
		end = max(end, a.final(pictures))
	}
	return sum + end
}
