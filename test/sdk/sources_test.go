package sdk

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestDatasetSources makes datasets from others, and from manifests with the rights of who asks.
func TestDatasetSources(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, bucket)
	t.Run("another dataset", func(t *testing.T) { copiedDataset(t, c) })
	t.Run("a manifest that the user may read", func(t *testing.T) { datasetOfAUser(t, s, c) })
	require.Empty(t, s.Complaints())
}

// copiedDataset uses one project's training dataset as another's test dataset.
func copiedDataset(t *testing.T, c guide.Client) {
	source := c.Dataset(t, c.Project(t, "source"), types.DatasetTypeTrain, bucket, joined(lines(3, "a", "b"), wrongLines, []string{`{"source-ref":"s3://parts/bare.jpg"}`}))
	out, err := c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: c.Project(t, "target"), DatasetType: types.DatasetTypeTest,
		DatasetSource: &types.DatasetSource{DatasetArn: source}, Tags: map[string]string{"made": "again"}})
	require.NoError(t, err)
	copied, original := c.SettledDataset(t, out.DatasetArn), c.DescribeIt(t, source)
	require.Equal(t, types.DatasetStatusCreateComplete, copied.Status)
	require.Equal(t, types.DatasetStatusMessageCodeSuccess, copied.StatusMessageCode)
	require.Equal(t, original.DatasetStats, copied.DatasetStats)
	list := func(arn *string) []string {
		out, err := c.ListDatasetEntries(t.Context(), &rekognition.ListDatasetEntriesInput{DatasetArn: arn})
		require.NoError(t, err)
		return out.DatasetEntries
	}
	require.Equal(t, list(source), list(out.DatasetArn))
	tags, err := c.ListTagsForResource(t.Context(), &rekognition.ListTagsForResourceInput{ResourceArn: out.DatasetArn})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"made": "again"}, tags.Tags)

	var unknown *types.ResourceNotFoundException
	_, err = c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: c.Project(t, "nothing"), DatasetType: types.DatasetTypeTrain,
		DatasetSource: &types.DatasetSource{DatasetArn: aws.String(noDataset)}})
	require.ErrorAs(t, err, &unknown)
}

// datasetOfAUser asks for the same as a user who may read one manifest and not the other.
func datasetOfAUser(t *testing.T, s *server.Server, c guide.Client) {
	document := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(document, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rekognition:*","Resource":"*"},
		{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::parts/open/*"}]}`), 0o600))
	for _, args := range [][]string{{"create", "ann"}, {"policy", "put", "ann", "some", document}, {"key", "create", "ann", "--profile", "ann"}} {
		code, _, problems := s.Program(t, append(append([]string{"user"}, args...), "--data", s.Dir)...)
		require.Zero(t, code, "%v: %s", args, problems)
	}
	ann := guide.Connect(t, s, "ann")
	for folder, allowed := range map[string]bool{"open": true, "closed": false} {
		key := folder + "/train.manifest"
		c.Put(t, bucket, key, joined(lines(2, "a")))
		out, err := ann.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: ann.Project(t, folder), DatasetType: types.DatasetTypeTrain,
			DatasetSource: &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{Bucket: aws.String(bucket), Name: &key}}}})
		if !allowed {
			var denied *types.InvalidS3ObjectException
			require.ErrorAs(t, err, &denied)
			continue
		}
		require.NoError(t, err)
		d := ann.SettledDataset(t, out.DatasetArn)
		require.Equal(t, types.DatasetStatusCreateComplete, d.Status, aws.ToString(d.StatusMessage))
		require.EqualValues(t, 2, *d.DatasetStats.TotalEntries)
	}
}
