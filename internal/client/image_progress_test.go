package client

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var imageMessages = map[string]Progress{
	"":                             {},
	"COPYING":                      {What: "copying"},
	"Checking the disk":            {What: "checking the disk"},
	"Copying: waiting to begin":    {What: "copying: waiting to begin"},
	"Copying: 0 B of 10 GiB (0 %)": {What: "copying 10 GiB", Total: 100, Detail: "0 B"},
	"Copying: 1.2 GiB of 10 GiB (12 %), 240 MiB/s, 37s left": {
		What: "copying 10 GiB", Done: 12, Total: 100, Detail: "1.2 GiB, 240 MiB/s", Left: 37 * time.Second},
	"Importing: 40 GiB of 40 GiB (100 %), 1.1 MiB/s, 0s left": {
		What: "importing 40 GiB", Done: 100, Total: 100, Detail: "40 GiB, 1.1 MiB/s"},
	"Exporting: 700 MiB of 1.0 TiB (0 %), 80 MiB/s, 3h38m27s left": {
		What: "exporting 1.0 TiB", Total: 100, Detail: "700 MiB, 80 MiB/s", Left: 3*time.Hour + 38*time.Minute + 27*time.Second},
	"Copying: some of it":               {What: "copying: some of it"},
	"Copying: 1 B of 2 B (900 %), soon": {What: "copying 2 B", Done: 100, Total: 100, Detail: "1 B, soon"},
}

func TestImageProgress(t *testing.T) {
	for message, want := range imageMessages {
		require.Equal(t, want, imageProgress(message), message)
	}
}

func FuzzImageProgress(f *testing.F) {
	for message := range imageMessages {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		p := imageProgress(message)
		require.GreaterOrEqual(t, p.Done, 0)
		require.LessOrEqual(t, p.Done, p.Total)
		require.GreaterOrEqual(t, p.Left, time.Duration(0))
	})
}
