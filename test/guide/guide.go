// Package guide holds the steps of the AWS developer guide for Custom Labels as a program on the AWS SDK for Go takes
// them: project, datasets, training, start. Each step waits for its end and fails the test when that is not the
// expected one.
package guide

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// Client is a program's way to one server, as one account.
type Client struct {
	*rekognition.Client
	S3 *s3.Client
}

// Connect makes a client with a profile of the server's own credentials file.
func Connect(t testing.TB, s *server.Server, profile string) Client {
	t.Helper()
	c := s.Config(t, profile)
	return Client{rekognition.NewFromConfig(c), s3.NewFromConfig(c, func(o *s3.Options) {
		o.UsePathStyle = true
		o.DisableLogOutputChecksumValidationSkipped = true // sealed objects have none
	})}
}

// Bucket makes a bucket.
func (c Client) Bucket(t testing.TB, name string) {
	t.Helper()
	_, err := c.S3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name})
	require.NoError(t, err)
}

// Put stores an object.
func (c Client) Put(t testing.TB, bucket, key string, content []byte) {
	t.Helper()
	_, err := c.S3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)})
	require.NoError(t, err)
}

// Upload stores pictures.
func (c Client) Upload(t testing.TB, bucket string, pictures []corpus.Picture) {
	t.Helper()
	for _, p := range pictures {
		c.Put(t, bucket, p.Key, p.File)
	}
}

// Read reads the object that an answer of the server names.
func (c Client) Read(t testing.TB, at *types.S3Object) []byte {
	t.Helper()
	require.NotNil(t, at)
	out, err := c.S3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: at.Bucket, Key: at.Name})
	require.NoError(t, err, "s3://%s/%s", aws.ToString(at.Bucket), aws.ToString(at.Name))
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	return b
}

// Project makes a project and gives its ARN.
func (c Client) Project(t testing.TB, name string) *string {
	t.Helper()
	out, err := c.CreateProject(t.Context(), &rekognition.CreateProjectInput{ProjectName: &name})
	require.NoError(t, err)
	return out.ProjectArn
}

// Dataset makes a dataset from a manifest that it stores in the bucket, or an empty one from a manifest without lines,
// and gives its ARN once it is complete.
func (c Client) Dataset(t testing.TB, project *string, kind types.DatasetType, bucket string, manifest []byte) *string {
	t.Helper()
	var arn *string
	if len(manifest) > 0 {
		arn = c.BeginDataset(t, project, kind, bucket, manifest)
	} else {
		out, err := c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: project, DatasetType: kind})
		require.NoError(t, err)
		arn = out.DatasetArn
	}
	d := c.SettledDataset(t, arn)
	require.Equal(t, types.DatasetStatusCreateComplete, d.Status, aws.ToString(d.StatusMessage))
	return arn
}

// BeginDataset is Dataset without the waiting.
func (c Client) BeginDataset(t testing.TB, project *string, kind types.DatasetType, bucket string, manifest []byte) *string {
	t.Helper()
	name := strings.Split(*project, "/")[1]
	key := name + "/" + strings.ToLower(string(kind)) + ".manifest"
	c.Put(t, bucket, key, manifest)
	out, err := c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: project, DatasetType: kind,
		DatasetSource: &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{Bucket: &bucket, Name: &key}}}})
	require.NoError(t, err)
	return out.DatasetArn
}

// DescribeIt describes a dataset.
func (c Client) DescribeIt(t testing.TB, arn *string) *types.DatasetDescription {
	t.Helper()
	out, err := c.DescribeDataset(t.Context(), &rekognition.DescribeDatasetInput{DatasetArn: arn})
	require.NoError(t, err)
	return out.DatasetDescription
}

// SettledDataset waits until nothing is in progress on a dataset.
func (c Client) SettledDataset(t testing.TB, arn *string) (d *types.DatasetDescription) {
	t.Helper()
	server.Eventually(t, server.Patience, "dataset settled", func(context.Context) bool {
		d = c.DescribeIt(t, arn)
		return !strings.HasSuffix(string(d.Status), "_IN_PROGRESS")
	})
	return d
}

// Train trains a version on the project's datasets and demands that it succeeds.
func (c Client) Train(t testing.TB, project *string, name, bucket, prefix string) types.ProjectVersionDescription {
	t.Helper()
	c.BeginTraining(t, project, name, bucket, prefix)
	v := c.SettledVersion(t, project, name)
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	return v
}

// BeginTraining begins to train a version and gives its ARN.
func (c Client) BeginTraining(t testing.TB, project *string, name, bucket, prefix string) *string {
	t.Helper()
	out, err := c.CreateProjectVersion(t.Context(), &rekognition.CreateProjectVersionInput{ProjectArn: project, VersionName: &name,
		OutputConfig: &types.OutputConfig{S3Bucket: &bucket, S3KeyPrefix: &prefix}})
	require.NoError(t, err)
	return out.ProjectVersionArn
}

// Version describes one version of a project.
func (c Client) Version(t testing.TB, project *string, name string) types.ProjectVersionDescription {
	t.Helper()
	out, err := c.DescribeProjectVersions(t.Context(), &rekognition.DescribeProjectVersionsInput{ProjectArn: project, VersionNames: []string{name}})
	require.NoError(t, err)
	require.Len(t, out.ProjectVersionDescriptions, 1)
	return out.ProjectVersionDescriptions[0]
}

// SettledVersion waits until nothing is in progress on a version.
func (c Client) SettledVersion(t testing.TB, project *string, name string) (v types.ProjectVersionDescription) {
	t.Helper()
	server.Eventually(t, server.Patience, "version "+name+" settled", func(context.Context) bool {
		v = c.Version(t, project, name)
		switch v.Status {
		case types.ProjectVersionStatusTrainingInProgress, types.ProjectVersionStatusCopyingInProgress, types.ProjectVersionStatusStarting,
			types.ProjectVersionStatusStopping, types.ProjectVersionStatusDeleting:
			return false
		}
		return true
	})
	return v
}

// Run starts a trained version and waits until it answers.
func (c Client) Run(t testing.TB, project *string, v types.ProjectVersionDescription) {
	t.Helper()
	_, err := c.StartProjectVersion(t.Context(), &rekognition.StartProjectVersionInput{ProjectVersionArn: v.ProjectVersionArn, MinInferenceUnits: aws.Int32(1)})
	require.NoError(t, err)
	name := strings.Split(*v.ProjectVersionArn, "/")[3]
	running := c.SettledVersion(t, project, name)
	require.Equal(t, types.ProjectVersionStatusRunning, running.Status, aws.ToString(running.StatusMessage))
}

// Detect asks a running version about a picture that is sent along; a nil least takes the version's own thresholds.
func (c Client) Detect(t testing.TB, version *string, file []byte, least *float32) []types.CustomLabel {
	t.Helper()
	out, err := c.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: version,
		Image: &types.Image{Bytes: file}, MinConfidence: least})
	require.NoError(t, err)
	return out.CustomLabels
}
