package evaluate

import (
	"fmt"
	"math"
)

// Platt is a map from scores to probabilities, 1/(1+exp(-(Slope*logit(score)+Offset))), which keeps their order (Platt
// 1999, "Probabilistic Outputs for Support Vector Machines", on the logit of a score). Slope 1 and Offset 0 change
// nothing.
type Platt struct {
	Slope  float64 `json:"slope"` // above 0
	Offset float64 `json:"offset"`
}

// LeastScore is the score below which, and above 1 minus which, scores are not told apart.
const LeastScore = 1e-6

// Probability is how likely an answer with a score is right, as the map has it; 0..1.
func (m Platt) Probability(score float32) float32 {
	return float32(sigmoid(m.Slope*logit(score) + m.Offset))
}

// PlattScaling finds the map by which scores can be believed: the least sum of the losses of answers, plus doubt/2 *
// (ln(Slope)^2 + Offset^2), so that little is changed where there are few answers. Missed ones have no score and do not
// count. The answers must be out of fold.
func PlattScaling(d Decisions) (Platt, error) {
	if len(d.Scores) != len(d.Right) {
		return Platt{}, fmt.Errorf("evaluate: %d scores of %d answers", len(d.Scores), len(d.Right))
	}
	z := make([]float64, len(d.Scores))
	for i, s := range d.Scores {
		if !(s >= 0 && s <= 1) {
			return Platt{}, fmt.Errorf("evaluate: score %v is not in 0..1", s)
		}
		z[i] = logit(s)
	}
	f := plattFit{z: z, right: d.Right}.solve()
	return Platt{Slope: math.Exp(f.logSlope), Offset: f.offset}, nil
}

// plattFit is a map on its way to the best one.
type plattFit struct {
	z                []float64 // logits of scores
	right            []bool
	logSlope, offset float64
}

// solve goes downhill until nothing is gained any more.
func (f plattFit) solve() plattFit {
	loss := f.loss()
	for range 100 {
		next, less := f.descend(loss)
		if loss-less <= 1e-12*(1+loss) {
			break
		}
		f, loss = next, less
	}
	return f
}

// descend makes one step, or half of it again and again where the whole of it leads too far.
func (f plattFit) descend(loss float64) (plattFit, float64) {
	u, b := f.step()
	for share := 1.0; share > 1e-9; share /= 2 {
		next := f
		next.logSlope, next.offset = f.logSlope+share*u, f.offset+share*b
		if less := next.loss(); less < loss {
			return next, less
		}
	}
	return f, loss
}

func (f plattFit) loss() float64 {
	sum := doubt / 2 * (f.logSlope*f.logSlope + f.offset*f.offset)
	slope := math.Exp(f.logSlope)
	for i, z := range f.z {
		sum += binaryCrossEntropy(slope*z+f.offset, f.right[i])
	}
	return sum
}

// step is that of Fisher's scoring: the gradient over the expected curvature, which always leads downhill.
func (f plattFit) step() (logSlope, offset float64) {
	slope := math.Exp(f.logSlope)
	gu, gb := doubt*f.logSlope, doubt*f.offset
	huu, hub, hbb := float64(doubt), 0.0, float64(doubt)
	for i, z := range f.z {
		z *= slope
		p := sigmoid(z + f.offset)
		w := p * (1 - p)
		if f.right[i] {
			p--
		}
		gu, gb = gu+p*z, gb+p
		huu, hub, hbb = huu+w*z*z, hub+w*z, hbb+w
	}
	det := huu*hbb - hub*hub
	return -(hbb*gu - hub*gb) / det, -(huu*gb - hub*gu) / det
}

// logit is the inverse of sigmoid, and stays finite at 0 and 1.
func logit(score float32) float64 {
	s := min(max(float64(score), LeastScore), 1-LeastScore)
	return math.Log(s) - math.Log1p(-s)
}
