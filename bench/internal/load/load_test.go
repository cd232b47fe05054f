package load

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// target is a server of a handler that takes no time.
func target(t *testing.T, handle http.HandlerFunc) Target {
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return Target{Endpoint: server.URL, CPU: func() (float64, error) { return 0, nil }}
}

func TestOfferedRequestsAreAnsweredOrRefused(t *testing.T) {
	var n atomic.Int64
	l := To(target(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"__type":"%s"}`, Refusal)
		}
	}), 1, []Request{Post("/", "image/jpeg", []byte("picture"))})
	o, err := l.Offer(t.Context(), Pace{Rate: 1000, Even: true}, 50*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, 49, o.Sent, "one at each millisecond but the last")
	require.Len(t, o.Accepted, 25)
	require.Len(t, o.Refused, 24)
	require.LessOrEqual(t, o.Good, 25)
	for _, seconds := range append(o.Accepted, o.Refused...) {
		require.Positive(t, seconds)
	}
}

func TestAnotherAnswerIsAnError(t *testing.T) {
	l := To(target(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }), 1,
		[]Request{Post("/", "image/jpeg", nil)})
	_, err := l.Offer(t.Context(), Pace{Rate: 1000}, 10*time.Millisecond)
	require.ErrorContains(t, err, "500")
	require.Error(t, l.Ask(t.Context(), Post("/", "image/jpeg", nil)))
}

// A connection stays with the worker that took it, and the first worker takes three of four.
func TestConnectionsAreSpreadOverWorkers(t *testing.T) {
	var taken atomic.Int64
	worker := map[string]string{}
	handle := func(w http.ResponseWriter, r *http.Request) {
		if worker[r.RemoteAddr] == "" {
			worker[r.RemoteAddr] = fmt.Sprint(taken.Add(1) % 4 / 3)
		}
		w.Header().Set("Worker", worker[r.RemoteAddr])
	}
	l := To(target(t, handle), 4, []Request{Post("/", "image/jpeg", nil)})
	require.NoError(t, l.Spread(t.Context(), 2))
	count := map[string]int{}
	for _, c := range l.connections {
		of, err := l.target.ask(t.Context(), c, l.requests[0])
		require.NoError(t, err)
		count[of]++
	}
	require.Equal(t, map[string]int{"0": 2, "1": 2}, count)
}
