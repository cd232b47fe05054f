package training

import (
	"context"
	"errors"
	"sync"
	"time"

	"ownsight"
)

// peers are the nodes that share the database; see cluster.Cluster.
type peers interface {
	Name() string
	Live() []ownsight.Node
	Call(ctx context.Context, node, name string, params any, body []byte, answer any) error
}

const (
	inviteEvery = time.Second
	inviteTime  = 2 * time.Second  // for an answer to an invitation
	restTime    = 10 * time.Second // that a node is left alone after something went wrong there
)

// invitation has other nodes do shards of a pool, as long as there are any that nobody has begun.
type invitation struct {
	*looker
	pool  *pool
	what  string
	sees  string         // sight of this node, once it is needed
	lanes sync.WaitGroup // shards under way elsewhere, and the loop that looks for nodes

	mu    sync.Mutex
	rests map[string]time.Time // nodes that are not to be asked until then
	did   map[string]int       // shards that nodes have done
}

// never is when a node is asked again that sees pictures otherwise: in no training under way.
const never = 1000 * time.Hour

// invite looks for other nodes until ctx ends, and lets them have shards.
func (w *work) invite(ctx context.Context, l *looker, p *pool, what string) *invitation {
	i := &invitation{looker: l, pool: p, what: what, rests: map[string]time.Time{}, did: map[string]int{}}
	i.lanes.Go(func() { i.run(ctx, w.progress) })
	return i
}

// wait waits for the end of all calls; their context must have ended.
func (i *invitation) wait() {
	i.lanes.Wait()
	if len(i.did) > 0 {
		i.log.Info("other nodes have helped", "version", i.version.ARN.String(), "with", i.what, "shards", i.did)
	}
}

func (i *invitation) run(ctx context.Context, progress *progress) {
	tick := time.NewTicker(inviteEvery)
	defer tick.Stop()
	for i.pool.waiting() > 0 {
		i.round(ctx, progress)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round gives shards to every node that has places.
func (i *invitation) round(ctx context.Context, progress *progress) {
	for _, node := range i.candidates() {
		places, err := i.ask(ctx, node)
		if err != nil {
			i.rest(node.Name, restTime)
			i.log.Debug("a node cannot be asked for help", "node", node.Name, "error", err)
		}
		for range min(places, i.pool.waiting()) {
			i.lanes.Go(func() { i.lane(ctx, node.Name, progress) })
		}
	}
}

// candidates are the nodes that may have time: those that train, with the same program, for another version may look at
// pictures in another way.
func (i *invitation) candidates() (list []ownsight.Node) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	for _, n := range i.nodes.Live() {
		if n.Name != i.nodes.Name() && n.Program == i.program && n.Roles.Has(ownsight.RoleTrain) && !now.Before(i.rests[n.Name]) {
			list = append(list, n)
		}
	}
	return list
}

func (i *invitation) rest(node string, d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rests[node] = i.now().Add(d)
}

// ask gives how many shards a node can take now.
func (i *invitation) ask(ctx context.Context, node ownsight.Node) (int, error) {
	if i.sees == "" {
		var err error
		if i.sees, err = i.sight(); err != nil {
			return 0, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, inviteTime)
	defer cancel()
	var o offer
	if err := i.nodes.Call(ctx, node.Name, callOffer, question{Sight: i.sees}, nil, &o); err != nil {
		return 0, err
	}
	if o.Places <= 0 {
		return 0, nil
	}
	if o.Sight != i.sees {
		i.rest(node.Name, never)
		i.log.Info("a node cannot help, for it sees pictures otherwise", "version", i.version.ARN.String(), "node", node.Name)
		return 0, nil
	}
	return min(o.Places, maxPlaces), nil
}

// maxPlaces bounds how many shards one node is given at a time, whatever it says.
const maxPlaces = 1024

// lane has one node do one shard after the other.
func (i *invitation) lane(ctx context.Context, node string, progress *progress) {
	for t := i.pool.elsewhere(); t != nil; t = i.pool.elsewhere() {
		done, err := i.hand(node, t, progress)
		if !done {
			i.pool.back(t)
		}
		if err != nil && t.ctx.Err() == nil {
			i.rest(node, restTime)
			i.log.Info("a node has not done what it took over", "version", i.version.ARN.String(), "node", node, "file", t.name, "error", err)
		}
		if !done {
			return
		}
	}
}

// hand has a node do a shard, and reports whether it is done. That a node is busy is no error.
func (i *invitation) hand(node string, t *turn, progress *progress) (done bool, err error) {
	there, err := i.own.Has(t.ctx, t.name+i.ending())
	if err != nil {
		return false, err
	}
	if there { // from an earlier attempt
		progress.skip(i.what, len(t.samples))
		i.pool.finish(t)
		return true, nil
	}
	var r receipt
	if err := i.nodes.Call(t.ctx, node, callLook, i.errand(t.shard), nil, &r); err != nil {
		return false, err
	}
	if !r.Done {
		return false, r.err()
	}
	if there, err = i.own.Has(t.ctx, t.name+i.ending()); err != nil {
		return false, err
	}
	if !there {
		return false, errors.New("its files are not there; do all nodes use the same S3 server and bucket?")
	}
	if i.pool.finish(t) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.did[node]++
	}
	return true, nil
}
