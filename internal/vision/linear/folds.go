package linear

import (
	"math"
	"math/rand/v2"
	"slices"
)

// always is the fold of a picture that every fold trains on and none is scored with: the only one of its label.
const always = -1

// foldOf deals pictures to folds. Every label is spread as evenly as it goes, and each label's deal begins where the
// last one ended, so that folds are of equal size too.
func foldOf(truth []int, labels, folds int, seed uint64) []int {
	byLabel := make([][]int, labels)
	for i, l := range truth {
		byLabel[l] = append(byLabel[l], i)
	}
	random := rand.New(rand.NewPCG(seed, 0x666f6c6473))
	dealt := make([]int, len(truth))
	next := 0
	for _, pictures := range byLabel {
		if len(pictures) == 1 {
			dealt[pictures[0]] = always
			continue
		}
		pictures = slices.Clone(pictures)
		random.Shuffle(len(pictures), func(a, b int) { pictures[a], pictures[b] = pictures[b], pictures[a] })
		for _, p := range pictures {
			dealt[p] = next % folds
			next++
		}
	}
	return dealt
}

// labelWeights are proportional to (pictures of the label)^-1/2 and have mean 1 over pictures: half way between counting
// every picture alike and counting every label alike.
func labelWeights(truth []int, labels int) []float64 {
	weights := make([]float64, labels)
	for _, l := range truth {
		weights[l]++
	}
	total := 0.0 // what the weights of all pictures add up to before scaling
	for _, n := range weights {
		total += math.Sqrt(n)
	}
	for l, n := range weights {
		weights[l] = float64(len(truth)) / (total * math.Sqrt(max(n, 1)))
	}
	return weights
}
