package evaluate

import "math"

const (
	mostSharp   = 3  // by which odds are sharpened at most, as a power
	sharpnesses = 16 // that are tried, evenly by their logarithm
	// alike is by how much the given labels must be likelier, in nats, for a lesser sharpness to be believed before a greater
	// one. Where a model is as sure of the few pictures that speak against their labels as of all others, both explain it
	// alike; the labels are wrong rather, for what a model mistakes it is mostly less sure of.
	alike = 1
	// mostWrong is the share of the labels that may be wrong.
	mostWrong = 0.2
	// leastOfOne is the least score that is told from 0 where labels share the whole; float32 holds little less.
	leastOfOne = 1e-37
)

// sharpness is the power, 1..mostSharp, by which the odds between labels are of what is truly there, rather than of
// what people said of it, for pictures that have one label each. Temperature takes every label for right: of a model that
// makes no mistake, where one label in twenty is wrong, scores are 0.95, for so often does it agree with them. Here a
// share of the labels may be wrong, each of the others instead as often as any, and the share and the power are those by
// which the given labels are most likely. (Patrini et al. 2017, "Making Deep Neural Networks Robust to Label Noise", train
// with such a forward correction.)
func (p Predictions) sharpness() float64 {
	l := Logits{Task: p.Task, K: len(p.Labels), Values: make([]float32, len(p.Scores)), Truth: p.Truth}
	for i, s := range p.Scores {
		l.Values[i] = float32(math.Log(max(float64(s), leastOfOne)))
	}
	least := math.Inf(1)
	var powers, losses [sharpnesses]float64
	for i := range sharpnesses {
		powers[i] = math.Pow(mostSharp, float64(i)/(sharpnesses-1))
		losses[i] = l.lossAmongWrong(powers[i])
		least = min(least, losses[i])
	}
	i := sharpnesses - 1
	for losses[i] > least+alike {
		i--
	}
	return powers[i]
}

// lossAmongWrong is the loss of pictures of one label each whose logits are multiplied by scale, where as many labels are
// wrong as makes it least.
func (l Logits) lossAmongWrong(scale float64) float64 {
	given := make([]float64, len(l.Truth)) // the score of the label that a picture was given
	for i, labels := range l.Truth {
		given[i] = math.Exp(-crossEntropy(l.Values[i*l.K:(i+1)*l.K], labels[0], scale))
	}
	others := float64(max(l.K-1, 1))
	loss := func(wrong float64) (sum float64) {
		for _, g := range given {
			sum -= math.Log(max((1-wrong)*g+wrong*(1-g)/others, leastOfOne))
		}
		return sum
	}
	return loss(minimum(loss, 0, mostWrong))
}
