package sdk

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

const bucket = "parts"

// story is one server with one trained model, for all who only look at it.
type story struct {
	server   *server.Server
	client   guide.Client
	wire     wire
	project  *string
	train    *string // datasets
	test     *string
	version  *string
	pictures []corpus.Picture // of the test set
}

// unusable are files that no model can look at, as people's buckets have them; each becomes an error of its line.
func unusable(good corpus.Picture) []corpus.Picture {
	return []corpus.Picture{
		{Key: "bad/cut-short.jpg", Label: corpus.Labels[0], File: good.File[:len(good.File)/10]},
		{Key: "bad/text.jpg", Label: corpus.Labels[1], File: []byte("this is not a picture")},
		{Key: "bad/small.png", Label: corpus.Labels[2], File: corpus.Blank(63, 100)},
		{Key: "bad/missing.jpg", Label: corpus.Labels[0]},
		{Key: "bad/../missing.jpg", Label: "oil"}, // its label's only picture: the model knows nothing of it
	}
}

// TestStory tells the story of the guide with the AWS SDK for Go and the AWS CLI, and checks every figure that the
// service gives against every other.
func TestStory(t *testing.T) {
	s := &story{server: server.Start(t)}
	s.client, s.wire = guide.Connect(t, s.server, "default"), connect(t, s.server, "default")
	s.client.Bucket(t, bucket)
	for _, part := range []struct {
		name string
		tell func(*testing.T, *story)
	}{
		{"identity", tellIdentity},
		{"projects", tellProjects},
		{"datasets", tellDatasets},
		{"training", tellTraining},
		{"waiter", tellWaiter},
		{"files", tellFiles},
		{"lines in error", tellLinesInError},
		{"start", tellStart},
		{"figures", tellFigures},
		{"page", tellPage},
		{"network", tellNetwork},
		{"detection", tellDetection},
		{"versions of a picture", tellPictureVersions},
		{"flood", tellFlood},
		{"command line", tellCommandLine},
		{"stop", tellStop},
		{"versions", tellVersions},
		{"deletion", tellDeletion},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.tell(t, s) }) {
			t.FailNow() // what follows stands on it
		}
	}
	require.Empty(t, s.server.Complaints())
}

// tellIdentity asks who the key belongs to.
func tellIdentity(t *testing.T, s *story) {
	out, err := sts.NewFromConfig(s.server.Config(t, "default")).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	require.Equal(t, "111122223333", *out.Account)
	require.Equal(t, "arn:aws:iam::111122223333:root", *out.Arn)
}

// tellProjects makes projects and lists them.
func tellProjects(t *testing.T, s *story) {
	var arns []string
	for _, name := range []string{"wheels", "bolts", "gears"} {
		arns = append(arns, *s.client.Project(t, name))
	}
	s.project = aws.String(arns[2])
	var used *types.ResourceInUseException
	_, err := s.client.CreateProject(t.Context(), &rekognition.CreateProjectInput{ProjectName: aws.String("gears")})
	require.ErrorAs(t, err, &used)

	pages := rekognition.NewDescribeProjectsPaginator(s.client, &rekognition.DescribeProjectsInput{MaxResults: aws.Int32(2)})
	var seen []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, p := range page.ProjectDescriptions {
			seen = append(seen, *p.ProjectArn)
			require.Equal(t, types.CustomizationFeatureCustomLabels, p.Feature)
			require.Equal(t, types.ProjectStatusCreated, p.Status)
			require.True(t, strings.HasSuffix(*p.ProjectArn, "/"+millis(*p.CreationTimestamp)), "%s, %s", *p.ProjectArn, p.CreationTimestamp)
		}
	}
	slices.Reverse(arns)
	require.Equal(t, arns, seen, "newest first")
	for _, c := range []struct {
		in    rekognition.DescribeProjectsInput
		count int
	}{
		{rekognition.DescribeProjectsInput{ProjectNames: []string{"bolts", "none", "gears"}, NextToken: aws.String("")}, 2},
		{rekognition.DescribeProjectsInput{Features: []types.CustomizationFeature{types.CustomizationFeatureContentModeration}}, 0},
		{rekognition.DescribeProjectsInput{Features: []types.CustomizationFeature{types.CustomizationFeatureCustomLabels}}, 3},
	} {
		out, err := s.client.DescribeProjects(t.Context(), &c.in)
		require.NoError(t, err)
		require.Len(t, out.ProjectDescriptions, c.count)
	}
}

func millis(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }
