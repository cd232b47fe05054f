package main

import (
	"context"
	"encoding/csv"
	"image/jpeg"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/examples/belt/draw"
)

func table(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	return rows
}

func TestOrderWritesPicturesAndTables(t *testing.T) {
	o := order{out: filepath.Join(t.TempDir(), "new"), train: 2, test: 1, seed: 5}
	ticks := make(chan struct{}, o.pictures())
	require.NoError(t, o.fulfil(t.Context(), func() { ticks <- struct{}{} }))
	require.Len(t, ticks, 15)

	labels := table(t, filepath.Join(o.out, "labels.csv"))
	require.Equal(t, []string{"file", "split", "label"}, labels[0])
	require.Len(t, labels, 1+15)
	for _, row := range labels[1:] {
		require.Equal(t, row[1]+"/"+row[2], filepath.Dir(row[0]))
		file, err := os.Open(filepath.Join(o.out, row[0]))
		require.NoError(t, err)
		config, err := jpeg.DecodeConfig(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		require.Equal(t, draw.Size.X, config.Width)
		require.Equal(t, draw.Size.Y, config.Height)
	}

	boxes := table(t, filepath.Join(o.out, "boxes.csv"))
	require.Equal(t, []string{"file", "split", "label", "left", "top", "width", "height", "image_width", "image_height"}, boxes[0])
	require.Len(t, boxes, 1+12, "one box for each defect, none for good")
	for _, row := range boxes[1:] {
		var n [6]int
		for i := range n {
			var err error
			n[i], err = strconv.Atoi(row[3+i])
			require.NoError(t, err)
		}
		require.True(t, n[0] >= 0 && n[1] >= 0 && n[2] > 0 && n[3] > 0 && n[0]+n[2] <= n[4] && n[1]+n[3] <= n[5], "%v", row)
	}
}

func TestSameSeedSameBytesAndMoreKeepsTheEarlier(t *testing.T) {
	few := order{out: t.TempDir(), train: 1, seed: 9}
	more := order{out: t.TempDir(), train: 2, test: 1, seed: 9}
	other := order{out: t.TempDir(), train: 1, seed: 10}
	for _, o := range []order{few, more, other} {
		require.NoError(t, o.fulfil(t.Context(), func() {}))
	}
	read := func(o order, file string) []byte {
		data, err := os.ReadFile(filepath.Join(o.out, file))
		require.NoError(t, err)
		return data
	}
	for _, label := range draw.Labels() {
		first := filepath.Join("train", label, "001.jpg")
		require.Equal(t, read(few, first), read(more, first))
		require.NotEqual(t, read(few, first), read(other, first))
		require.NotEqual(t, read(more, first), read(more, filepath.Join("train", label, "002.jpg")))
		require.NotEqual(t, read(more, first), read(more, filepath.Join("test", label, "001.jpg")))
	}
}

func TestOrderIsRefused(t *testing.T) {
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "holiday.jpg"), nil, 0o600))
	for name, c := range map[string]struct {
		order order
		want  string
	}{
		"folder with something in it": {order{out: full, train: 1}, "not empty"},
		"nothing to draw":             {order{out: t.TempDir()}, "nor both zero"},
		"negative count":              {order{out: t.TempDir(), train: 5, test: -1}, "neither may be negative"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, c.order.fulfil(t.Context(), func() {}), c.want)
		})
	}
}

func TestInterruptedOrderStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := order{out: t.TempDir(), train: 1000, seed: 1}
	require.ErrorIs(t, o.fulfil(ctx, cancel), context.Canceled)
	require.NoFileExists(t, filepath.Join(o.out, "labels.csv"), "a folder without its tables is not finished")
}
