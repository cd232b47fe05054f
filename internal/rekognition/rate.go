package rekognition

import (
	"sync"

	"golang.org/x/time/rate"

	"ownsight"
)

// Rates bounds how often each account may call each operation.
type Rates struct {
	limits ownsight.Limits
	mu     sync.Mutex
	counts map[call]*rate.Limiter
}

type call struct{ account, operation string }

// NewRates takes the rates of the limits; those that are 0 bound nothing.
func NewRates(l ownsight.Limits) *Rates { return &Rates{limits: l, counts: map[call]*rate.Limiter{}} }

// take counts a call, or refuses it with Throttled. A second's worth of calls may come at once.
func (r *Rates) take(account, operation string) error {
	most := r.of(operation)
	if most == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := call{account, operation}
	counted, ok := r.counts[key]
	if !ok {
		counted = rate.NewLimiter(rate.Limit(most), max(1, int(most)))
		r.counts[key] = counted
	}
	if !counted.Allow() {
		return ownsight.Errorf(ownsight.Throttled, "Rate exceeded: the account may call %s %v times a second.", operation, most)
	}
	return nil
}

func (r *Rates) of(operation string) float64 {
	switch operation {
	case "DetectCustomLabels":
		return r.limits.DetectRate
	case "TagResource", "UntagResource", "ListTagsForResource":
		return r.limits.TagRate
	}
	return r.limits.ControlRate
}
