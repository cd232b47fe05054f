package client_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"image"
	"image/jpeg"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
	"ownsight/internal/app"
	"ownsight/internal/client"
	"ownsight/internal/config"
)

// One server serves all tests: a process can hold no second one.
var (
	front *httptest.Server // the server as the world sees it, with an ear in between
	data  string           // its data folder
	heard ear
)

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	if data, err = os.MkdirTemp("", "client-test-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(data)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_ENDPOINT_URL"} {
		os.Unsetenv(name)
	}
	if os.Getenv("OWNSIGHT_ASSETS") == "" { // found from here: the server moves the process into its data folder
		build, err := filepath.Abs("../../build")
		if err != nil {
			return 0, err
		}
		os.Setenv("OWNSIGHT_ASSETS", build)
	}
	c := config.Default()
	c.Data, c.Listen = data, "127.0.0.1:0"
	if err := c.Check(); err != nil {
		return 0, err
	}
	server := app.New(c, "ownsight test", slog.New(slog.DiscardHandler))
	if err := server.Start(context.Background()); err != nil {
		return 0, err
	}
	to, err := url.Parse(server.URL())
	if err != nil {
		return 0, err
	}
	front = httptest.NewServer(&heard)
	heard.proxy = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // which the signature covers
	}}
	code = m.Run()
	front.Close()
	stopping, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	return code, server.Stop(stopping)
}

// ear passes requests on and remembers which pictures were uploaded.
type ear struct {
	proxy http.Handler
	busy  atomic.Int64 // so many calls of DetectCustomLabels are refused
	mu    sync.Mutex
	puts  []string
}

func (e *ear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, name, is := strings.Cut(r.URL.Path, "/pictures/"); is && r.Method == http.MethodPut {
		e.mu.Lock()
		e.puts = append(e.puts, name)
		e.mu.Unlock()
	}
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DetectCustomLabels") {
		if left := e.busy.Add(-1); left >= 0 {
			code := []string{"ProvisionedThroughputExceededException", "ThrottlingException"}[left%2]
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"__type":%q,"message":"too much"}`, code)
			return
		}
	}
	e.proxy.ServeHTTP(w, r)
}

// uploads gives the pictures that were uploaded since the last call.
func (e *ear) uploads() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	puts := e.puts
	e.puts = nil
	return puts
}

func connect(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.Connect(t.Context(), client.Target{Endpoint: front.URL, Data: data})
	require.NoError(t, err)
	return c
}

// labels are those of the small pictures that the tests draw.
var labels = []string{draw.Crack, draw.Rust}

// drawSplit draws so many pictures a label to train on and to test with. Of one each nothing can be held out, so that
// training has no candidates to try and is quick.
func drawSplit(t *testing.T, dir string, train, test int) {
	t.Helper()
	drawFolder(t, filepath.Join(dir, "train"), train)
	drawFolder(t, filepath.Join(dir, "test"), test)
}

// drawFolder draws so many small pictures a label below dir, the same ones for the same names.
func drawFolder(t *testing.T, dir string, each int) {
	t.Helper()
	for _, label := range labels {
		for n := range each {
			drawPicture(t, filepath.Join(dir, label, fmt.Sprintf("%d.jpg", n+1)), label)
		}
	}
}

func drawPicture(t *testing.T, path, label string) {
	t.Helper()
	name := fnv.New64a()
	name.Write([]byte(path[strings.Index(path, label):]))
	m, _ := draw.PictureOf(rand.New(rand.NewPCG(name.Sum64(), 1)), label, image.Pt(128, 104))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, jpeg.Encode(f, m, nil))
	require.NoError(t, f.Close())
}

// quiet hears of progress and forgets it.
func quiet(client.Progress) {}
