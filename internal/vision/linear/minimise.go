package linear

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// effort says how closely the least is approached. There the slope of the losses and that of the penalty cancel out;
// what is left of their sum, as a share of the penalty's, bounds the relative error of the weights.
type effort struct {
	tolerance  float64
	iterations int
}

var (
	searching = effort{0.05, 80}  // for held-out losses that agree to three digits
	finishing = effort{0.01, 300} // for the head itself
)

// minimise finds the least of an objective by L-BFGS (Liu and Nocedal 1989), from start on.
func minimise(ctx context.Context, o *objective, start []float64, e effort) ([]float64, error) {
	var (
		failure  error
		at       []float64
		loss     float64
		gradient = make([]float64, o.size())
	)
	evaluate := func(x []float64) {
		if failure != nil || slices.Equal(at, x) {
			return
		}
		at = append(at[:0], x...)
		loss, failure = o.pass(ctx, x, gradient)
	}
	problem := optimize.Problem{
		Func: func(x []float64) float64 { evaluate(x); return loss },
		Grad: func(grad, x []float64) { evaluate(x); copy(grad, gradient) },
		Status: func() (optimize.Status, error) {
			switch {
			case failure != nil:
				return optimize.Failure, failure
			case at != nil && greatest(gradient) <= e.tolerance*greatest(at[:o.biases()])/o.strength:
				return optimize.GradientThreshold, nil
			}
			return optimize.NotTerminated, nil
		},
	}
	settings := &optimize.Settings{
		MajorIterations: e.iterations,
		Converger:       &optimize.FunctionConverge{Relative: 1e-9, Iterations: 10},
	}
	result, err := optimize.Minimize(problem, start, settings, &optimize.LBFGS{Store: 10})
	switch {
	case failure != nil:
		return nil, failure
	case result == nil:
		return nil, fmt.Errorf("linear: minimising: %w", err)
	case result.Status == optimize.GradientThreshold:
		return at, nil // where it is flat; the result is one step behind
	}
	// Whatever else ends the search (slopes in float32 let no line search go on very close to the least) ends it at the
	// best point seen.
	return result.X, nil
}

func greatest(x []float64) float64 {
	most := 0.0
	for _, v := range x {
		most = max(most, math.Abs(v))
	}
	return most
}
