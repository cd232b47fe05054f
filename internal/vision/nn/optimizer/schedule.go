package optimizer

import "math"

// OneCycle is the schedule of Smith and Topin (2018, arXiv:1708.07120) in PyTorch's form: the rate rises from 1/Start of
// the peak to the peak in the first part of the steps, and falls to a 10,000th of where it began, both along a cosine.
type OneCycle struct {
	Peak  float64
	Steps int
	Rise  float64 // share of the steps that the rise takes; 0 stands for 0.3
	Start float64 // the first rate is Peak/Start; 0 stands for 25
}

// Rate returns the rate of a step, counted from 0. Steps beyond the last have its rate.
func (c OneCycle) Rate(step int) float64 {
	rise, start := c.Rise, c.Start
	if rise == 0 {
		rise = 0.3
	}
	if start == 0 {
		start = 25
	}
	first := c.Peak / start
	last := first / 1e4
	top := max(rise*float64(c.Steps)-1, 0) // the step of the peak, which may lie between two
	end := float64(c.Steps - 1)
	at := min(float64(step), end)
	if at <= top && top > 0 {
		return cosine(first, c.Peak, at/top)
	}
	if end <= top {
		return c.Peak
	}
	return cosine(c.Peak, last, (at-top)/(end-top))
}

// cosine goes from one number to another as share goes from 0 to 1.
func cosine(from, to, share float64) float64 { return to + (from-to)/2*(1+math.Cos(math.Pi*share)) }
