package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asProgram makes the test binary the program itself, for tests that kill it.
const asProgram = "OWNSIGHT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// door stands before a server and lets so many questions about pictures through as it is told; later ones wait until their
// client goes away.
type door struct {
	*httptest.Server
	left atomic.Int64
}

func newDoor(t *testing.T, to string) *door {
	t.Helper()
	at, err := url.Parse(to)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(at)
		r.Out.Host = r.In.Host // it is signed
	}, ErrorLog: log.New(io.Discard, "", 0)} // clients are killed while they wait
	d := &door{}
	d.open(math.MaxInt64)
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DetectCustomLabels") && d.left.Add(-1) < 0 {
			_, _ = io.Copy(io.Discard, r.Body) // only then it is noticed when the client goes away
			<-r.Context().Done()
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		d.CloseClientConnections()
		d.Close()
	})
	return d
}

func (d *door) open(questions int64) { d.left.Store(questions) }

// TestKilledDetectGoesOn kills a call about very many pictures again and again: every picture has its line in the end, once.
func TestKilledDetectGoesOn(t *testing.T) {
	dir := t.TempDir()
	data, photos := filepath.Join(dir, "data"), filepath.Join(dir, "photos")
	photographs(t, photos)
	door := newDoor(t, serving(t, data))
	t.Setenv("AWS_ENDPOINT_URL", door.URL)
	t.Setenv("OWNSIGHT_DATA", data)
	code, _, stderr := call(t.Context(), "train", photos, "--version", "v1")
	require.Equal(t, exitDone, code, stderr)

	const pictures = 400
	inbox, file := filepath.Join(dir, "inbox"), filepath.Join(dir, "answers.jsonl")
	require.NoError(t, os.Mkdir(inbox, 0o755))
	picture, err := os.ReadFile(filepath.Join(photos, "test", "rust", "1.jpg"))
	require.NoError(t, err)
	for n := range pictures {
		require.NoError(t, os.WriteFile(filepath.Join(inbox, fmt.Sprintf("%03d.jpg", n)), picture, 0o600))
	}
	broken := filepath.Join(inbox, "007.jpg")
	require.NoError(t, os.WriteFile(broken, []byte("no picture"), 0o600))
	program, err := os.Executable()
	require.NoError(t, err)
	lines := func() int {
		text, _ := os.ReadFile(file) // which need not be there yet
		return bytes.Count(text, []byte("\n"))
	}
	arguments := []string{"detect", "photos", "--recursive", inbox, "--to", file}
	for range 4 {
		cmd := exec.CommandContext(t.Context(), program, arguments...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		before := lines()
		door.open(60) // what it asks then waits: it is at work still when it is killed
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool { return lines() > before+20 }, 5*time.Minute, time.Millisecond)
		code, _, stderr := call(t.Context(), arguments...)
		require.Equal(t, exitFailed, code)
		require.Contains(t, stderr, "another `ownsight detect` is writing it")
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		require.True(t, cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled(), "it was at work still")
	}
	require.Less(t, lines(), pictures)
	door.open(math.MaxInt64)

	code, _, stderr = call(t.Context(), arguments...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "no answer for 1 of 400 pictures")
	require.NoError(t, os.WriteFile(broken, picture, 0o600))
	code, out, stderr := call(t.Context(), append(arguments, filepath.Join(inbox, "008.jpg"))...)
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, out, "; 1 were asked about")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	seen := map[string]int{}
	for line := range bytes.Lines(text) {
		var a struct{ Picture, Error string }
		require.NoError(t, json.Unmarshal(line, &a), "%s", line)
		require.Empty(t, a.Error)
		seen[a.Picture]++
	}
	require.Len(t, seen, pictures)
	for name, n := range seen {
		require.Equal(t, 1, n, name)
	}
}
