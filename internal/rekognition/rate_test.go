package rekognition

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
)

// taken tells how many of n calls go through.
func taken(t *testing.T, r *Rates, account, operation string, n int) (through int) {
	t.Helper()
	for range n {
		err := r.take(account, operation)
		if err == nil {
			through++
			continue
		}
		require.Equal(t, ownsight.Throttled, ownsight.CodeOf(err))
		require.ErrorContains(t, err, operation)
	}
	return through
}

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRates(ownsight.Limits{DetectRate: 3, TagRate: 2.5, ControlRate: 0.5})
		const a, b = "111122223333", "444455556666"
		require.Equal(t, 3, taken(t, r, a, "DetectCustomLabels", 10), "a second's worth at once")
		for _, operation := range []string{"TagResource", "UntagResource", "ListTagsForResource"} {
			require.Equal(t, 2, taken(t, r, a, operation, 10), "%s has a count of its own", operation)
		}
		require.Equal(t, 1, taken(t, r, a, "CreateProject", 10), "less than one a second is one at first")
		require.Equal(t, 1, taken(t, r, a, "DeleteProject", 10))
		require.Equal(t, 3, taken(t, r, b, "DetectCustomLabels", 10), "an account has a count of its own")

		time.Sleep(time.Second) // of the bubble's clock
		require.Equal(t, 3, taken(t, r, a, "DetectCustomLabels", 10))
		require.Equal(t, 0, taken(t, r, a, "CreateProject", 10))
		time.Sleep(time.Second)
		require.Equal(t, 1, taken(t, r, a, "CreateProject", 10))
		time.Sleep(time.Hour)
		require.Equal(t, 3, taken(t, r, a, "DetectCustomLabels", 10), "what was not used is lost")
	})
}

func TestNoRates(t *testing.T) {
	r := NewRates(ownsight.DefaultLimits())
	require.Equal(t, 10_000, taken(t, r, "111122223333", "DetectCustomLabels", 10_000))
	require.Equal(t, 10_000, taken(t, r, "111122223333", "TagResource", 10_000))
	require.Equal(t, 10_000, taken(t, r, "111122223333", "CreateProject", 10_000))
	require.Empty(t, r.counts)
}

// Many at the same time take no more than one after the other.
func TestRatesOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRates(ownsight.Limits{DetectRate: 50})
		var through atomic.Int64
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				for range 100 {
					if r.take("111122223333", "DetectCustomLabels") == nil {
						through.Add(1)
					}
				}
			})
		}
		callers.Wait()
		require.EqualValues(t, 50, through.Load())
	})
}
