package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"ownsight/internal/store"
	"ownsight/internal/trace"
)

// Kind is one sort of long work.
type Kind struct {
	Name        string // stable, for it lies in databases; two characters or more
	Queue       string // one of Options.Queues; several kinds may share it
	MaxAttempts int    // how many attempts may fail; 0 means 5. An attempt that the node did not survive is no failed one

	// Run does the work and ends with run.Finish. Its context is cancelled with cause ErrStopping when the node stops and
	// with ErrLost when somebody else has the work now; it should then return soon. An error, a panic, or no Finish is a
	// failed attempt; the next one starts from the last checkpoint.
	Run func(ctx context.Context, run *Run) error

	// Fail moves the resource to its failed state, after the last attempt or an error that is Permanent. Without it the
	// work is never given up: a deletion has no failed state to go to.
	Fail func(ctx context.Context, tx *store.Tx, resource string, cause error) error
}

// Options are settings of a client. Zero values mean the defaults given here.
type Options struct {
	Node      string                         // names this node, the same whenever it starts; required
	Queues    map[string]int                 // how many pieces of work run at a time here, by queue; required
	Now       func() time.Time               // time.Now
	Logger    *slog.Logger                   // slog.Default
	Lease     time.Duration                  // 10 s: how soon another node takes over from one that died
	Heartbeat time.Duration                  // 2 s: how often a lease is prolonged
	Poll      time.Duration                  // 1 s: how often queues are looked at, and so how late work of other nodes starts at most; a node's own starts at once
	Sweep     time.Duration                  // 1 s: how often work that nobody holds is looked for
	Backoff   func(failed int) time.Duration // the pause after so many failed attempts; 1 s, doubling, at most a minute
}

func (o Options) withDefaults() Options {
	o.Lease = cmp.Or(o.Lease, 10*time.Second)
	o.Heartbeat = cmp.Or(o.Heartbeat, 2*time.Second)
	o.Poll = cmp.Or(o.Poll, time.Second)
	o.Sweep = cmp.Or(o.Sweep, time.Second)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Backoff == nil {
		o.Backoff = func(failed int) time.Duration { return min(time.Second<<min(failed-1, 10), time.Minute) }
	}
	return o
}

// Client enqueues work and does that of its queues.
type Client struct {
	Options
	store  *store.Store
	river  *river.Client[*sql.Tx]
	kinds  map[string]Kind
	holder string // the node and this life of it

	stopping context.Context // cancelled with cause ErrStopping
	stop     context.CancelCauseFunc
	sweeper  sync.WaitGroup
	wakers   sync.WaitGroup
	started  atomic.Bool // River must not be woken while it starts; it looks by itself then
}

// ErrStopping is why work is interrupted when its node stops; it goes on elsewhere, or here after the next start.
var ErrStopping = errors.New("the node is stopping")

// ErrLost is why work is interrupted when its lease has passed to somebody else, or it was cancelled.
var ErrLost = errors.New("the lease on the work is lost")

// New makes a client of a store. It does nothing before Start.
func New(s *store.Store, o Options) (*Client, error) {
	if o.Node == "" || len(o.Queues) == 0 {
		return nil, errors.New("a job client needs the name of its node and at least one queue")
	}
	c := &Client{Options: o.withDefaults(), store: s, kinds: make(map[string]Kind), holder: o.Node + "/" + rand.Text()}
	c.stopping, c.stop = context.WithCancelCause(context.Background())
	queues := make(map[string]river.QueueConfig, len(o.Queues))
	for name, workers := range o.Queues {
		queues[name] = river.QueueConfig{MaxWorkers: workers}
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{client: c})
	river.AddWorker(workers, &idler{})
	var err error
	c.river, err = river.NewClient(s.Dialect().River(s.DB()), &river.Config{
		Queues: queues, Workers: workers, Logger: slog.New(warnings{c.Logger.Handler()}),
		JobTimeout: -1, FetchPollInterval: c.Poll, FetchCooldown: min(c.Poll, 20*time.Millisecond),
		CompletedJobRetentionPeriod: time.Hour, DiscardedJobRetentionPeriod: time.Hour, // nothing is learned from old ones
	})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return c, nil
}

