package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/postgres/pgtest"
	"ownsight/internal/store/sqlite"
)

// database is where a test's store lies: a driver and the address that opens it.
type database struct{ driver, address string }

func (d database) open(ctx context.Context) (*store.Store, error) {
	if d.driver == "sqlite" {
		return sqlite.Open(ctx, d.address)
	}
	return postgres.Open(ctx, d.address)
}

// onBoth runs a test on every database.
func onBoth(t *testing.T, test func(*testing.T, database)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, database{"sqlite", filepath.Join(t.TempDir(), "state.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, database{"postgres", pgtest.URL(t)})
	})
}

func open(t *testing.T, d database) *store.Store {
	s, err := d.open(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// quick are settings for tests that let pauses pass and leases stay.
func quick(node string) jobs.Options {
	return jobs.Options{
		Node: node, Queues: map[string]int{"main": 4}, Logger: slog.New(slog.DiscardHandler),
		Lease: time.Hour, Heartbeat: 10 * time.Millisecond, Poll: 10 * time.Millisecond, Sweep: 10 * time.Millisecond,
		Backoff: func(int) time.Duration { return time.Millisecond },
	}
}

func start(t *testing.T, s *store.Store, o jobs.Options, kinds ...jobs.Kind) *jobs.Client {
	c, err := jobs.New(s, o)
	require.NoError(t, err)
	c.Register(kinds...)
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	return c
}

func enqueue(t *testing.T, s *store.Store, c *jobs.Client, kind, resource string) {
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
		return c.Enqueue(t.Context(), tx, kind, resource, []byte("payload of "+resource))
	}))
}

// patience bounds every wait: far above what anything takes, on a machine that does much else too.
const patience = 5 * time.Minute

// receive waits for a value, and fails the test rather than hang.
func receive[T any](t *testing.T, ch <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(patience):
		t.Fatalf("nothing happened in %s", patience)
	}
	return v
}

// mark and marked stand for the state of a resource.
func mark(ctx context.Context, tx *store.Tx, resource, state string) error {
	return tx.Tags().Put(ctx, resource, map[string]string{"state": state})
}

func marked(t *testing.T, s *store.Store, resource string) (state string) {
	require.NoError(t, s.Read(t.Context(), func(tx *store.Tx) error {
		tags, err := tx.Tags().Get(t.Context(), resource)
		state = tags["state"]
		return err
	}))
	return state
}

// rows counts the rows of a table.
func rows(t *testing.T, s *store.Store, table string) (n int) {
	require.NoError(t, s.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

// finish is work that marks its resource done and says so.
func finish(done chan<- string) func(context.Context, *jobs.Run) error {
	return func(ctx context.Context, run *jobs.Run) error {
		err := run.Finish(ctx, func(tx *store.Tx) error { return mark(ctx, tx, run.Resource(), "done") })
		done <- string(run.Payload())
		return err
	}
}

func TestCommitStartsWork(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		s, done := open(t, d), make(chan string, 1)
		c := start(t, s, quick("n"), jobs.Kind{Name: "work", Queue: "main", Run: finish(done)})
		enqueue(t, s, c, "work", "a")
		require.Equal(t, "payload of a", receive(t, done))
		require.Equal(t, "done", marked(t, s, "a"))
		require.Zero(t, rows(t, s, "work"))
	})
}

func TestRollbackStartsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		s, done := open(t, d), make(chan string, 2)
		o := quick("n")
		o.Queues["main"] = 1 // in order, so that the second work shows that the first never ran
		c := start(t, s, o, jobs.Kind{Name: "work", Queue: "main", Run: finish(done)})
		stop := errors.New("stop")
		require.ErrorIs(t, s.Write(t.Context(), func(tx *store.Tx) error {
			require.NoError(t, c.Enqueue(t.Context(), tx, "work", "a", nil))
			return stop
		}), stop)
		enqueue(t, s, c, "work", "b")
		require.Equal(t, "payload of b", receive(t, done))
		require.Empty(t, done)
		require.Zero(t, rows(t, s, "work"))
	})
}

func TestFailedAttempts(t *testing.T) {
	cause := ownsight.Errorf(ownsight.InvalidS3Object, "no such manifest")
	for name, test := range map[string]struct {
		run  func() error
		want int // attempts
		is   string
	}{
		"errors":                 {func() error { return cause }, 3, "no such manifest"},
		"permanent error":        {func() error { return fmt.Errorf("collect: %w", jobs.Permanent(cause)) }, 1, "no such manifest"},
		"panic":                  {func() error { panic("index out of range") }, 3, "panic: index out of range"},
		"return without finish":  {func() error { return nil }, 3, "without finishing"},
		"ErrStopping of its own": {func() error { return jobs.ErrStopping }, 3, "stopping"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, d database) {
				s, failed := open(t, d), make(chan error, 1)
				var attempts atomic.Int64
				c := start(t, s, quick("n"), jobs.Kind{
					Name: "work", Queue: "main", MaxAttempts: 3,
					Run: func(_ context.Context, run *jobs.Run) error {
						if n := attempts.Add(1); int64(run.Attempt()) != n {
							t.Errorf("attempt %d calls itself %d", n, run.Attempt())
						}
						return test.run()
					},
					Fail: func(ctx context.Context, tx *store.Tx, resource string, cause error) error {
						select {
						case failed <- cause:
						default: // the transaction runs again
						}
						return mark(ctx, tx, resource, "failed")
					},
				})
				enqueue(t, s, c, "work", "a")
				require.ErrorContains(t, receive(t, failed), test.is)
				require.Eventually(t, func() bool { return marked(t, s, "a") == "failed" }, patience, time.Millisecond)
				require.EqualValues(t, test.want, attempts.Load())
				require.Zero(t, rows(t, s, "work"))
			})
		})
	}
}

