package console

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func packed(t *testing.T, text string) *fstest.MapFile {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return &fstest.MapFile{Data: b.Bytes()}
}

// get asks as a browser does, which unpacks by itself, or as a client that cannot.
func get(t *testing.T, h http.Handler, path string, plain bool) (code int, header http.Header, body string) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	q, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{DisableCompression: plain}}
	got, err := client.Do(q)
	require.NoError(t, err)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	return got.StatusCode, got.Header, string(text)
}

func TestHandler(t *testing.T) {
	h := handler(fstest.MapFS{"index.html.gz": packed(t, "<p>console"), "assets/a-1.js.gz": packed(t, "run()"), "icon.svg.gz": packed(t, "<svg/>")})
	for path, want := range map[string]string{
		"/console/": "<p>console", "/console/index.html": "<p>console", "/console/projects/gears/versions/v1": "<p>console",
		"/console/assets/a-1.js": "run()", "/console/icon.svg": "<svg/>", "/console/../console/": "<p>console",
	} {
		for _, plain := range []bool{false, true} {
			code, header, body := get(t, h, path, plain)
			require.Equal(t, http.StatusOK, code, path)
			require.Equal(t, want, body, path)
			require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		}
	}
	_, page, _ := get(t, h, "/console/projects", false)
	require.Contains(t, page.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	require.Equal(t, "no-cache", page.Get("Cache-Control"))
	require.Contains(t, page.Get("Content-Type"), "text/html")
	_, script, _ := get(t, h, "/console/assets/a-1.js", false)
	require.Contains(t, script.Get("Cache-Control"), "immutable")
	require.Contains(t, script.Get("Content-Type"), "javascript")

	code, _, body := get(t, h, "/console/assets/a-0.js", false)
	require.Equal(t, http.StatusNotFound, code)
	require.Contains(t, body, "reload")
}

func TestWithoutConsole(t *testing.T) {
	code, _, body := get(t, handler(fstest.MapFS{}), "/console/", false)
	require.Equal(t, http.StatusNotFound, code)
	require.Contains(t, body, "built without")
}

func TestOnlyReading(t *testing.T) {
	w := httptest.NewRecorder()
	handler(fstest.MapFS{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/console/", nil))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
}
