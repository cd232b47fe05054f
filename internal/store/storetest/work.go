package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

const kind, resource = "train", "version/1"

// claim takes the lease for ten seconds from a moment.
func (f fixture) claim(holder string, now time.Time) (c store.Claim, ok bool) {
	f.t.Helper()
	f.write(func(tx *store.Tx) {
		var err error
		c, ok, err = tx.Work().Claim(f.t.Context(), kind, resource, holder, now, now.Add(10*time.Second))
		require.NoError(f.t, err)
	})
	return c, ok
}

func (f fixture) addWork() {
	f.t.Helper()
	f.write(func(tx *store.Tx) {
		require.NoError(f.t, tx.Work().Add(f.t.Context(), kind, resource, []byte("payload"), 77, began))
	})
}

// due gives the queue jobs of the work that wants one at a moment, and the work's row.
func (f fixture) due(now time.Time) (list []store.Due) {
	f.t.Helper()
	f.read(func(tx *store.Tx) {
		var err error
		list, err = tx.Work().Due(f.t.Context(), now, now.Add(-time.Minute), 10)
		require.NoError(f.t, err)
	})
	return list
}

func testWorkLease(t *testing.T, f fixture) {
	ctx := t.Context()
	_, ok := f.claim("a", began)
	require.False(t, ok, "claimed what is not there")
	f.addWork()
	f.refused(ownsight.InUse, func(tx *store.Tx) error { return tx.Work().Add(ctx, kind, resource, nil, 0, began) })

	first, ok := f.claim("a", began.Add(-time.Second)) // a clock that is behind
	require.True(t, ok)
	require.Equal(t, store.Claim{ID: first.ID, Token: 1, State: []byte{}, Payload: []byte("payload")}, first)
	_, ok = f.claim("b", began)
	require.False(t, ok, "two hold the lease")
	f.write(func(tx *store.Tx) {
		held, err := tx.Work().Heartbeat(ctx, first, began.Add(30*time.Second))
		require.NoError(t, err)
		require.True(t, held)
		held, err = tx.Work().Checkpoint(ctx, first, "heads", []byte{0, 1, 255})
		require.NoError(t, err)
		require.True(t, held)
	})
	_, ok = f.claim("b", began.Add(29*time.Second))
	require.False(t, ok, "the heartbeat was in vain")
	second, ok := f.claim("b", began.Add(30*time.Second))
	require.True(t, ok)
	require.Equal(t, store.Claim{
		ID: first.ID, Token: 2, Lost: 1, Step: "heads", State: []byte{0, 1, 255}, Payload: []byte("payload"),
	}, second)
	f.write(func(tx *store.Tx) {
		ok, err := tx.Work().Release(ctx, second, began.Add(time.Hour), true)
		require.NoError(t, err)
		require.True(t, ok)
	})
	third, ok := f.claim("b", began.Add(time.Hour))
	require.True(t, ok)
	require.EqualValues(t, 1, third.Lost, "a failed attempt is not a lost one")
	require.EqualValues(t, 1, third.Errors)
	f.write(func(tx *store.Tx) {
		done, err := tx.Work().Finish(ctx, third)
		require.NoError(t, err)
		require.True(t, done)
	})
	_, ok = f.claim("c", began.Add(time.Hour))
	require.False(t, ok, "finished work was claimed")
}

func testWorkFences(t *testing.T, f fixture) {
	ctx := t.Context()
	f.addWork()
	old, _ := f.claim("a", began)
	current, ok := f.claim("b", began.Add(time.Minute))
	require.True(t, ok)
	try := func(c store.Claim) (held []bool) {
		for _, step := range []func(tx *store.Tx) (bool, error){
			func(tx *store.Tx) (bool, error) { return tx.Work().Holds(ctx, c) },
			func(tx *store.Tx) (bool, error) { return tx.Work().Heartbeat(ctx, c, began.Add(time.Hour)) },
			func(tx *store.Tx) (bool, error) { return tx.Work().Checkpoint(ctx, c, "x", nil) },
			func(tx *store.Tx) (bool, error) { return tx.Work().Release(ctx, c, began, false) },
			func(tx *store.Tx) (bool, error) { return tx.Work().Finish(ctx, c) },
		} {
			f.write(func(tx *store.Tx) {
				ok, err := step(tx)
				require.NoError(t, err)
				held = append(held, ok)
			})
		}
		return held
	}
	require.Equal(t, []bool{false, false, false, false, false}, try(old))
	require.Equal(t, []bool{true, true, true, true, false}, try(current), "nothing is held after a release")

	// The same work, done again later, is another row: nobody from before may touch it.
	f.write(func(tx *store.Tx) {
		removed, err := tx.Work().Remove(ctx, kind, resource)
		require.NoError(t, err)
		require.True(t, removed)
	})
	f.addWork()
	again, ok := f.claim("c", began)
	require.True(t, ok)
	require.Equal(t, old.Token, again.Token)
	require.Equal(t, []bool{false, false, false, false, false}, try(old))
}

