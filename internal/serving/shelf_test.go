package serving

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/model"
)

func TestManyWaitForOneLoad(t *testing.T) {
	var loads atomic.Int64
	release := make(chan struct{})
	s := newShelf(func(context.Context, int64) (*running, error) {
		loads.Add(1)
		<-release
		return &running{}, nil
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			m, err := s.get(t.Context(), 7)
			require.NoError(t, err)
			require.NotNil(t, m)
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.get(gone, 7)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	all.Wait()
	require.EqualValues(t, 1, loads.Load())

	s.drop(7)
	_, err = s.get(t.Context(), 7)
	require.NoError(t, err)
	require.EqualValues(t, 2, loads.Load())
}

func TestAFailedLoadIsTriedAgain(t *testing.T) {
	fails := true
	s := newShelf(func(context.Context, int64) (*running, error) {
		if fails {
			return nil, errors.New("the archive is away")
		}
		return &running{}, nil
	})
	_, err := s.get(t.Context(), 1)
	require.ErrorContains(t, err, "the archive is away")
	fails = false
	_, err = s.get(t.Context(), 1)
	require.NoError(t, err)
}

func TestAnswerThresholds(t *testing.T) {
	m := &running{
		head: &model.Head{Task: model.SingleLabel, Labels: []string{"a", "b", "c"}, Width: 1, Weights: []float32{0, 0, 0}, Bias: []float32{2, 1, 0}},
		card: model.Card{Thresholds: []float32{0.9, 0.2, 0.05}},
	}
	// softmax(2, 1, 0) = 0.665, 0.245, 0.090
	names := func(r Request) (list []string) {
		for _, l := range m.answer([]float32{0}, r) {
			list = append(list, l.Name)
		}
		return list
	}
	confidence := func(f float64) *float64 { return &f }
	require.Equal(t, []string{"b", "c"}, names(Request{}), "each label by its own threshold")
	require.Equal(t, []string{"a", "b", "c"}, names(Request{MinConfidence: confidence(0)}))
	require.Equal(t, []string{"a", "b"}, names(Request{MinConfidence: confidence(20)}))
	require.Equal(t, []string{"a"}, names(Request{MinConfidence: confidence(0), MaxResults: 1}))
	require.Empty(t, m.answer([]float32{0}, Request{MinConfidence: confidence(100)}))
	require.NotNil(t, m.answer([]float32{0}, Request{MinConfidence: confidence(100)}), "no hit is an empty list")
}

func TestAnswerOfSeveralLabels(t *testing.T) {
	m := &running{
		head: &model.Head{Task: model.MultiLabel, Labels: []string{"a", "b", "c", "d"}, Width: 1, Weights: make([]float32, 4), Bias: []float32{2, 1, 0, -3}},
		card: model.Card{Thresholds: []float32{0.9, 0.7, 0.2, 0.01}},
	}
	// sigmoid(2, 1, 0, -3) = 0.881, 0.731, 0.5, 0.047
	answers := m.answer([]float32{0}, Request{})
	var names []string
	sum := float32(0)
	for _, l := range answers {
		names = append(names, l.Name)
		sum += l.Confidence
	}
	require.Equal(t, []string{"b", "c", "d"}, names, "every label by its own threshold")
	require.Greater(t, sum, float32(100), "each confidence stands for itself")
	half := 50.0
	require.Len(t, m.answer([]float32{0}, Request{MinConfidence: &half}), 3)
	require.Len(t, m.answer([]float32{0}, Request{MinConfidence: &half, MaxResults: 2}), 2)
}

func TestGateRefusesAFlood(t *testing.T) {
	g := newGate(1)
	for range waitingPerThread {
		require.True(t, g.enter())
	}
	require.False(t, g.enter())
	g.leave()
	require.True(t, g.enter())
}
