package sdk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// tellTraining trains, and asks for everything that has to wait until it is done.
func tellTraining(t *testing.T, s *story) {
	s.version = s.client.BeginTraining(t, s.project, "v1", bucket, "output/v1")
	v := s.client.Version(t, s.project, "v1")
	if v.Status == types.ProjectVersionStatusTrainingInProgress {
		require.True(t, strings.HasPrefix(*v.StatusMessage, "The model is being trained"), *v.StatusMessage)
		require.Nil(t, v.EvaluationResult)
		require.Nil(t, v.ManifestSummary)
		require.Nil(t, v.TrainingEndTimestamp)
		require.NotNil(t, v.TrainingDataResult.Input)
		require.Nil(t, v.TrainingDataResult.Output)
	}
	var used *types.ResourceInUseException
	_, err := s.client.CreateProjectVersion(t.Context(), &rekognition.CreateProjectVersionInput{ProjectArn: s.project, VersionName: aws.String("v1"),
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket)}})
	require.ErrorAs(t, err, &used)
	_, err = s.client.DeleteProjectVersion(t.Context(), &rekognition.DeleteProjectVersionInput{ProjectVersionArn: s.version})
	require.ErrorAs(t, err, &used)
	_, err = s.client.StartProjectVersion(t.Context(), &rekognition.StartProjectVersionInput{ProjectVersionArn: s.version, MinInferenceUnits: aws.Int32(1)})
	require.ErrorAs(t, err, &used)
	_, err = s.client.StopProjectVersion(t.Context(), &rekognition.StopProjectVersionInput{ProjectVersionArn: s.version})
	require.ErrorAs(t, err, &used)
	_, err = s.client.DeleteProject(t.Context(), &rekognition.DeleteProjectInput{ProjectArn: s.project})
	require.ErrorAs(t, err, &used)
	var notReady *types.ResourceNotReadyException
	_, err = s.client.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: s.version, Image: &types.Image{Bytes: s.pictures[0].File}})
	require.ErrorAs(t, err, &notReady)

	v = s.client.SettledVersion(t, s.project, "v1")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	require.Equal(t, "The model is ready to run.", *v.StatusMessage)
	require.True(t, strings.HasSuffix(*v.ProjectVersionArn, "/"+millis(*v.CreationTimestamp)))
	require.False(t, v.TrainingEndTimestamp.Before(*v.CreationTimestamp))
	require.NotNil(t, v.BillableTrainingTimeInSeconds)
	require.False(t, v.TestingDataResult.Input.AutoCreate)
	require.Nil(t, v.MinInferenceUnits)
}

// tellStart starts the model, which answers at once.
func tellStart(t *testing.T, s *story) {
	began := time.Now()
	s.client.Run(t, s.project, types.ProjectVersionDescription{ProjectVersionArn: s.version})
	require.NotEmpty(t, s.client.Detect(t, s.version, s.pictures[0].File, aws.Float32(0)))
	t.Logf("from StartProjectVersion to the first answer: %s", time.Since(began))
	v := s.client.Version(t, s.project, "v1")
	require.EqualValues(t, 1, *v.MinInferenceUnits)
	require.Nil(t, v.MaxInferenceUnits)
	var used *types.ResourceInUseException
	_, err := s.client.StartProjectVersion(t.Context(), &rekognition.StartProjectVersionInput{ProjectVersionArn: s.version, MinInferenceUnits: aws.Int32(1)})
	require.ErrorAs(t, err, &used)
	_, err = s.client.DeleteProjectVersion(t.Context(), &rekognition.DeleteProjectVersionInput{ProjectVersionArn: s.version})
	require.ErrorAs(t, err, &used)
}

// tellWaiter has the AWS CLI wait for what is there already: its waiters look at once, and then every two minutes.
func tellWaiter(t *testing.T, s *story) {
	cli(t, s.server).run(t, nil, "rekognition", "wait", "project-version-training-completed", "--project-arn", *s.project, "--version-names", "v1")
}

// tellStop stops the model, which then answers no more.
func tellStop(t *testing.T, s *story) {
	out, err := s.client.StopProjectVersion(t.Context(), &rekognition.StopProjectVersionInput{ProjectVersionArn: s.version})
	require.NoError(t, err)
	require.Equal(t, types.ProjectVersionStatusStopping, out.Status)
	require.Equal(t, types.ProjectVersionStatusStopped, s.client.SettledVersion(t, s.project, "v1").Status)
	var notReady *types.ResourceNotReadyException
	_, err = s.client.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: s.version, Image: &types.Image{Bytes: s.pictures[0].File}})
	require.ErrorAs(t, err, &notReady)
	require.Contains(t, notReady.ErrorMessage(), "STOPPED")
	var used *types.ResourceInUseException
	_, err = s.client.StopProjectVersion(t.Context(), &rekognition.StopProjectVersionInput{ProjectVersionArn: s.version})
	require.ErrorAs(t, err, &used)
}

