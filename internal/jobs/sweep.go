package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river/rivertype"

	"ownsight/internal/store"
)

const (
	// sweepSize is how many pieces of work one sweep queues at most.
	sweepSize = 100

	// checkAfter is how long a queue job may wait before the sweeper looks whether it still does. One that a dying process
	// has fetched but not acted on is lost.
	checkAfter = time.Minute
)

func (c *Client) sweepUntilStopped() {
	ticker := time.NewTicker(c.Sweep)
	defer ticker.Stop()
	for {
		if err := c.sweep(c.stopping); err != nil && c.stopping.Err() == nil {
			c.Logger.Error("work that nobody holds could not be queued", "error", err)
		}
		select {
		case <-c.stopping.Done():
			return
		case <-ticker.C:
		}
	}
}

// sweep queues work that nobody holds and whose time has come: after a lease ran out, or a pause between attempts.
func (c *Client) sweep(ctx context.Context) error {
	var due []store.Due
	find := func(tx *store.Tx) (err error) {
		now := c.Now()
		due, err = tx.Work().Due(ctx, now, now.Add(-checkAfter), sweepSize)
		return err
	}
	if err := c.store.Read(ctx, find); err != nil || len(due) == 0 {
		return err
	}
	return c.store.Write(ctx, func(tx *store.Tx) error {
		if err := find(tx); err != nil { // again, for another node may have been quicker
			return err
		}
		for _, d := range due {
			if err := c.requeue(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Client) requeue(ctx context.Context, tx *store.Tx, d store.Due) error {
	if _, known := c.kinds[d.Kind]; !known {
		return nil // a node of another program version knows it
	}
	job := d.Job
	waits, err := c.waits(ctx, tx, job)
	if err != nil {
		return err
	}
	if !waits {
		if job, err = c.queue(ctx, tx, d.Kind, d.Resource); err != nil {
			return err
		}
	}
	return tx.Work().Queued(ctx, d.ID, job, c.Now())
}

// waits reports whether a queue job is there and has yet to be fetched.
func (c *Client) waits(ctx context.Context, tx *store.Tx, job int64) (bool, error) {
	if job == 0 {
		return false, nil
	}
	row, err := c.river.JobGetTx(ctx, tx.SQL(), job)
	if errors.Is(err, rivertype.ErrNotFound) {
		return false, nil
	}
	return err == nil && row.FinalizedAt == nil && row.State != rivertype.JobStateRunning, err
}
