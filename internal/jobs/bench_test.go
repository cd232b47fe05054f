package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/jobs"
	"ownsight/internal/store"
	"ownsight/internal/store/postgres/pgtest"
)

// BenchmarkEnqueue measures a state change and its work committed together.
func BenchmarkEnqueue(b *testing.B) {
	benchBoth(b, func(b *testing.B, s *store.Store) {
		c, err := jobs.New(s, jobs.Options{Node: "n", Queues: map[string]int{"main": 4}})
		require.NoError(b, err)
		c.Register(jobs.Kind{Name: "work", Queue: "main"})
		for n := 0; b.Loop(); n++ {
			require.NoError(b, commit(b.Context(), s, c, n))
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	})
}

// BenchmarkStart measures the time from a commit to the start of the work, with the settings that a server has.
func BenchmarkStart(b *testing.B) {
	benchBoth(b, func(b *testing.B, s *store.Store) {
		began := make(chan time.Time, 1)
		c, err := jobs.New(s, jobs.Options{Node: "n", Queues: map[string]int{"main": 4}, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(b, err)
		c.Register(jobs.Kind{Name: "work", Queue: "main", Run: func(ctx context.Context, run *jobs.Run) error {
			began <- time.Now()
			return run.Finish(ctx, func(*store.Tx) error { return nil })
		}})
		require.NoError(b, c.Start(b.Context()))
		defer func() { require.NoError(b, c.Stop(context.Background())) }()
		var total, worst time.Duration
		for n := 0; b.Loop(); n++ {
			require.NoError(b, commit(b.Context(), s, c, n))
			committed := time.Now()
			took := (<-began).Sub(committed)
			total += took
			worst = max(worst, took)
		}
		b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "ms/start")
		b.ReportMetric(float64(worst.Milliseconds()), "ms/worst")
	})
}

func commit(ctx context.Context, s *store.Store, c *jobs.Client, n int) error {
	resource := fmt.Sprint("r", n)
	return s.Write(ctx, func(tx *store.Tx) error {
		if err := mark(ctx, tx, resource, "busy"); err != nil {
			return err
		}
		return c.Enqueue(ctx, tx, "work", resource, nil)
	})
}

func benchBoth(b *testing.B, bench func(*testing.B, *store.Store)) {
	for driver, address := range map[string]func() string{
		"sqlite":   func() string { return filepath.Join(b.TempDir(), "state.db") },
		"postgres": func() string { return pgtest.URL(b) },
	} {
		b.Run(driver, func(b *testing.B) {
			s, err := database{driver, address()}.open(b.Context())
			require.NoError(b, err)
			defer s.Close()
			bench(b, s)
		})
	}
}
