package sdk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// unwritable is what a version says whose output has no place.
const unwritable = "Unable to write to output S3 bucket."

// refusedCopies goes through the mistakes that a request can make.
func refusedCopies(t *testing.T, o *original) {
	gone := func(arn string) string { return arn[:strings.LastIndex(arn, "/")] + "/1" }
	failed := o.client.BeginTraining(t, o.project, "failed", "no-such-bucket", "")
	require.Equal(t, types.ProjectVersionStatusTrainingFailed, o.client.SettledVersion(t, o.project, "failed").Status)
	const missing, denied = "ResourceNotFoundException", "AccessDeniedException"
	for _, c := range []struct {
		changes members
		code    string
		word    string
	}{
		{members{"SourceProjectArn": gone(*o.project)}, missing, gone(*o.project)},
		{members{"SourceProjectVersionArn": gone(*o.version.ProjectVersionArn)}, missing, gone(*o.version.ProjectVersionArn)},
		{members{"DestinationProjectArn": gone(*o.project)}, missing, gone(*o.project)},
		{members{"DestinationProjectArn": *o.theirs}, denied, *o.theirs},
		{members{"SourceProjectArn": *o.theirs}, invalid, "SourceProjectArn"},
		{members{"SourceProjectArn": gone(*o.theirs)}, invalid, "SourceProjectArn"}, // the same: it does not tell what is there
		{members{"SourceProjectArn": *o.client.Project(t, "empty")}, invalid, "SourceProjectArn"},
		{members{"SourceProjectVersionArn": strings.Replace(*o.version.ProjectVersionArn, "us-east-1", "eu-west-1", 1)}, missing, "eu-west-1"},
		{members{"SourceProjectVersionArn": *failed}, inUse, "TRAINING_FAILED"},
		{members{"VersionName": "v1"}, inUse, "v1"},
		{members{"OutputConfig": members{}}, invalid, "OutputConfig.S3Bucket"},
		{members{"KmsKeyId": "alias/none"}, invalid, "alias/none"},
	} {
		request := members{"SourceProjectArn": *o.project, "SourceProjectVersionArn": *o.version.ProjectVersionArn,
			"DestinationProjectArn": *o.project, "VersionName": "refused", "OutputConfig": members{"S3Bucket": bucket}}
		for member, value := range c.changes {
			request[member] = value
		}
		o.wire.call(t, "CopyProjectVersion", js(request)).refused(t, c.code, c.word)
	}
	out, err := o.client.DescribeProjectVersions(t.Context(), &rekognition.DescribeProjectVersionsInput{ProjectArn: o.project, VersionNames: []string{"refused"}})
	require.NoError(t, err)
	require.Empty(t, out.ProjectVersionDescriptions)
}

// unwritableCopies copies to where the caller may not write. No error of CopyProjectVersion means it, so that the copy
// fails.
func unwritableCopies(t *testing.T, o *original) {
	for name, output := range map[string]string{"to-nowhere": "no-such-bucket", "to-theirs": "theirs", "to-the-system": "ownsight-system", "to-no-bucket": "Not.A.Bucket_"} {
		o.failed(t, replica{client: o.client, project: o.project, name: name, bucket: output}, unwritable)
	}
	o.failed(t, replica{client: o.client, project: o.project, name: "to-a-long-name", bucket: bucket, prefix: strings.Repeat("a", 300)}, unwritable)
}

// failed makes a copy that fails, demands that there is nothing to be used of it, and deletes it.
func (o *original) failed(t *testing.T, r replica, words string) {
	t.Helper()
	out, err := r.client.CopyProjectVersion(t.Context(), o.input(r))
	require.NoError(t, err)
	r.arn = out.ProjectVersionArn
	v := r.client.SettledVersion(t, r.project, r.name)
	require.Equal(t, types.ProjectVersionStatusCopyingFailed, v.Status)
	require.Contains(t, aws.ToString(v.StatusMessage), words)
	require.Nil(t, v.EvaluationResult)
	require.Nil(t, v.ManifestSummary)
	require.Nil(t, v.TrainingDataResult.Output)
	var used *types.ResourceInUseException
	_, err = r.client.StartProjectVersion(t.Context(), &rekognition.StartProjectVersionInput{ProjectVersionArn: r.arn, MinInferenceUnits: aws.Int32(1)})
	require.ErrorAs(t, err, &used)
	again := r
	again.name, again.source, again.sourceProject = r.name+"-again", r.arn, r.project
	_, err = r.client.CopyProjectVersion(t.Context(), o.input(again))
	require.ErrorAs(t, err, &used)
	var notReady *types.ResourceNotReadyException
	_, err = r.client.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: r.arn, Image: &types.Image{Bytes: o.pictures[0].File}})
	require.ErrorAs(t, err, &notReady)
	r.delete(t)
}

// delete removes a version and waits until it is gone.
func (r replica) delete(t *testing.T) {
	t.Helper()
	_, err := r.client.DeleteProjectVersion(t.Context(), &rekognition.DeleteProjectVersionInput{ProjectVersionArn: r.arn})
	require.NoError(t, err)
	server.Eventually(t, server.Patience, r.name+" is gone", func(ctx context.Context) bool {
		out, err := r.client.DescribeProjectVersions(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: r.project, VersionNames: []string{r.name}})
		return err == nil && len(out.ProjectVersionDescriptions) == 0
	})
}

// damagedCopies copies while a file of the source's is not what the training left, and again once it is mended.
func damagedCopies(t *testing.T, o *original) {
	created := (*o.version.ProjectVersionArn)[strings.LastIndex(*o.version.ProjectVersionArn, "/")+1:]
	files, err := filepath.Glob(filepath.Join(o.server.Dir, "s3", "ownsight-system", "versions", "*-"+created, "Model.onnx"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	model, err := os.ReadFile(files[0])
	require.NoError(t, err)
	flipped := append([]byte{}, model...)
	flipped[len(flipped)/2] ^= 1
	for name, content := range map[string][]byte{"one-bit": flipped, "cut": model[:len(model)-1]} {
		overwrite(t, files[0], content)
		o.failed(t, replica{client: o.client, project: o.project, name: name, bucket: bucket, prefix: name}, "Model.onnx is missing or damaged")
		require.NotContains(t, outputs(t, o.client, bucket, name, "-gears-"+name), "Model.onnx", "what is damaged goes nowhere")
	}
	overwrite(t, files[0], model)
	aside := filepath.Join(t.TempDir(), "Model.onnx")
	require.NoError(t, os.Rename(files[0], aside))
	o.failed(t, replica{client: o.client, project: o.project, name: "missing", bucket: bucket}, "Model.onnx is missing or damaged")
	require.NoError(t, os.Rename(aside, files[0]))
	o.copied(t, "mended", replica{client: o.client, project: o.project, name: "mended", bucket: bucket})
}

// overwrite changes a file where it lies, with all that is said of it.
func overwrite(t *testing.T, file string, content []byte) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_TRUNC, 0)
	require.NoError(t, err)
	_, err = f.Write(content)
	require.NoError(t, errors.Join(err, f.Close()))
}
