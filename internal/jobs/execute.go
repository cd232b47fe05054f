package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"ownsight"
	"ownsight/internal/store"
	"ownsight/internal/trace"
)

// maxLost is how many attempts may end without a word, as when the work takes its process down, before it fails.
const maxLost = 20

// farewell is how long the writes after an interrupted attempt may take.
const farewell = 5 * time.Second

// takeUp is the queue job: a hint that there is work to claim.
type takeUp struct {
	Work     string `json:"work"`
	Resource string `json:"resource"`
	Asked    string `json:"asked,omitempty"` // the trace.Parent of whoever asked for it
}

// Kind is the queue's own name for it.
func (takeUp) Kind() string { return "take_up_work" }

// wakeUp is a queue job that does nothing.
type wakeUp struct{}

// Kind is the queue's own name for it.
func (wakeUp) Kind() string { return "wake_up" }

type idler struct{ river.WorkerDefaults[wakeUp] }

// Work does nothing.
func (idler) Work(context.Context, *river.Job[wakeUp]) error { return nil }

type worker struct {
	river.WorkerDefaults[takeUp]
	client *Client
}

// Work never fails: what becomes of the work stands in its row.
func (w *worker) Work(ctx context.Context, job *river.Job[takeUp]) error {
	w.client.execute(ctx, job.Args)
	return nil
}

// execute makes one attempt at work, if nobody else is at it.
func (c *Client) execute(ctx context.Context, job takeUp) {
	name, resource := job.Work, job.Resource
	log := c.Logger.With("work", name, "resource", resource)
	kind, known := c.kinds[name]
	if !known {
		log.Error("a kind of work that this program does not know is left to other nodes")
		return
	}
	run := &Run{store: c.store, resource: resource}
	var held bool
	err := c.store.Write(ctx, func(tx *store.Tx) (err error) {
		now := c.Now()
		run.claim, held, err = tx.Work().Claim(ctx, name, resource, c.holder, now, now.Add(c.Lease))
		return err
	})
	if err != nil {
		log.Error("work could not be claimed", "error", err)
		return
	}
	if !held {
		return // done, cancelled, or somebody is at it
	}
	ctx, span := trace.Job(ctx, "job "+name, job.Asked)
	span.String("ownsight.row", resource)
	span.Int("ownsight.attempt", run.Attempt())
	interrupted, err := c.attempt(ctx, kind, run)
	span.End(err)
	if run.done() || errors.Is(err, ErrLost) || errors.Is(interrupted, ErrLost) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := c.settle(ctx, kind, run, interrupted, err); err != nil {
		log.Error("the outcome of an attempt could not be written; the lease will run out", "error", err)
	}
}

// attempt calls the kind's function under a heartbeat and tells, besides its error, whether and why it was interrupted.
func (c *Client) attempt(ctx context.Context, kind Kind, run *Run) (interrupted, err error) {
	if run.claim.Lost >= maxLost && kind.Fail != nil {
		return nil, Permanent(fmt.Errorf("the work was given up after %d attempts that the process did not survive", run.claim.Lost))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.stopping, func() { cancel(ErrStopping) })()
	var heart sync.WaitGroup
	defer heart.Wait()
	beating, still := context.WithCancel(ctx)
	defer still()
	heart.Go(func() { c.beat(beating, run, cancel) })
	defer func() {
		if p := recover(); p != nil {
			c.Logger.Error("work panicked", "work", kind.Name, "resource", run.resource, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
		interrupted = context.Cause(ctx)
		if err == nil && !run.done() {
			err = errors.New("the work returned without finishing")
		}
	}()
	return nil, kind.Run(ctx, run)
}

// beat prolongs the lease until the attempt ends. When it is refused, somebody else has the work. A database that does
// not answer is no refusal: the writes are fenced anyway.
func (c *Client) beat(ctx context.Context, run *Run, lost context.CancelCauseFunc) {
	ticker := time.NewTicker(c.Heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		held, err := run.heartbeat(ctx, c.Now().Add(c.Lease))
		switch {
		case err != nil && ctx.Err() == nil:
			c.Logger.Warn("a lease could not be prolonged", "resource", run.resource, "error", err)
		case err == nil && !held:
			lost(ErrLost)
			return
		}
	}
}

// settle records an attempt that did not finish its work: given back as it is when the node stops, to be tried again
// later after an error, failed for good after the last one.
func (c *Client) settle(ctx context.Context, kind Kind, run *Run, interrupted, cause error) error {
	if errors.Is(interrupted, ErrStopping) {
		return c.release(ctx, run, c.Now(), false)
	}
	failed := int(run.claim.Errors) + 1
	log := c.Logger.With("work", kind.Name, "resource", run.resource, "failed", failed, "error", cause)
	if kind.Fail == nil || !errors.As(cause, &permanent{}) && failed < kind.MaxAttempts {
		log.Warn("an attempt failed and will be repeated")
		return c.release(ctx, run, c.Now().Add(c.Backoff(failed)), true)
	}
	level := slog.LevelError
	if told := new(ownsight.Error); errors.As(cause, &told) {
		level = slog.LevelInfo // a user's mistake, of which the user is told
	}
	log.Log(ctx, level, "work failed")
	err := run.Finish(ctx, func(tx *store.Tx) error { return kind.Fail(ctx, tx, run.resource, cause) })
	if err == nil || errors.Is(err, ErrLost) {
		return nil
	}
	return errors.Join(err, c.release(ctx, run, c.Now().Add(c.Backoff(failed)), true))
}

func (c *Client) release(ctx context.Context, run *Run, at time.Time, failed bool) error {
	return c.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Work().Release(ctx, run.claim, at, failed)
		return err
	})
}
