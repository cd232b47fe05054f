package training

import (
	"context"
	"slices"
	"sync"
)

// pool hands out shards to whoever has time for them: the threads of this node, and other nodes. This node never depends on
// the others: when nothing is left to begin, it begins what they have begun, and who is first has done it. As both make the
// same of the same pictures, it does no harm when both do. So when a node is lost, or slow, or its answer is, a training
// waits for nothing; and when there are no other nodes, nobody notices that there could be.
type pool struct {
	mu    sync.Mutex
	todo  []*turn        // that nobody has
	away  []*turn        // that another node has and this one does not, the oldest first
	seen  int            // pictures that are done
	count func(seen int) // told whenever that changes; called with mu held
}

// turn is one shard in a pool.
type turn struct {
	shard
	ctx  context.Context // ends when the shard is done
	end  context.CancelFunc
	seen int // pictures that this node has looked at
	here bool
	done bool
}

func newPool(ctx context.Context, shards []shard, count func(seen int)) *pool {
	p := &pool{count: count}
	for _, sh := range shards {
		t := &turn{shard: sh}
		t.ctx, t.end = context.WithCancel(ctx)
		p.todo = append(p.todo, t)
	}
	return p
}

// here gives this node a shard. When there is none, every shard that is not done is in the hands of a thread of this node.
func (p *pool) here() *turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := &p.todo
	if len(p.todo) == 0 {
		from = &p.away
	}
	if len(*from) == 0 {
		return nil
	}
	t := (*from)[0]
	*from = (*from)[1:]
	t.here = true
	return t
}

// elsewhere gives a shard to another node; nil when there is none to begin.
func (p *pool) elsewhere() *turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.todo) == 0 {
		return nil
	}
	t := p.todo[0]
	p.todo = p.todo[1:]
	p.away = append(p.away, t)
	return t
}

// back takes a shard back that another node has not done.
func (p *pool) back(t *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.here || t.done {
		return
	}
	p.forget(t)
	p.todo = append(p.todo, t)
}

// saw counts a picture that this node has looked at.
func (p *pool) saw(t *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.done {
		return
	}
	t.seen++
	p.seen++
	p.count(p.seen)
}

// finish says that a shard's files are stored. Who else is at it stops. It reports whether that is news.
func (p *pool) finish(t *turn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.done {
		return false
	}
	t.done = true
	t.end()
	p.forget(t)
	if left := len(t.samples) - t.seen; left > 0 {
		p.seen += left
		p.count(p.seen)
	}
	return true
}

// finished reports whether a shard's files are stored.
func (p *pool) finished(t *turn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return t.done
}

// waiting is how many shards nobody has.
func (p *pool) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.todo)
}

func (p *pool) forget(t *turn) {
	p.away = slices.DeleteFunc(p.away, func(other *turn) bool { return other == t })
}
