package server

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// Storage is an S3 server for servers under test, with a gate before it that can hold requests: whatever a server does
// with its objects can be stopped at one of them, and be looked at, killed or let go on.
type Storage struct {
	*Server
	front     *httptest.Server
	mu        sync.Mutex
	holds     []*Hold
	intercept Intercept
}

// Intercept answers a request in place of the storage, or passes it on.
type Intercept func(w http.ResponseWriter, r *http.Request, pass http.Handler)

// Hold keeps requests waiting.
type Hold struct {
	what    string
	waiting atomic.Int32
	opened  chan struct{}
}

// NewStorage starts one.
func NewStorage(t testing.TB) *Storage {
	t.Helper()
	s := &Storage{Server: Start(t)}
	at, err := url.Parse(s.Endpoint)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(at)
			r.Out.Host = r.In.Host // it is signed
		},
		ErrorLog: log.New(io.Discard, "", 0), // clients are killed while they wait
	}
	s.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, h := range s.waitsFor(r) {
			h.waiting.Add(1)
			select {
			case <-h.opened:
			case <-r.Context().Done():
				return
			}
		}
		s.mu.Lock()
		intercept := s.intercept
		s.mu.Unlock()
		if intercept != nil {
			intercept(w, r, proxy)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		s.mu.Lock()
		holds := s.holds
		s.mu.Unlock()
		for _, h := range holds {
			h.Open()
		}
		s.front.Close()
	})
	return s
}

func (s *Storage) waitsFor(r *http.Request) (list []*Hold) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.holds {
		if strings.HasPrefix(r.Method+" "+r.URL.Path, h.what) {
			list = append(list, h)
		}
	}
	return list
}

// Intercept gives every request from now on to a function; nil ends that.
func (s *Storage) Intercept(f Intercept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Place describes the storage as a region's own, for a configuration file.
func (s *Storage) Place(t testing.TB, bucket string) string {
	t.Helper()
	key, err := s.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	return fmt.Sprintf("{endpoint: %q, region: us-east-1, access-key: %q, secret-key: %q, bucket: %q}", s.front.URL, key.AccessKeyID, key.SecretAccessKey, bucket)
}

// Keeps makes a server that has not been started keep its objects here, those of the system in a bucket of its own.
func (s *Storage) Keeps(t testing.TB, other *Server, bucket string) {
	t.Helper()
	key, err := s.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	for name, value := range map[string]string{"ENDPOINT": s.front.URL, "ACCESS_KEY": key.AccessKeyID, "SECRET_KEY": key.SecretAccessKey, "BUCKET": bucket} {
		other.Setenv("OWNSIGHT_S3_"+name, value)
	}
}

// Hold keeps every request waiting from now on that begins with what: a method and the beginning of a path.
func (s *Storage) Hold(what string) *Hold {
	h := &Hold{what: what, opened: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds = append(s.holds, h)
	return h
}

// Await waits until so many requests wait.
func (h *Hold) Await(t testing.TB, n int) {
	t.Helper()
	Eventually(t, Patience, "held: "+h.what, func(context.Context) bool { return int(h.waiting.Load()) >= n })
}

// Open lets everybody through, for good.
func (h *Hold) Open() {
	select {
	case <-h.opened:
	default:
		close(h.opened)
	}
}
