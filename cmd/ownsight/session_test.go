package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
)

// TestSession does in one process what a user does in two terminals: a server, a training, questions, and the end.
func TestSession(t *testing.T) {
	if os.Getenv("OWNSIGHT_ASSETS") == "" { // found from here: the server moves the process into its data folder
		build, err := filepath.Abs("../../build")
		require.NoError(t, err)
		t.Setenv("OWNSIGHT_ASSETS", build)
	}
	dir := t.TempDir()
	data, photos := filepath.Join(dir, "data"), filepath.Join(dir, "photos")
	for i, label := range []string{"crack", "crack", "rust", "rust"} {
		part := []string{"train", "test"}[i%2]
		path := filepath.Join(photos, part, label, "1.jpg")
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		f, err := os.Create(path)
		require.NoError(t, err)
		m, _ := draw.PictureOf(rand.New(rand.NewPCG(uint64(i), 7)), label, image.Pt(128, 104))
		require.NoError(t, jpeg.Encode(f, m, nil))
		require.NoError(t, f.Close())
	}

	serving, stop := context.WithCancel(t.Context())
	defer stop()
	ready, stdout := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := run(serving, []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--log", "error"}, stdout, os.Stderr)
		stdout.CloseWithError(fmt.Errorf("the server ended with code %d", code))
		ended <- code
	}()
	line, err := bufio.NewReader(ready).ReadString('\n')
	require.NoError(t, err)
	endpoint := regexp.MustCompile(`^ownsight \S+ ready at (http://127\.0\.0\.1:\d+), data in .*\n$`).FindStringSubmatch(line)
	require.NotNil(t, endpoint, line)
	t.Setenv("AWS_ENDPOINT_URL", endpoint[1])
	t.Setenv("OWNSIGHT_DATA", data)
	do := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := call(t.Context(), args...)
		require.Equal(t, want, code, stderr)
		return stdout, stderr
	}

	out, _ := do(exitDone, "model", "list")
	require.Contains(t, out, "No models yet")
	out, progress := do(exitDone, "train", photos, "--version", "v1", "--no-start")
	require.Contains(t, progress, "uploading pictures\nmaking the datasets\n")
	require.Contains(t, out, "Evaluated on 2 test pictures")
	require.Contains(t, out, "Model photos/v1 is TRAINING_COMPLETED.")
	require.Contains(t, out, "ownsight model start photos/v1 --endpoint "+endpoint[1])

	picture := filepath.Join(photos, "test", "rust", "1.jpg")
	_, refusal := do(exitFailed, "detect", "photos", picture)
	require.Contains(t, refusal, "`ownsight model start photos/v1`")
	out, _ = do(exitDone, "model", "start", "photos")
	require.Equal(t, "photos/v1 is RUNNING.\n", out)
	out, _ = do(exitDone, "model", "list", "photos")
	require.Regexp(t, `(?m)^photos +v1 +RUNNING +\d\.\d{3} +1 +2`, out)

	out, _ = do(exitDone, "train", photos, "--version", "v1", "--output", "json")
	var trained struct {
		Found        bool
		Status       string
		VersionArn   string
		F1           *float64
		Report       struct{ Version int }
		OutputPrefix string
	}
	require.NoError(t, json.Unmarshal([]byte(out), &trained))
	require.True(t, trained.Found)
	require.NotNil(t, trained.F1)
	require.Equal(t, 1, trained.Report.Version)
	require.Equal(t, "photos/output/v1", trained.OutputPrefix)

	out, faults := do(exitFailed, "detect", trained.VersionArn, "--min-confidence", "0", "--output", "json", picture, "/nowhere.jpg")
	require.Regexp(t, `^\{"picture":"[^"]+1\.jpg","labels":\[\{"name":"(rust|crack)","confidence":[\d.]+\},\{.*\}\],"milliseconds":[\d.]+\}\n`, out)
	require.Contains(t, out, `{"picture":"/nowhere.jpg","labels":[],"milliseconds":0,"error":"no such file or directory"}`)
	require.Contains(t, faults, "no answer for 1 of 2 pictures")
	out, _ = do(exitDone, "detect", "photos", "--recursive", filepath.Join(photos, "test"), "--min-confidence", "0", "--max-results", "1")
	require.Regexp(t, `^Picture +Confidence  Label\n─+\n\S+/crack/1\.jpg +[\d.]+ %  \w+\n\S+/rust/1\.jpg +[\d.]+ %  \w+\n$`, out)

	out, _ = do(exitDone, "account", "create", "444455556666", "--data", data, "--profile", "lab")
	require.Contains(t, out, `profile "lab"`)
	out, _ = do(exitDone, "model", "list", "--profile", "lab")
	require.Contains(t, out, "No models yet", "accounts see their own only")

	do(exitDone, "model", "stop", "photos")
	out, _ = do(exitDone, "model", "delete", "photos/v1", "--output", "json")
	require.Contains(t, out, `"status": "DELETED"`)
	stop()
	require.Equal(t, exitDone, <-ended, "a server that is told to stop ends well")
}