// tellVersions adds versions that fail at once, for their output cannot be written.
func tellVersions(t *testing.T, s *story) {
	for name, output := range map[string]string{"v2": "no-such-bucket", "v3": "Not.A.Bucket_", "v4": "ownsight-system"} {
		s.client.BeginTraining(t, s.project, name, output, "")
		v := s.client.SettledVersion(t, s.project, name)
		require.Equal(t, types.ProjectVersionStatusTrainingFailed, v.Status)
		require.Equal(t, "Unable to write to output S3 bucket.", *v.StatusMessage)
		require.Nil(t, v.EvaluationResult)
		require.Nil(t, v.BillableTrainingTimeInSeconds)
	}
	var order []time.Time
	pages := rekognition.NewDescribeProjectVersionsPaginator(s.client, &rekognition.DescribeProjectVersionsInput{ProjectArn: s.project, MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, v := range page.ProjectVersionDescriptions {
			order = append(order, *v.CreationTimestamp)
		}
	}
	require.Len(t, order, 4)
	require.True(t, slices.IsSortedFunc(order, func(a, b time.Time) int { return b.Compare(a) }), "newest first: %v", order)
	out, err := s.client.DescribeProjectVersions(t.Context(), &rekognition.DescribeProjectVersionsInput{ProjectArn: s.project, VersionNames: []string{"v1", "none"}})
	require.NoError(t, err)
	require.Len(t, out.ProjectVersionDescriptions, 1)
	require.Equal(t, *s.version, *out.ProjectVersionDescriptions[0].ProjectVersionArn)
}

// tellDeletion removes everything, in the wrong order first.
func tellDeletion(t *testing.T, s *story) {
	var used *types.ResourceInUseException
	var gone *types.ResourceNotFoundException
	_, err := s.client.DeleteProject(t.Context(), &rekognition.DeleteProjectInput{ProjectArn: s.project})
	require.ErrorAs(t, err, &used)
	require.Contains(t, used.ErrorMessage(), "4 models and 2 datasets")
	for _, name := range []string{"v1", "v2", "v3", "v4"} {
		arn := s.client.Version(t, s.project, name).ProjectVersionArn
		out, err := s.client.DeleteProjectVersion(t.Context(), &rekognition.DeleteProjectVersionInput{ProjectVersionArn: arn})
		require.NoError(t, err)
		require.Equal(t, types.ProjectVersionStatusDeleting, out.Status)
	}
	server.Eventually(t, server.Patience, "versions gone", func(ctx context.Context) bool {
		out, err := s.client.DescribeProjectVersions(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: s.project})
		require.NoError(t, err)
		return len(out.ProjectVersionDescriptions) == 0
	})
	_, err = s.client.DeleteProjectVersion(t.Context(), &rekognition.DeleteProjectVersionInput{ProjectVersionArn: s.version})
	require.ErrorAs(t, err, &gone)
	for _, dataset := range []*string{s.train, s.test} {
		_, err = s.client.DeleteProject(t.Context(), &rekognition.DeleteProjectInput{ProjectArn: s.project})
		require.ErrorAs(t, err, &used)
		_, err := s.client.DeleteDataset(t.Context(), &rekognition.DeleteDatasetInput{DatasetArn: dataset})
		require.NoError(t, err)
		server.Eventually(t, server.Patience, "dataset gone", func(ctx context.Context) bool {
			_, err := s.client.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: dataset})
			return errors.As(err, &gone)
		})
	}
	out, err := s.client.DeleteProject(t.Context(), &rekognition.DeleteProjectInput{ProjectArn: s.project})
	require.NoError(t, err)
	require.Equal(t, types.ProjectStatusDeleting, out.Status)
	server.Eventually(t, server.Patience, "project gone", func(ctx context.Context) bool {
		out, err := s.client.DescribeProjects(ctx, &rekognition.DescribeProjectsInput{})
		require.NoError(t, err)
		return len(out.ProjectDescriptions) == 2
	})
	require.NotEqual(t, *s.project, *s.client.Project(t, "gears"), "a name that is used again has another ARN")
	// What the training left is the user's: deleting the version does not take it away.
	s.client.Read(t, &types.S3Object{Bucket: aws.String(bucket), Name: aws.String("output/v1/Model-gears-v1.onnx")})
}
