package source

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/dataset/manifest"
)

func entryLine(t *testing.T, ref string, labels ...string) string {
	t.Helper()
	line, err := manifest.ImageLine("s3://bucket/x.jpg", labels, time.Now())
	require.NoError(t, err)
	return strings.Replace(line, "s3://bucket/x.jpg", ref, 1) + "\n"
}

func boxLine(t *testing.T, ref string, size manifest.Size, boxes ...manifest.Box) string {
	t.Helper()
	line, err := manifest.BoxLine("s3://bucket/x.jpg", size, boxes, time.Now())
	require.NoError(t, err)
	return strings.Replace(line, "s3://bucket/x.jpg", ref, 1) + "\n"
}

func TestManifests(t *testing.T) {
	cat := manifest.Box{Label: "cat", Left: 1, Top: 2, Width: 30, Height: 40}
	dir := folder(t, map[string]string{
		"train.manifest": entryLine(t, "s3://bbb/1.jpg", "cat", "wet") + "\n" + entryLine(t, "s3://bbb/2.jpg", "dog"),
		"test.manifest":  entryLine(t, "s3://bbb/3.jpg", "cat") + entryLine(t, "s3://bbb/1.jpg", "cat"),
		"other.jsonl":    `{"text":"no pictures"}`,
	})
	s := reading(t, dir, Auto)
	require.Equal(t, Manifest, s.Layout)
	require.Equal(t, []string{"s3://bbb/2.jpg dog"}, told(s.Training))
	require.Equal(t, []string{"s3://bbb/3.jpg cat", "s3://bbb/1.jpg cat"}, told(s.Testing))
	require.Equal(t, "train.manifest:1: s3://bbb/1.jpg is in test.manifest:2 already; a picture is trained on or tested with, not both; it is taken as that one says\n", saying(s.Problems))
	require.Empty(t, s.Training[0].Path)

	files := pictures("images/1.jpg", "2.jpg", "3.jpg")
	files["output.manifest"] = boxLine(t, "images/1.jpg", manifest.Size{Width: 200, Height: 100}, cat) +
		boxLine(t, "2.jpg", manifest.Size{Width: 300, Height: 100}, cat) +
		boxLine(t, "3.jpg", manifest.Size{Width: 200, Height: 100}, cat, manifest.Box{Label: "dog", Left: 150, Width: 100, Height: 50}) +
		boxLine(t, "../3.jpg", manifest.Size{Width: 200, Height: 100}, cat) + boxLine(t, "file:///3.jpg", manifest.Size{Width: 200, Height: 100}, cat) +
		boxLine(t, "gone.jpg", manifest.Size{Width: 200, Height: 100}, cat) + "{\"source-ref\":\n" + `{"source-ref":"2.jpg"}` + "\n"
	s = reading(t, folder(t, files), Auto)
	require.Equal(t, []string{"images/1.jpg 200x100 cat@1,2,30,40", "3.jpg 200x100 cat@1,2,30,40"}, told(s.Training))
	for _, problem := range []string{
		"output.manifest:2: 2.jpg has 200 x 100 pixels, and its boxes were drawn on 300 x 100",
		"output.manifest:3: The bounding box has off frame values.; correct the line",
		`output.manifest:4: picture "../3.jpg" lies outside of the folder`,
		"output.manifest:5: The format of the source-ref value is invalid.",
		`output.manifest:6: picture "gone.jpg" is not there`,
		"output.manifest:7: The JSON Line has an invalid format.",
	} {
		require.Contains(t, saying(s.Problems), problem)
	}
	require.Len(t, s.Problems, 6)

	mixed := with(pictures("1.jpg"), "a.manifest", entryLine(t, "1.jpg", "a")+entryLine(t, "s3://bbb/2.jpg", "b"))
	_, err := Read(folder(t, mixed), Auto)
	require.ErrorContains(t, err, "bring all of them to one place")
}
