package main

import (
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn/quantize"
)

// draw writes a PNG of one colour with a grain.
func draw(t *testing.T, path string, red uint8) {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 80, 80))
	for i := range 80 * 80 {
		p.Set(i%80, i/80, color.RGBA{red, uint8(i * 7), uint8(i / 3), 255})
	}
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, png.Encode(file, p))
}

func TestCalibrationLeavesTestPicturesOut(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"a.png", "b.png", "c.PNG"} {
		draw(t, filepath.Join(folder, name), name[0]*2)
	}
	list := []byte("file,split,label\na.png,train,x\nb.png,test,x\n")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "labels.csv"), list, 0o600))
	files, err := pictures(folder)
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(folder, "a.png"), filepath.Join(folder, "c.PNG")}, files)

	ranges, err := calibrate(t.Context(), []string{folder}, 26)
	require.NoError(t, err)
	network, err := backbone.Whole()
	require.NoError(t, err)
	needed, err := quantize.Unbounded(network)
	require.NoError(t, err)
	require.Len(t, ranges, len(needed))
	require.Equal(t, inputRange, ranges["picture"])
	require.Less(t, ranges["stride8"].Low, float32(-5))
	require.Greater(t, ranges["stride8"].High, float32(5))

	var again quantize.Ranges
	require.NoError(t, json.Unmarshal(written(ranges), &again))
	require.Equal(t, ranges, again)

	_, err = calibrate(t.Context(), []string{t.TempDir()}, 26)
	require.ErrorContains(t, err, "hold no pictures")
}
