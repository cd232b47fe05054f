package browser

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// TestLabelling has a server and a key go away while somebody labels, and nothing of the work lost.
func TestLabelling(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	files, manifest := map[string][]byte{}, ""
	for i, p := range corpus.Pictures("sorting/", 12, corpus.Labels[:2]...) {
		files[p.Key] = p.File
		if i < 4 {
			manifest += corpus.Line(bucket, p.Key, p.Label) + "\n"
		} else {
			manifest += bare(p.Key)
		}
	}
	dataset(t, s, "sorting", files, []byte(manifest))
	shapes := corpus.Shapes("finding/", 12)
	files, manifest = map[string][]byte{}, string(corpus.ShapesManifest(bucket, shapes[:2]))
	for i, p := range shapes {
		files[p.Key] = p.File
		if i >= 2 {
			manifest += bare(p.Key)
		}
	}
	dataset(t, s, "finding", files, []byte(manifest))
	dataset(t, s, "turned", map[string][]byte{"turned.jpg": marked()}, []byte(bare("turned.jpg")))

	user(t, s, "ann")
	play(t, s, chapter{
		program: "labelling.mjs", profile: "ann",
		environ: another(t, s),
		deeds:   map[string]func(){"delete the key": func() { dropKey(t, s, "ann") }},
	})

	require.EqualValues(t, 24, *describe(t, s, "sorting").DatasetStats.LabeledEntries, "the pictures labelled by keys")
	drawn := 0
	for _, line := range entries(t, s, "finding") {
		if strings.Contains(line, `"groundtruth/object-detection"`) {
			drawn++
		}
	}
	require.Equal(t, 12, drawn, "the pictures with boxes")
	around(t, entries(t, s, "turned"))
}

// The mark on a picture of size stands, as people see it.
var (
	standing = image.Rect(0, 0, 128, 192)
	mark     = image.Rect(32, 112, 112, 160)
)

// marked is a JPEG that lies, and stands when it is turned a quarter clockwise, as its Exif segment says.
func marked() []byte {
	lying := image.NewRGBA(image.Rect(0, 0, standing.Dy(), standing.Dx()))
	for y := range standing.Dy() {
		for x := range standing.Dx() {
			c := color.RGBA{uint8(x), uint8(y), 120, 255}
			if image.Pt(x, y).In(mark) {
				c = color.RGBA{230, 20, 20, 255}
			}
			lying.SetRGBA(y, standing.Dx()-1-x, c)
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, lying, &jpeg.Options{Quality: 95}); err != nil {
		panic(err) // into memory
	}
	return corpus.Turned(file.Bytes(), 6)
}

// around demands that a dataset's one entry has a box around the mark, in pixels of the picture that stands.
func around(t *testing.T, lines []string) {
	t.Helper()
	require.Len(t, lines, 1)
	var entry struct {
		Box struct {
			Size []struct{ Width, Height int }            `json:"image_size"`
			List []struct{ Left, Top, Width, Height int } `json:"annotations"`
		} `json:"bounding-box"`
		Said struct {
			Names map[string]string `json:"class-map"`
		} `json:"bounding-box-metadata"`
	}
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &entry), lines[0])
	require.Len(t, entry.Box.Size, 1, lines[0])
	require.Equal(t, standing.Size(), image.Pt(entry.Box.Size[0].Width, entry.Box.Size[0].Height))
	require.Equal(t, map[string]string{"0": "mark"}, entry.Said.Names)
	require.Len(t, entry.Box.List, 1, lines[0])
	box := entry.Box.List[0]
	for side, numbers := range map[string][2]int{
		"left": {mark.Min.X, box.Left}, "top": {mark.Min.Y, box.Top}, "width": {mark.Dx(), box.Width}, "height": {mark.Dy(), box.Height},
	} {
		require.InDelta(t, numbers[0], numbers[1], 2, "%s of the box: %s", side, lines[0]) // JPEG's edges are soft
	}
}
