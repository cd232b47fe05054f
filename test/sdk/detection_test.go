package sdk

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// tellDetection asks about pictures in every way that the request has, right and wrong.
func tellDetection(t *testing.T, s *story) {
	p := s.pictures[0]
	all := s.client.Detect(t, s.version, p.File, aws.Float32(0))
	require.Len(t, all, len(corpus.Labels))
	require.True(t, slices.IsSortedFunc(all, func(a, b types.CustomLabel) int { return cmp.Compare(*b.Confidence, *a.Confidence) }))
	for _, l := range all {
		require.Nil(t, l.Geometry)
	}
	// The least confidence is reached, not exceeded, and replaces every threshold.
	require.Equal(t, all[:1], s.client.Detect(t, s.version, p.File, all[0].Confidence))
	require.Empty(t, s.client.Detect(t, s.version, corpus.Blank(64, 64), aws.Float32(100)))

	ask := func(in rekognition.DetectCustomLabelsInput) ([]types.CustomLabel, error) {
		in.ProjectVersionArn = s.version
		out, err := s.client.DetectCustomLabels(t.Context(), &in)
		if err != nil {
			return nil, err
		}
		require.NotNil(t, out.CustomLabels)
		return out.CustomLabels, nil
	}
	object := func(name string) *types.Image {
		return &types.Image{S3Object: &types.S3Object{Bucket: aws.String(bucket), Name: &name}}
	}
	same, err := ask(rekognition.DetectCustomLabelsInput{Image: object(p.Key), MinConfidence: aws.Float32(0)})
	require.NoError(t, err)
	require.Equal(t, all, same, "from S3 as from the request")
	for most, count := range map[int32]int{0: 3, 1: 1, 2: 2, 1000: 3} {
		best, err := ask(rekognition.DetectCustomLabelsInput{Image: object(p.Key), MinConfidence: aws.Float32(0), MaxResults: &most})
		require.NoError(t, err)
		require.Equal(t, all[:count], best)
	}
	var format *types.InvalidImageFormatException
	for name, file := range map[string][]byte{"text": []byte("not a picture"), "cut short": p.File[:200], "gif": []byte("GIF89a\x40\x00\x40\x00\x00\x00\x00")} {
		_, err = ask(rekognition.DetectCustomLabelsInput{Image: &types.Image{Bytes: file}})
		require.ErrorAs(t, err, &format, name)
	}
	for rule, side := range map[string][2]int{"at least 64 pixels": {63, 64}, "at most 4096 pixels": {4097, 300}, "20": {100, 2001}} {
		_, err = ask(rekognition.DetectCustomLabelsInput{Image: &types.Image{Bytes: corpus.Blank(side[0], side[1])}})
		require.ErrorAs(t, err, &format, "%v", side)
		require.Contains(t, format.ErrorMessage(), fmt.Sprintf("%d x %d", side[0], side[1]))
		require.Contains(t, format.ErrorMessage(), rule)
	}
	var unreachable *types.InvalidS3ObjectException
	_, err = ask(rekognition.DetectCustomLabelsInput{Image: object("none")})
	require.ErrorAs(t, err, &unreachable)
	require.Contains(t, unreachable.ErrorMessage(), "s3://parts/none")
	s.client.Put(t, bucket, "huge.jpg", make([]byte, 15<<20+1))
	var large *types.ImageTooLargeException
	_, err = ask(rekognition.DetectCustomLabelsInput{Image: object("huge.jpg")})
	require.ErrorAs(t, err, &large)
}

// tellPictureVersions asks about an object's older version.
func tellPictureVersions(t *testing.T, s *story) {
	archive := "versioned"
	s.client.Bucket(t, archive)
	_, err := s.client.S3.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &archive,
		VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	var versions []*string
	for _, p := range s.pictures[:2] {
		out, err := s.client.S3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &archive, Key: aws.String("part.jpg"), Body: bytes.NewReader(p.File)})
		require.NoError(t, err)
		versions = append(versions, out.VersionId)
	}
	ask := func(version *string) (*rekognition.DetectCustomLabelsOutput, error) {
		return s.client.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: s.version, MinConfidence: aws.Float32(0),
			Image: &types.Image{S3Object: &types.S3Object{Bucket: &archive, Name: aws.String("part.jpg"), Version: version}}})
	}
	for i, version := range []*string{versions[0], versions[1], nil} {
		out, err := ask(version)
		require.NoError(t, err)
		require.Equal(t, s.client.Detect(t, s.version, s.pictures[min(i, 1)].File, aws.Float32(0)), out.CustomLabels)
	}
	var unreachable *types.InvalidS3ObjectException
	for _, version := range []string{"none", "01BX5ZZKBKACTAV9WEVGEMMVRZ", "../part.jpg"} {
		_, err = ask(&version)
		require.ErrorAs(t, err, &unreachable, version)
	}
	tellManifestVersion(t, s, archive)
}

