package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

// commit writes what must succeed.
func (f fixture) commit(fn func(tx *store.Tx) error) {
	f.write(func(tx *store.Tx) { require.NoError(f.t, fn(tx)) })
}

func testNodes(t *testing.T, f fixture) {
	ctx := t.Context()
	one := ownsight.Node{Name: "one", Address: "http://a:1", Roles: ownsight.AllRoles(), Units: 8, Program: "p 1", Started: began, Beat: 1}
	two := ownsight.Node{Name: "two", Address: "http://b:1", Roles: ownsight.Roles{ownsight.RoleServe}, Units: 4, Program: "p 2", Started: began, Beat: 7, Leaving: true}
	list := func() (list []ownsight.Node) {
		f.read(func(tx *store.Tx) {
			var err error
			list, err = tx.Nodes().List(ctx)
			require.NoError(t, err)
		})
		return list
	}
	put := func(n ownsight.Node) {
		f.commit(func(tx *store.Tx) error { return tx.Nodes().Put(ctx, n) })
	}
	put(two)
	put(one)
	require.Equal(t, []ownsight.Node{one, two}, list())
	stale := two
	two.Beat, two.Leaving, two.Address, two.Started = 8, false, "http://c:2", began.Add(time.Hour)
	put(two)
	require.Equal(t, []ownsight.Node{one, two}, list())

	f.commit(func(tx *store.Tx) error {
		removed, err := tx.Nodes().Remove(ctx, stale)
		require.False(t, removed, "it has lived on")
		return err
	})
	f.commit(func(tx *store.Tx) error {
		removed, err := tx.Nodes().Remove(ctx, two)
		require.True(t, removed)
		return err
	})
	require.Equal(t, []ownsight.Node{one}, list())

	for _, proposal := range []string{"first", "second"} {
		f.commit(func(tx *store.Tx) error {
			secret, err := tx.Nodes().Secret(ctx, "key", proposal)
			require.Equal(t, "first", secret)
			return err
		})
	}
}

func testPlacements(t *testing.T, f fixture) {
	ctx := t.Context()
	p := f.project(account, region, "leaves", began)
	started := func(name string, units int64, status ownsight.VersionStatus) int64 {
		v := f.version(p, name, began)
		f.commit(func(tx *store.Tx) error {
			if err := tx.Versions().SetUnits(ctx, v.ID, units, units+2); err != nil {
				return err
			}
			_, err := tx.Versions().Move(ctx, v.ID, v.Status, status, "")
			return err
		})
		return v.ID
	}
	a, b := started("a", 3, ownsight.VersionRunning), started("b", 1, ownsight.VersionStarting)
	started("c", 1, ownsight.VersionStopped)
	f.commit(func(tx *store.Tx) error {
		for _, name := range []string{"one", "two"} {
			if err := tx.Nodes().Put(ctx, ownsight.Node{Name: name, Roles: ownsight.AllRoles(), Leaving: name == "two"}); err != nil {
				return err
			}
		}
		return nil
	})
	wanting := func(want ...store.Wanting) {
		f.read(func(tx *store.Tx) {
			got, err := tx.Placements().Wanting(ctx, 10)
			require.NoError(t, err)
			require.ElementsMatch(t, want, got)
		})
	}
	put := func(version int64, at ownsight.Placement) {
		f.commit(func(tx *store.Tx) error { return tx.Placements().Put(ctx, version, at) })
	}
	wanting(store.Wanting{Version: a, Min: 3}, store.Wanting{Version: b, Min: 1})
	put(a, ownsight.Placement{Node: "one", Units: 1})
	put(a, ownsight.Placement{Node: "two", Units: 1})
	put(b, ownsight.Placement{Node: "one", Units: 2})
	wanting(store.Wanting{Version: a, Min: 3, Placed: 2})
	put(a, ownsight.Placement{Node: "two", Units: 2})
	wanting()

	f.read(func(tx *store.Tx) {
		of, err := tx.Placements().Of(ctx, a)
		require.NoError(t, err)
		require.Equal(t, []ownsight.Placement{{Node: "one", Units: 1}, {Node: "two", Units: 2}}, of)
		on, err := tx.Placements().On(ctx, "one")
		require.NoError(t, err)
		arn := ownsight.VersionARN{Account: account, Region: region, Project: "leaves", Name: "a"}
		require.Equal(t, store.Placed{Version: a, ARN: arn, Status: ownsight.VersionRunning, Units: 1, Min: 3, Max: 5}, on[0])
		require.Len(t, on, 2)
		promised, err := tx.Placements().Promised(ctx)
		require.NoError(t, err)
		require.Equal(t, map[string]int64{"one": 3, "two": 2}, promised)
	})
	f.commit(func(tx *store.Tx) error {
		n, err := tx.Placements().RemoveOfNobody(ctx)
		require.EqualValues(t, 1, n, "those on a node that is leaving")
		return err
	})
	wanting(store.Wanting{Version: a, Min: 3, Placed: 1})
	put(a, ownsight.Placement{Node: "one"})
	wanting(store.Wanting{Version: a, Min: 3})
	f.commit(func(tx *store.Tx) error { return tx.Placements().RemoveOf(ctx, b) })
	wanting(store.Wanting{Version: a, Min: 3}, store.Wanting{Version: b, Min: 1})
	put(b, ownsight.Placement{Node: "one", Units: 1})
	f.commit(func(tx *store.Tx) error { return tx.Versions().Delete(ctx, b) })
	f.read(func(tx *store.Tx) {
		promised, err := tx.Placements().Promised(ctx)
		require.NoError(t, err)
		require.Empty(t, promised, "a version takes its placements with it")
	})
}
