package serving

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/cluster"
	"ownsight/internal/store"
	"ownsight/internal/store/sqlite"
)

// town is a service among nodes that are rows only.
type town struct {
	*Service
	t       *testing.T
	project *ownsight.Project
}

func newTown(t *testing.T, promises int64) *town {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return townOn(t, s, promises)
}

// townOn is one whose other nodes are those that the database has already.
func townOn(t *testing.T, s *store.Store, promises int64) *town {
	log := slog.New(slog.DiscardHandler)
	own, err := cluster.Join(t.Context(), cluster.Options{Store: s, Now: time.Now, Log: log,
		Self: ownsight.Node{Name: "a", Address: "http://a:1", Roles: ownsight.AllRoles(), Units: 8, Started: time.Now()}})
	require.NoError(t, err)
	w := &town{t: t, Service: &Service{Config: Config{Store: s, Cluster: own, Promises: promises, Now: time.Now, Log: log},
		seen: newSightings(), turns: newTurns(2, true, time.Now), trends: map[int64]*trend{}, told: map[int64]time.Duration{}, patience: loadPatience}}
	created := time.UnixMilli(1_700_000_000_000)
	w.project = &ownsight.Project{ARN: ownsight.ProjectARN{Region: "us-east-1", Account: "111122223333", Name: "p", Created: created.UnixMilli()},
		Created: created, Status: ownsight.ProjectCreated, Feature: ownsight.CustomLabels}
	w.write(func(tx *store.Tx) error {
		if err := tx.Accounts().Create(t.Context(), "111122223333", created); err != nil {
			return err
		}
		return tx.Projects().Create(t.Context(), w.project)
	})
	return w
}

func (w *town) write(f func(tx *store.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.Store.Write(w.t.Context(), f))
}

// node adds one, or changes it.
func (w *town) node(name string, units int64, leaving bool) {
	w.write(func(tx *store.Tx) error {
		return tx.Nodes().Put(w.t.Context(), ownsight.Node{Name: name, Address: "http://x:1", Roles: ownsight.AllRoles(), Units: units, Leaving: leaving, Beat: 1})
	})
}

// version is one that runs, with no place yet.
func (w *town) version(name string, min, max int64) int64 {
	v := &ownsight.Version{ProjectID: w.project.ID, ARN: ownsight.VersionARN{Region: "us-east-1", Account: "111122223333", Project: "p", Name: name, Created: 1_700_000_000_000},
		Status: ownsight.VersionRunning, MinUnits: min, MaxUnits: max}
	w.write(func(tx *store.Tx) error { return tx.Versions().Create(w.t.Context(), v) })
	return v.ID
}

// placed is where a version is.
func (w *town) placed(id int64) map[string]int64 {
	at := map[string]int64{}
	require.NoError(w.t, w.Store.Read(w.t.Context(), func(tx *store.Tx) error {
		of, err := tx.Placements().Of(w.t.Context(), id)
		for _, p := range of {
			at[p.Node] = p.Units
		}
		return err
	}))
	return at
}

func (w *town) try(id, more int64) error {
	return w.Store.Write(w.t.Context(), func(tx *store.Tx) error { return w.place(w.t.Context(), tx, id, more, false) })
}

func TestUnitsGoWhereThereIsRoom(t *testing.T) {
	w := newTown(t, 1)
	w.node("b", 4, false)
	w.node("c", 100, true) // leaving
	one, two := w.version("one", 1, 0), w.version("two", 1, 0)
	require.NoError(t, w.try(one, 3))
	require.Equal(t, map[string]int64{"a": 3}, w.placed(one), "a has most")
	require.NoError(t, w.try(two, 9))
	require.Equal(t, map[string]int64{"a": 5, "b": 4}, w.placed(two), "more than one node has left")
	err := w.try(one, 1)
	require.Equal(t, ownsight.LimitExceeded, ownsight.CodeOf(err), "%v", err)

	w.write(func(tx *store.Tx) error { return w.trim(t.Context(), tx, two, 2) })
	require.EqualValues(t, 2, w.placed(two)["a"]+w.placed(two)["b"])
	require.NoError(t, w.try(one, 5))
}

func TestUnitsArePromisedMoreThanOnce(t *testing.T) {
	w := newTown(t, 3)
	one, two := w.version("one", 1, 0), w.version("two", 1, 0)
	require.NoError(t, w.try(one, 8))
	require.Error(t, w.try(one, 1), "a model never has more of a node than there is")
	require.NoError(t, w.try(two, 8))
	three := w.version("three", 1, 0)
	require.NoError(t, w.try(three, 8))
	require.Error(t, w.try(w.version("four", 1, 0), 1), "three times eight are promised")
}

