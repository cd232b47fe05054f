package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

func TestOnlyMissingFilesAreLost(t *testing.T) {
	var l *lost
	require.ErrorAs(t, fmt.Errorf("learn: %w", madeBy("look", fmt.Errorf("get: %w", objects.ErrNotFound))), &l)
	require.Equal(t, "look", l.step)
	require.ErrorIs(t, l, objects.ErrNotFound)
	for _, err := range []error{nil, objects.ErrUnavailable, objects.ErrNoBucket, context.Canceled} {
		require.NotErrorAs(t, madeBy("look", err), &l)
	}
}

// A run whose files are lost goes back to the step that made them, once to each.
func TestGoingBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		type attempt struct {
			step  string
			state state
		}
		attempts, given := make(chan attempt, 10), make(chan error, 1)
		c, err := jobs.New(s, jobs.Options{Node: "n", Queues: map[string]int{"main": 1}, Logger: slog.New(slog.DiscardHandler),
			Poll: 10 * time.Millisecond, Sweep: 10 * time.Millisecond, Backoff: func(int) time.Duration { return time.Millisecond }})
		require.NoError(t, err)
		c.Register(jobs.Kind{Name: "work", Queue: "main", MaxAttempts: 2,
			Run: func(ctx context.Context, run *jobs.Run) error {
				w := &work{Service: &Service{log: slog.New(slog.DiscardHandler)}, run: run, version: &ownsight.Version{}}
				if b := run.State(); len(b) > 0 {
					if err := json.Unmarshal(b, &w.state); err != nil {
						return jobs.Permanent(err)
					}
				} else {
					w.state = state{Network: "n", Steps: []stepTime{{"look", 1}, {"learn", 2}, {"judge", 3}}}
					if err := w.checkpoint(ctx, "judge"); err != nil {
						return err
					}
				}
				attempts <- attempt{run.Step(), w.state}
				if run.Step() == "judge" {
					return w.goBack(ctx, fmt.Errorf("publish: %w", madeBy("judge", objects.ErrNotFound)))
				}
				return w.goBack(ctx, fmt.Errorf("judge: %w", &lost{"learn", errors.New("gone")}))
			},
			Fail: func(_ context.Context, _ *store.Tx, _ string, cause error) error {
				select {
				case given <- cause:
				default: // the transaction runs again
				}
				return nil
			}})
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error { return c.Enqueue(t.Context(), tx, "work", "1", nil) }))
		require.NoError(t, c.Start(t.Context()))
		defer func() { require.NoError(t, c.Stop(context.Background())) }()
		select {
		case err := <-given:
			require.ErrorContains(t, err, "gone")
		case <-time.After(patience):
			t.Fatal("it goes back for ever")
		}
		var steps []string
		for len(attempts) > 0 {
			a := <-attempts
			steps = append(steps, a.step)
			if len(steps) == 3 {
				require.Equal(t, []stepTime{{"look", 1}}, a.state.Steps, "as if the others had never been done")
				require.Equal(t, []string{"judge", "learn"}, a.state.Again)
				require.Equal(t, "n", a.state.Network)
			}
		}
		require.Equal(t, []string{"judge", "learn", "look"}, steps, "the last one fails as often as any other, counted from where it went back")
	})
}
