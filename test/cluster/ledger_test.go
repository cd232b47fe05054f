package cluster

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// ledger is what the cluster has acknowledged, to be read back when the faults are over.
type ledger struct {
	mu      sync.Mutex
	entries []entry
	counts  map[string]int // how often what was done
}

type entry struct {
	what  string
	check func(ctx context.Context) error
}

// owe adds something acknowledged, and how it is read back. What a client changes later replaces what it knew.
func (l *ledger) owe(what string, check func(ctx context.Context) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.entries {
		if l.entries[i].what == what {
			l.entries[i].check = check
			return
		}
	}
	l.entries = append(l.entries, entry{what, check})
}

// forget is for what nobody can know any more, as when who deletes it is told nothing.
func (l *ledger) forget(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = slices.DeleteFunc(l.entries, func(e entry) bool { return e.what == what })
}

// count notes that something was done.
func (l *ledger) count(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[string]int{}
	}
	l.counts[what]++
}

// requireAll reads everything back.
func (l *ledger) requireAll(c *cluster) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		var err error
		for range 3 { // a call may meet a connection that a fault has left behind
			ctx, cancel := context.WithTimeout(c.t.Context(), 2*patience)
			err = e.check(ctx)
			cancel()
			if err == nil {
				break
			}
		}
		if err != nil {
			c.fail("%s was acknowledged and is not there: %v", e.what, err)
		}
	}
	c.t.Logf("read back: %d acknowledged things", len(l.entries))
}

// differs is an error when two things are not the same.
func differs[T comparable](what string, want, got T) error {
	if want != got {
		return fmt.Errorf("%s is %v, not %v", what, got, want)
	}
	return nil
}