func testWorkDue(t *testing.T, f fixture) {
	ctx := t.Context()
	f.addWork()
	require.Empty(t, f.due(began.Add(time.Second)), "a queue job waits for it")
	waited := f.due(began.Add(2 * time.Minute))
	require.Len(t, waited, 1, "nobody looked after a queue job that never came")
	require.EqualValues(t, 77, waited[0].Job)
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Work().Queued(ctx, waited[0].ID, 78, began.Add(2*time.Minute)))
	})
	require.Empty(t, f.due(began.Add(2*time.Minute)))

	c, ok := f.claim("a", began.Add(2*time.Minute))
	require.True(t, ok)
	require.Empty(t, f.due(began.Add(2*time.Minute+9*time.Second)), "somebody is at it")
	require.Equal(t, []store.Due{{ID: c.ID, Kind: kind, Resource: resource}}, f.due(began.Add(2*time.Minute+10*time.Second)))
	f.write(func(tx *store.Tx) {
		ok, err := tx.Work().Release(ctx, c, began.Add(time.Hour), true)
		require.NoError(t, err)
		require.True(t, ok)
	})
	require.Empty(t, f.due(began.Add(59*time.Minute)))
	require.Len(t, f.due(began.Add(time.Hour)), 1)
}

func testWorkWaiting(t *testing.T, f fixture) {
	ctx := t.Context()
	waiting := func(now time.Time) (list []store.Waiting) {
		f.read(func(tx *store.Tx) {
			var err error
			list, err = tx.Work().Waiting(ctx, now)
			require.NoError(t, err)
		})
		return list
	}
	require.Empty(t, waiting(began))
	f.addWork()
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Work().Add(ctx, kind, "another", nil, 0, began.Add(time.Second)))
		require.NoError(t, tx.Work().Add(ctx, "zzz", resource, nil, 0, began.Add(time.Second)))
	})
	second := began.Add(time.Second)
	of := func(count int64, since time.Time) []store.Waiting {
		return []store.Waiting{{Kind: kind, Count: count, Since: since}, {Kind: "zzz", Count: 1, Since: second}}
	}
	require.Equal(t, of(2, began), waiting(second))
	_, ok := f.claim("a", second)
	require.True(t, ok)
	require.Equal(t, of(1, second), waiting(second), "somebody does one of them")
	later := second.Add(10 * time.Second)
	require.Equal(t, of(2, second), waiting(later), "a lease has ended")
}

func testWorkOrphans(t *testing.T, f fixture) {
	ctx := t.Context()
	f.addWork()
	orphan := func(prefix, current string) (n int64) {
		f.write(func(tx *store.Tx) {
			var err error
			n, err = tx.Work().Orphan(ctx, prefix, current, began)
			require.NoError(t, err)
		})
		return n
	}
	c, ok := f.claim("node-1/boot-1", began)
	require.True(t, ok)
	require.Zero(t, orphan("node-1/", "node-1/boot-1"), "took its own lease away")
	require.Zero(t, orphan("node/", "node/boot-2"), "took another node's lease away")
	require.EqualValues(t, 1, orphan("node-1/", "node-1/boot-2"))
	f.write(func(tx *store.Tx) {
		held, err := tx.Work().Holds(ctx, c)
		require.NoError(t, err)
		require.False(t, held)
	})
	require.Len(t, f.due(began), 1)
	again, ok := f.claim("node-1/boot-2", began)
	require.True(t, ok)
	require.EqualValues(t, 1, again.Lost)
}