// A state that cannot be written at first is written later: nothing is stuck.
func TestFailIsRepeatedUntilItIsWritten(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		s := open(t, d)
		var fails atomic.Int64
		c := start(t, s, quick("n"), jobs.Kind{
			Name: "work", Queue: "main", MaxAttempts: 1,
			Run: func(context.Context, *jobs.Run) error { return errors.New("no") },
			Fail: func(ctx context.Context, tx *store.Tx, resource string, _ error) error {
				if fails.Add(1) < 3 {
					return errors.New("not now")
				}
				return mark(ctx, tx, resource, "failed")
			},
		})
		enqueue(t, s, c, "work", "a")
		require.Eventually(t, func() bool { return marked(t, s, "a") == "failed" }, patience, time.Millisecond)
	})
}

// Work that has no failed state goes on however often it fails.
func TestWorkWithoutFailIsNeverGivenUp(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		s := open(t, d)
		var attempts atomic.Int64
		c := start(t, s, quick("n"), jobs.Kind{
			Name: "work", Queue: "main", MaxAttempts: 1,
			Run: func(ctx context.Context, run *jobs.Run) error {
				if attempts.Add(1) < 8 {
					return jobs.Permanent(errors.New("no"))
				}
				return run.Finish(ctx, func(tx *store.Tx) error { return mark(ctx, tx, "a", "done") })
			},
		})
		enqueue(t, s, c, "work", "a")
		require.Eventually(t, func() bool { return marked(t, s, "a") == "done" }, patience, time.Millisecond)
		require.EqualValues(t, 8, attempts.Load())
	})
}

// A checkpoint is progress: attempts that failed before it do not count against what comes after.
func TestProgressForgivesFailedAttempts(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		s := open(t, d)
		c := start(t, s, quick("n"), jobs.Kind{
			Name: "work", Queue: "main", MaxAttempts: 2,
			Run: func(ctx context.Context, run *jobs.Run) error {
				if len(run.State()) == 6 {
					return run.Finish(ctx, func(tx *store.Tx) error { return mark(ctx, tx, "a", "done") })
				}
				if err := run.Checkpoint(ctx, "further", append(run.State(), 'x')); err != nil {
					return err
				}
				return errors.New("a blip")
			},
			Fail: func(ctx context.Context, tx *store.Tx, resource string, _ error) error {
				return mark(ctx, tx, resource, "failed")
			},
		})
		enqueue(t, s, c, "work", "a")
		require.Eventually(t, func() bool { return marked(t, s, "a") != "" }, patience, time.Millisecond)
		require.Equal(t, "done", marked(t, s, "a"))
	})
}

func TestLostLeaseInterruptsAndFences(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		ctx, s := t.Context(), open(t, d)
		began, ended := make(chan struct{}), make(chan []error, 1)
		c := start(t, s, quick("n"), jobs.Kind{
			Name: "work", Queue: "main",
			Run: func(ctx context.Context, run *jobs.Run) error {
				close(began)
				<-ctx.Done()
				write := func(tx *store.Tx) error { return mark(context.WithoutCancel(ctx), tx, "a", "wrong") }
				after := context.WithoutCancel(ctx) // even for one who does not heed the interruption
				ended <- []error{
					context.Cause(ctx), run.Checkpoint(after, "x", nil), run.Update(after, write), run.Finish(after, write), run.Finish(ctx, write),
				}
				return nil
			},
		})
		enqueue(t, s, c, "work", "a")
		receive(t, began)
		require.NoError(t, s.Write(ctx, func(tx *store.Tx) error {
			later := time.Now().Add(2 * time.Hour)
			_, held, err := tx.Work().Claim(ctx, "work", "a", "thief", later, later.Add(time.Hour))
			require.True(t, held)
			return err
		}))
		for _, err := range receive(t, ended) {
			require.ErrorIs(t, err, jobs.ErrLost)
		}
		require.Empty(t, marked(t, s, "a"))
		require.Equal(t, 1, rows(t, s, "work"), "the thief's work")
	})
}

func TestCancel(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		ctx, s := t.Context(), open(t, d)
		began, ended := make(chan struct{}), make(chan error, 1)
		c := start(t, s, quick("n"), jobs.Kind{
			Name: "work", Queue: "main",
			Run: func(ctx context.Context, run *jobs.Run) error {
				close(began)
				<-ctx.Done()
				ended <- context.Cause(ctx)
				return ctx.Err()
			},
		})
		enqueue(t, s, c, "work", "a")
		receive(t, began)
		for range 2 {
			require.NoError(t, s.Write(ctx, func(tx *store.Tx) error { return c.Cancel(ctx, tx, "work", "a") }))
		}
		require.ErrorIs(t, receive(t, ended), jobs.ErrLost)
		require.Zero(t, rows(t, s, "work"))
	})
}

func TestSameWorkTwiceIsInUse(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		s := open(t, d)
		c, err := jobs.New(s, quick("n"))
		require.NoError(t, err)
		c.Register(jobs.Kind{Name: "work", Queue: "main"})
		enqueue(t, s, c, "work", "a")
		err = s.Write(t.Context(), func(tx *store.Tx) error { return c.Enqueue(t.Context(), tx, "work", "a", nil) })
		require.Equal(t, ownsight.InUse, ownsight.CodeOf(err))
		err = s.Write(t.Context(), func(tx *store.Tx) error { return c.Enqueue(t.Context(), tx, "unknown", "a", nil) })
		require.ErrorContains(t, err, `"unknown"`)
	})
}
