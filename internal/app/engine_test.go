package app

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/config"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn/runtime"
)

// folder is a data folder that remembers what is given, and how to read what it remembers.
func folder(t *testing.T, known any) (c config.Config, read func() checked) {
	t.Helper()
	if _, err := backbone.Whole(); err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	c = config.Config{Data: t.TempDir(), Threads: 1, Pixels: 1 << 20}
	file := filepath.Join(c.Data, frontFile)
	if known != nil {
		b, err := json.Marshal(known)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, b, 0o600))
	}
	return c, func() (found checked) {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, &found))
		return found
	}
}

// front opens an engine for a moment, and tells what trainings on it stand on and what was logged.
func front(t *testing.T, c config.Config) (backbone.Front, string) {
	t.Helper()
	var log strings.Builder
	e, err := OpenEngine(t.Context(), c, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	defer e.Close()
	require.Equal(t, 1, e.Threads())
	return e.Net().Front, log.String()
}

// here is what could have been found out about this machine.
func here(f backbone.Front, exact bool, reason string) checked {
	version, err := runtime.Version()
	if err != nil {
		panic(err)
	}
	return checked{Network: backbone.Int8.Digest(), Runtime: version, CPU: kind(), Front: f, Exact: exact, Reason: reason}
}

// What was measured once is not measured again: the same data gives the same model, however busy the machine is.
func TestTheFrontIsRemembered(t *testing.T) {
	for _, f := range []backbone.Front{backbone.Float32, backbone.Int8} {
		known := here(f, true, "as was found out long ago")
		c, read := folder(t, known)
		got, log := front(t, c)
		require.Equal(t, f, got)
		require.Contains(t, log, "as was found out long ago")
		require.Contains(t, log, "front="+string(f))
		require.Equal(t, known, read())
	}
}

func TestTheFrontIsFoundOut(t *testing.T) {
	elsewhere, before, old := here(backbone.Int8, true, "stale"), here(backbone.Int8, true, "stale"), here(backbone.Int8, true, "stale")
	elsewhere.CPU, before.Network, old.Runtime = "avx9=true", "00ff", "1.0.0"
	for name, known := range map[string]any{"at first": nil, "on another CPU": elsewhere, "for another network": before,
		"by another runtime": old, "of a damaged file": "{"} {
		t.Run(name, func(t *testing.T) {
			c, read := folder(t, known)
			got, log := front(t, c)
			found := read()
			require.Equal(t, backbone.Int8.Digest(), found.Network)
			require.Equal(t, kind(), found.CPU)
			require.Equal(t, got, found.Front)
			require.NotEmpty(t, found.Reason)
			require.NotContains(t, log, "stale")
			again, _ := front(t, c)
			require.Equal(t, got, again)
		})
	}
}

func TestTheFrontThatIsAskedFor(t *testing.T) {
	c, _ := folder(t, here(backbone.Int8, true, "quick"))
	c.Front = "float32"
	got, _ := front(t, c)
	require.Equal(t, backbone.Float32, got)

	c, _ = folder(t, here(backbone.Float32, true, "no quicker"))
	c.Front = "int8"
	got, _ = front(t, c)
	require.Equal(t, backbone.Int8, got)

	c, read := folder(t, here(backbone.Float32, false, "this CPU cuts sums off."))
	for asked, want := range map[string]string{"int8": "front: int8 was asked for, but this CPU cuts sums off.", "int4": `no front "int4"`} {
		c.Front = asked
		_, err := OpenEngine(t.Context(), c, slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, want)
	}
	require.False(t, read().Exact)
}
