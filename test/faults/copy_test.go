package faults

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/internal/store/postgres/pgtest"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

var copied = regexp.MustCompile(`msg="file copied" .*file=(\S+)`)

// TestInterruptedCopy holds a copy at one of its files, looks at what is refused meanwhile, kills the server, holds it at
// another file, stops the server. The copy goes on from the last file each time and ends as its source.
func TestInterruptedCopy(t *testing.T) {
	t.Parallel()
	storage := server.NewStorage(t)
	for name, arguments := range map[string]func(*testing.T) []string{
		"sqlite":     func(*testing.T) []string { return nil },
		"postgresql": func(t *testing.T) []string { return []string{"--database", pgtest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server.New(t, append(arguments(t), "--log", "debug")...)
			storage.Keeps(t, s, "system-"+name)
			s.Restart(t)
			c := guide.Connect(t, s, "default")
			c.S3 = guide.Connect(t, storage.Server, "default").S3
			c.Bucket(t, name)
			pictures := corpus.Pictures("train/", 6, corpus.Labels[:2]...)
			c.Upload(t, name, pictures)
			project := c.Project(t, "gears")
			c.Dataset(t, project, types.DatasetTypeTrain, name, corpus.Manifest(name, pictures))
			interruptCopy(t, storage, s, c, copying{name, project, c.Train(t, project, "v1", name, "out")})
		})
	}
}

// copying is a copy of a version into its own project, as v2.
type copying struct {
	bucket  string
	project *string
	source  types.ProjectVersionDescription
}

func interruptCopy(t *testing.T, storage *server.Storage, s *server.Server, c guide.Client, of copying) {
	third := storage.Hold("PUT /" + of.bucket + "/copies/TestingManifestWithValidation-gears-v2.json")
	fourth := storage.Hold("PUT /" + of.bucket + "/copies/Model-gears-v2.onnx")
	out, err := c.CopyProjectVersion(t.Context(), &rekognition.CopyProjectVersionInput{SourceProjectArn: of.project,
		SourceProjectVersionArn: of.source.ProjectVersionArn, DestinationProjectArn: of.project, VersionName: aws.String("v2"),
		OutputConfig: &types.OutputConfig{S3Bucket: &of.bucket, S3KeyPrefix: aws.String("copies")}})
	require.NoError(t, err)
	v := c.Version(t, of.project, "v2")
	require.Equal(t, types.ProjectVersionStatusCopyingInProgress, v.Status, "it is there from the moment that the call returns")
	require.Equal(t, *out.ProjectVersionArn, *v.ProjectVersionArn)
	files := done{}
	third.Await(t, 1)
	files.add(t, pieces(s, copied))
	require.Len(t, files, 2)
	refusedWhileCopying(t, c, of, out.ProjectVersionArn)
	s.Kill()
	third.Open()

	s.Restart(t)
	fourth.Await(t, 1)
	files.add(t, pieces(s, copied))
	require.Len(t, files, 3, "it goes on with the file at which it was killed")
	require.Zero(t, s.Terminate(t), "a copy does not keep the server from stopping well: where it does for 20 seconds the code is another")
	fourth.Open()

	s.Restart(t)
	v = c.SettledVersion(t, of.project, "v2")
	require.Equal(t, types.ProjectVersionStatusCopyingCompleted, v.Status, aws.ToString(v.StatusMessage))
	files.add(t, pieces(s, copied))
	sameFiles(t, storage, of, len(files))
	c.Run(t, of.project, v)
	require.Empty(t, s.Complaints())
}

// refusedWhileCopying asks for what has to wait.
func refusedWhileCopying(t *testing.T, c guide.Client, of copying, version *string) {
	t.Helper()
	v := c.Version(t, of.project, "v2")
	require.Equal(t, types.ProjectVersionStatusCopyingInProgress, v.Status)
	require.Regexp(t, `^The model is being copied\. 2 of 10 files, \d+\.\d of \d+\.\d MB\.$`, aws.ToString(v.StatusMessage))
	require.Equal(t, *of.source.ProjectVersionArn, aws.ToString(v.SourceProjectVersionArn))
	require.Equal(t, "copies", aws.ToString(v.OutputConfig.S3KeyPrefix))
	require.Nil(t, v.EvaluationResult)
	require.Nil(t, v.ManifestSummary)

	inUse := func(err error) {
		t.Helper()
		var used *types.ResourceInUseException
		require.ErrorAs(t, err, &used)
	}
	for _, arn := range []*string{of.source.ProjectVersionArn, version} {
		_, err := c.DeleteProjectVersion(t.Context(), &rekognition.DeleteProjectVersionInput{ProjectVersionArn: arn})
		inUse(err)
	}
	_, err := c.StartProjectVersion(t.Context(), &rekognition.StartProjectVersionInput{ProjectVersionArn: version, MinInferenceUnits: aws.Int32(1)})
	inUse(err)
	_, err = c.StopProjectVersion(t.Context(), &rekognition.StopProjectVersionInput{ProjectVersionArn: version})
	inUse(err)
	_, err = c.CopyProjectVersion(t.Context(), &rekognition.CopyProjectVersionInput{SourceProjectArn: of.project,
		SourceProjectVersionArn: version, DestinationProjectArn: of.project, VersionName: aws.String("v3"), OutputConfig: &types.OutputConfig{S3Bucket: &of.bucket}})
	inUse(err)
	_, err = c.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: version, Image: &types.Image{Bytes: corpus.Blank(64, 64)}})
	var notReady *types.ResourceNotReadyException
	require.True(t, errors.As(err, &notReady), "%v", err)
}

// sameFiles compares a copy with its source on the disk of the S3 server: in the archive and in the output location.
func sameFiles(t *testing.T, storage *server.Storage, of copying, n int) {
	t.Helper()
	read := func(pattern string) (names []string, contents []string) {
		files, err := filepath.Glob(filepath.Join(storage.Dir, "s3", pattern))
		require.NoError(t, err)
		slices.Sort(files)
		for _, file := range files {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			names, contents = append(names, filepath.Base(file)), append(contents, string(b))
		}
		return names, contents
	}
	for source, target := range map[string]string{
		"system-" + of.bucket + "/versions/1-*/*.*": "system-" + of.bucket + "/versions/2-*/*.*",
		of.bucket + "/out/*":                        of.bucket + "/copies/*",
	} {
		names, contents := read(source)
		copies, same := read(target)
		require.Len(t, names, n, source)
		for i, name := range copies {
			copies[i] = strings.Replace(name, "-v2.", "-v1.", 1)
		}
		require.Equal(t, names, copies)
		for i := range contents {
			require.True(t, contents[i] == same[i], names[i])
		}
	}
}
