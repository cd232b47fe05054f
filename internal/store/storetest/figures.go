package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/store"
)

func testFigures(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	v, w := f.version(p, "one", began), f.version(p, "two", began)
	elsewhere := f.version(f.project(account, "eu-west-1", "leaves", began), "one", began)
	first := began.Unix() / 60
	minute := func(version, minute int64, node string, answered int64) store.Minute {
		return store.Minute{Version: version, Minute: minute, Node: node, Answered: answered, Throttled: 1, UserErrors: 2, ServerErrors: 3,
			Computed: 5 * time.Millisecond, Times: []byte{0, 1, 255}}
	}
	put := func(m store.Minute) { f.commit(func(tx *store.Tx) error { return tx.Figures().PutMinute(ctx, m) }) }
	list := func(of func(store.Figures) ([]store.Minute, error)) (list []store.Minute) {
		f.read(func(tx *store.Tx) {
			var err error
			list, err = of(tx.Figures())
			require.NoError(t, err)
		})
		return list
	}
	one := func(version, minute int64, node string) store.Minute {
		return list(func(figures store.Figures) ([]store.Minute, error) {
			m, err := figures.Minute(ctx, version, minute, node)
			return []store.Minute{m}, err
		})[0]
	}
	require.Equal(t, store.Minute{Version: v.ID, Minute: first, Node: "a"}, one(v.ID, first, "a"))
	put(minute(v.ID, first, "a", 1))
	put(minute(v.ID, first, "a", 7))
	put(minute(v.ID, first, "b", 2))
	put(minute(v.ID, first+2, "a", 3))
	put(minute(w.ID, first+1, "a", 4))
	put(minute(elsewhere.ID, first, "a", 5))
	require.Equal(t, minute(v.ID, first, "a", 7), one(v.ID, first, "a"))
	require.ElementsMatch(t, []store.Minute{minute(v.ID, first, "a", 7), minute(v.ID, first, "b", 2)},
		list(func(figures store.Figures) ([]store.Minute, error) {
			return figures.OfVersion(ctx, v.ID, first, first+2)
		}))
	require.Equal(t, []store.Minute{minute(w.ID, first+1, "a", 4), minute(v.ID, first+2, "a", 3)},
		list(func(figures store.Figures) ([]store.Minute, error) {
			return figures.OfAccount(ctx, account, region, first+1, first+3)
		}))

	f.commit(func(tx *store.Tx) error {
		return tx.Figures().SetLevel(ctx, w.ID, store.Level{At: began.Add(-time.Hour), Min: 1, Max: 1, Desired: 1, InService: 1})
	})
	known := func(after store.Known, since time.Time) (list []store.Known) {
		f.read(func(tx *store.Tx) {
			var err error
			list, err = tx.Figures().Known(ctx, account, region, after, since, 10)
			require.NoError(t, err)
		})
		return list
	}
	require.Equal(t, []store.Known{{Project: "leaves", Name: "one", Asked: true}, {Project: "leaves", Name: "two", Asked: true}}, known(store.Known{}, began))
	require.Equal(t, []store.Known{{Project: "leaves", Name: "two", Asked: true, Ran: true}}, known(store.Known{Project: "leaves", Name: "one"}, began.Add(-time.Hour)))
	f.read(func(tx *store.Tx) {
		id, err := tx.Figures().Version(ctx, account, region, "leaves", "two")
		require.NoError(t, err)
		require.Equal(t, w.ID, id)
		id, err = tx.Figures().Version(ctx, account, "eu-west-1", "leaves", "two")
		require.NoError(t, err)
		require.Zero(t, id)
	})

	f.commit(func(tx *store.Tx) error { return tx.Figures().Forget(ctx, began.Add(2*time.Minute)) })
	require.Equal(t, []store.Minute{minute(v.ID, first+2, "a", 3)},
		list(func(figures store.Figures) ([]store.Minute, error) {
			return figures.OfAccount(ctx, account, region, 0, first+9)
		}))
	f.commit(func(tx *store.Tx) error { return tx.Versions().Delete(ctx, v.ID) })
	f.read(func(tx *store.Tx) {
		there, err := tx.Figures().Exists(ctx, v.ID)
		require.NoError(t, err)
		require.False(t, there)
	})
	require.Zero(t, one(v.ID, first+2, "a").Answered, "figures of a version that is gone")
}

func testUnitLevels(t *testing.T, f fixture) {
	ctx := t.Context()
	v := f.version(f.project(account, region, "leaves", began), "one", began)
	level := func(at time.Duration, units int64) store.Level {
		return store.Level{At: began.Add(at), Min: 1, Max: 3, Desired: units, InService: units}
	}
	set := func(l store.Level) {
		f.commit(func(tx *store.Tx) error { return tx.Figures().SetLevel(ctx, v.ID, l) })
	}
	levels := func(from, to time.Duration) (list []store.Level) {
		f.read(func(tx *store.Tx) {
			var err error
			list, err = tx.Figures().Levels(ctx, v.ID, began.Add(from), began.Add(to))
			require.NoError(t, err)
		})
		return list
	}
	require.Empty(t, levels(0, time.Hour))
	set(level(0, 1))
	set(level(time.Minute, 1)) // no change
	set(level(2*time.Minute, 2))
	set(level(2*time.Minute, 3))
	set(level(9*time.Minute, 0))
	require.Equal(t, []store.Level{level(0, 1), level(2*time.Minute, 3), level(9*time.Minute, 0)}, levels(0, time.Hour))
	require.Equal(t, []store.Level{level(2*time.Minute, 3)}, levels(3*time.Minute, 9*time.Minute), "what it had at the beginning")
	require.Empty(t, levels(-time.Hour, 0))
	f.commit(func(tx *store.Tx) error { return tx.Figures().Forget(ctx, began.Add(5*time.Minute)) })
	require.Equal(t, []store.Level{level(2*time.Minute, 3), level(9*time.Minute, 0)}, levels(-time.Hour, time.Hour), "what it has still must be known")
}
