package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// TestKilledDetectGoesOn kills a call about very many pictures again and again: every picture has its line in the end, once.
func TestKilledDetectGoesOn(t *testing.T) {
	dir := t.TempDir()
	data, photos := filepath.Join(dir, "data"), filepath.Join(dir, "photos")
	photographs(t, photos)
	t.Setenv("AWS_ENDPOINT_URL", serving(t, data))
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
		cmd := exec.Command(program, arguments...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		before := lines()
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool { return lines() > before+20 }, 20*time.Second, time.Millisecond)
		code, _, stderr := call(t.Context(), arguments...)
		require.Equal(t, exitFailed, code)
		require.Contains(t, stderr, "another `ownsight detect` is writing it")
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		require.True(t, cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled(), "it was at work still")
	}
	require.Less(t, lines(), pictures)

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
