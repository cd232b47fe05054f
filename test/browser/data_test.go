package browser

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

const bucket = "browser-pictures"

// folder writes pictures into a folder for each of their labels.
func folder(t *testing.T, name string, pictures []corpus.Picture) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), name)
	for _, p := range pictures {
		require.NoError(t, os.MkdirAll(filepath.Join(root, p.Label), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, p.Label, filepath.Base(p.Key)), p.File, 0o600))
	}
	return root
}

// dataset makes a project whose training dataset has the lines of a manifest, and puts their pictures into the bucket.
func dataset(t *testing.T, s *server.Server, project string, files map[string][]byte, manifest []byte) {
	t.Helper()
	storage := s3.NewFromConfig(s.Config(t, "default"), func(o *s3.Options) { o.UsePathStyle = true })
	_, err := storage.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket)})
	if _, there := storage.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String(bucket)}); there != nil {
		require.NoError(t, err)
	}
	list := project + ".manifest"
	files[list] = manifest
	for key, content := range files {
		_, err := storage.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: bytes.NewReader(content)})
		require.NoError(t, err)
	}
	c := rekognition.NewFromConfig(s.Config(t, "default"))
	made, err := c.CreateProject(t.Context(), &rekognition.CreateProjectInput{ProjectName: &project})
	require.NoError(t, err)
	_, err = c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{
		ProjectArn: made.ProjectArn, DatasetType: types.DatasetTypeTrain,
		DatasetSource: &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{Bucket: aws.String(bucket), Name: &list}}},
	})
	require.NoError(t, err)
	server.Eventually(t, server.Patience, "a dataset", func(ctx context.Context) bool {
		return describe(t, s, project).Status == types.DatasetStatusCreateComplete
	})
}

// find describes a project that has a training dataset.
func find(t *testing.T, s *server.Server, project string) types.ProjectDescription {
	t.Helper()
	found, err := rekognition.NewFromConfig(s.Config(t, "default")).DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{ProjectNames: []string{project}})
	require.NoError(t, err)
	require.NotEmpty(t, found.ProjectDescriptions, project)
	require.NotEmpty(t, found.ProjectDescriptions[0].Datasets, project)
	return found.ProjectDescriptions[0]
}

// describe gives a project's training dataset.
func describe(t *testing.T, s *server.Server, project string) *types.DatasetDescription {
	t.Helper()
	c := rekognition.NewFromConfig(s.Config(t, "default"))
	got, err := c.DescribeDataset(t.Context(), &rekognition.DescribeDatasetInput{DatasetArn: find(t, s, project).Datasets[0].DatasetArn})
	require.NoError(t, err)
	return got.DatasetDescription
}

// entries gives the lines of a project's training dataset.
func entries(t *testing.T, s *server.Server, project string) (lines []string) {
	t.Helper()
	c := rekognition.NewFromConfig(s.Config(t, "default"))
	pages := rekognition.NewListDatasetEntriesPaginator(c, &rekognition.ListDatasetEntriesInput{DatasetArn: find(t, s, project).Datasets[0].DatasetArn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		lines = append(lines, page.DatasetEntries...)
	}
	return lines
}

// bare is a manifest line of a picture without any label.
func bare(key string) string { return `{"source-ref": "s3://` + bucket + "/" + key + `"}` + "\n" }
