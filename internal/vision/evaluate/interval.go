package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Interval is where a figure lies with 95 % confidence, given how few test pictures it was measured on.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Width is how far apart its ends lie.
func (i Interval) Width() float64 { return i.High - i.Low }

// z95 is the 97.5th percentile of the standard normal distribution, which leaves 95 % between it and its negative.
const z95 = 1.959963984540054

// Wilson is the interval of a share, such as precision or recall (Wilson 1927). It is sensible for few trials and for
// shares of 0 and 1; with no trials it is 0..1.
func Wilson(successes, trials int) Interval {
	if trials == 0 {
		return Interval{0, 1}
	}
	n, share := float64(trials), float64(successes)/float64(trials)
	middle := (share + z95*z95/(2*n)) / (1 + z95*z95/n)
	half := z95 / (1 + z95*z95/n) * math.Sqrt(share*(1-share)/n+z95*z95/(4*n*n))
	i := Interval{max(0, middle-half), min(1, middle+half)}
	if successes == 0 {
		i.Low = 0 // without what rounding leaves
	}
	if successes == trials {
		i.High = 1
	}
	return i
}

// Tally counts the answers that one picture got of one label. Where labels have boxes, it counts boxes.
type Tally struct {
	Label                                         int
	TruePositives, FalsePositives, FalseNegatives int
}

// Tallies counts the answers of each picture at one threshold a label. Labels that are neither true of a picture nor
// answered are left out.
func (p Predictions) Tallies(thresholds []float32) [][]Tally {
	all := make([][]Tally, len(p.Truth))
	for i, labels := range p.Truth {
		for k, s := range p.row(i) {
			truly, answered := slices.Contains(labels, k), s >= thresholds[k]
			switch {
			case truly && answered:
				all[i] = append(all[i], Tally{Label: k, TruePositives: 1})
			case answered:
				all[i] = append(all[i], Tally{Label: k, FalsePositives: 1})
			case truly:
				all[i] = append(all[i], Tally{Label: k, FalseNegatives: 1})
			}
		}
	}
	return all
}

// Uncertainty is how far the aggregates of a report can be trusted.
type Uncertainty struct {
	Precision Interval `json:"precision"`
	Recall    Interval `json:"recall"`
	F1        Interval `json:"f1"`
}

// resamples is how often Bootstrap draws: enough that the second digit of an interval does not depend on the seed.
const resamples = 1000

// Bootstrap gives the intervals of macro precision, recall and F1 (Efron 1979, percentiles of figures on test sets that
// are drawn, with repetition, from the one there is). Two made-up pictures are drawn along with the real ones, one that
// is answered rightly and one that is not (Laplace's rule), for otherwise a test without a mistake would look certain,
// however few pictures it had. The same tallies and seed give the same intervals; each holds its figure.
func Bootstrap(tallies [][]Tally, labels int, seed uint64) Uncertainty {
	n := len(tallies)
	if n == 0 {
		return Uncertainty{Interval{0, 1}, Interval{0, 1}, Interval{0, 1}}
	}
	random := rand.New(rand.NewPCG(seed, 0x626f6f74))
	var figures [3][]float64
	sums := make([]Tally, labels)
	for range resamples {
		clear(sums)
		for range n {
			at := random.IntN(n + 2)
			if at < n {
				addTo(sums, tallies[at])
				continue
			}
			madeUp(sums, tallies[random.IntN(n)], at == n, random)
		}
		for i, f := range macro(sums) {
			figures[i] = append(figures[i], f)
		}
	}
	clear(sums)
	for _, t := range tallies {
		addTo(sums, t)
	}
	measured := macro(sums)
	return Uncertainty{percentiles(figures[0], measured[0]), percentiles(figures[1], measured[1]), percentiles(figures[2], measured[2])}
}

func addTo(sums []Tally, picture []Tally) {
	for _, t := range picture {
		sums[t.Label].TruePositives += t.TruePositives
		sums[t.Label].FalsePositives += t.FalsePositives
		sums[t.Label].FalseNegatives += t.FalseNegatives
	}
}

// madeUp adds a picture with the truth of a real one that is answered without a mistake, or with nothing but mistakes.
func madeUp(sums []Tally, like []Tally, rightly bool, random *rand.Rand) {
	for _, t := range like {
		there := t.TruePositives + t.FalseNegatives
		if rightly {
			sums[t.Label].TruePositives += there
			continue
		}
		sums[t.Label].FalseNegatives += there
	}
	if !rightly {
		sums[random.IntN(len(sums))].FalsePositives++
	}
}

// macro gives precision, recall and F1 averaged over the labels that are true of anything.
func macro(sums []Tally) (figures [3]float64) {
	seen := 0.0
	for _, s := range sums {
		if s.TruePositives+s.FalseNegatives == 0 {
			continue
		}
		seen++
		figures[0] += ratio(s.TruePositives, s.TruePositives+s.FalsePositives)
		figures[1] += ratio(s.TruePositives, s.TruePositives+s.FalseNegatives)
		figures[2] += ratio(2*s.TruePositives, 2*s.TruePositives+s.FalsePositives+s.FalseNegatives)
	}
	for i := range figures {
		figures[i] /= max(seen, 1)
	}
	return figures
}

// percentiles cuts 2.5 % off either end, but never the measured figure.
func percentiles(figures []float64, measured float64) Interval {
	slices.Sort(figures)
	cut := len(figures) / 40
	return Interval{min(measured, figures[cut]), max(measured, figures[len(figures)-1-cut])}
}
