package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
)

// photographs draws one picture a label to train on and one to test with.
func photographs(t *testing.T, dir string) {
	t.Helper()
	for i, label := range []string{"crack", "crack", "rust", "rust"} {
		path := filepath.Join(dir, []string{"train", "test"}[i%2], label, "1.jpg")
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		m, _ := draw.PictureOf(rand.New(rand.NewPCG(uint64(i), 7)), label, image.Pt(128, 104))
		var b bytes.Buffer
		require.NoError(t, jpeg.Encode(&b, m, nil))
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	}
}

// TestProjects does what a user does with a project that is not training or asking.
func TestProjects(t *testing.T) {
	dir := t.TempDir()
	data, photos := filepath.Join(dir, "data"), filepath.Join(dir, "photos")
	photographs(t, photos)
	t.Setenv("AWS_ENDPOINT_URL", serving(t, data))
	t.Setenv("OWNSIGHT_DATA", data)
	do := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := call(t.Context(), args...)
		require.Equal(t, want, code, stderr)
		return stdout, stderr
	}
	at := func(name string) string { return filepath.Join(dir, name) }

	out, _ := do(exitDone, "project", "list")
	require.Contains(t, out, "No projects yet")
	do(exitDone, "train", photos, "--version", "v1", "--no-start")
	out, _ = do(exitDone, "project", "list")
	require.Regexp(t, `(?m)^PROJECT +TRAIN +TEST +MODELS +RUNNING +CREATED\nphotos +2 +2 +1 +0 +2`, out)

	_, refusal := do(exitFailed, "project", "train", "nothing")
	require.Contains(t, refusal, `there is no project "nothing"`)
	out, _ = do(exitDone, "project", "train", "photos", "--version", "v2")
	require.Contains(t, out, "Model photos/v2 is TRAINING_COMPLETED.")
	out, _ = do(exitDone, "project", "train", "photos", "--version", "v2", "--region", "us-east-1")
	require.Contains(t, out, "photos/v2 was there already and is not trained again")
	require.Regexp(t, `ownsight model start photos/v2 .*--region us-east-1`, out)
	do(exitDone, "project", "create", "empty")
	_, refusal = do(exitFailed, "project", "train", "empty")
	require.Contains(t, refusal, "dataset")
	do(exitDone, "project", "delete", "empty", "--yes")
	do(exitDone, "model", "delete", "photos/v2")

	datasets(t, do, at)
	changes(t, do, at)
	models(t, do, at)
	completions(t)

	out, _ = do(exitDone, "project", "export", "photos", at("photos.tar"))
	require.Regexp(t, `photos\.tar has photos: TRAIN dataset with 2 entries, TEST dataset with 2 entries, 4 pictures of [\d.]+ KiB, 1 model\.`, out)
	_, refusal = do(exitFailed, "project", "import", at("photos.onnx"))
	require.Contains(t, refusal, "is no project that")
	out, _ = do(exitDone, "project", "import", at("photos.tar"), "--as", "second")
	require.Contains(t, out, "second has TRAIN dataset with 2 entries, TEST dataset with 2 entries, 4 pictures, 4 of them sent now.")
	require.Contains(t, out, "The files of 1 model lie in s3://ownsight-pictures-111122223333/second/imported/")
	require.Contains(t, out, "ownsight dataset show second --endpoint http://")

	_, refusal = do(exitUsage, "project", "delete", "second")
	require.Contains(t, refusal, "Delete project second (its train dataset of 2 pictures, its test dataset of 2 pictures, 0 models, 0 running)? [yes/no]")
	require.Contains(t, refusal, "--yes goes on without")
	do(exitDone, "project", "delete", "second", "--yes")
	do(exitDone, "project", "delete", "production", "--yes", "--output", "json")
	do(exitDone, "project", "delete", "photos", "--yes")
	out, _ = do(exitDone, "project", "list", "--output", "json")
	require.JSONEq(t, "[]", out)
}

