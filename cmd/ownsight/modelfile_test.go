package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/client"
)

// TestModelFileAnswersAsTheServerDoes asks the file of a model, without a server but for its S3, what the running model is asked.
func TestModelFileAnswersAsTheServerDoes(t *testing.T) {
	dir := t.TempDir()
	data, photos := filepath.Join(dir, "data"), filepath.Join(dir, "photos")
	photographs(t, photos)
	endpoint := serving(t, data)
	t.Setenv("OWNSIGHT_DATA", data)
	onServer := []string{"--endpoint", endpoint}
	do := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := call(t.Context(), args...)
		require.Equal(t, want, code, stderr)
		return stdout, stderr
	}
	answers := func(out string) (list []client.Answer) {
		for line := range strings.Lines(out) {
			var a client.Answer
			require.NoError(t, json.Unmarshal([]byte(line), &a), line)
			a.Milliseconds = 0
			list = append(list, a)
		}
		return list
	}
	do(exitDone, append([]string{"train", photos, "--version", "v1"}, onServer...)...)
	file := filepath.Join(dir, "photos.onnx")
	do(exitDone, append([]string{"model", "download", "photos", file}, onServer...)...)

	local := []string{"detect", file, "--recursive", photos, "--output", "json", "--endpoint", "http://127.0.0.1:1"}
	for _, more := range [][]string{nil, {"--min-confidence", "0"}, {"--min-confidence", "0", "--max-results", "1"}} {
		want, _ := do(exitDone, append(append([]string{"detect", "photos", "--recursive", photos, "--output", "json"}, onServer...), more...)...)
		got, _ := do(exitDone, append(local, more...)...)
		require.Len(t, answers(want), 4)
		require.Equal(t, answers(want), answers(got), more)
	}
	want, _ := do(exitDone, append([]string{"detect", "photos", "--recursive", "s3://ownsight-pictures-111122223333/", "--output", "json"}, onServer...)...)
	got, _ := do(exitDone, append([]string{"detect", file, "--recursive", "s3://ownsight-pictures-111122223333/", "--output", "json"}, onServer...)...)
	require.NotEmpty(t, answers(want))
	require.Equal(t, answers(want), answers(got))

	missing, _ := do(exitFailed, append([]string{"detect", file, "s3://ownsight-pictures-111122223333/nothing.jpg", filepath.Join(dir, "nothing.jpg"), filepath.Join(photos, "test", "rust", "1.jpg"), "--min-confidence", "0", "--output", "json"}, onServer...)...)
	require.Contains(t, answers(missing)[0].Error, "NoSuchKey")
	require.Equal(t, "no such file or directory", answers(missing)[1].Error)
	require.NotEmpty(t, answers(missing)[2].Labels, "what cannot be read does not keep others from their answers")

	broken, kept := filepath.Join(photos, "broken.jpg"), filepath.Join(dir, "answers.jsonl")
	require.NoError(t, os.WriteFile(broken, []byte("no picture"), 0o600))
	_, stderr := do(exitFailed, "detect", file, "--recursive", photos, "--to", kept)
	require.Contains(t, stderr, "no answer for 1 of 5 pictures")
	require.NoError(t, os.Remove(broken))
	out, _ := do(exitDone, "detect", file, "--recursive", photos, "--to", kept)
	require.Contains(t, out, "4 of 4 pictures have answers in "+kept+"; 0 were asked about")
	_, stderr = do(exitFailed, append([]string{"detect", "photos", "--recursive", photos, "--to", kept}, onServer...)...)
	require.Contains(t, stderr, "line 1 is an answer of another model, sha256:")

	_, stderr = do(exitFailed, "detect", filepath.Join(dir, "nowhere.onnx"), photos)
	require.Contains(t, stderr, "nowhere.onnx: no such file or directory")
	stranger := filepath.Join(dir, "stranger.onnx")
	require.NoError(t, os.WriteFile(stranger, []byte("no model"), 0o600))
	_, stderr = do(exitFailed, "detect", stranger, photos)
	require.Contains(t, stderr, "stranger.onnx: ")
}
