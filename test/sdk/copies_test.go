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
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// original is a model that is copied, what its training left and what it says of pictures.
type original struct {
	server   *server.Server
	client   guide.Client
	wire     wire
	lab      guide.Client // another account, which has a bucket named theirs and a project of that name
	theirs   *string
	project  *string
	version  types.ProjectVersionDescription
	files    map[string][]byte // by kind, such as ManifestSummary.json
	pictures []corpus.Picture
	answers  [][]types.CustomLabel
}

// TestCopies copies a model to wherever one may, and asks for what one may not. The copies outlive their source.
func TestCopies(t *testing.T) {
	o := newOriginal(t)
	o.copied(t, "in its project", replica{client: o.client, project: o.project, name: "v1-again", bucket: bucket})
	shelf := o.client.Project(t, "shelf")
	first := o.copied(t, "in its account", replica{client: o.client, project: shelf, name: "v1", bucket: bucket, tags: map[string]string{"of": "copy"}})
	copies := []replica{
		first,
		o.copied(t, "a copy", replica{client: o.client, project: shelf, name: "v2", bucket: bucket, prefix: "second", source: first.arn, sourceProject: shelf}),
		copyAbroad(t, o),
		copyToLab(t, o),
	}
	t.Run("refused", func(t *testing.T) { refusedCopies(t, o) })
	t.Run("output", func(t *testing.T) { unwritableCopies(t, o) })
	require.Empty(t, o.server.Complaints())
	t.Run("damage", func(t *testing.T) { damagedCopies(t, o) })
	require.NotEmpty(t, o.server.Complaints(), "damage is the operator's to know")
	t.Run("without the source", func(t *testing.T) {
		o.remove(t)
		o.server.Kill() // nothing is answered from memory
		o.server.Restart(t)
		for _, c := range copies {
			require.Equal(t, types.ProjectVersionStatusRunning, c.client.Version(t, c.project, c.name).Status)
			o.answersOf(t, c)
		}
	})
}

// newOriginal trains a model with tags of its own and runs it.
func newOriginal(t *testing.T) *original {
	t.Helper()
	o := &original{server: server.Start(t)}
	o.client, o.wire = guide.Connect(t, o.server, "default"), connect(t, o.server, "default")
	code, _, problems := o.server.Program(t, "account", "create", lab, "--data", o.server.Dir, "--profile", "lab")
	require.Zero(t, code, problems)
	o.lab = guide.Connect(t, o.server, "lab")
	o.lab.Bucket(t, "theirs")
	o.theirs = o.lab.Project(t, "theirs")

	o.client.Bucket(t, bucket)
	training := corpus.Pictures("train/", 8, corpus.Labels[:2]...)
	o.pictures = corpus.Pictures("test/", 10, corpus.Labels[:2]...)
	o.client.Upload(t, bucket, training)
	o.client.Upload(t, bucket, o.pictures)
	o.project = o.client.Project(t, "gears")
	o.client.Dataset(t, o.project, types.DatasetTypeTrain, bucket, corpus.Manifest(bucket, training))
	o.client.Dataset(t, o.project, types.DatasetTypeTest, bucket, corpus.Manifest(bucket, o.pictures))
	_, err := o.client.CreateProjectVersion(t.Context(), &rekognition.CreateProjectVersionInput{ProjectArn: o.project, VersionName: aws.String("v1"),
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: aws.String("out")}, Tags: map[string]string{"of": "source", "line": "7"}})
	require.NoError(t, err)
	o.version = o.client.SettledVersion(t, o.project, "v1")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, o.version.Status, aws.ToString(o.version.StatusMessage))
	o.files = outputs(t, o.client, bucket, "out", "-gears-v1")
	require.Len(t, o.files, 8)
	o.client.Run(t, o.project, o.version)
	for _, p := range o.pictures {
		o.answers = append(o.answers, o.client.Detect(t, o.version.ProjectVersionArn, p.File, aws.Float32(0)))
	}
	return o
}

// outputs reads what lies in an output location, by name without the mark of project and version.
func outputs(t *testing.T, c guide.Client, bucket, prefix, mark string) map[string][]byte {
	t.Helper()
	out, err := c.S3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String(prefix + "/")})
	require.NoError(t, err)
	files := map[string][]byte{}
	for _, object := range out.Contents {
		name := strings.TrimPrefix(*object.Key, prefix+"/")
		if strings.Contains(name, mark+".") {
			files[strings.Replace(name, mark, "", 1)] = c.Read(t, &types.S3Object{Bucket: &bucket, Name: object.Key})
		}
	}
	return files
}

// replica is a copy that is to be made, or was.
type replica struct {
	client        guide.Client
	project       *string // its own
	name          string
	bucket        string
	prefix        string // "copies" when empty
	tags          map[string]string
	key           string
	source        *string // the original when nil
	sourceProject *string
	arn           *string
}