// Register makes kinds of work known. It must not be called after Start; a name that is taken is a mistake in the
// program and panics.
func (c *Client) Register(kinds ...Kind) {
	for _, kind := range kinds {
		if _, taken := c.kinds[kind.Name]; taken {
			panic("jobs: kind " + kind.Name + " is registered twice")
		}
		kind.MaxAttempts = cmp.Or(kind.MaxAttempts, 5)
		c.kinds[kind.Name] = kind
	}
}

// Start frees the leases of this node's earlier life, for two of one name do not live at a time, and begins to work.
// It returns when work is being taken up; ctx is for starting only.
func (c *Client) Start(ctx context.Context) error {
	err := c.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Work().Orphan(ctx, c.Node+"/", c.holder, c.Now())
		return err
	})
	if err != nil {
		return fmt.Errorf("free the work of the node's earlier life: %w", err)
	}
	if err := c.river.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the job queue: %w", err)
	}
	c.started.Store(true)
	c.sweeper.Go(c.sweepUntilStopped)
	return nil
}

// Stop interrupts the work in progress, gives its leases back and waits for it until ctx ends. Stopping twice does
// nothing more.
func (c *Client) Stop(ctx context.Context) error {
	c.stop(ErrStopping)
	c.sweeper.Wait()
	c.wakers.Wait()
	if err := c.river.Stop(ctx); err != nil {
		return fmt.Errorf("stop the job queue: %w", err)
	}
	return nil
}

// Enqueue adds work on a resource to a transaction: it starts when the transaction has been committed, and never if it
// is rolled back. InUse when work of this kind on this resource is not done yet.
func (c *Client) Enqueue(ctx context.Context, tx *store.Tx, kind, resource string, payload []byte) error {
	job, err := c.queue(ctx, tx, kind, resource)
	if err != nil {
		return err
	}
	return tx.Work().Add(ctx, kind, resource, payload, job, c.Now())
}

// Cancel takes work back in a transaction, whether it has begun or not; who is at it loses the lease. Absent work is no
// error.
func (c *Client) Cancel(ctx context.Context, tx *store.Tx, kind, resource string) error {
	_, err := tx.Work().Remove(ctx, kind, resource)
	return err
}

// queue inserts a queue job that says that there is work to take up, and gives its number.
func (c *Client) queue(ctx context.Context, tx *store.Tx, kind, resource string) (int64, error) {
	k, known := c.kinds[kind]
	if !known {
		return 0, fmt.Errorf("there is no kind of work named %q", kind)
	}
	res, err := c.river.InsertTx(ctx, tx.SQL(), takeUp{Work: kind, Resource: resource, Asked: trace.Parent(ctx)}, &river.InsertOpts{Queue: k.Queue, MaxAttempts: 1})
	if err != nil {
		return 0, fmt.Errorf("queue %s of %s: %w", kind, resource, err)
	}
	tx.AfterCommit(func() { c.wakers.Go(func() { c.wake(k.Queue) }) })
	return res.Job.ID, nil
}

// wake has a queue looked at at once, if this node works on it: River looks when a job is inserted outside a transaction. To
// look all the time instead costs a twentieth of a core.
func (c *Client) wake(queue string) {
	if _, own := c.Queues[queue]; !own || !c.started.Load() || c.stopping.Err() != nil {
		return
	}
	if _, err := c.river.Insert(c.stopping, wakeUp{}, &river.InsertOpts{Queue: queue, MaxAttempts: 1}); err != nil && c.stopping.Err() == nil {
		c.Logger.Warn("a queue is looked at later than it could be", "queue", queue, "error", err)
	}
}

// warnings lets only the queue's warnings and errors through to the log.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
