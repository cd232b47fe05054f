package client

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pace decides how many pictures are on their way to a server at a time: as many as keep it busy and a few that wait, so that
// a long job gets the spare time of all its cores, and whoever else asks waits for a few pictures only. How many cores there
// are the time of the answers tells: what it has beyond the shortest is time in line (TCP Vegas; Brakmo and Peterson 1995).
type pace struct {
	wake chan struct{} // something may have become free

	mu     sync.Mutex
	limit  int
	flying int
	full   bool            // the limit was reached in this round
	took   []time.Duration // of this round's answers
	rounds int
	base   time.Duration // of an answer without a line, as it was measured last

	measuring bool // the base, with fewer pictures under way than there are cores
	skip      int  // answers to come to what was sent before that
	before    int  // the limit to go back to
}

const (
	leastFlying = 2
	firstFlying = 4
	mostFlying  = 256
	leastRound  = 4   // answers
	newBase     = 300 // rounds after which the base is measured again: pictures and neighbours change
)

func newPace() *pace {
	return &pace{wake: make(chan struct{}, 1), limit: leastFlying, measuring: true, before: firstFlying}
}

// take waits until one more picture may be sent. Only one goroutine may take.
func (p *pace) take(ctx context.Context) error {
	for !p.free() {
		select {
		case <-p.wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (p *pace) free() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flying >= p.limit {
		p.full = true
		return false
	}
	p.flying++
	return true
}

// done says that a picture is under way no more, and how long its answer took; 0 where that tells nothing.
func (p *pace) done(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flying--
	switch {
	case p.skip > 0:
		p.skip--
	case took > 0:
		p.took = append(p.took, took)
	}
	if len(p.took) >= max(p.limit, leastRound) {
		p.learn()
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// refused says that the server had no room for a picture.
func (p *pace) refused() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = max(leastFlying, p.limit*3/4)
	p.took = p.took[:0]
}

// learn ends a round.
func (p *pace) learn() {
	slices.Sort(p.took)
	typical := p.took[len(p.took)/2]
	p.took = p.took[:0]
	full := p.full
	p.full = false
	if p.measuring {
		p.base, p.limit, p.measuring = typical, p.before, false
		return
	}
	p.base = min(p.base, typical)
	line := float64(p.limit) * (1 - float64(p.base)/float64(typical))
	switch wide := float64(p.limit); {
	case line < 3+wide/8 && full:
		p.limit = min(p.limit+1, mostFlying)
	case line > 6+wide/4:
		p.limit = max(p.limit-1, leastFlying)
	}
	if p.rounds++; p.rounds%newBase == 0 {
		p.measuring, p.skip, p.before = true, p.flying, p.limit
		p.limit = max(leastFlying, p.limit/4)
	}
}
