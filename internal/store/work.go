package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Work reads and writes the long work that is not done yet. Its row, not the queue, is the fact: who holds the lease may
// write, as long as nobody else has claimed the row since. Kind and resource name a piece of work; there is at most
// one of each.
type Work struct{ q *db.Queries }

// Claim is a lease on a piece of work, and where the work stands.
type Claim struct {
	ID, Token int64  // fence every write under this lease
	Lost      int64  // how many leases on this work ended without a word before this one
	Errors    int64  // how many attempts failed
	Step      string // as of the last checkpoint
	State     []byte // as of the last checkpoint
	Payload   []byte // as given when it was added
}

// Due is work that nobody holds although its time has come.
type Due struct {
	ID             int64
	Kind, Resource string
	Job            int64 // the queue job that was last seen waiting for it; 0 when none waits
}

// Waiting is work of one kind that nobody does.
type Waiting struct {
	Kind  string
	Count int64
	Since time.Time // when the one that has waited longest was to be done; may be in the future
}

// Add records work, for which a queue job waits, or none yet where job is 0; InUse when the same work is there already.
func (w Work) Add(ctx context.Context, kind, resource string, payload []byte, job int64, now time.Time) error {
	queued := now
	if job == 0 {
		queued = time.Time{}
	}
	n, err := w.q.AddWork(ctx, db.AddWorkParams{
		Kind: kind, Resource: resource, Payload: bytesOf(payload), State: []byte{}, Due: millis(now), Queued: millis(queued), Job: job,
	})
	if err == nil && n == 0 {
		return ownsight.Errorf(ownsight.InUse, "%s of %s is in progress already", kind, resource)
	}
	return err
}

// Remove forgets work, whoever holds it, and reports whether there was any.
func (w Work) Remove(ctx context.Context, kind, resource string) (bool, error) {
	n, err := w.q.RemoveWork(ctx, db.RemoveWorkParams{Kind: kind, Resource: resource})
	return n == 1, err
}

// Claim takes the lease on work until a time, unless there is no such work or somebody holds it.
func (w Work) Claim(ctx context.Context, kind, resource, holder string, now, until time.Time) (Claim, bool, error) {
	row, err := w.q.ClaimWork(ctx, db.ClaimWorkParams{
		Holder: holder, Until: millis(until), Kind: kind, Resource: resource, Now: millis(now),
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Claim{}, false, nil
	}
	return Claim{
		ID: row.ID, Token: row.Token, Lost: row.Lost - 1, Errors: row.Errors, Step: row.Step, State: row.State, Payload: row.Payload,
	}, err == nil, err
}

// Heartbeat prolongs a lease; false when it is lost.
func (w Work) Heartbeat(ctx context.Context, c Claim, until time.Time) (bool, error) {
	n, err := w.q.HeartbeatWork(ctx, db.HeartbeatWorkParams{Until: millis(until), ID: c.ID, Token: c.Token})
	return n == 1, err
}

// Checkpoint records how far the work is; false when the lease is lost.
func (w Work) Checkpoint(ctx context.Context, c Claim, step string, state []byte) (bool, error) {
	n, err := w.q.CheckpointWork(ctx, db.CheckpointWorkParams{Step: step, State: bytesOf(state), ID: c.ID, Token: c.Token})
	return n == 1, err
}

// Holds reports whether the lease is still held, as seen by this transaction.
func (w Work) Holds(ctx context.Context, c Claim) (bool, error) {
	n, err := w.q.HoldsWork(ctx, db.HoldsWorkParams{ID: c.ID, Token: c.Token})
	return n == 1, err
}

// Finish removes the work; false when the lease is lost.
func (w Work) Finish(ctx context.Context, c Claim) (bool, error) {
	n, err := w.q.FinishWork(ctx, db.FinishWorkParams{ID: c.ID, Token: c.Token})
	return n == 1, err
}

// Release gives the lease back, for the work to be taken up at a time by anybody, and counts a failed attempt if it was
// one; false when the lease is lost.
func (w Work) Release(ctx context.Context, c Claim, at time.Time, failed bool) (bool, error) {
	errs := int64(0)
	if failed {
		errs = 1
	}
	n, err := w.q.ReleaseWork(ctx, db.ReleaseWorkParams{Due: millis(at), Errors: errs, ID: c.ID, Token: c.Token})
	return n == 1, err
}

// Due gives work that nobody holds and whose time has come, if no queue job is known to wait for it since stale.
func (w Work) Due(ctx context.Context, now, stale time.Time, limit int) ([]Due, error) {
	rows, err := w.q.DueWork(ctx, db.DueWorkParams{Now: millis(now), Stale: millis(stale), Count: int32(limit)})
	list := make([]Due, len(rows))
	for i, row := range rows {
		list[i] = Due{ID: row.ID, Kind: row.Kind, Resource: row.Resource, Job: row.Job}
	}
	return list, err
}

// Waiting gives the work that nobody does, by kind. What failed and is to be repeated later is part of it.
func (w Work) Waiting(ctx context.Context, now time.Time) ([]Waiting, error) {
	rows, err := w.q.WaitingWork(ctx, millis(now))
	list := make([]Waiting, len(rows))
	for i, row := range rows {
		list[i] = Waiting{Kind: row.Kind, Count: row.Count, Since: fromMillis(row.Since)}
	}
	return list, err
}

// Queued records that a queue job was seen waiting for work.
func (w Work) Queued(ctx context.Context, id, job int64, now time.Time) error {
	return w.q.QueuedWork(ctx, db.QueuedWorkParams{Queued: millis(now), Job: job, ID: id})
}

// Orphan frees the leases of a node's earlier lives, whose holder names begin with prefix and differ from the current
// one, and tells how many there were.
func (w Work) Orphan(ctx context.Context, prefix, current string, now time.Time) (int64, error) {
	return w.q.OrphanWork(ctx, db.OrphanWorkParams{
		Now: millis(now), Holder: current, Length: int32(len(prefix)), Node: prefix,
	})
}

// bytesOf makes no bytes out of nothing, for the columns are not nullable.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
