package sdk

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestPublicImages makes an image public as an operator: every account sees it, nobody can change it, and it goes again.
func TestPublicImages(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	files := guide.Connect(t, s, "default")
	files.Bucket(t, "disks")
	files.Put(t, "disks", "gold.raw", corpus.Disk(3<<20, 1))
	mine := guide.ImagesIn(t, s, "default", "us-east-1")
	mine.Import(t, mine.Register(t, "s3://disks/gold.raw"), "gold")
	code, _, problems := s.Program(t, "image", "publish", "nothing", "--data", s.Dir)
	require.Equal(t, 1, code)
	require.Contains(t, problems, "There is no image named nothing in us-east-1.")
	code, out, problems := s.Program(t, "image", "publish", "gold", "--data", s.Dir)
	require.Zero(t, code, problems)
	require.Equal(t, "gold is public as arn:aws:appstream:us-east-1::image/gold.\n", out)
	code, _, problems = s.Program(t, "image", "publish", "gold", "--data", s.Dir)
	require.Equal(t, 1, code)
	require.Contains(t, problems, "There is an image named gold in us-east-1 already.")

	code, _, problems = s.Program(t, "account", "create", lab, "--data", s.Dir, "--profile", "lab")
	require.Zero(t, code, problems)
	theirs := guide.ImagesIn(t, s, "lab", "us-east-1")
	seen, err := theirs.DescribeImages(t.Context(), &appstream.DescribeImagesInput{Type: types.VisibilityTypePublic})
	require.NoError(t, err)
	require.Len(t, seen.Images, 1)
	require.Equal(t, []any{"arn:aws:appstream:us-east-1::image/gold", types.VisibilityTypePublic, types.ImageStateAvailable},
		[]any{*seen.Images[0].Arn, seen.Images[0].Visibility, seen.Images[0].State})
	require.NotNil(t, seen.Images[0].PublicBaseImageReleasedDate)
	elsewhere, err := guide.ImagesIn(t, s, "lab", "eu-west-1").DescribeImages(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, elsewhere.Images)
	var unfit *types.IncompatibleImageException
	_, err = theirs.CopyImage(t.Context(), &appstream.CopyImageInput{SourceImageName: aws.String("gold"), DestinationImageName: aws.String("copy"), DestinationRegion: aws.String("eu-west-1")})
	require.ErrorAs(t, err, &unfit)
	var forbidden *types.OperationNotPermittedException
	_, err = theirs.DeleteImage(t.Context(), &appstream.DeleteImageInput{Name: aws.String("gold")})
	require.ErrorAs(t, err, &forbidden)

	_, err = mine.DeleteImage(t.Context(), &appstream.DeleteImageInput{Name: aws.String("gold")})
	require.NoError(t, err, "the owner's own")
	checked := func() string {
		code, out, problems := s.Program(t, "image", "check", "--data", s.Dir)
		require.Zero(t, code, problems)
		return out
	}
	require.Regexp(t, `(?m)^ *us-east-1 +\d+ +\d+ +3\.0 MiB +0 +0 *$`, checked(), "the public one keeps the bytes")
	code, out, problems = s.Program(t, "image", "withdraw", "gold", "--data", s.Dir)
	require.Zero(t, code, problems)
	require.Equal(t, "gold is not public any more.\n", out)
	seen, err = theirs.DescribeImages(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, seen.Images)
	require.Empty(t, s.Complaints())
}

// TestImageRate bounds how many bytes a second are moved.
func TestImageRate(t *testing.T) {
	t.Parallel()
	s := server.New(t)
	s.Setenv("OWNSIGHT_IMAGE_RATE", "8388608")
	s.Restart(t)
	files := guide.Connect(t, s, "default")
	files.Bucket(t, "disks")
	files.Put(t, "disks", "gold.raw", corpus.Disk(25<<20, 1))
	images := guide.ImagesIn(t, s, "default", "us-east-1")
	began := time.Now()
	images.Import(t, images.Register(t, "s3://disks/gold.raw"), "gold")
	require.Greater(t, time.Since(began), 2*time.Second, "8 MiB at once and 17 more at 8 MiB a second")
}
