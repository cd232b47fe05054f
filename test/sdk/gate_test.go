package sdk

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/guide"
	"ownsight/test/server"
)

// gate stands between a server and its S3 server: it holds whoever reads a manifest below held/ until it is opened. So
// the jobs that move entries, of which a server does two at a time, can be held back, and what they would change can be
// seen in between.
type gate struct {
	client guide.Client
	held   atomic.Int32 // who waits
	opened chan struct{}
}

const movers = 2 // jobs that a server does at a time of those that move entries

// newGate starts a server whose objects lie behind a gate.
func newGate(t *testing.T) (*gate, *server.Server) {
	t.Helper()
	storage := server.Start(t)
	at, err := url.Parse(storage.Endpoint)
	require.NoError(t, err)
	g := &gate{opened: make(chan struct{})}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(at)
		r.Out.Host = r.In.Host // it is signed
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/held-") {
			g.held.Add(1)
			select {
			case <-g.opened:
			case <-r.Context().Done():
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	t.Cleanup(g.open)
	key, err := storage.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	s := server.New(t)
	for name, value := range map[string]string{"ENDPOINT": front.URL, "ACCESS_KEY": key.AccessKeyID, "SECRET_KEY": key.SecretAccessKey, "BUCKET": "system-of-another"} {
		s.Setenv("OWNSIGHT_S3_"+name, value)
	}
	s.Restart(t)
	g.client = guide.Connect(t, s, "default")
	g.client.S3 = guide.Connect(t, storage, "default").S3
	return g, s
}

// close makes the server busy with datasets that it cannot read.
func (g *gate) close(t *testing.T) {
	t.Helper()
	for i := range movers {
		g.client.BeginDataset(t, g.client.Project(t, fmt.Sprintf("held-%d", i)), types.DatasetTypeTrain, bucket, joined(lines(1, "a", "b")))
	}
	server.Eventually(t, server.Patience, "all are held", func(context.Context) bool { return g.held.Load() >= movers })
}

// open lets everybody through, for good.
func (g *gate) open() {
	select {
	case <-g.opened:
	default:
		close(g.opened)
	}
}
