package training

import (
	"context"
	"sync"
)

// hands are what a node has for the trainings of others: as much as a training of its own takes, while it has none. One
// that begins does not wait for what is under way for others, which ends within seconds, at the same low priority.
type hands struct {
	mu     sync.Mutex
	until  context.Context // ends when the node stops; nil before it helps
	own    int             // trainings at work here
	others int             // shards under way for others
	used   bool            // since tidy
}

// places are how many shards more there are hands for, where all are so many.
func (h *hands) places(all int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until == nil || h.until.Err() != nil || h.own > 0 {
		return 0
	}
	return max(0, all-h.others)
}

// take begins a shard for another node, unless there is no place; until ends when the node stops.
func (h *hands) take(all int) (until context.Context, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until == nil || h.until.Err() != nil || h.own > 0 || h.others >= all {
		return nil, false
	}
	h.others++
	h.used = true
	return h.until, true
}

func (h *hands) give() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.others--
}

// train counts a training of this node until the function that it gives is called.
func (h *hands) train() (done func()) {
	h.count(1)
	return func() { h.count(-1) }
}

func (h *hands) count(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.own += n
}

// tidy reports whether there was something to do for others, and is not any more.
func (h *hands) tidy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.used || h.others > 0 || h.own > 0 {
		return false
	}
	h.used = false
	return true
}