func datasets(t *testing.T, do func(int, ...string) (string, string), at func(string) string) {
	out, _ := do(exitDone, "dataset", "show", "photos", "train")
	require.Regexp(t, `^TRAIN of photos: 2 pictures, 0 unlabelled, 0 with errors; CREATE_COMPLETE, \S+ \S+\nLABEL +PICTURES +BOXES *\ncrack +1 *\nrust +1 *\n$`, out)
	out, _ = do(exitDone, "dataset", "list", "photos", "--label", "rust")
	require.Equal(t, "TRAIN  s3://ownsight-pictures-111122223333/photos/pictures/train/rust/1.jpg  rust\n"+
		"TEST   s3://ownsight-pictures-111122223333/photos/pictures/test/rust/1.jpg  rust\n", out)
	out, _ = do(exitDone, "dataset", "list", "photos", "--unlabelled")
	require.Empty(t, out)
	out, _ = do(exitDone, "dataset", "errors", "photos")
	require.Equal(t, "No errors.\n", out)
	out, _ = do(exitDone, "dataset", "export", "photos", "train", at("photos.manifest"))
	require.Contains(t, out, "photos.manifest has 2 lines.")
	text, err := os.ReadFile(at("photos.manifest"))
	require.NoError(t, err)
	require.Regexp(t, `^\{"source-ref":"s3://ownsight-pictures-111122223333/photos/pictures/train/crack/1.jpg",`, string(text))
	_, refusal := do(exitUsage, "dataset", "show", "photos", "both")
	require.Contains(t, refusal, `"both" is neither train nor test`)
	_, refusal = do(exitFailed, "dataset", "show", "nothing")
	require.Contains(t, refusal, `there is no project "nothing"`)

	// A dataset that has errors is made in two steps, since a folder of pictures makes none.
	faulty := strings.Replace(string(text), "groundtruth/image-classification", "groundtruth/poetry", 1)
	require.NotEqual(t, string(text), faulty)
	require.NoError(t, os.MkdirAll(at("tar"), 0o755))
	for name, content := range map[string]string{
		"manifest.json":  `{"format":"ownsight project 1","project":"faulty","datasets":[{"type":"TRAIN","entries":2}],"pictures":0}`,
		"train.manifest": strings.ReplaceAll(faulty, "s3://ownsight-pictures-111122223333/photos/", ""),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(at("tar"), name), []byte(content), 0o600))
	}
	pack(t, at("faulty.tar"), at("tar"), "manifest.json", "train.manifest")
	do(exitDone, "project", "import", at("faulty.tar"))
	out, _ = do(exitDone, "dataset", "errors", "faulty")
	require.Regexp(t, `^TRAIN line 1, s3://\S+/faulty/pictures/train/crack/1.jpg\n  ERROR_[A-Z_]+: .*\n  → `, out)
	require.Contains(t, out, "let type be groundtruth/image-classification or groundtruth/object-detection")
	out, _ = do(exitDone, "dataset", "errors", "faulty", "--output", "json")
	var entry struct {
		Line   int
		Errors []struct{ Code, Remedy string }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &entry), out)
	require.Equal(t, 1, entry.Line)
	out, _ = do(exitDone, "dataset", "show", "faulty")
	require.Contains(t, out, "1 with errors")
	require.Contains(t, out, "`ownsight dataset errors faulty train`")
	do(exitDone, "project", "delete", "faulty", "--yes")
}

