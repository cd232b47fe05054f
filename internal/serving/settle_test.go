package serving

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/postgres/pgtest"
)

// many are versions that run, with no place yet.
func (w *town) many(n int) (ids []int64) {
	for i := range n {
		ids = append(ids, w.version(fmt.Sprint("v", i), 1, 1))
	}
	return ids
}

// units are how many are promised, by node.
func (w *town) units() (promised map[string]int64) {
	require.NoError(w.t, w.Store.Read(w.t.Context(), func(tx *store.Tx) (err error) {
		promised, err = tx.Placements().Promised(w.t.Context())
		return err
	}))
	return promised
}

// Very many models are placed in several transactions, and no longer than until the next tick is due.
func TestVeryManyAreSettledBitByBit(t *testing.T) {
	w := newTown(t, 200)
	w.node("b", 8, false)
	w.many(2*together + 20)
	now := time.Now()
	w.Now = func() time.Time { // each transaction takes too long
		now = now.Add(every)
		return now
	}
	require.NoError(t, w.settle(t.Context()))
	require.Empty(t, w.units(), "it is late already")
	asked := 0
	w.Now = func() time.Time {
		if asked++; asked > 2 { // the end of the tick was found, and the first transaction begun
			now = now.Add(every)
		}
		return now
	}
	require.NoError(t, w.settle(t.Context()))
	require.Equal(t, map[string]int64{"a": together / 2, "b": together / 2}, w.units())
	w.Now = time.Now
	require.NoError(t, w.settle(t.Context()))
	require.Equal(t, map[string]int64{"a": together + 10, "b": together + 10}, w.units())
}

// said calls a function when something is logged.
type said struct {
	slog.Handler
	then func()
}

func (s said) Enabled(context.Context, slog.Level) bool { return true }

func (s said) Handle(context.Context, slog.Record) error {
	s.then()
	return nil
}

// Two nodes notice at the same moment: the one that meets the other leaves the rest to the next tick.
func TestWhoMeetsAnotherSettlesLater(t *testing.T) {
	s, err := postgres.Open(t.Context(), pgtest.URL(t))
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	w := townOn(t, s, 200)
	t.Cleanup(func() { require.NoError(t, w.Cluster.Close()) })
	ids := w.many(10)
	put := func(id int64, node string) {
		w.write(func(tx *store.Tx) error {
			return tx.Placements().Put(t.Context(), id, ownsight.Placement{Node: node, Units: 1})
		})
	}
	put(ids[0], "lost")
	met := 0
	w.Log = slog.New(said{slog.DiscardHandler, func() { // within the transaction, which has found what was lost
		if met++; met == 1 {
			put(ids[5], "a")
		}
	}})
	require.NoError(t, w.settle(t.Context()))
	require.Equal(t, 1, met)
	require.Equal(t, map[string]int64{"a": 1, "lost": 1}, w.units(), "what the other has placed, and nothing twice")
	require.NoError(t, w.settle(t.Context()))
	require.Equal(t, map[string]int64{"a": 10}, w.units())
}
