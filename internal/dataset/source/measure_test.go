package source

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/dataset/manifest"
)

// turned is a JPEG of 200 x 100 stored pixels that is upright after a turn to the right.
func turned(t *testing.T) string {
	t.Helper()
	tiff := "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
	exif := "\xff\xe1\x00" + string(rune(2+6+len(tiff))) + "Exif\x00\x00" + tiff
	return string(slices.Insert(drawn(t, "1.jpg"), 2, []byte(exif)...))
}

func TestBoxesReferToTheUprightPicture(t *testing.T) {
	files := map[string]string{"1.jpg": turned(t), "2.jpg": turned(t)}
	files["boxes.csv"] = "file,label,left,top,width,height,image_width,image_height\n" +
		"1.jpg,cat,10,110,50,60,100,200\n2.jpg,cat,110,10,60,50,200,100\n"
	s := reading(t, folder(t, files), BoxesCSV)
	require.Equal(t, []string{"1.jpg 100x200 cat@10,110,50,60"}, told(s.Training))
	require.Equal(t, "boxes.csv:3: 2.jpg has 100 x 200 pixels, and its boxes were drawn on 200 x 100; "+
		"draw them on the upright picture: its EXIF orientation turns it\n", saying(s.Problems))
}

func TestClipped(t *testing.T) {
	size := manifest.Size{Width: 200, Height: 100}
	for _, c := range []struct{ box, want manifest.Box }{
		{manifest.Box{Left: 10, Top: 10, Width: 20, Height: 20}, manifest.Box{Left: 10, Top: 10, Width: 20, Height: 20}},
		{manifest.Box{Left: -5, Top: -5, Width: 25, Height: 25}, manifest.Box{Width: 20, Height: 20}},
		{manifest.Box{Left: 190, Top: 90, Width: 12, Height: 12}, manifest.Box{Left: 190, Top: 90, Width: 10, Height: 10}},
		{manifest.Box{Left: 190, Width: 100, Height: 50}, manifest.Box{Left: 190, Width: 100, Height: 50}}, // most of it is outside
		{manifest.Box{Left: 300, Width: 10, Height: 50}, manifest.Box{Left: 300, Width: 10, Height: 50}},
		{manifest.Box{Left: 10, Width: -10, Height: 50}, manifest.Box{Left: 10, Width: -10, Height: 50}},
	} {
		require.Equal(t, c.want, clipped(c.box, size))
	}
}
