package client_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/client"
)

// file is one of a tar.
type file struct{ name, content string }

// untar gives the files of a tar in their order.
func untar(t *testing.T, path string) (list []file) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	in := tar.NewReader(bytes.NewReader(text))
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		content, err := io.ReadAll(in)
		require.NoError(t, err)
		list = append(list, file{h.Name, string(content)})
	}
}

// tarred writes a tar and gives its path.
func tarred(t *testing.T, list []file) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.tar")
	f, err := os.Create(path)
	require.NoError(t, err)
	out := tar.NewWriter(f)
	for _, f := range list {
		require.NoError(t, out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Size: int64(len(f.content)), Mode: 0o644}))
		_, err := io.WriteString(out, f.content)
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	require.NoError(t, f.Close())
	return path
}

// listed gives what a dataset says of its pictures, without where they lie.
func listed(t *testing.T, c *client.Client, project string) (list []string) {
	t.Helper()
	sets, err := c.Datasets(t.Context(), project, "")
	require.NoError(t, err)
	for _, d := range sets {
		require.NoError(t, c.Entries(t.Context(), d, client.EntryFilter{}, func(e client.Entry) error {
			_, name, found := strings.Cut(e.Picture, "/pictures/")
			require.True(t, found, e.Picture)
			list = append(list, d.Type+" "+name+" "+strings.Join(e.Labels, ","))
			return nil
		}))
	}
	return list
}