// tellManifestVersion makes a dataset from a version of a manifest that is not the newest.
func tellManifestVersion(t *testing.T, s *story, archive string) {
	key := aws.String("m.manifest")
	out, err := s.client.S3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &archive, Key: key, Body: bytes.NewReader(corpus.Manifest(archive, s.pictures[:3]))})
	require.NoError(t, err)
	s.client.Put(t, archive, *key, corpus.Manifest(archive, s.pictures[:1]))
	project := s.client.Project(t, "versioned")
	made, err := s.client.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: project, DatasetType: types.DatasetTypeTrain,
		DatasetSource: &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{
			S3Object: &types.S3Object{Bucket: &archive, Name: key, Version: out.VersionId}}}})
	require.NoError(t, err)
	require.EqualValues(t, 3, *s.client.SettledDataset(t, made.DatasetArn).DatasetStats.TotalEntries)

	_, err = s.client.DeleteDataset(t.Context(), &rekognition.DeleteDatasetInput{DatasetArn: made.DatasetArn})
	require.NoError(t, err)
	server.Eventually(t, server.Patience, "the project can be deleted", func(ctx context.Context) bool {
		_, err := s.client.DeleteProject(ctx, &rekognition.DeleteProjectInput{ProjectArn: project})
		return err == nil
	})
}

// tellFlood asks more at once than the server takes: it refuses the rest in words that SDKs know, and answers the others
// right.
func tellFlood(t *testing.T, s *story) {
	const flood = 150
	p := s.pictures[0]
	body := js(members{"ProjectVersionArn": *s.version, "Image": members{"Bytes": p.File}, "MinConfidence": 0})
	want := s.wire.call(t, "DetectCustomLabels", body)
	want.accepted(t)
	answers := make([]answer, flood)
	var all sync.WaitGroup
	for i := range flood {
		all.Go(func() { answers[i] = s.wire.call(t, "DetectCustomLabels", body) })
	}
	all.Wait()
	answered := 0
	for _, a := range answers {
		if a.status != http.StatusOK {
			a.refused(t, "ProvisionedThroughputExceededException", "try again")
			continue
		}
		answered++
		require.Equal(t, string(want.body), string(a.body))
	}
	require.Positive(t, answered)
	t.Logf("%d of %d answered, the rest refused", answered, flood)
}

// tellCommandLine looks at it all through the AWS CLI.
func tellCommandLine(t *testing.T, s *story) {
	aws := cli(t, s.server)
	var identity struct{ Account string }
	aws.run(t, &identity, "sts", "get-caller-identity")
	require.Equal(t, "111122223333", identity.Account)
	file := filepath.Join(t.TempDir(), "a.jpg")
	aws.run(t, nil, "s3", "cp", "--no-progress", "s3://parts/"+s.pictures[0].Key, file)
	aws.run(t, nil, "rekognition", "wait", "project-version-running", "--project-arn", *s.project, "--version-names", "v1")
	var versions struct {
		ProjectVersionDescriptions []struct {
			Status            string
			CreationTimestamp float64
		}
	}
	aws.run(t, &versions, "rekognition", "describe-project-versions", "--project-arn", *s.project)
	require.Equal(t, "RUNNING", versions.ProjectVersionDescriptions[0].Status)
	require.InDelta(t, time.Now().Unix(), versions.ProjectVersionDescriptions[0].CreationTimestamp, 3600)
	var labels struct{ CustomLabels []struct{ Name string } }
	aws.run(t, &labels, "rekognition", "detect-custom-labels", "--project-version-arn", *s.version, "--min-confidence", "0",
		"--image", `{"S3Object":{"Bucket":"parts","Name":"`+s.pictures[0].Key+`"}}`)
	require.Len(t, labels.CustomLabels, 3)
	best := labels.CustomLabels[0]
	aws.run(t, &labels, "rekognition", "detect-custom-labels", "--project-version-arn", *s.version, "--min-confidence", "0",
		"--image-bytes", "fileb://"+file, "--max-results", "1")
	require.Equal(t, best, labels.CustomLabels[0])
	require.Len(t, labels.CustomLabels, 1)
	var entries struct{ DatasetEntries []string }
	aws.run(t, &entries, "rekognition", "list-dataset-entries", "--dataset-arn", *s.train, "--page-size", "20", "--no-has-errors")
	require.Len(t, entries.DatasetEntries, 55)
	_, problem, err := aws.try(t, "rekognition", "create-project", "--project-name", "gears")
	require.Error(t, err)
	require.Contains(t, problem, "(ResourceInUseException) when calling the CreateProject operation")
}
