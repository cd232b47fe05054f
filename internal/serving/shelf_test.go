package serving

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/model"
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
	s := newShelf(1<<20, func(context.Context, int64) (*held, error) {
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
	s := newShelf(1<<20, func(context.Context, int64) (*held, error) { return newHeld(), nil })
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
	s := newShelf(1<<20, func(context.Context, int64) (*held, error) {
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

func scored(scores ...float32) (list []boxes.Detection) {
	for i, s := range scores {
		list = append(list, boxes.Detection{Box: boxes.Box{Label: i}, Score: s})
	}
	return list
}

func TestAnswerThresholds(t *testing.T) {
	card := model.Card{Task: model.SingleLabel, Labels: []string{"a", "b", "c"}, Thresholds: []float32{0.9, 0.2, 0.05}}
	names := func(r Request) (list []string) {
		for _, l := range answer(card, scored(0.665, 0.245, 0.090), r) {
			list = append(list, l.Name)
			require.Nil(t, l.Box)
		}
		return list
	}
	confidence := func(f float64) *float64 { return &f }
	require.Equal(t, []string{"b", "c"}, names(Request{}), "each label by its own threshold")
	require.Equal(t, []string{"a", "b", "c"}, names(Request{MinConfidence: confidence(0)}))
	require.Equal(t, []string{"a", "b"}, names(Request{MinConfidence: confidence(20)}))
	require.Equal(t, []string{"a"}, names(Request{MinConfidence: confidence(0), MaxResults: 1}))
	require.NotNil(t, answer(card, scored(0.5, 0.3, 0.2), Request{MinConfidence: confidence(100)}), "no hit is an empty list")
	require.Empty(t, answer(card, scored(0.5, 0.3, 0.2), Request{MinConfidence: confidence(100)}))
}

func TestAnswersOfBoxesHoldTheBox(t *testing.T) {
	card := model.Card{Task: model.Boxes, Labels: []string{"a", "b"}, Thresholds: []float32{0.5, 0.1}}
	box := func(label int, left float64, score float32) boxes.Detection {
		return boxes.Detection{Box: boxes.Box{Label: label, Left: left, Top: 0.1, Width: 0.2, Height: 0.3}, Score: score}
	}
	got := answer(card, []boxes.Detection{box(0, 0.1, 0.9), box(0, 0.2, 0.4), box(1, 0.3, 0.2)}, Request{})
	require.Len(t, got, 2)
	require.Equal(t, "a", got[0].Name)
	require.Equal(t, 0.1, got[0].Box.Left)
	require.Equal(t, "b", got[1].Name)
	require.Equal(t, 0.3, got[1].Box.Left)
}

func TestTheLongestUnusedGoes(t *testing.T) {
	s := newShelf(1<<20, func(context.Context, int64) (*held, error) { return newHeld(), nil }) // room for two
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
	require.EqualValues(t, 3, s.paged)
	require.LessOrEqual(t, s.taken, s.room)
}
