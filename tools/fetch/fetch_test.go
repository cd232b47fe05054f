package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// sample is a distribution of two files, one of them compressed, and its wheel.
func sample(t *testing.T) (distribution, []byte) {
	t.Helper()
	var wheel bytes.Buffer
	archive := zip.NewWriter(&wheel)
	plain, err := archive.Create("pkg/plain.bin")
	require.NoError(t, err)
	_, err = plain.Write([]byte("plain"))
	require.NoError(t, err)
	packed, err := archive.Create("pkg/packed.json.gz")
	require.NoError(t, err)
	compressor := gzip.NewWriter(packed)
	_, err = compressor.Write([]byte("packed"))
	require.NoError(t, err)
	require.NoError(t, compressor.Close())
	require.NoError(t, archive.Close())
	return distribution{
		name: "pkg", version: "1.0", wheel: "pkg-1.0-*.whl",
		members: []member{
			{"pkg/plain.bin", "a/plain.bin", sum("plain")},
			{"pkg/packed.json.gz", "b/packed.json", sum("packed")},
		},
	}, wheel.Bytes()
}

func TestFetchBringsFilesOnce(t *testing.T) {
	d, wheel := sample(t)
	downloads := 0
	f := fetcher{t.TempDir(), func(_ context.Context, _ distribution, wheels string) error {
		downloads++
		return os.WriteFile(filepath.Join(wheels, "pkg-1.0-py3-none-any.whl"), wheel, 0o644)
	}, io.Discard}
	for range 2 {
		require.NoError(t, f.fetch(context.Background(), []distribution{d}))
	}
	require.Equal(t, 1, downloads)
	for path, want := range map[string]string{"a/plain.bin": "plain", "b/packed.json": "packed"} {
		got, err := os.ReadFile(filepath.Join(f.out, path))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}

	// A damaged file is written anew from the wheel that lies there.
	require.NoError(t, os.WriteFile(filepath.Join(f.out, "a/plain.bin"), []byte("damaged"), 0o644))
	require.NoError(t, f.fetch(context.Background(), []distribution{d}))
	got, err := os.ReadFile(filepath.Join(f.out, "a/plain.bin"))
	require.NoError(t, err)
	require.Equal(t, "plain", string(got))
	require.Equal(t, 1, downloads)
}

func TestFetchRefusesAnotherContent(t *testing.T) {
	d, wheel := sample(t)
	d.members[0].sum = sum("something else")
	f := fetcher{t.TempDir(), nil, io.Discard}
	wheels := filepath.Join(f.out, "wheels")
	require.NoError(t, os.Mkdir(wheels, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(wheels, "pkg-1.0-by-hand.whl"), wheel, 0o644))
	err := f.fetch(context.Background(), []distribution{d})
	require.ErrorContains(t, err, "pkg/plain.bin: it has SHA-256 "+sum("plain"))
	require.NoFileExists(t, filepath.Join(f.out, "a/plain.bin"))
	left, err := os.ReadDir(filepath.Join(f.out, "a"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestFetchReportsEveryFailure(t *testing.T) {
	first, _ := sample(t)
	second := first
	second.name = "other"
	f := fetcher{t.TempDir(), func(_ context.Context, d distribution, _ string) error {
		return errors.New("no network for " + d.name)
	}, io.Discard}
	err := f.fetch(context.Background(), []distribution{first, second})
	require.ErrorContains(t, err, "no network for pkg")
	require.ErrorContains(t, err, "no network for other")
}

func TestPipIsNamedWhenMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	d, _ := sample(t)
	require.ErrorContains(t, pip(context.Background(), d, t.TempDir()), "apt-get install python3-pip")
}
