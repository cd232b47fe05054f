package evaluate

import (
	"fmt"
	"math"
)

// doubt is the weight of the belief that logits need no temperature, in pictures: it keeps the temperature finite where
// cross-validation made no mistake at all.
const doubt = 2

// Temperature finds the T > 0 by which to divide logits so that their softmax can be believed (Guo et al. 2017, "On
// Calibration of Modern Neural Networks"): the least sum of -ln(score of the true label), plus doubt/2 * ln(T)^2.
// logits is [pictures, k] row-major, out of fold; truth has one label a picture. T lies in 1/20..20, and is 1 for no
// pictures.
func Temperature(logits []float32, truth []int, k int) (float64, error) {
	if k < 1 || len(logits) != len(truth)*k {
		return 0, fmt.Errorf("evaluate: %d logits for %d pictures and %d labels", len(logits), len(truth), k)
	}
	for i, t := range truth {
		if t < 0 || t >= k {
			return 0, fmt.Errorf("evaluate: picture %d has label %d of %d", i, t, k)
		}
	}
	loss := func(logT float64) float64 {
		sum := doubt / 2 * logT * logT
		scale := math.Exp(-logT)
		for i, t := range truth {
			sum += crossEntropy(logits[i*k:(i+1)*k], t, scale)
		}
		return sum
	}
	return math.Exp(minimum(loss, -math.Log(20), math.Log(20))), nil
}

// LogLoss is the mean of -ln(softmax(logits/temperature) of the true label), and 0 for no pictures.
func LogLoss(logits []float32, truth []int, k int, temperature float64) float64 {
	if len(truth) == 0 {
		return 0
	}
	sum := 0.0
	for i, t := range truth {
		sum += crossEntropy(logits[i*k:(i+1)*k], t, 1/temperature)
	}
	return sum / float64(len(truth))
}

// Softmax turns logits [pictures, k] into scores at a temperature.
func Softmax(logits []float32, k int, temperature float64) []float32 {
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

// crossEntropy is -ln(softmax(scale * row)[t]).
func crossEntropy(row []float32, t int, scale float64) float64 {
	top, sum := float64(row[argmax(row)]), 0.0
	for _, z := range row {
		sum += math.Exp((float64(z) - top) * scale)
	}
	return math.Log(sum) - (float64(row[t])-top)*scale
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

// calibrationError is the expected calibration error of single-label predictions (Naeini et al. 2015): pictures are
// sorted into bins of equal width by their highest score, and the distance between the mean score and the share of
// right answers is averaged over pictures.
func (p Predictions) calibrationError() float64 {
	var gap [bins]float64 // sum of (score - right) in each bin
	for i, truth := range p.Truth {
		row := p.row(i)
		answer := argmax(row)
		score := float64(row[answer])
		bin := max(0, min(bins-1, int(math.Ceil(score*bins))-1))
		gap[bin] += score
		if answer == truth[0] {
			gap[bin]--
		}
	}
	sum := 0.0
	for _, g := range gap {
		sum += math.Abs(g)
	}
	return sum / float64(len(p.Truth))
}
