package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSlowBodiesEnd(t *testing.T) {
	ended := make(chan error, 1)
	server := httptest.NewServer(steady(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		ended <- err
	}), 50*time.Millisecond, 1<<10))
	defer server.Close()
	line, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer line.Close()
	fmt.Fprint(line, "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nbeginning")
	require.ErrorIs(t, <-ended, os.ErrDeadlineExceeded)
}

func TestSteadyBodiesHaveAllTheTimeTheyNeed(t *testing.T) {
	server := httptest.NewServer(steady(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil || n != 4<<20 || r.Context().Err() != nil {
			t.Errorf("%d bytes, %v, %v", n, err, r.Context().Err())
		}
	}), time.Minute, 1<<10))
	defer server.Close()
	for range 2 { // the second over the connection of the first
		answer, err := http.Post(server.URL, "", strings.NewReader(strings.Repeat("x", 4<<20)))
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
	}
}
