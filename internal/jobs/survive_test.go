package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

// victim is set in the environment of a copy of the test program that is there to be killed: a database and a node.
const victim = "OWNSIGHT_TEST_VICTIM"

func TestMain(m *testing.M) {
	if _, set := os.LookupEnv(victim); set {
		if err := workUntilKilled(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// workUntilKilled takes up work, gets half way and says so.
func workUntilKilled() error {
	ctx := context.Background()
	s, err := database{os.Getenv("OWNSIGHT_TEST_DRIVER"), os.Getenv("OWNSIGHT_TEST_ADDRESS")}.open(ctx)
	if err != nil {
		return err
	}
	o := quick("node-1")
	if o.Lease, err = time.ParseDuration(os.Getenv(victim)); err != nil {
		return err
	}
	c, err := jobs.New(s, o)
	if err != nil {
		return err
	}
	c.Register(jobs.Kind{Name: "work", Queue: "main", Run: func(ctx context.Context, run *jobs.Run) error {
		if err := run.Checkpoint(ctx, "half", []byte("way")); err != nil {
			return err
		}
		fmt.Println("half way")
		select {}
	}})
	if err := c.Start(ctx); err != nil {
		return err
	}
	select {}
}

// killHalfWay runs the work of a database in another process under a lease, and kills that with the work half done.
func killHalfWay(t *testing.T, d database, lease time.Duration) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victim+"="+lease.String(), "OWNSIGHT_TEST_DRIVER="+d.driver, "OWNSIGHT_TEST_ADDRESS="+d.address)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "half way\n", line)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
}

func TestKilledWorkGoesOn(t *testing.T) {
	for name, test := range map[string]struct {
		node  string
		lease time.Duration
	}{
		"on the same node without waiting for the lease": {"node-1", time.Hour},
		"on another node when the lease has run out":     {"node-2", 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, d database) {
				s, resumed := open(t, d), make(chan string, 1)
				o := quick(test.node)
				c, err := jobs.New(s, o)
				require.NoError(t, err)
				c.Register(jobs.Kind{Name: "work", Queue: "main", MaxAttempts: 1, Run: func(ctx context.Context, run *jobs.Run) error {
					err := run.Finish(ctx, func(*store.Tx) error { return nil })
					resumed <- fmt.Sprint(run.Attempt(), run.Step(), string(run.State()))
					return err
				}})
				enqueue(t, s, c, "work", "a")
				killHalfWay(t, d, test.lease)
				require.NoError(t, c.Start(t.Context()))
				t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
				require.Equal(t, "2halfway", receive(t, resumed))
				require.Zero(t, rows(t, s, "work"))
			})
		})
	}
}

func TestStoppedWorkGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		s := open(t, d)
		began, interrupted, resumed := make(chan struct{}), make(chan error, 1), make(chan string, 1)
		first := start(t, s, quick("node-1"), jobs.Kind{Name: "work", Queue: "main", MaxAttempts: 1, Run: func(ctx context.Context, run *jobs.Run) error {
			err := run.Checkpoint(ctx, "half", []byte("way"))
			close(began)
			<-ctx.Done()
			interrupted <- context.Cause(ctx)
			return err
		}})
		enqueue(t, s, first, "work", "a")
		receive(t, began)
		require.NoError(t, first.Stop(t.Context()))
		require.NoError(t, first.Stop(t.Context()), "stopping twice")
		require.ErrorIs(t, receive(t, interrupted), jobs.ErrStopping)
		start(t, s, quick("node-2"), jobs.Kind{Name: "work", Queue: "main", MaxAttempts: 1, Run: func(ctx context.Context, run *jobs.Run) error {
			err := run.Finish(ctx, func(*store.Tx) error { return nil })
			resumed <- fmt.Sprint(run.Attempt(), run.Step(), string(run.State()))
			return err
		}})
		require.Equal(t, "2halfway", receive(t, resumed))
	})
}