func TestWhatHasLostItsNodeGetsAnother(t *testing.T) {
	w := newTown(t, 1)
	w.node("b", 8, false)
	on := w.version("on", 2, 0)
	w.write(func(tx *store.Tx) error {
		return tx.Placements().Put(t.Context(), on, ownsight.Placement{Node: "b", Units: 2})
	})
	never := w.version("never", 3, 0) // as after an upgrade
	require.NoError(t, w.settle(t.Context()))
	require.Equal(t, map[string]int64{"b": 2}, w.placed(on))
	require.Equal(t, map[string]int64{"a": 3}, w.placed(never))

	w.write(func(tx *store.Tx) error {
		_, err := tx.Nodes().Remove(t.Context(), ownsight.Node{Name: "b", Beat: 1})
		return err
	})
	require.NoError(t, w.settle(t.Context()))
	require.Equal(t, map[string]int64{"a": 2}, w.placed(on))

	big := w.version("big", 8, 0) // nobody has room, and it must run
	require.NoError(t, w.settle(t.Context()))
	require.Equal(t, map[string]int64{"a": 8}, w.placed(big))
}

func TestModelsGrowAndShrinkBetweenTheirUnits(t *testing.T) {
	w := newTown(t, 1)
	id := w.version("v", 1, 3)
	require.NoError(t, w.try(id, 1))
	p := store.Placed{Version: id, Min: 1, Max: 3}
	for _, want := range []int64{2, 3, 3} {
		require.NoError(t, w.grow(t.Context(), p))
		require.Equal(t, map[string]int64{"a": want}, w.placed(id))
	}
	for _, want := range []int64{2, 1, 1} {
		require.NoError(t, w.shrink(t.Context(), p))
		require.Equal(t, map[string]int64{"a": want}, w.placed(id))
	}
	require.NoError(t, w.try(w.version("other", 1, 0), 7))
	require.NoError(t, w.grow(t.Context(), p), "there is none left")
	require.Equal(t, map[string]int64{"a": 1}, w.placed(id))
	w.node("b", 4, false)
	require.NoError(t, w.grow(t.Context(), p))
	require.Equal(t, map[string]int64{"a": 1, "b": 1}, w.placed(id), "another node has one")
}

// nobody is unfit.
func nobody(string, int64) bool { return false }

func TestAFullNodeGivesToAnEmptyOne(t *testing.T) {
	here, there := room{ownsight.Node{Name: "a", Units: 8}, 4}, room{ownsight.Node{Name: "b", Units: 8}, 0}
	mine := []store.Placed{{Version: 1, Units: 3, Status: ownsight.VersionRunning}, {Version: 2, Units: 1, Status: ownsight.VersionStarting},
		{Version: 3, Units: 1, Status: ownsight.VersionRunning}}
	moved, to := lighter([]room{here, there}, "a", mine, nobody)
	require.Equal(t, "b", to)
	require.EqualValues(t, 3, moved.Version, "the first would leave this one emptier than the other becomes, the second is not loaded yet")
	there.promised = 3
	moved, _ = lighter([]room{here, there}, "a", mine, nobody)
	require.Nil(t, moved, "nothing would be won")
	moved, _ = lighter([]room{here}, "a", mine, nobody)
	require.Nil(t, moved)
	small := room{ownsight.Node{Name: "b", Units: 2}, 0}
	moved, _ = lighter([]room{here, small}, "a", mine, nobody)
	require.Nil(t, moved, "half of the small one would be taken, and less of this one left")
}

func TestAskedInOrder(t *testing.T) {
	w := newTown(t, 1)
	list := w.candidates(sighting{placed: []ownsight.Placement{{Node: "a", Units: 1}}})
	require.Len(t, list, 1)
	require.Equal(t, "a", list[0].node)
	require.True(t, list[0].placed)
	require.Negative(t, order(false, true))
	require.Positive(t, order(true, false))
	require.Zero(t, order(true, true))
}

func TestNobodyToAsk(t *testing.T) {
	w := newTown(t, 1)
	w.Cluster.Self.Roles = ownsight.Roles{ownsight.RoleTrain}
	require.NoError(t, w.Cluster.Leave(context.Background()))
	_, err := w.route(t.Context(), sighting{id: 1}, Request{})
	require.Equal(t, ownsight.CapacityExceeded, ownsight.CodeOf(err), "SDKs try again")
}
