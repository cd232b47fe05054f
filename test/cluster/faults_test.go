package cluster

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fault is something that went wrong, as long as it did.
type fault struct {
	name       string
	node       string // empty when every node is concerned
	begin, end time.Time
	undone     time.Time // before the end, at which every node is ready again
}

// faults make trouble, one after the other.
type faults struct {
	t       *testing.T
	cluster *cluster
	load    *load
	random  *rand.Rand
	longest time.Duration // that something is away
	back    time.Duration // within which a lost node's models answer elsewhere

	mu   sync.Mutex
	past []fault
}

// kinds are what can go wrong, by name.
var kinds = map[string]func(*faults, *process) error{
	"kill":                      (*faults).kill,
	"stop":                      (*faults).stop,
	"pause":                     (*faults).pause,
	"isolate":                   (*faults).isolate,
	"cut from the database":     (*faults).cutFromDatabase,
	"cut from S3":               (*faults).cutFromS3,
	"cut from the other nodes":  (*faults).cutFromNodes,
	"restart of the database":   (*faults).restartDatabase,
	"crash of the database":     (*faults).crashDatabase,
	"fail-over of the database": (*faults).failOver,
	"loss of the database":      (*faults).loseDatabase,
	"kill of S3":                (*faults).killStorage,
	"pause of S3":               (*faults).pauseStorage,
}

// shared are the faults that concern every node.
var shared = map[string]bool{"restart of the database": true, "crash of the database": true, "fail-over of the database": true, "loss of the database": true, "kill of S3": true, "pause of S3": true}

// strike makes one fault at a random node.
func (f *faults) strike(name string) {
	f.strikeAt(name, f.cluster.nodes[f.random.IntN(len(f.cluster.nodes))], kinds[name])
}

// strikeAt makes one fault, from its beginning until it is undone and every node is ready again.
func (f *faults) strikeAt(name string, n *process, kind func(*faults, *process) error) {
	at := fault{name: name, node: n.name, begin: time.Now()}
	if shared[name] {
		at.node = ""
	}
	f.mu.Lock()
	f.past = append(f.past, at)
	i := len(f.past) - 1
	f.mu.Unlock()
	require.NoError(f.t, kind(f, n), name)
	undone := time.Now()
	f.mu.Lock()
	f.past[i].undone = undone
	f.mu.Unlock()
	for _, n := range f.cluster.nodes {
		f.await(name, n)
	}
	f.mu.Lock()
	f.past[i].end = time.Now()
	f.mu.Unlock()
	f.t.Logf("%7.1f s: %s %s for %.1f s, every node ready %.1f s later", at.begin.Sub(f.load.origin).Seconds(), name, at.node,
		undone.Sub(at.begin).Seconds(), time.Since(undone).Seconds())
}

// slow is how long a node may take to be ready before the test says what the database is busy with.
const slow = 10 * time.Second

// await waits until a node is ready after a fault.
func (f *faults) await(name string, n *process) {
	told := time.AfterFunc(slow, func() {
		f.t.Logf("%s is not ready %s after: %s. What PostgreSQL does:\n%s", n.name, slow, name, strings.Join(f.cluster.database.activity("true"), "\n"))
	})
	defer told.Stop()
	f.cluster.await(n.name+" is ready after: "+name, func(ctx context.Context) bool { return f.cluster.ready(ctx, n) })
}

// hold lets a fault last for a while.
func (f *faults) hold() {
	time.Sleep(f.longest/4 + time.Duration(f.random.Int64N(int64(f.longest*3/4))))
}

// lost measures meanwhile how long models do not answer through the other nodes.
func (f *faults) lost(name string, n *process) (measured func()) {
	var all sync.WaitGroup
	all.Go(func() { f.load.awaitAnswers(name, n.name) })
	return all.Wait
}

func (f *faults) kill(n *process) error {
	n.kill()
	defer f.lost("kill", n)()
	f.hold()
	f.cluster.start(n)
	return nil
}

func (f *faults) stop(n *process) error {
	defer f.lost("stop", n)()
	require.Zero(f.t, n.stop(f.t), "the exit code of %s", n.name)
	f.cluster.start(n)
	return nil
}

func (f *faults) pause(n *process) error {
	err := n.pause()
	defer f.lost("pause", n)()
	f.hold()
	return errors.Join(err, n.resume())
}

func (f *faults) isolate(n *process) error {
	err := n.host.isolate()
	defer f.lost("isolate", n)()
	f.hold()
	return errors.Join(err, n.host.rejoin())
}

// cut takes a node away from some hosts; clients still reach it.
func (f *faults) cut(n *process, from ...*host) error {
	var errs []error
	for _, h := range from {
		errs = append(errs, n.host.cut(h))
	}
	f.hold()
	for _, h := range from {
		errs = append(errs, n.host.mend(h))
	}
	return errors.Join(errs...)
}

func (f *faults) cutFromDatabase(n *process) error {
	d := f.cluster.database
	blocked := time.AfterFunc(f.longest/4, func() { // what others wait for that the node holds
		if list := d.activity("cardinality(pg_blocking_pids(pid)) > 0"); len(list) > 0 {
			f.t.Logf("while %s is cut off, these wait for locks:\n%s", n.name, strings.Join(list, "\n"))
		}
	})
	defer blocked.Stop()
	return f.cut(n, d.hosts[0], d.hosts[1])
}

func (f *faults) cutFromS3(n *process) error { return f.cut(n, f.cluster.storages[0].host) }

func (f *faults) cutFromNodes(n *process) error {
	var others []*host
	for _, other := range f.cluster.nodes {
		if other != n {
			others = append(others, other.host)
		}
	}
	return f.cut(n, others...)
}

func (f *faults) restartDatabase(*process) error {
	return f.cluster.database.restart("fast", f.while())
}

func (f *faults) crashDatabase(*process) error {
	return f.cluster.database.restart("immediate", f.while())
}

func (f *faults) failOver(*process) error {
	if err := f.cluster.database.stand(); err != nil {
		return err
	}
	return f.cluster.database.failOver(f.while())
}

// loseDatabase takes the host of the database away: nobody is told, as when its power or its network is gone.
func (f *faults) loseDatabase(*process) error {
	d := f.cluster.database
	if err := d.stand(); err != nil {
		return err
	}
	lost := d.hosts[d.primary]
	err := errors.Join(lost.isolate(), d.failOver(f.while()))
	for _, n := range f.cluster.nodes {
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		ready := until(ctx, 50*time.Millisecond, func(ctx context.Context) bool { return f.cluster.ready(ctx, n) })
		cancel()
		if took := time.Since(began); took > time.Second {
			f.t.Logf("%s, %.1f s after the other database took over: ready is %t", n.name, took.Seconds(), ready)
		}
	}
	f.hold()
	return errors.Join(err, lost.rejoin())
}

// while is how long the database is away.
func (f *faults) while() time.Duration { return time.Duration(f.random.Int64N(int64(f.longest / 2))) }

func (f *faults) storage() *process { return f.cluster.storages[f.random.IntN(2)] }

func (f *faults) killStorage(*process) error {
	s := f.storage()
	s.kill()
	f.hold()
	f.cluster.start(s)
	f.cluster.await(s.name+" is ready", func(ctx context.Context) bool { return f.cluster.ready(ctx, s) })
	return nil
}

func (f *faults) pauseStorage(*process) error {
	s := f.storage()
	err := s.pause()
	f.hold()
	return errors.Join(err, s.resume())
}