func TestAProjectInOneFile(t *testing.T) {
	c, dir := connect(t), t.TempDir()
	drawSplit(t, dir, 1, 2)
	_, err := c.Train(t.Context(), client.TrainOptions{Folder: dir, Project: "whole", Version: "v1"}, quiet)
	require.NoError(t, err)

	path := filepath.Join(t.TempDir(), "whole.tar")
	exported, err := c.ExportProject(t.Context(), "whole", path, true, quiet)
	require.NoError(t, err)
	require.Equal(t, []client.ArchivedDataset{{Type: "TRAIN", Entries: 2}, {Type: "TEST", Entries: 4}}, exported.Datasets)
	require.Equal(t, 6, exported.Pictures)
	require.Empty(t, exported.Missing)
	files := untar(t, path)
	var names []string
	for _, f := range files {
		names = append(names, f.name)
	}
	require.Equal(t, []string{"manifest.json", "train.manifest", "test.manifest", "models/v1/Model.onnx", "models/v1/Model.json",
		"models/v1/EvaluationResultSummary.json", "models/v1/EvaluationReport.html", "models/v1/EvaluationReport.json"}, names[:8])
	require.Contains(t, names, "pictures/train/rust/1.jpg", "named below the folder that all have in common")
	require.Contains(t, files[1].content, `{"source-ref":"pictures/train/`)
	require.NotContains(t, files[1].content, "cl-metadata")
	again, err := c.ExportProject(t.Context(), "whole", filepath.Join(t.TempDir(), "light.tar"), false, quiet)
	require.NoError(t, err)
	require.Empty(t, again.Models)

	t.Run("is a folder to train on", func(t *testing.T) {
		folder := t.TempDir()
		text, err := exec.CommandContext(t.Context(), "tar", "-xf", path, "-C", folder).CombinedOutput()
		require.NoError(t, err, string(text))
		require.NoError(t, os.RemoveAll(filepath.Join(folder, "models")))
		trained, err := c.Train(t.Context(), client.TrainOptions{Folder: folder, Project: "unpacked", Version: "v1"}, quiet)
		require.NoError(t, err)
		require.Empty(t, trained.Problems)
		require.Equal(t, "TRAINING_COMPLETED", trained.Status)
		require.NoError(t, c.DeleteProject(t.Context(), "unpacked", quiet))
	})
	t.Run("is imported, and goes on after an interruption", func(t *testing.T) {
		o := client.ImportOptions{File: path, Project: "copy"}
		heard.uploads()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := c.ImportProject(ctx, o, func(p client.Progress) {
			if p.What == "uploading pictures" && p.Done == 3 {
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
		imported, err := c.ImportProject(t.Context(), o, quiet)
		require.NoError(t, err)
		require.Equal(t, 6, imported.Pictures)
		require.Less(t, imported.Sent, 4)
		require.Equal(t, "s3://ownsight-pictures-111122223333/copy/imported/", imported.ModelsAt)
		require.Equal(t, listed(t, c, "whole"), listed(t, c, "copy"))
		imported, err = c.ImportProject(t.Context(), o, quiet)
		require.NoError(t, err, "a second time it is there already")
		require.Zero(t, imported.Sent)

		back := filepath.Join(t.TempDir(), "back.tar")
		_, err = c.ExportProject(t.Context(), "copy", back, false, quiet)
		require.NoError(t, err)
		returned := untar(t, back)
		require.Equal(t, files[1:3], returned[1:3], "entries come back as they were")
		require.Equal(t, files[8:], returned[3:], "and pictures")
	})
	t.Run("harms nothing that is there", func(t *testing.T) {
		other := append([]file{}, files...)
		other[1].content = strings.Replace(files[1].content, `"crack"`, `"crank"`, 1)
		_, err := c.ImportProject(t.Context(), client.ImportOptions{File: tarred(t, other), Project: "whole"}, quiet)
		require.ErrorContains(t, err, "project whole has a train dataset that says something else; name another project with --as")

		other = append([]file{}, files...)
		other[len(other)-1].content = "another picture"
		_, err = c.ImportProject(t.Context(), client.ImportOptions{File: tarred(t, other), Project: "whole"}, quiet)
		require.ErrorContains(t, err, "another picture lies there")
	})
	t.Run("that is damaged or hostile is refused", func(t *testing.T) {
		with := func(change func([]file) []file) string { return tarred(t, change(append([]file{}, files...))) }
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		cut := filepath.Join(t.TempDir(), "cut.tar")
		require.NoError(t, os.WriteFile(cut, text[:len(text)-9000], 0o600))
		for want, made := range map[string]string{
			"is no project":            with(func(f []file) []file { return f[1:] }),
			"take a newer one":         with(func(f []file) []file { f[0].content = `{"format":"ownsight project 2"}`; return f }),
			"ends too early":           with(func(f []file) []file { return f[:len(f)-1] }),
			"cut off":                  cut,
			`holds "../etc/cron"`:      with(func(f []file) []file { f[9].name = "../etc/cron"; return f }),
			`holds "pictures/../../x"`: with(func(f []file) []file { f[9].name = "pictures/../../x"; return f }),
			`holds "/etc/passwd"`:      with(func(f []file) []file { f[9].name = "/etc/passwd"; return f }),
			`holds "models/v1/sh"`:     with(func(f []file) []file { f[3].name = "models/v1/sh"; return f }),
			`holds "notes.txt"`:        with(func(f []file) []file { f[3].name = "notes.txt"; return f }),
			"twice":                    with(func(f []file) []file { f[2].name = f[1].name; return f }),
			"too much":                 with(func(f []file) []file { return append(f, file{"pictures/more.jpg", "x"}) }),
			"line 1 names no picture":  with(func(f []file) []file { f[1].content = `{"source-ref":"s3://secret/x.jpg"}`; return f }),
			"no such file":             filepath.Join(t.TempDir(), "nothing.tar"),
		} {
			_, err := c.ImportProject(t.Context(), client.ImportOptions{File: made, Project: "hostile"}, quiet)
			require.ErrorContains(t, err, want)
		}
		_, err = c.ImportProject(t.Context(), client.ImportOptions{File: path, Project: "../x"}, quiet)
		require.ErrorContains(t, err, "cannot be the name of a project")
	})
	t.Run("names pictures that are gone", func(t *testing.T) {
		fewer := append([]file{}, files[:len(files)-1]...)
		fewer[0].content = strings.Replace(fewer[0].content, `"pictures": 6`, `"pictures": 5`, 1)
		_, err := c.ImportProject(t.Context(), client.ImportOptions{File: tarred(t, fewer), Project: "gappy"}, quiet)
		require.NoError(t, err)
		done, err := c.ExportProject(t.Context(), "gappy", filepath.Join(t.TempDir(), "gappy.tar"), true, quiet)
		require.NoError(t, err)
		require.Equal(t, 5, done.Pictures)
		_, name, _ := strings.Cut(files[len(files)-1].name, "/")
		require.Equal(t, []string{"s3://ownsight-pictures-111122223333/gappy/pictures/" + name}, done.Missing)
	})
	t.Run("is gone when it is deleted, and may be empty", func(t *testing.T) {
		require.NoError(t, c.DeleteProject(t.Context(), "copy", quiet))
		_, err := c.Projects(t.Context(), "copy")
		require.ErrorContains(t, err, `there is no project "copy"`)
		_, err = c.CreateProject(t.Context(), "empty")
		require.NoError(t, err)
		hollow := filepath.Join(t.TempDir(), "hollow.tar")
		done, err := c.ExportProject(t.Context(), "empty", hollow, true, quiet)
		require.NoError(t, err)
		require.Zero(t, done.Pictures)
		imported, err := c.ImportProject(t.Context(), client.ImportOptions{File: hollow, Project: "empty-2"}, quiet)
		require.NoError(t, err)
		require.Empty(t, imported.Datasets)
	})
}

func FuzzImportReads(f *testing.F) {
	contents, err := json.Marshal(client.Contents{Format: "ownsight project 1", Project: "p", Datasets: []client.ArchivedDataset{}})
	require.NoError(f, err)
	f.Add("manifest.json", string(contents), "pictures/a.jpg")
	f.Add("manifest.json", `{"format":"ownsight project 1","pictures":-1}`, "../a")
	f.Fuzz(func(t *testing.T, first, content, second string) {
		var b bytes.Buffer
		out := tar.NewWriter(&b)
		for _, x := range []file{{first, content}, {second, ""}} {
			if out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: x.name, Size: int64(len(x.content)), Mode: 0o644}) != nil {
				return
			}
			_, err := io.WriteString(out, x.content)
			require.NoError(t, err)
		}
		require.NoError(t, out.Close())
		names, err := client.ArchivedNames(&b)
		if err != nil {
			return
		}
		for _, name := range names {
			require.True(t, filepath.IsLocal(name), "%q", name)
			require.NotContains(t, name, "\\")
		}
	})
}