func models(t *testing.T, do func(int, ...string) (string, string), at func(string) string) {
	out, _ := do(exitDone, "model", "report", "photos", "--html", at("report.html"))
	require.Contains(t, out, "Evaluated on 2 test pictures")
	require.Contains(t, out, "Model photos/v1 is TRAINING_COMPLETED.")
	page, err := os.ReadFile(at("report.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "<html")
	out, _ = do(exitDone, "model", "download", "photos", at("photos.onnx"), "--output", "json")
	var got struct{ Bytes int64 }
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	info, err := os.Stat(at("photos.onnx"))
	require.NoError(t, err)
	require.Equal(t, got.Bytes, info.Size())
	require.Greater(t, got.Bytes, int64(1<<20))

	out, _ = do(exitDone, "model", "tag", "photos/v1", "stage=test", "draft=")
	require.Regexp(t, `(?m)^draft *\nstage +test$`, out)
	out, _ = do(exitDone, "model", "tag", "photos/v1", "draft-", "--output", "json")
	require.JSONEq(t, `{"stage":"test"}`, out)

	do(exitDone, "project", "create", "production")
	out, progress := do(exitDone, "model", "copy", "photos/v1", "production", "--name", "live")
	require.Equal(t, "production/live is COPYING_COMPLETED.\n", out)
	require.Equal(t, "copying the model\n", progress)
	_, refusal := do(exitFailed, "model", "units", "photos", "2")
	require.Contains(t, refusal, "`ownsight model start photos/v1`")
	do(exitDone, "model", "start", "production")
	_, refusal = do(exitFailed, "detect", "production", "--recursive", t.TempDir())
	require.Contains(t, refusal, "no .jpg, .jpeg or .png file")
	out, _ = do(exitDone, "model", "units", "production", "2", "3")
	require.Equal(t, "production/live is RUNNING with 2 units, 3 at most.\n", out)
}

// pack makes a tar of files in a folder.
func pack(t *testing.T, file, dir string, names ...string) {
	t.Helper()
	out, err := os.Create(file)
	require.NoError(t, err)
	w := tar.NewWriter(out)
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}))
		_, err = w.Write(text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, out.Close())
}

// completions asks as a shell does, and again where the server was not quick enough for one.
func completions(t *testing.T) {
	for line, want := range map[string]string{
		"model start ":                                  "photos/v1\nproduction/live\n:4\n",
		"model start pro":                               "production/live\n:4\n",
		"model copy photos/v1 ":                         "photos\nproduction\n:4\n",
		"dataset show photos t":                         "train\ntest\n:4\n",
		"dataset show photos train ":                    ":4\n",
		"detect photos ":                                ":0\n",
		"project list --output ":                        "text\njson\n:4\n",
		"project export --endpoint=http://127.0.0.1:1 ": ":4\n",
	} {
		var out string
		for began := time.Now(); len(out) < len(want) && time.Since(began) < 5*time.Minute; {
			var code int
			var stderr string
			code, out, stderr = call(t.Context(), append([]string{"__complete"}, strings.Split(line, " ")...)...)
			require.Equal(t, exitDone, code, stderr)
		}
		require.ElementsMatch(t, strings.Split(want, "\n"), strings.Split(out, "\n"), line)
	}
}

func TestEveryShellIsCompleted(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, out, stderr := call(t.Context(), "completion", shell)
		require.Equal(t, exitDone, code, stderr)
		require.Contains(t, out, "__complete")
	}
	_, help, _ := call(t.Context())
	require.Regexp(t, `(?m)^  completion `, help)
	var paths []string
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		_, path, _ := strings.Cut(cmd.CommandPath(), " ")
		paths = append(paths, path)
		for _, below := range cmd.Commands() {
			visit(below)
		}
	}
	visit(root())
	for path := range offers {
		require.Contains(t, paths, path, "completion of a command that there is")
	}
}

func TestAQuestionWantsAYes(t *testing.T) {
	for answer, want := range map[string]string{"yes\n": "", "YES": "", "y\n": "nothing is done", "no\n": "nothing is done", "": "nobody to ask"} {
		cmd := &cobra.Command{}
		cmd.SetContext(context.Background())
		cmd.SetIn(strings.NewReader(answer))
		cmd.SetErr(new(bytes.Buffer))
		if err := agree(cmd, "Go on?"); want == "" {
			require.NoError(t, err, answer)
		} else {
			require.ErrorContains(t, err, want, answer)
		}
	}
}
