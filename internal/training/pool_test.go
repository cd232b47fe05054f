package training

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// poolOf has so many shards of two pictures.
func poolOf(ctx context.Context, n int) (*pool, *int) {
	var shards []shard
	for i := range n {
		shards = append(shards, shard{name: fmt.Sprint(i), samples: make([]sample, 2)})
	}
	seen := new(int)
	return newPool(ctx, shards, func(n int) { *seen = n }), seen
}

func TestPoolAlone(t *testing.T) {
	p, seen := poolOf(t.Context(), 3)
	for i := range 3 {
		turn := p.here()
		require.Equal(t, fmt.Sprint(i), turn.name)
		p.saw(turn)
		p.saw(turn)
		require.Equal(t, 2*i+2, *seen)
		require.True(t, p.finish(turn))
		require.Equal(t, 2*i+2, *seen, "it was counted already")
	}
	require.Nil(t, p.here())
}

// What other nodes have begun is begun here too when nothing else is left, so that nothing ever waits for them. Who is
// first has done it, and the other one stops.
func TestPoolWaitsForNobody(t *testing.T) {
	p, seen := poolOf(t.Context(), 3)
	lost, slow, own := p.elsewhere(), p.elsewhere(), p.here()
	require.Zero(t, p.waiting())
	require.Nil(t, p.elsewhere())
	p.finish(own)
	require.Equal(t, 2, *seen)

	again := p.here()
	require.Same(t, lost, again, "the oldest first")
	p.saw(again)
	p.back(lost)
	require.Zero(t, p.waiting(), "it is at work on here")
	require.NoError(t, again.ctx.Err())
	p.saw(again)
	p.finish(again)
	require.ErrorIs(t, lost.ctx.Err(), context.Canceled)
	require.Equal(t, 4, *seen)
	p.back(lost)
	require.Zero(t, p.waiting())

	again = p.here()
	require.Same(t, slow, again)
	p.saw(again)
	require.Nil(t, p.here(), "this thread's next; all is in the hands of this node")
	require.True(t, p.finish(slow), "the other one was first")
	require.ErrorIs(t, again.ctx.Err(), context.Canceled)
	require.True(t, p.finished(again))
	require.Equal(t, 6, *seen)
	p.saw(again)
	require.False(t, p.finish(again))
	require.Equal(t, 6, *seen, "nothing is counted twice")
}

func TestPoolTakesBack(t *testing.T) {
	p, seen := poolOf(t.Context(), 2)
	away := p.elsewhere()
	p.back(away)
	require.Equal(t, 2, p.waiting())
	first, second := p.here(), p.here()
	require.Equal(t, []string{"1", "0"}, []string{first.name, second.name})
	p.finish(first)
	p.finish(second)
	require.Equal(t, 4, *seen)
	require.Nil(t, p.here())
}

// However shards go to and fro, when this node's threads find nothing more, all is done.
func TestPoolEndsWhole(t *testing.T) {
	for range 50 {
		p, seen := poolOf(t.Context(), 40)
		ctx, end := context.WithCancel(t.Context())
		var own, others sync.WaitGroup
		for other := range 3 {
			others.Go(func() {
				for n := other; ctx.Err() == nil; n++ {
					turn := p.elsewhere()
					switch {
					case turn == nil:
						return
					case n%3 == 0:
						p.back(turn)
					case n%3 == 1:
						p.finish(turn)
					} // or it is never heard of again
				}
			})
		}
		for range 3 {
			own.Go(func() {
				for turn := p.here(); turn != nil; turn = p.here() {
					p.saw(turn)
					p.finish(turn)
				}
			})
		}
		own.Wait()
		end()
		p.mu.Lock()
		done := *seen
		p.mu.Unlock()
		others.Wait()
		// A shard may still be with a node that was given it before this one's threads came to it: one of them has done it.
		require.Equal(t, 80, done)
	}
}
