package sdk

import (
	"context"
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
	t.Parallel()
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
	require.Len(t, o.files, 10)
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