func (o *original) input(r replica) *rekognition.CopyProjectVersionInput {
	in := &rekognition.CopyProjectVersionInput{SourceProjectArn: o.project, SourceProjectVersionArn: o.version.ProjectVersionArn,
		DestinationProjectArn: r.project, VersionName: &r.name, Tags: r.tags,
		OutputConfig: &types.OutputConfig{S3Bucket: &r.bucket, S3KeyPrefix: aws.String("copies")}}
	if r.prefix != "" {
		in.OutputConfig.S3KeyPrefix = &r.prefix
	}
	if r.source != nil {
		in.SourceProjectArn, in.SourceProjectVersionArn = r.sourceProject, r.source
	}
	if r.key != "" {
		in.KmsKeyId = &r.key
	}
	return in
}

// copied makes a copy, as a client of its account in the region of its source, compares it with the original, and leaves
// it running.
func (o *original) copied(t *testing.T, what string, r replica, elsewhere ...func(*rekognition.Options)) replica {
	t.Helper()
	t.Run(what, func(t *testing.T) {
		in := o.input(r)
		out, err := r.client.CopyProjectVersion(t.Context(), in, elsewhere...)
		require.NoError(t, err)
		r.arn = out.ProjectVersionArn
		v := r.client.Version(t, r.project, r.name)
		require.Equal(t, *r.arn, *v.ProjectVersionArn, "it is there from the moment that the call returns")
		require.Contains(t, []types.ProjectVersionStatus{types.ProjectVersionStatusCopyingInProgress, types.ProjectVersionStatusCopyingCompleted}, v.Status)
		v = r.client.SettledVersion(t, r.project, r.name)
		require.Equal(t, types.ProjectVersionStatusCopyingCompleted, v.Status, aws.ToString(v.StatusMessage))
		require.Equal(t, "The model was copied and is ready to run.", *v.StatusMessage)
		require.True(t, strings.HasSuffix(*r.arn, "/"+millis(*v.CreationTimestamp)))
		require.Equal(t, *in.SourceProjectVersionArn, *v.SourceProjectVersionArn)
		require.Equal(t, in.OutputConfig, v.OutputConfig)
		require.Equal(t, r.key, aws.ToString(v.KmsKeyId))
		require.Nil(t, v.BillableTrainingTimeInSeconds)
		require.Nil(t, v.MinInferenceUnits, "running state is not copied")
		require.Equal(t, *o.version.EvaluationResult.F1Score, *v.EvaluationResult.F1Score)
		require.Equal(t, *o.version.BaseModelVersion, *v.BaseModelVersion)
		o.sameOutputs(t, r, v)

		tags, err := r.client.ListTagsForResource(t.Context(), &rekognition.ListTagsForResourceInput{ResourceArn: r.arn})
		require.NoError(t, err)
		require.Len(t, tags.Tags, len(r.tags))
		for key, value := range r.tags {
			require.Equal(t, value, tags.Tags[key])
		}
		r.client.Run(t, r.project, v)
		o.answersOf(t, r)
	})
	if t.Failed() {
		t.FailNow()
	}
	return r
}

// sameOutputs compares every file of a copy with the original's, and finds those that the description names among them.
func (o *original) sameOutputs(t *testing.T, r replica, v types.ProjectVersionDescription) {
	t.Helper()
	mark := "-" + strings.Split(*r.project, "/")[1] + "-" + r.name
	files := outputs(t, r.client, r.bucket, *v.OutputConfig.S3KeyPrefix, mark)
	require.Len(t, files, len(o.files))
	for kind, content := range o.files {
		require.True(t, string(content) == string(files[kind]), kind)
	}
	for kind, at := range map[string]*types.S3Object{
		"EvaluationResultSummary.json":        v.EvaluationResult.Summary.S3Object,
		"ManifestSummary.json":                v.ManifestSummary.S3Object,
		"TrainingGroundTruth.json":            v.TrainingDataResult.Output.Assets[0].GroundTruthManifest.S3Object,
		"TestingGroundTruth.json":             v.TestingDataResult.Output.Assets[0].GroundTruthManifest.S3Object,
		"TrainingManifestWithValidation.json": v.TrainingDataResult.Validation.Assets[0].GroundTruthManifest.S3Object,
		"TestingManifestWithValidation.json":  v.TestingDataResult.Validation.Assets[0].GroundTruthManifest.S3Object,
	} {
		require.Equal(t, r.bucket, *at.Bucket)
		require.Equal(t, *v.OutputConfig.S3KeyPrefix+"/"+strings.Replace(kind, ".", mark+".", 1), *at.Name)
	}
}

// answersOf demands that a copy answers as the original, to the last bit.
func (o *original) answersOf(t *testing.T, r replica) {
	t.Helper()
	for i, p := range o.pictures {
		require.Equal(t, o.answers[i], r.client.Detect(t, r.arn, p.File, aws.Float32(0)))
	}
}

