package threads

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestThreadsHaveTheirPriority(t *testing.T) {
	const most = 4
	Reserve(most)
	for _, p := range []*Pool{Reserved, Spare, Background} {
		for range 20 { // on new threads and on used ones
			var all sync.WaitGroup
			for range 2 * most {
				all.Go(func() {
					p.Do(func() { require.Equal(t, min(initial+p.nice, 19), niceness(0)) })
				})
			}
			all.Wait()
		}
	}
	for range 20 { // whatever thread it is on
		done := make(chan int)
		go func() { done <- niceness(0) }()
		require.Equal(t, min(initial+usual, 19), <-done)
	}
}

func TestAPanicReachesTheCaller(t *testing.T) {
	require.PanicsWithValue(t, "trouble", func() { Background.Do(func() { panic("trouble") }) })
	Background.Do(func() {}) // the thread is good for the next
}

func TestGroup(t *testing.T) {
	trouble := errors.New("trouble")
	group, ctx := Background.Group(t.Context())
	group.SetLimit(2)
	var most, now int
	var mu sync.Mutex
	for range 10 {
		group.Go(func() error {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			runtime.Gosched()
			mu.Lock()
			defer mu.Unlock()
			now--
			return nil
		})
	}
	group.Go(func() error { return trouble })
	group.Go(func() error { <-ctx.Done(); return context.Cause(ctx) })
	require.ErrorIs(t, group.Wait(), trouble)
	require.LessOrEqual(t, most, 2)
}

func TestTimedCountsComputingOnly(t *testing.T) {
	wait := make(chan struct{})
	go func() { time.AfterFunc(50*time.Millisecond, func() { close(wait) }) }()
	require.Less(t, Timed(func() { <-wait }), 40*time.Millisecond)
	took := Timed(func() {
		for began := threadTime(); threadTime()-began < 5*time.Millisecond; {
		}
	})
	require.GreaterOrEqual(t, took, 5*time.Millisecond)
}
