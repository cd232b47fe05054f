package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/postgres/pgtest"
	"ownsight/internal/store/sqlite"
)

// clock is what all nodes of a test go by.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// node is a member with a real address. It beats only when the test says so.
func node(t *testing.T, s *store.Store, c *clock, name string) *Cluster {
	t.Helper()
	var own *Cluster
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.True(t, IsCall(r))
		own.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	own, err := Join(t.Context(), Options{Store: s, Now: c.Now, Log: slog.New(slog.DiscardHandler),
		Self: ownsight.Node{Name: name, Address: server.URL, Roles: ownsight.AllRoles(), Units: 8, Program: "test", Started: c.Now()}})
	require.NoError(t, err)
	if own.stop != nil { // the test beats by hand
		own.stop()
		own.beats.Wait()
	}
	return own
}

func shared(t *testing.T) *store.Store {
	s, err := postgres.Open(t.Context(), pgtest.URL(t))
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func names(list []ownsight.Node) (names []string) {
	for _, n := range list {
		names = append(names, n.Name)
	}
	return names
}

func beat(t *testing.T, all ...*Cluster) {
	t.Helper()
	for _, c := range all {
		require.NoError(t, c.beat(t.Context()))
	}
}

func TestNodesSeeWhoLives(t *testing.T) {
	s, c := shared(t), &clock{now: time.Now()}
	a, b := node(t, s, c, "a"), node(t, s, c, "b")
	beat(t, a, b, a)
	require.Equal(t, []string{"a", "b"}, names(a.Live()))
	require.Equal(t, []string{"a", "b"}, names(b.Live()))

	for range lostAfter / beatEvery {
		c.add(beatEvery)
		beat(t, a) // b does not
	}
	require.Equal(t, []string{"a", "b"}, names(a.Live()), "it may only be slow")
	c.add(time.Second)
	beat(t, a)
	require.Equal(t, []string{"a"}, names(a.Live()))
	beat(t, a)
	require.Equal(t, []string{"a"}, names(a.Live()), "its row is gone")
	beat(t, b, a)
	require.Equal(t, []string{"a", "b"}, names(a.Live()), "it was only slow")

	require.NoError(t, b.Leave(t.Context()))
	beat(t, a)
	require.Equal(t, []string{"a"}, names(a.Live()))
	require.Equal(t, []string{"a"}, names(b.Live()))
	require.NoError(t, b.Close())
	again := node(t, s, c, "b") // a new life, whose beat goes on from the old one
	beat(t, a)
	require.Equal(t, []string{"a", "b"}, names(a.Live()))
	require.NoError(t, again.Close())
	beat(t, a)
	require.Equal(t, []string{"a"}, names(a.Live()))
}

// A clock that is wrong by hours makes no node lost.
func TestClocksNeedNotAgree(t *testing.T) {
	s := shared(t)
	a, b := node(t, s, &clock{now: time.Now()}, "a"), node(t, s, &clock{now: time.Now().Add(5 * time.Hour)}, "b")
	for range 3 {
		beat(t, a, b)
	}
	require.Equal(t, []string{"a", "b"}, names(a.Live()))
	require.Equal(t, []string{"a", "b"}, names(b.Live()))
}

func TestOnSQLiteANodeIsAlone(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	defer s.Close()
	c := &clock{now: time.Now()}
	node(t, s, c, "before") // of a data folder that was copied, say
	own := node(t, s, c, "now")
	require.Equal(t, []string{"now"}, names(own.Live()))
}

type question struct {
	Version int64 `json:"version"`
}

func TestCalls(t *testing.T) {
	s, c := shared(t), &clock{now: time.Now()}
	a, b := node(t, s, c, "a"), node(t, s, c, "b")
	beat(t, a)
	picture := bytes.Repeat([]byte("picture"), 100_000)
	b.Handle("detect", func(_ context.Context, params json.RawMessage, body []byte) (any, error) {
		var q question
		if err := json.Unmarshal(params, &q); err != nil {
			return nil, err
		}
		switch q.Version {
		case 1:
			return len(body), nil
		case 2:
			return nil, ownsight.Errorf(ownsight.CapacityExceeded, "too much")
		}
		return nil, errors.New("a secret of the node")
	})
	var n int
	require.NoError(t, a.Call(t.Context(), "b", "detect", question{1}, picture, &n))
	require.Equal(t, len(picture), n)
	require.NoError(t, a.Call(t.Context(), "b", "detect", question{1}, nil, &n))
	require.Zero(t, n)

	err := a.Call(t.Context(), "b", "detect", question{2}, nil, &n)
	require.Equal(t, ownsight.CapacityExceeded, ownsight.CodeOf(err))
	require.EqualError(t, err, "too much")
	err = a.Call(t.Context(), "b", "detect", question{3}, nil, &n)
	require.ErrorContains(t, err, "internal fault")
	require.NotContains(t, err.Error(), "secret")
	require.Error(t, a.Call(t.Context(), "b", "unheard-of", question{1}, nil, &n))
	require.ErrorIs(t, a.Call(t.Context(), "c", "detect", question{1}, nil, &n), ErrUnreachable)
	require.False(t, a.Suspect("b"))
}

func TestStrangersAreRefused(t *testing.T) {
	s, c := shared(t), &clock{now: time.Now()}
	a, b := node(t, s, c, "a"), node(t, s, c, "b")
	beat(t, a)
	b.Handle("detect", func(context.Context, json.RawMessage, []byte) (any, error) { return "secret", nil })
	var got string
	a.secret = "guessed"
	require.ErrorContains(t, a.Call(t.Context(), "b", "detect", question{1}, nil, &got), "signature")
	require.Empty(t, got)
	a.secret = b.secret
	require.NoError(t, a.Call(t.Context(), "b", "detect", question{1}, nil, &got))
	c.add(time.Hour) // for both; what was signed before is too old then
	old := &clock{now: c.Now().Add(-time.Hour)}
	a.Now = old.Now
	require.ErrorContains(t, a.Call(t.Context(), "b", "detect", question{1}, nil, &got), "expired")
}

func TestANodeThatDoesNotAnswerIsSuspect(t *testing.T) {
	s, c := shared(t), &clock{now: time.Now()}
	a := node(t, s, c, "a")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	put := func(address string) {
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.Nodes().Put(t.Context(), ownsight.Node{Name: "b", Address: address, Roles: ownsight.AllRoles()})
		}))
		beat(t, a)
	}
	put(gone.URL)
	require.ErrorIs(t, a.Call(t.Context(), "b", "detect", question{1}, nil, new(int)), ErrUnreachable)
	require.True(t, a.Suspect("b"))
	c.add(suspectFor)
	require.False(t, a.Suspect("b"))

	other := httptest.NewServer(http.NotFoundHandler()) // somebody else has the port now
	defer other.Close()
	put(other.URL)
	require.ErrorIs(t, a.Call(t.Context(), "b", "detect", question{1}, nil, new(int)), ErrUnreachable)
}

// The database was away for all of them: the one that reaches it first does not take the others to be lost, and those that do
// not come back are lost in their time.
func TestNobodyIsLostWhileTheDatabaseIsAway(t *testing.T) {
	s, c := shared(t), &clock{now: time.Now()}
	a, b, d := node(t, s, c, "a"), node(t, s, c, "b"), node(t, s, c, "d")
	beat(t, a, b, d, a, b, d)
	c.add(2 * beatEvery) // since b and d were seen to beat
	beat(t, a)
	c.add(blindAfter)
	beat(t, a)
	require.Equal(t, []string{"a", "b", "d"}, names(a.Live()), "a little less than too long")
	beat(t, b, d, a)
	c.add(lostAfter + 2*beatEvery)
	beat(t, a)
	require.Equal(t, []string{"a", "b", "d"}, names(a.Live()))
	beat(t, b)
	for range lostAfter / beatEvery {
		c.add(beatEvery)
		beat(t, a, b)
		require.Equal(t, []string{"a", "b", "d"}, names(a.Live()))
	}
	c.add(beatEvery)
	beat(t, a, b)
	require.Equal(t, []string{"a", "b"}, names(a.Live()))
	require.Equal(t, []string{"a", "b"}, names(b.Live()))
}
