package serving

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/store"
)

// A model that was stopped since it was found to want more gets nothing.
func TestAStoppedModelDoesNotGrow(t *testing.T) {
	w := newTown(t, 1)
	id := w.version("v", 1, 3)
	p := store.Placed{Version: id, Units: 1, Min: 1, Max: 3}
	require.NoError(t, w.grow(t.Context(), p))
	require.Empty(t, w.placed(id))
}

// A unit more is not put where the model cannot run.
func TestAModelGrowsWhereItCanRun(t *testing.T) {
	w := newTown(t, 1)
	w.node("b", 20, false)
	w.node("c", 10, false)
	id := w.version("v", 1, 9)
	require.NoError(t, w.try(w.version("other", 8, 0), 8)) // on b
	w.write(func(tx *store.Tx) error { return tx.Placements().Put(t.Context(), id, on("a")[0]) })
	for range 7 {
		require.NoError(t, w.grow(t.Context(), store.Placed{Version: id, Min: 1, Max: 9}))
	}
	require.Equal(t, map[string]int64{"a": 8}, w.placed(id))
	w.avoided.add("b", id, w.Now().Add(unfitFor))
	require.NoError(t, w.grow(t.Context(), store.Placed{Version: id, Min: 1, Max: 9}))
	require.Equal(t, map[string]int64{"a": 8, "c": 1}, w.placed(id))
}
