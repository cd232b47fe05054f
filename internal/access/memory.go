package access

import (
	"context"
	"sync"
	"time"
)

// memoryLife is how long what was found is taken to be so still: every request of every service asks, and the database
// need not hear of each. A key that is taken away, or a policy that changes, may count for so long on a node.
const memoryLife = time.Second

// memory keeps what was found of late; there is never more in it than in the database. What is new is found at once,
// for what was not found is not remembered.
type memory[K comparable, V any] struct {
	mu    sync.Mutex
	found map[K]memo[V]
}

type memo[V any] struct {
	value V
	at    time.Time
}

// get gives what was found a moment ago, or asks find.
func (m *memory[K, V]) get(ctx context.Context, key K, now time.Time, find func(context.Context, K) (V, error)) (V, error) {
	if value, ok := m.recent(key, now); ok {
		return value, nil
	}
	value, err := find(ctx, key)
	if err == nil {
		m.keep(key, value, now)
	}
	return value, err
}

func (m *memory[K, V]) recent(key K, now time.Time) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, ok := m.found[key]
	return last.value, ok && now.Sub(last.at) < memoryLife
}

func (m *memory[K, V]) keep(key K, value V, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.found == nil {
		m.found = map[K]memo[V]{}
	}
	m.found[key] = memo[V]{value, now}
}