// copyAbroad copies to a project in another region. The call goes to the source's; all else goes to the copy's.
func copyAbroad(t *testing.T, o *original) replica {
	t.Helper()
	config := o.server.Config(t, "default")
	config.Region = "eu-west-1"
	abroad := guide.Client{Client: rekognition.NewFromConfig(config), S3: o.client.S3}
	r := replica{client: abroad, project: abroad.Project(t, "gears"), name: "v1", bucket: bucket, prefix: "abroad"}
	in := o.input(r)
	_, err := abroad.CopyProjectVersion(t.Context(), in)
	var missing *types.ResourceNotFoundException
	require.ErrorAs(t, err, &missing, "the call goes to the source's region")
	r = o.copied(t, "to another region", r, func(o *rekognition.Options) { o.Region = "us-east-1" })
	require.True(t, strings.HasPrefix(*r.arn, "arn:aws:rekognition:eu-west-1:111122223333:project/gears/version/v1/"), *r.arn)
	_, err = o.client.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: r.arn, Image: &types.Image{Bytes: o.pictures[0].File}})
	require.ErrorAs(t, err, &missing, "it is a model of the other region")
	require.Contains(t, missing.ErrorMessage(), "eu-west-1")
	return r
}

// copyToLab copies to another account, which may as long as the source's project has a policy that says so.
func copyToLab(t *testing.T, o *original) replica {
	t.Helper()
	r := replica{client: o.lab, project: o.theirs, name: "v1", bucket: "theirs", tags: map[string]string{"of": "lab"}}
	refused := func() {
		t.Helper()
		_, err := o.lab.CopyProjectVersion(t.Context(), o.input(r))
		var denied *types.AccessDeniedException
		require.ErrorAs(t, err, &denied)
		require.Contains(t, denied.ErrorMessage(), "rekognition:CopyProjectVersion")
	}
	put := func(name, effect, resource string) *string {
		t.Helper()
		out, err := o.client.PutProjectPolicy(t.Context(), &rekognition.PutProjectPolicyInput{ProjectArn: o.project, PolicyName: &name,
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":{"AWS":"arn:aws:iam::` + lab +
				`:root"},"Action":"rekognition:CopyProjectVersion","Resource":"` + resource + `"}]}`)})
		require.NoError(t, err)
		return out.PolicyRevisionId
	}
	drop := func(name string, revision *string) {
		t.Helper()
		_, err := o.client.DeleteProjectPolicy(t.Context(), &rekognition.DeleteProjectPolicyInput{ProjectArn: o.project, PolicyName: &name, PolicyRevisionId: revision})
		require.NoError(t, err)
	}
	refused()
	other := put("other", "Allow", strings.Replace(*o.version.ProjectVersionArn, "/v1/", "/v9/", 1))
	refused()
	drop("other", other)
	deny := put("deny", "Deny", "*")
	put("lab", "Allow", *o.version.ProjectVersionArn)
	refused()
	drop("deny", deny)
	r = o.copied(t, "to another account", r)
	require.True(t, strings.HasPrefix(*r.arn, "arn:aws:rekognition:us-east-1:"+lab+":project/theirs/version/v1/"), *r.arn)
	drop("lab", nil)
	r2 := r
	r2.name = "v2"
	_, err := o.lab.CopyProjectVersion(t.Context(), o.input(r2))
	var denied *types.AccessDeniedException
	require.ErrorAs(t, err, &denied, "the policy is gone")
	_, err = o.client.DescribeProjectVersions(t.Context(), &rekognition.DescribeProjectVersionsInput{ProjectArn: o.theirs})
	require.ErrorAs(t, err, &denied, "the copy is the lab's")
	return r
}

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
		r := replica{client: o.client, project: o.project, name: name, bucket: output}
		o.failed(t, r, "Unable to write to output S3 bucket.")
	}
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

// remove takes away the original's project with all that is in it, and the files that its training left.
func (o *original) remove(t *testing.T) {
	t.Helper()
	versions, err := o.client.DescribeProjectVersions(t.Context(), &rekognition.DescribeProjectVersionsInput{ProjectArn: o.project})
	require.NoError(t, err)
	for _, v := range versions.ProjectVersionDescriptions {
		r := replica{client: o.client, project: o.project, name: strings.Split(*v.ProjectVersionArn, "/")[3], arn: v.ProjectVersionArn}
		if v.Status == types.ProjectVersionStatusRunning {
			_, err := o.client.StopProjectVersion(t.Context(), &rekognition.StopProjectVersionInput{ProjectVersionArn: r.arn})
			require.NoError(t, err)
			require.Equal(t, types.ProjectVersionStatusStopped, o.client.SettledVersion(t, o.project, r.name).Status)
		}
		r.delete(t)
	}
	projects, err := o.client.DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{ProjectNames: []string{"gears"}})
	require.NoError(t, err)
	for _, d := range projects.ProjectDescriptions[0].Datasets {
		_, err := o.client.DeleteDataset(t.Context(), &rekognition.DeleteDatasetInput{DatasetArn: d.DatasetArn})
		require.NoError(t, err)
	}
	server.Eventually(t, server.Patience, "the project may go", func(ctx context.Context) bool {
		_, err := o.client.DeleteProject(ctx, &rekognition.DeleteProjectInput{ProjectArn: o.project})
		return err == nil
	})
	out, err := o.client.S3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(bucket), Prefix: aws.String("out/")})
	require.NoError(t, err)
	for _, object := range out.Contents {
		_, err := o.client.S3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: object.Key})
		require.NoError(t, err)
	}
}
