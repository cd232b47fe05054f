package jobs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"ownsight/internal/store"
)

// Run is one attempt at a piece of work, under a lease.
type Run struct {
	store    *store.Store
	resource string
	claim    store.Claim

	// mu is held while Finish or a heartbeat writes, so that neither takes the other for a lost lease, and while the claim
	// changes.
	mu       sync.Mutex
	finished bool
}

// Resource names what the work is done on.
func (r *Run) Resource() string { return r.resource }

// Payload is what was given when the work was enqueued.
func (r *Run) Payload() []byte { return r.claim.Payload }

// Attempt counts how often the work was taken up, from 1.
func (r *Run) Attempt() int { return int(r.claim.Token) }

// Step is the name of the last checkpoint, of this attempt or an earlier one; empty when there is none.
func (r *Run) Step() string { return r.claim.Step }

// State is what the last checkpoint recorded.
func (r *Run) State() []byte { return r.claim.State }

// Checkpoint records that the work has come so far, for a later attempt to go on from there. It is progress: attempts
// that failed before no longer count. ErrLost when somebody else has the work now.
func (r *Run) Checkpoint(ctx context.Context, step string, state []byte) error {
	err := r.fenced(ctx, func(tx *store.Tx) (bool, error) { return tx.Work().Checkpoint(ctx, r.claim, step, state) }, nil)
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.claim.Step, r.claim.State, r.claim.Errors = step, state, 0
	}
	return err
}

// Update writes facts while the work goes on; nothing is written, and the error is ErrLost, when somebody else has the
// work now. fn may run more than once, as for store.Write.
func (r *Run) Update(ctx context.Context, fn func(*store.Tx) error) error {
	r.mu.Lock()
	claim := r.claim
	r.mu.Unlock()
	return r.fenced(ctx, func(tx *store.Tx) (bool, error) { return tx.Work().Holds(ctx, claim) }, fn)
}

// Finish writes the work's outcome and ends it, in one transaction. ErrLost when somebody else has the work now. After
// any error the work is not done.
func (r *Run) Finish(ctx context.Context, fn func(*store.Tx) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.fenced(ctx, func(tx *store.Tx) (bool, error) { return tx.Work().Finish(ctx, r.claim) }, fn)
	r.finished = err == nil
	return err
}

// done reports whether the work is finished.
func (r *Run) done() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.finished
}

// heartbeat prolongs the lease; false when it is lost.
func (r *Run) heartbeat(ctx context.Context, until time.Time) (held bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished {
		return true, nil
	}
	err = r.store.Write(ctx, func(tx *store.Tx) (err error) {
		held, err = tx.Work().Heartbeat(ctx, r.claim, until)
		return err
	})
	return held, err
}

func (r *Run) fenced(ctx context.Context, guard func(*store.Tx) (bool, error), fn func(*store.Tx) error) error {
	err := r.store.Write(ctx, func(tx *store.Tx) error {
		held, err := guard(tx)
		switch {
		case err != nil:
			return err
		case !held:
			return ErrLost
		case fn == nil:
			return nil
		}
		return fn(tx)
	})
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrLost) {
		return ErrLost
	}
	return err
}

// permanent marks an error that another attempt would meet again.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error after which the work is not tried again but fails at once, such as a mistake of the user.
func Permanent(err error) error { return permanent{err} }

// Resource names a row of the store as work does.
func Resource(id int64) string { return strconv.FormatInt(id, 10) }

// ParseResource is the inverse of Resource; a failure is permanent.
func ParseResource(resource string) (int64, error) {
	id, err := strconv.ParseInt(resource, 10, 64)
	if err != nil {
		return 0, Permanent(fmt.Errorf("work on %q: %w", resource, err))
	}
	return id, nil
}
