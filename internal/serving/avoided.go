package serving

import (
	"maps"
	"sync"
	"time"
)

// How long a node is asked last for a version: one that took too long for it, as one does that has to load it first, and one
// that cannot run it.
const (
	lateFor  = 2 * time.Second
	unfitFor = time.Minute
)

// avoided remembers which nodes had better not be asked for a version for a while. It says nothing of their other models.
type avoided struct {
	mu    sync.Mutex
	until map[versionOn]time.Time
}

type versionOn struct {
	node string
	id   int64
}

func (a *avoided) add(node string, id int64, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.until == nil {
		a.until = map[versionOn]time.Time{}
	}
	a.until[versionOn{node, id}] = until
}

func (a *avoided) has(node string, id int64, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return now.Before(a.until[versionOn{node, id}])
}

// tidy forgets what is past.
func (a *avoided) tidy(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.until, func(_ versionOn, until time.Time) bool { return !now.Before(until) })
}
