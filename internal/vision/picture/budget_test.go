package picture

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBudgetIsNeverExceeded(t *testing.T) {
	const total = 100
	budget := NewBudget(total)
	var held, most atomic.Int64
	var wait sync.WaitGroup
	for i := range 200 {
		wait.Go(func() {
			n := int64(i%120 + 1) // some ask for more than there is
			release, err := budget.Acquire(context.Background(), n)
			if err != nil {
				t.Error(err)
				return
			}
			now := held.Add(min(n, total))
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			held.Add(-min(n, total))
			release()
		})
	}
	wait.Wait()
	require.LessOrEqual(t, most.Load(), int64(total))
	require.Positive(t, most.Load())
}

func TestBudgetWaitsAsLongAsItsContext(t *testing.T) {
	budget := NewBudget(10)
	release, err := budget.Acquire(context.Background(), 1<<40)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = budget.Acquire(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
	release()
	_, err = budget.Acquire(context.Background(), 10)
	require.NoError(t, err)
}

func TestWorkingMemoryCountsWhatIsAllocated(t *testing.T) {
	inspect := func(j blockJPEG) Header {
		h, err := Inspect(j.bytes())
		require.NoError(t, err)
		return h
	}
	baseline := grey(800, 800)
	turned, progressive := baseline, baseline
	turned.orientation = 6
	progressive.progressive = true
	plain := inspect(baseline)
	require.GreaterOrEqual(t, plain.working(8), int64(100*100))
	require.Less(t, plain.working(8), plain.working(1))
	require.Greater(t, inspect(turned).working(1), plain.working(1))
	require.Greater(t, inspect(progressive).working(8), plain.working(8)+800*800/3)
}
