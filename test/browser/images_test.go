package browser

import (
	"testing"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// TestImages has images take a few seconds, so that there is progress to be seen.
func TestImages(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.New(t)
	s.Setenv("OWNSIGHT_IMAGE_RATE", "6291456")
	s.Restart(t)
	disk := program(t, s, "image", "register", write(t, "tools.raw", corpus.Disk(18<<20, 1)), "--platform", "UBUNTU_PRO_2404", "--endpoint", s.Endpoint)
	program(t, s, "account", "create", "444455556666", "--profile", "second")
	play(t, s, chapter{program: "images.mjs", environ: []string{"DISK=" + disk}})
}
