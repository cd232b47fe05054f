package evaluate

import (
	"fmt"
	"math"
	"slices"

	"ownsight/internal/vision/model"
)

// Logits are what a model says of pictures before it makes scores of it.
type Logits struct {
	Task   model.Task
	K      int       // labels
	Values []float32 // [pictures, K] row-major
	Truth  [][]int   // the labels of each picture; exactly one where the task is SingleLabel
}

// doubt is the weight of the belief that scores are right as they are, in pictures or answers: it keeps temperatures
// and slopes finite where cross-validation made no mistake at all.
const doubt = 2

// Temperature finds the T > 0 by which to divide logits, out of fold, so that the scores can be believed (Guo et al.
// 2017, "On Calibration of Modern Neural Networks"): the least sum of the losses of pictures, plus doubt/2 * ln(T)^2. T
// lies in 1/20..20, and is 1 for no pictures.
func (l Logits) Temperature() (float64, error) {
	if l.K < 1 || len(l.Values) != len(l.Truth)*l.K {
		return 0, fmt.Errorf("evaluate: %d logits for %d pictures and %d labels", len(l.Values), len(l.Truth), l.K)
	}
	for i, labels := range l.Truth {
		if l.Task == model.SingleLabel && len(labels) != 1 {
			return 0, fmt.Errorf("evaluate: picture %d has %d labels instead of one", i, len(labels))
		}
		for _, t := range labels {
			if t < 0 || t >= l.K {
				return 0, fmt.Errorf("evaluate: picture %d has label %d of %d", i, t, l.K)
			}
		}
	}
	loss := func(logT float64) float64 {
		return doubt/2*logT*logT + l.loss(math.Exp(-logT))
	}
	return math.Exp(minimum(loss, -math.Log(20), math.Log(20))), nil
}

// LogLoss is the mean loss at a temperature, and 0 for no pictures: of pictures, -ln(score of the true label), or where
// there may be several, of pairs of picture and label, -ln(score that the truth was given).
func (l Logits) LogLoss(temperature float64) float64 {
	if len(l.Truth) == 0 {
		return 0
	}
	questions := len(l.Truth)
	if l.Task == model.MultiLabel {
		questions *= l.K
	}
	return l.loss(1/temperature) / float64(questions)
}

// Scores are those of the task, at a temperature.
func (l Logits) Scores(temperature float64) []float32 {
	if l.Task == model.MultiLabel {
		scores := make([]float32, len(l.Values))
		for i, z := range l.Values {
			scores[i] = float32(sigmoid(float64(z) / temperature))
		}
		return scores
	}
	return softmax(l.Values, l.K, temperature)
}

// loss adds up the losses of pictures whose logits are multiplied by scale.
func (l Logits) loss(scale float64) float64 {
	sum := 0.0
	for i, labels := range l.Truth {
		row := l.Values[i*l.K : (i+1)*l.K]
		if l.Task == model.SingleLabel {
			sum += crossEntropy(row, labels[0], scale)
			continue
		}
		for k, z := range row {
			sum += binaryCrossEntropy(scale*float64(z), slices.Contains(labels, k))
		}
	}
	return sum
}

// softmax turns logits [pictures, k] into scores at a temperature.
func softmax(logits []float32, k int, temperature float64) []float32 {
	scores := make([]float32, len(logits))
	e := make([]float64, k)
	for at := 0; at < len(logits); at += k {
		row := logits[at : at+k]
		top, sum := float64(row[argmax(row)]), 0.0
		for j, z := range row {
			e[j] = math.Exp((float64(z) - top) / temperature)
			sum += e[j]
		}
		for j := range row {
			scores[at+j] = float32(e[j] / sum)
		}
	}
	return scores
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// crossEntropy is -ln(softmax(scale * row)[t]).
func crossEntropy(row []float32, t int, scale float64) float64 {
	top, sum := float64(row[argmax(row)]), 0.0
	for _, z := range row {
		sum += math.Exp((float64(z) - top) * scale)
	}
	return math.Log(sum) - (float64(row[t])-top)*scale
}

// binaryCrossEntropy is -ln(sigmoid(z)) of what is true, and -ln(1-sigmoid(z)) of what is not.
func binaryCrossEntropy(z float64, truly bool) float64 {
	if truly {
		z = -z
	}
	return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))
}

// minimum finds the least point of a function with one valley between a and b, by golden section.
func minimum(f func(float64) float64, a, b float64) float64 {
	shrink := (math.Sqrt(5) - 1) / 2
	c, d := b-shrink*(b-a), a+shrink*(b-a)
	fc, fd := f(c), f(d)
	for b-a > 1e-6 {
		if fc < fd {
			b, d, fd = d, c, fc
			c = b - shrink*(b-a)
			fc = f(c)
		} else {
			a, c, fc = c, d, fd
			d = a + shrink*(b-a)
			fd = f(d)
		}
	}
	return (a + b) / 2
}

// bins is the usual number for the expected calibration error.
const bins = 15

// binOf gives the bin of a score: above b/bins and up to (b+1)/bins, and 0 with the lowest.
func binOf(score float64) int { return max(0, min(bins-1, int(math.Ceil(score*bins))-1)) }

// calibration is the expected calibration error (Naeini et al. 2015): answers are sorted into bins of equal width by
// their score, and the distance between the mean score and the share of right answers is averaged over answers.
type calibration struct {
	gap     [bins]float64 // sum of (score - right) in each bin
	answers int
}

// CalibrationError is the expected calibration error of answers, 0..1, and 0 for none.
func CalibrationError(d Decisions) float64 {
	if len(d.Scores) == 0 {
		return 0
	}
	var c calibration
	for i, s := range d.Scores {
		c.add(float64(s), d.Right[i])
	}
	return c.error()
}

func (c *calibration) add(score float64, right bool) {
	bin := binOf(score)
	c.gap[bin] += score
	if right {
		c.gap[bin]--
	}
	c.answers++
}

func (c *calibration) error() float64 {
	sum := 0.0
	for _, g := range c.gap {
		sum += math.Abs(g)
	}
	return sum / float64(c.answers)
}
