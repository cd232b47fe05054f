package client

import (
	"container/heap"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// served is a server of some cores in virtual time: what comes waits for a core, in the order in which it came.
type served struct {
	cores []time.Duration // when each is free
	ends  ends
	now   time.Duration
}

type end struct{ at, sent time.Duration }

type ends []end

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i].at < e[j].at }
func (e ends) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *ends) Push(x any)        { *e = append(*e, x.(end)) }
func (e *ends) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// answer asks as often as the pace allows until so many answers have come, each after work and a way, and gives how long
// that took.
func (s *served) answer(t *testing.T, p *pace, answers int, work, way time.Duration) time.Duration {
	began := s.now
	for range answers {
		for p.free() {
			core := 0
			for i := range s.cores {
				if s.cores[i] < s.cores[core] {
					core = i
				}
			}
			s.cores[core] = max(s.cores[core], s.now) + work
			heap.Push(&s.ends, end{s.cores[core] + way, s.now})
		}
		require.NotEmpty(t, s.ends, "something is always under way")
		next := heap.Pop(&s.ends).(end)
		s.now = next.at
		p.done(next.at - next.sent)
	}
	return s.now - began
}

func TestPaceFindsTheCores(t *testing.T) {
	const work, way = 5 * time.Millisecond, time.Millisecond
	for _, cores := range []int{1, 2, 4, 16, 64} {
		s, p := served{cores: make([]time.Duration, cores)}, newPace()
		s.answer(t, p, 150*cores+2000, work, way) // the first thousands find out
		const answers = 20_000
		took := s.answer(t, p, answers, work, way)
		ideal := answers * work / time.Duration(cores)
		require.Less(t, took.Seconds(), 1.05*ideal.Seconds(), "%d cores", cores)
		require.LessOrEqual(t, p.limit, cores*3/2+12, "%d cores: few wait", cores)

		// Pictures that are ten times as much work, and then the first ones again.
		s.answer(t, p, 20_000, 10*work, way)
		took = s.answer(t, p, answers, 10*work, way)
		require.Less(t, took.Seconds(), 1.05*10*ideal.Seconds(), "%d cores, other pictures", cores)
		require.LessOrEqual(t, p.limit, cores*3/2+12, "%d cores, other pictures: few wait", cores)
	}
}

func TestPaceGivesWay(t *testing.T) {
	p := newPace()
	p.limit, p.before, p.measuring = 100, 0, false
	for range 50 {
		p.refused()
	}
	require.Equal(t, leastFlying, p.limit)
	require.NoError(t, p.take(t.Context()))
	require.NoError(t, p.take(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, p.take(ctx), context.Canceled)
	go p.done(0)
	require.NoError(t, p.take(t.Context()), "as soon as one is done")
}
