package serving

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/vision"
)

// big counts how many of it are in memory.
type big struct{ alive *atomic.Int64 }

func (b *big) Size() int64 { return 100 }

func (b *big) Close() error {
	b.alive.Add(-1)
	return nil
}

func TestAFewLoadAtOnce(t *testing.T) {
	var begun atomic.Int64
	release := make(chan struct{})
	free := sync.OnceFunc(func() { close(release) })
	s := newShelf(1<<20, 2, func(context.Context, int64) (*held, error) {
		begun.Add(1)
		<-release
		return newHeld(), nil
	})
	var all sync.WaitGroup
	defer all.Wait()
	defer free()
	for id := range int64(10) {
		all.Go(func() {
			_, putBack, err := s.get(t.Context(), id)
			require.NoError(t, err)
			putBack()
		})
	}
	require.Eventually(t, func() bool { return s.crowded(0, 10) && begun.Load() >= 2 }, time.Minute, time.Millisecond)
	require.EqualValues(t, 2, begun.Load())
	require.False(t, s.crowded(0, 11))
	free()
	all.Wait()
	require.EqualValues(t, 10, begun.Load())
	require.False(t, s.crowded(0, 1), "nobody waits")
}

// Memory is what models take until they are closed: also those that had to go while somebody used them.
func TestModelsInUseTakeRoom(t *testing.T) {
	var alive, most atomic.Int64
	s := newShelf(400, 1, func(context.Context, int64) (*big, error) {
		n := alive.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		return &big{&alive}, nil
	})
	var used []func()
	for id := range int64(5) { // the first has to go, and is in use
		_, putBack, err := s.get(t.Context(), id)
		require.NoError(t, err)
		used = append(used, putBack)
	}
	_, taken, _ := s.figures()
	require.EqualValues(t, 500, taken)
	var all sync.WaitGroup
	for id := int64(5); id < 40; id++ {
		all.Go(func() {
			_, putBack, err := s.get(t.Context(), id)
			require.NoError(t, err)
			putBack()
		})
	}
	require.Eventually(t, func() bool { return s.crowded(5, 35) }, time.Minute, time.Millisecond, "they wait for room")
	for _, putBack := range used {
		putBack()
	}
	all.Wait()
	require.EqualValues(t, 5, most.Load(), "the room and the one that is being loaded")
}

// Requests for models that are being loaded do not pile up.
func TestTooManyWaitForLoads(t *testing.T) {
	w := newTown(t, 1)
	release := make(chan struct{})
	free := sync.OnceFunc(func() { close(release) })
	w.loaded = newShelf(1<<20, 2, func(context.Context, int64) (*vision.Runner, error) {
		<-release
		return nil, errUnusable
	})
	var all sync.WaitGroup
	defer all.Wait()
	defer free()
	for i := range int64(waitingAll * 2) { // of two cores
		all.Go(func() {
			_, err := w.here(t.Context(), i%8, Request{})
			require.ErrorIs(t, err, errUnusable)
		})
	}
	require.Eventually(t, func() bool { return w.loaded.crowded(1, waitingAll*2) }, time.Minute, time.Millisecond)
	soon, cancel := context.WithTimeout(t.Context(), time.Minute) // so that a request that is not refused fails the test
	defer cancel()
	_, err := w.here(soon, 1, Request{})
	require.Equal(t, ownsight.CapacityExceeded, ownsight.CodeOf(err), "%v", err)
	free()
	all.Wait()
	_, err = w.here(t.Context(), 1, Request{})
	require.ErrorIs(t, err, errUnusable)
}