func TestTwoNodesShareTheWork(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		const pieces = 30
		var mu sync.Mutex
		ran := make(map[string]int)
		done := make(chan string, pieces)
		kind := jobs.Kind{Name: "work", Queue: "main", Run: func(ctx context.Context, run *jobs.Run) error {
			mu.Lock()
			ran[run.Resource()]++
			mu.Unlock()
			return finish(done)(ctx, run)
		}}
		s := open(t, d)
		c := start(t, s, quick("node-1"), kind)
		start(t, open(t, d), quick("node-2"), kind)
		for i := range pieces {
			enqueue(t, s, c, "work", fmt.Sprint("r", i))
		}
		// Doubled queue jobs, as after a fault, change nothing.
		_, err := s.DB().ExecContext(t.Context(), `INSERT INTO river_job (args, kind, max_attempts, priority, queue, state, metadata)
			SELECT args, kind, max_attempts, priority, queue, 'available', metadata FROM river_job`)
		require.NoError(t, err)
		for range pieces {
			receive(t, done)
		}
		require.Eventually(t, func() bool {
			var waiting int
			require.NoError(t, s.DB().QueryRow("SELECT count(*) FROM river_job WHERE state <> 'completed'").Scan(&waiting))
			return waiting == 0
		}, patience, 10*time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, ran, pieces)
		for resource, times := range ran {
			require.Equal(t, 1, times, resource)
		}
	})
}

// Work that takes its process down every time must not do so for ever.
func TestDeadlyWorkIsGivenUp(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		ctx, s := t.Context(), open(t, d)
		c, err := jobs.New(s, quick("n"))
		require.NoError(t, err)
		failed := make(chan error, 20)
		c.Register(jobs.Kind{
			Name: "work", Queue: "main",
			Run: func(context.Context, *jobs.Run) error { t.Error("it ran again"); return nil },
			Fail: func(_ context.Context, _ *store.Tx, _ string, cause error) error {
				failed <- cause
				return nil
			},
		})
		enqueue(t, s, c, "work", "a")
		for i := range 20 {
			require.NoError(t, s.Write(ctx, func(tx *store.Tx) error {
				at := time.Now().Add(time.Duration(i-30) * time.Second)
				_, held, err := tx.Work().Claim(ctx, "work", "a", fmt.Sprint("dead/", i), at, at.Add(time.Second))
				require.True(t, held)
				return err
			}))
		}
		require.NoError(t, c.Start(ctx))
		t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
		require.ErrorContains(t, receive(t, failed), "given up after 20 attempts")
	})
}

// The queue may forget its job, but not the work.
func TestLostQueueJobIsReplaced(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		ctx, s, done := t.Context(), open(t, d), make(chan string, 1)
		require.NoError(t, s.Write(ctx, func(tx *store.Tx) error {
			return tx.Work().Add(ctx, "work", "a", []byte("here"), 4711, time.Now().Add(-2*time.Minute))
		}))
		start(t, s, quick("n"), jobs.Kind{Name: "work", Queue: "main", Run: finish(done)})
		require.Equal(t, "here", receive(t, done))
	})
}

// Work that waits for its turn keeps its queue job, however long it waits.
func TestWaitingWorkIsQueuedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d database) {
		s, began, done := open(t, d), make(chan struct{}), make(chan string, 2)
		release := make(chan struct{})
		var clock struct {
			sync.Mutex
			ahead time.Duration
		}
		o := quick("n")
		o.Queues["main"] = 1
		o.Lease = 24 * time.Hour
		o.Now = func() time.Time {
			clock.Lock()
			defer clock.Unlock()
			return time.Now().Add(clock.ahead)
		}
		c := start(t, s, o,
			jobs.Kind{Name: "long", Queue: "main", Run: func(ctx context.Context, run *jobs.Run) error {
				close(began)
				<-release
				return finish(done)(ctx, run)
			}},
			jobs.Kind{Name: "next", Queue: "main", Run: finish(done)})
		enqueue(t, s, c, "long", "a")
		receive(t, began)
		enqueue(t, s, c, "next", "b")
		clock.Lock()
		clock.ahead = time.Hour
		clock.Unlock()
		var queued int64
		require.Eventually(t, func() bool { // the sweeper has looked
			require.NoError(t, s.DB().QueryRow("SELECT queued FROM work WHERE kind = 'next'").Scan(&queued))
			return queued > time.Now().Add(30*time.Minute).UnixMilli()
		}, patience, time.Millisecond)
		require.Equal(t, 2, rows(t, s, "river_job WHERE kind = 'take_up_work'"))
		close(release)
		receive(t, done)
		receive(t, done)
	})
}
