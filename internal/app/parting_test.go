package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConnectionsEndWithAnAnswer has a client use its connection once more after the server was told to stop: it is answered, and asked to
// go elsewhere.
func TestConnectionsEndWithAnAnswer(t *testing.T) {
	a := &App{}
	s := httptest.NewServer(a.parting(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })))
	defer s.Close()
	ask := func() (reused, closes bool) {
		trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { reused = c.Reused }}
		r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, s.URL, nil)
		require.NoError(t, err)
		answer, err := s.Client().Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Equal(t, "ok", string(text))
		return reused, answer.Close
	}
	for _, want := range []struct{ leaving, reused, closes bool }{{false, false, false}, {false, true, false}, {true, true, true}, {true, false, true}} {
		a.leaving.Store(want.leaving)
		reused, closes := ask()
		require.Equal(t, want.reused, reused)
		require.Equal(t, want.closes, closes)
	}
}
