package serving

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/cluster"
	"ownsight/internal/store"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/postgres/pgtest"
	"ownsight/internal/vision"
)

// newPair is a service on node a that loads models as it is told, and node b, which answers the calls that it is given.
func newPair(t *testing.T, load func(context.Context, int64) (*vision.Runner, error), calls map[string]func(version int64) (any, error)) (w *town, b *httptest.Server) {
	t.Helper()
	s, err := postgres.Open(t.Context(), pgtest.URL(t))
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	b = httptest.NewUnstartedServer(nil)
	other, err := cluster.Join(t.Context(), cluster.Options{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Self: ownsight.Node{Name: "b", Address: "http://" + b.Listener.Addr().String(), Roles: ownsight.AllRoles(), Units: 8, Started: time.Now()}})
	require.NoError(t, err)
	for name, answer := range calls {
		other.Handle(name, func(_ context.Context, params json.RawMessage, _ []byte) (any, error) {
			var of about
			if err := json.Unmarshal(params, &of); err != nil {
				return nil, err
			}
			return answer(of.Version)
		})
	}
	b.Config.Handler = other
	b.Start()
	t.Cleanup(b.Close)
	w = townOn(t, s, 1)
	w.loaded = newShelf(1<<20, 2, load)
	t.Cleanup(func() {
		require.NoError(t, w.Cluster.Close())
		require.NoError(t, other.Close())
	})
	return w, b
}

func on(node string) []ownsight.Placement { return []ownsight.Placement{{Node: node, Units: 1}} }

func refuse(context.Context, int64) (*vision.Runner, error) {
	return nil, ownsight.Errorf(ownsight.NotReady, "The model cannot run on this server: another network.")
}

// A node that takes long for one model is asked first for its others still.
func TestANodeThatLoadsOneModelKeepsTheOthers(t *testing.T) {
	loaded := make(chan struct{})
	w, _ := newPair(t, func(context.Context, int64) (*vision.Runner, error) { return nil, errUnusable }, map[string]func(int64) (any, error){
		callDetect: func(version int64) (any, error) {
			if version == 1 {
				<-loaded
			}
			return []vision.Label{{Name: "bolt"}}, nil
		},
	})
	defer close(loaded)
	first := func(version int64) string {
		return w.candidates(sighting{id: version, placed: on("b")})[0].node
	}
	require.Equal(t, "b", first(1))
	_, err := w.route(t.Context(), sighting{id: 1, placed: on("b")}, Request{})
	require.ErrorIs(t, err, errUnusable, "a was asked next")
	require.Equal(t, "a", first(1), "b has it not yet")
	require.Equal(t, "b", first(2))
	labels, err := w.route(t.Context(), sighting{id: 2, placed: on("b")}, Request{})
	require.NoError(t, err)
	require.Equal(t, "bolt", labels[0].Name)
	later := time.Now().Add(lateFor)
	w.Now = func() time.Time { return later }
	require.Equal(t, "b", first(1), "it should have by now")
}

// A node that leaves and has nobody to hand its models to answers what it was asked before.
func TestANodeThatLeavesAloneStillAnswers(t *testing.T) {
	w := newTown(t, 1)
	_, err := w.Leave(t.Context())
	require.NoError(t, err)
	list := w.candidates(sighting{id: 1, placed: on("a")})
	require.Len(t, list, 1)
	require.Equal(t, "a", list[0].node)
}

// What a node cannot run another answers.
func TestAnotherNodeAnswersForWhatThisOneCannotRun(t *testing.T) {
	able := true
	w, b := newPair(t, refuse, map[string]func(int64) (any, error){
		callDetect: func(int64) (any, error) {
			if !able {
				return refuse(t.Context(), 0)
			}
			return []vision.Label{{Name: "bolt"}}, nil
		},
	})
	at := sighting{id: 1, placed: on("a")}
	labels, err := w.route(t.Context(), at, Request{})
	require.NoError(t, err)
	require.Equal(t, "bolt", labels[0].Name)
	require.Equal(t, "b", w.candidates(at)[0].node, "the next request goes there at once")
	require.Equal(t, "a", w.candidates(sighting{id: 2, placed: on("a")})[0].node)

	able = false
	_, err = w.route(t.Context(), at, Request{})
	require.Equal(t, ownsight.NotReady, ownsight.CodeOf(err), "%v", err)
	b.Close()
	_, err = w.route(t.Context(), at, Request{})
	require.Equal(t, ownsight.CapacityExceeded, ownsight.CodeOf(err), "b may be able when it is back: %v", err)
}

// A start, and whoever finds a model placed on it later, has a node keep it that can run it.
func TestAModelIsPlacedWhereItCanRun(t *testing.T) {
	able := false
	w, b := newPair(t, refuse, map[string]func(int64) (any, error){
		callLoad: func(int64) (any, error) {
			if !able {
				return refuse(t.Context(), 0)
			}
			return nothing{}, nil
		},
	})
	id := w.version("v", 2, 2)
	here := func() {
		w.write(func(tx *store.Tx) error {
			if err := tx.Placements().RemoveOf(t.Context(), id); err != nil {
				return err
			}
			return tx.Placements().Put(t.Context(), id, ownsight.Placement{Node: "a", Units: 2})
		})
	}
	here()
	err := w.loadWhere(t.Context(), id)
	require.Equal(t, ownsight.NotReady, ownsight.CodeOf(err), "nobody can: %v", err)
	require.Equal(t, map[string]int64{"a": 2}, w.placed(id))
	able = true
	require.NoError(t, w.loadWhere(t.Context(), id))
	require.Equal(t, map[string]int64{"b": 2}, w.placed(id))

	here()
	w.mine.Store(&[]store.Placed{{Version: id, Status: ownsight.VersionRunning, Units: 2}})
	w.warm(t.Context())
	require.Equal(t, map[string]int64{"b": 2}, w.placed(id))

	here()
	b.Close()
	err = w.loadWhere(t.Context(), id)
	require.Error(t, err)
	require.Empty(t, ownsight.CodeOf(err), "it is tried again, for b may be able")
}
