package browser

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestImages has images take a few seconds, so that there is progress to be seen, on a server that has room for two in a region.
func TestImages(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.New(t)
	s.Setenv("OWNSIGHT_IMAGE_RATE", "6291456")
	s.Setenv("OWNSIGHT_LIMITS_IMAGES", "2")
	s.Restart(t)
	disk := program(t, s, "image", "register", write(t, "tools.raw", corpus.Disk(18<<20, 1)), "--platform", "UBUNTU_PRO_2404", "--endpoint", s.Endpoint)
	program(t, s, "account", "create", "444455556666", "--profile", "second")
	play(t, s, chapter{program: "images.mjs", environ: []string{"DISK=" + disk}})

	here := guide.ImagesIn(t, s, "default", "us-east-1")
	made := here.Settled(t, "tools-2")
	require.Equal(t, here.Settled(t, "tools").Arn, made.BaseImageArn)
	require.Equal(t, "Build tools", aws.ToString(made.DisplayName))
	require.Equal(t, "for the summer", aws.ToString(made.Description))
}
