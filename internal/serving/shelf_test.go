package serving

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// held is a model that knows whether it was closed.
type held struct{ closed chan struct{} }

func (h *held) Close() error {
	close(h.closed)
	return nil
}

func (h *held) Size() int64 { return 400 << 10 }

func newHeld() *held { return &held{make(chan struct{})} }

func TestManyWaitForOneLoad(t *testing.T) {
	var loads atomic.Int64
	release := make(chan struct{})
	s := newShelf(1<<20, 2, func(context.Context, int64) (*held, error) {
		loads.Add(1)
		<-release
		return newHeld(), nil
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			m, putBack, err := s.get(t.Context(), 7)
			require.NoError(t, err)
			require.NotNil(t, m)
			putBack()
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := s.get(gone, 7)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	all.Wait()
	require.EqualValues(t, 1, loads.Load())

	s.drop(7)
	_, putBack, err := s.get(t.Context(), 7)
	require.NoError(t, err)
	putBack()
	require.EqualValues(t, 2, loads.Load())
}

func TestADroppedModelIsClosedAfterItsLastRequest(t *testing.T) {
	s := newShelf(1<<20, 2, func(context.Context, int64) (*held, error) { return newHeld(), nil })
	m, putBack, err := s.get(t.Context(), 1)
	require.NoError(t, err)
	s.drop(1)
	select {
	case <-m.closed:
		t.Fatal("closed under a request")
	default:
	}
	putBack()
	<-m.closed
	s.drop(1) // what is not there is dropped already
}

func TestAFailedLoadIsTriedAgain(t *testing.T) {
	fails := true
	s := newShelf(1<<20, 2, func(context.Context, int64) (*held, error) {
		if fails {
			return nil, errors.New("the archive is away")
		}
		return newHeld(), nil
	})
	_, _, err := s.get(t.Context(), 1)
	require.ErrorContains(t, err, "the archive is away")
	fails = false
	_, _, err = s.get(t.Context(), 1)
	require.NoError(t, err)
}

func TestTheLongestUnusedGoes(t *testing.T) {
	s := newShelf(1<<20, 2, func(context.Context, int64) (*held, error) { return newHeld(), nil }) // room for two
	take := func(id int64) *held {
		m, putBack, err := s.get(t.Context(), id)
		require.NoError(t, err)
		putBack()
		return m
	}
	one, two := take(1), take(2)
	require.Same(t, one, take(1))
	require.False(t, s.full())
	held, putBack, err := s.get(t.Context(), 2)
	require.NoError(t, err)
	require.Same(t, two, held)
	take(3)
	<-one.closed
	require.False(t, s.has(1))
	take(4) // two has to go, but is in use
	require.False(t, s.has(2))
	select {
	case <-two.closed:
		t.Fatal("closed under a request")
	default:
	}
	putBack()
	<-two.closed
	require.NotSame(t, one, take(1), "it is loaded again")
	require.Eventually(t, func() bool {
		_, taken, paged := s.figures()
		return paged == 3 && taken <= s.room
	}, time.Minute, time.Millisecond, "closed is what had to go")
}
