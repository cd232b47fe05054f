// Package optimizer changes weights by their gradients: AdamW with clipping by the global norm, a one-cycle schedule and
// an average of the weights over time. Weights and gradients are flat arrays of float32, in which groups of them share
// a rate. All sums are taken in a fixed order: the same gradients give the same weights, bit for bit.
package optimizer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Group is a run of weights that are treated alike.
type Group struct {
	Length int
	Rate   float64 // share of the step's rate, 1 for all of it
	Decay  float64 // share of a weight that a step at rate 1 takes away, apart from the gradient
}

// Options of AdamW. Zero values stand for what PyTorch takes by default, where there is one.
type Options struct {
	Beta1, Beta2 float64 // memory of the gradient and of its square; 0 stands for 0.9 and 0.999
	Epsilon      float64 // 0 stands for 1e-8
	MaxNorm      float64 // longest gradient, in the Euclidean norm over all weights, that is not shortened; 0 for any
	Average      float64 // share of the average that a step keeps, such as 0.99; 0 keeps none
}

// AdamW is the optimiser of Loshchilov and Hutter (2019, arXiv:1711.05101), in PyTorch's form.
type AdamW struct {
	options      Options
	groups       []Group
	mean, square []float32
	average      []float32 // nil without averaging
	steps        int
}

// NewAdamW makes an optimiser for the weights of all groups, one group after the other.
func NewAdamW(groups []Group, o Options) *AdamW {
	total := 0
	for _, g := range groups {
		total += g.Length
	}
	orDefault := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	orDefault(&o.Beta1, 0.9)
	orDefault(&o.Beta2, 0.999)
	orDefault(&o.Epsilon, 1e-8)
	a := &AdamW{options: o, groups: groups, mean: make([]float32, total), square: make([]float32, total)}
	if o.Average > 0 {
		a.average = make([]float32, total)
	}
	return a
}

// Step changes the weights at the given rate and returns the norm of the gradient before it was shortened. Weights stay
// as they are if that is not finite, which is an error.
func (a *AdamW) Step(weights, gradient []float32, rate float64) (norm float64, err error) {
	if len(weights) != len(a.mean) || len(gradient) != len(a.mean) {
		return 0, fmt.Errorf("optimizer: %d weights and %d gradients instead of %d", len(weights), len(gradient), len(a.mean))
	}
	norm = Norm(gradient)
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return norm, fmt.Errorf("optimizer: the gradient is not finite in step %d: a lower rate is needed", a.steps+1)
	}
	scale := 1.0
	if most := a.options.MaxNorm; most > 0 && norm > most {
		scale = most / norm
	}
	a.steps++
	Pieces(len(weights), func(_, from, to int) {
		begin := 0
		for _, g := range a.groups {
			end := begin + g.Length
			if from, to := max(from, begin), min(to, end); from < to {
				a.update(weights[from:to], gradient[from:to], a.mean[from:to], a.square[from:to], rate*g.Rate, g.Decay, scale)
			}
			begin = end
		}
	})
	a.remember(weights)
	return norm, nil
}

// update is the step of a part of one group. Divisions that do not depend on the weight are done once.
func (a *AdamW) update(weights, gradient, mean, square []float32, rate, decay, scale float64) {
	var (
		keep1, take1 = float32(a.options.Beta1), float32((1 - a.options.Beta1) * scale)
		keep2, take2 = float32(a.options.Beta2), float32((1 - a.options.Beta2) * scale * scale)
		keep         = float32(1 - rate*decay)
		root         = float32(math.Sqrt(1 - math.Pow(a.options.Beta2, float64(a.steps))))
		pace         = float32(rate/(1-math.Pow(a.options.Beta1, float64(a.steps)))) * root
		epsilon      = float32(a.options.Epsilon) * root
	)
	gradient, mean, square = gradient[:len(weights)], mean[:len(weights)], square[:len(weights)]
	for i, w := range weights {
		g := gradient[i]
		m := float32(keep1*mean[i]) + float32(take1*g)
		s := float32(keep2*square[i]) + float32(take2*float32(g*g))
		mean[i], square[i] = m, s
		weights[i] = float32(keep*w) - float32(float32(pace*m)/(float32(math.Sqrt(float64(s)))+epsilon))
	}
}

// remember moves the average towards the weights. Its memory is short at first: it starts as the mean of all so far.
func (a *AdamW) remember(weights []float32) {
	if a.average == nil {
		return
	}
	keep := min(a.options.Average, float64(a.steps)/float64(a.steps+9))
	if a.steps == 1 {
		keep = 0
	}
	take := float32(1 - keep)
	for i, w := range weights {
		a.average[i] += float32(take * (w - a.average[i]))
	}
}

// Average returns the average of the weights over the steps so far, nil if none is kept. Later steps change it.
func (a *AdamW) Average() []float32 { return a.average }

// Save writes what the optimiser remembers: the number of steps, the means and the average.
func (a *AdamW) Save(w io.Writer) error {
	if err := binary.Write(w, binary.LittleEndian, int64(a.steps)); err != nil {
		return fmt.Errorf("optimizer: saving: %w", err)
	}
	for _, list := range [][]float32{a.mean, a.square, a.average} {
		if err := binary.Write(w, binary.LittleEndian, list); err != nil {
			return fmt.Errorf("optimizer: saving: %w", err)
		}
	}
	return nil
}

// Load reads what Save wrote for an optimiser of the same groups and options. The steps that follow are those that
// would have followed then.
func (a *AdamW) Load(r io.Reader) error {
	var steps int64
	if err := binary.Read(r, binary.LittleEndian, &steps); err != nil {
		return fmt.Errorf("optimizer: loading: %w", err)
	}
	if steps < 0 {
		return errors.New("optimizer: loading: a negative number of steps")
	}
	a.steps = int(steps)
	for _, list := range [][]float32{a.mean, a.square, a.average} {
		if err := binary.Read(r, binary.LittleEndian, list); err != nil {
			return fmt.Errorf("optimizer: loading: %w", err)
		}
	}
	return nil
}

// Steps is how many steps were made.
func (a *AdamW) Steps() int { return a.steps }

// Norm is the Euclidean norm, summed in float64, by piece and there in four lanes of fixed order.
func Norm(v []float32) float64 {
	var sums [pieces]float64
	Pieces(len(v), func(piece, from, to int) { sums[piece] = squares(v[from:to]) })
	return math.Sqrt((sums[0] + sums[1]) + (sums[2] + sums[3]))
}

func squares(v []float32) float64 {
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(v); i += 4 {
		a, b, c, d := float64(v[i]), float64(v[i+1]), float64(v[i+2]), float64(v[i+3])
		s0 += float64(a * a)
		s1 += float64(b * b)
		s2 += float64(c * c)
		s3 += float64(d * d)
	}
	for ; i < len(v); i++ {
		s0 += float64(v[i]) * float64(v[i])
	}
	return (s0 + s1) + (s2 + s3)
}
