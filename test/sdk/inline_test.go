package sdk

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// user makes a user of the default account with a policy of some statements, and a key under its name.
func user(t *testing.T, s *server.Server, name, statements string) guide.Client {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"Version":"2012-10-17","Statement":[`+statements+`]}`), 0o600))
	for _, args := range [][]string{{"create", name}, {"policy", "put", name, "rights", file}, {"key", "create", name}} {
		code, _, problems := s.Program(t, append(append([]string{"user"}, args...), "--data", s.Dir)...)
		require.Zero(t, code, "%v: %s", args, problems)
	}
	return guide.Connect(t, s, name)
}

// allow is a statement that allows actions on a resource.
func allow(resource string, actions ...string) string {
	b, err := json.Marshal(members{"Effect": "Allow", "Action": actions, "Resource": resource})
	if err != nil {
		panic(err) // strings only
	}
	return string(b)
}

func objectAt(bucket, key, version string) members {
	o := members{"Bucket": bucket, "Name": key}
	if version != "" {
		o["Version"] = version
	}
	return members{"Assets": []members{{"GroundTruthManifest": members{"S3Object": o}}}}
}

// inlined is a server with pictures and manifests of them in a bucket with versions: each manifest's older version is
// good, its newer one is no manifest.
type inlined struct {
	server          *server.Server
	client          guide.Client
	wire            wire
	project         *string
	training, tests members // TrainingData, TestingData
	all             string  // a manifest of all pictures
	pictures        int
}

// TestInlineManifests trains on manifests that CreateProjectVersion names.
func TestInlineManifests(t *testing.T) {
	t.Parallel()
	in := newInlined(t)
	t.Run("refused", func(t *testing.T) { refusedManifests(t, in) })
	t.Run("files", func(t *testing.T) { badManifestFiles(t, in) })
	t.Run("rights", func(t *testing.T) { trainingRights(t, in) })
	t.Run("as a user", func(t *testing.T) { trainedAsUser(t, in) })
	t.Run("split", func(t *testing.T) { trainedSplit(t, in) })
	require.Empty(t, in.server.Complaints())
}

func newInlined(t *testing.T) *inlined {
	t.Helper()
	in := &inlined{server: server.Start(t), all: "manifests/all.manifest"}
	in.client, in.wire = guide.Connect(t, in.server, "default"), connect(t, in.server, "default")
	c := in.client
	c.Bucket(t, bucket)
	_, err := c.S3.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: aws.String(bucket),
		VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	training, testing := corpus.Pictures("train/", 10, corpus.Labels[:2]...), corpus.Pictures("test/", 3, corpus.Labels[:2]...)
	c.Upload(t, bucket, training)
	c.Upload(t, bucket, testing)
	in.pictures = len(training)
	older := func(key string, pictures []corpus.Picture) members {
		out, err := c.S3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader(string(corpus.Manifest(bucket, pictures)))})
		require.NoError(t, err)
		require.NotEmpty(t, aws.ToString(out.VersionId))
		c.Put(t, bucket, key, corpus.Blank(64, 64))
		return objectAt(bucket, key, *out.VersionId)
	}
	in.training, in.tests = older("manifests/train.manifest", training), older("manifests/test.manifest", testing)
	c.Put(t, bucket, in.all, corpus.Manifest(bucket, training))
	in.project = c.Project(t, "gears")
	return in
}

// begin asks for a version, of the older manifests unless that is changed.
func (in *inlined) begin(t *testing.T, w wire, name string, changes members) {
	t.Helper()
	request := members{"ProjectArn": *in.project, "VersionName": name, "OutputConfig": members{"S3Bucket": bucket, "S3KeyPrefix": "out/" + name},
		"TrainingData": in.training, "TestingData": in.tests}
	for member, value := range changes {
		request[member] = value
	}
	w.call(t, "CreateProjectVersion", js(request)).accepted(t)
}

// fails demands that a version's training has failed, with a message, and that nothing was written unless explained.
func (in *inlined) fails(t *testing.T, name, message string, explained bool) {
	t.Helper()
	v := in.client.SettledVersion(t, in.project, name)
	require.Equal(t, types.ProjectVersionStatusTrainingFailed, v.Status, name)
	require.True(t, strings.HasPrefix(aws.ToString(v.StatusMessage), message), "%s: %s", name, aws.ToString(v.StatusMessage))
	require.NotNil(t, v.TrainingDataResult.Input)
	require.Equal(t, explained, v.ManifestSummary != nil, name)
	require.Equal(t, explained, v.TrainingDataResult.Validation != nil, name)
	out, err := in.client.S3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(bucket), Prefix: aws.String("out/" + name + "/")})
	require.NoError(t, err)
	require.Equal(t, explained, len(out.Contents) > 0, "%s: %+v", name, out.Contents)
}

// refusedManifests goes through what is refused at once.
func refusedManifests(t *testing.T, in *inlined) {
	withDatasets := in.client.Project(t, "with-datasets")
	in.client.Dataset(t, withDatasets, types.DatasetTypeTest, bucket, nil)
	two := members{"Assets": append(in.training["Assets"].([]members), in.tests["Assets"].([]members)...)}
	for _, c := range []struct {
		changes members
		word    string
	}{
		{members{"TestingData": nil}, "TrainingData and TestingData go together"},
		{members{"TrainingData": nil}, "TrainingData and TestingData go together"},
		{members{"TrainingData": members{}}, "TrainingData.Assets"},
		{members{"TrainingData": two}, "TrainingData.Assets"},
		{members{"TestingData": members{}}, "TestingData.Assets"},
		{members{"TestingData": two}, "TestingData.Assets"},
		{members{"TestingData": members{"AutoCreate": false}}, "TestingData.Assets"},
		{members{"TestingData": members{"AutoCreate": true, "Assets": in.tests["Assets"]}}, "TestingData"},
		{members{"TrainingData": members{"Assets": []members{{}}}}, "TrainingData.Assets[0].GroundTruthManifest"},
		{members{"TrainingData": members{"Assets": []members{{"GroundTruthManifest": members{}}}}}, "TrainingData.Assets[0].GroundTruthManifest needs an S3Object"},
		{members{"TestingData": members{"Assets": []members{{"GroundTruthManifest": members{"S3Object": members{"Bucket": bucket}}}}}}, "TestingData.Assets[0].GroundTruthManifest.S3Object.Name"},
		{members{"ProjectArn": *withDatasets}, "The project has datasets"},
	} {
		request := members{"ProjectArn": *in.project, "VersionName": "refused", "OutputConfig": members{"S3Bucket": bucket},
			"TrainingData": in.training, "TestingData": in.tests}
		for member, value := range c.changes {
			request[member] = value
		}
		in.wire.call(t, "CreateProjectVersion", js(request)).refused(t, invalid, c.word)
	}
}

// badManifestFiles trains on what is no manifest: the version says so, and there is nothing else to read.
func badManifestFiles(t *testing.T, in *inlined) {
	in.client.Put(t, bucket, "manifests/empty.manifest", nil)
	code, _, problems := in.server.Program(t, "account", "create", lab, "--data", in.server.Dir, "--profile", "lab")
	require.Zero(t, code, problems)
	other := guide.Connect(t, in.server, "lab")
	other.Bucket(t, "theirs")
	other.Put(t, "theirs", "m.manifest", joined(lines(2, "a", "b")))
	const noManifest, permissions = "The manifest file extension or contents are invalid.", "The S3 bucket permissions are incorrect."
	split := members{"AutoCreate": true}
	cases := map[string]struct {
		changes members
		message string
	}{
		"empty":             {members{"TrainingData": objectAt(bucket, "manifests/empty.manifest", "")}, "The manifest file is empty."},
		"empty-split":       {members{"TrainingData": objectAt(bucket, "manifests/empty.manifest", ""), "TestingData": split}, "The manifest file is empty."},
		"test-empty":        {members{"TestingData": objectAt(bucket, "manifests/empty.manifest", "")}, "The manifest file is empty."},
		"a-picture":         {members{"TrainingData": objectAt(bucket, "manifests/train.manifest", "")}, noManifest},
		"a-picture-split":   {members{"TrainingData": objectAt(bucket, "manifests/train.manifest", ""), "TestingData": split}, noManifest},
		"test-is-a-picture": {members{"TestingData": objectAt(bucket, "manifests/test.manifest", "")}, noManifest},
		"missing":           {members{"TrainingData": objectAt(bucket, "none", "")}, noManifest},
		"no-such-version":   {members{"TrainingData": objectAt(bucket, in.all, "01ARZ3NDEKTSV4RRFFQ69G5FAV")}, noManifest},
		"no-such-bucket":    {members{"TestingData": objectAt("no-such-bucket", "m", "")}, noManifest},
		"theirs":            {members{"TrainingData": objectAt("theirs", "m.manifest", "")}, permissions},
		"the-system":        {members{"TestingData": objectAt("ownsight-system", "m.manifest", "")}, permissions},
		"output":            {members{"OutputConfig": members{"S3Bucket": "theirs", "S3KeyPrefix": "out/output"}}, unwritable},
		"long-output":       {members{"OutputConfig": members{"S3Bucket": bucket, "S3KeyPrefix": strings.Repeat("a", 300)}}, unwritable},
	}
	for name, c := range cases {
		in.begin(t, in.wire, name, c.changes)
	}
	for name, c := range cases {
		in.fails(t, name, c.message, false)
	}
}

// trainingRights trains as users who may train, and lack one of the rights on S3 that it takes.
func trainingRights(t *testing.T, in *inlined) {
	const train, objects = "rekognition:CreateProjectVersion", "arn:aws:s3:::" + bucket + "/"
	read := []string{"s3:GetObject", "s3:GetObjectVersion"}
	cases := map[string]struct {
		rights    []string
		message   string
		explained bool
	}{
		"no-manifest": {[]string{allow(objects+"train/*", read...), allow(objects+"test/*", read...), allow(objects+"out/*", "s3:PutObject")},
			"The S3 bucket permissions are incorrect.", false},
		"no-version": {[]string{allow(objects+"*", "s3:GetObject"), allow(objects+"out/*", "s3:PutObject")},
			"The S3 bucket permissions are incorrect.", false},
		"no-pictures": {[]string{allow(objects+"manifests/*", read...), allow(objects+"out/*", "s3:PutObject")},
			"The permissions for the images S3 bucket are invalid.", true},
		"no-output": {[]string{allow(objects+"*", read...)}, unwritable, false},
	}
	imported := in.client.Project(t, "imported")
	for name, c := range cases {
		user(t, in.server, name, strings.Join(append(c.rights, allow("*", train, "rekognition:CreateDataset")), ","))
		in.begin(t, connect(t, in.server, name), name, nil)
	}
	for name, c := range cases {
		in.fails(t, name, c.message, c.explained)
	}
	manifest := members{"GroundTruthManifest": members{"S3Object": members{"Bucket": bucket, "Name": in.all}}}
	connect(t, in.server, "no-manifest").call(t, "CreateDataset", js(members{"ProjectArn": *imported, "DatasetType": "TRAIN", "DatasetSource": manifest})).
		refused(t, "InvalidS3ObjectException", in.all)
	connect(t, in.server, "no-pictures").call(t, "CreateDataset", js(members{"ProjectArn": *imported, "DatasetType": "TRAIN", "DatasetSource": manifest})).accepted(t)
	summary := in.client.Read(t, in.client.Version(t, in.project, "no-pictures").ManifestSummary.S3Object)
	require.Contains(t, string(summary), "ERROR_INVALID_PERMISSIONS_IMAGES_S3_BUCKET")
}

// trainedAsUser trains with no more rights than it takes, on the older versions of manifests.
func trainedAsUser(t *testing.T, in *inlined) {
	user(t, in.server, "trainer", strings.Join([]string{
		allow("*", "rekognition:CreateProjectVersion"),
		allow("arn:aws:s3:::"+bucket+"/manifests/*", "s3:GetObjectVersion"),
		allow("arn:aws:s3:::"+bucket+"/t*/*.jpg", "s3:GetObject"),
		allow("arn:aws:s3:::"+bucket+"/out/trainer/*", "s3:PutObject")}, ","))
	in.begin(t, connect(t, in.server, "trainer"), "trainer", nil)
	echoed := func(v types.ProjectVersionDescription) {
		t.Helper()
		for data, assets := range map[string][]types.Asset{js(in.training): v.TrainingDataResult.Input.Assets, js(in.tests): v.TestingDataResult.Input.Assets} {
			require.Len(t, assets, 1)
			at := assets[0].GroundTruthManifest.S3Object
			require.Equal(t, data, js(objectAt(*at.Bucket, *at.Name, *at.Version)))
		}
		require.False(t, v.TestingDataResult.Input.AutoCreate)
	}
	v := in.client.Version(t, in.project, "trainer")
	echoed(v)
	if v.Status == types.ProjectVersionStatusTrainingInProgress {
		require.Nil(t, v.TrainingDataResult.Output)
		require.Nil(t, v.TestingDataResult.Output)
	}
	v = in.client.SettledVersion(t, in.project, "trainer")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	echoed(v)
	require.Equal(t, in.pictures, strings.Count(string(in.client.Read(t, v.TrainingDataResult.Output.Assets[0].GroundTruthManifest.S3Object)), "\n"))
	require.False(t, v.TestingDataResult.Output.AutoCreate)
	require.Equal(t, "out/trainer/TestingManifestWithValidation-gears-trainer.json", *v.TestingDataResult.Validation.Assets[0].GroundTruthManifest.S3Object.Name)
}

// trainedSplit has a fifth of the pictures set aside, and runs the model.
func trainedSplit(t *testing.T, in *inlined) {
	in.begin(t, in.wire, "split", members{"TrainingData": objectAt(bucket, in.all, ""), "TestingData": members{"AutoCreate": true}})
	echoed := func() {
		t.Helper()
		out := in.wire.call(t, "DescribeProjectVersions", js(members{"ProjectArn": *in.project, "VersionNames": []string{"split"}}))
		out.accepted(t)
		require.Contains(t, string(out.body), `"TestingDataResult":{"Input":{"Assets":[],"AutoCreate":true}`)
		require.Contains(t, string(out.body), `"TrainingDataResult":{"Input":{"Assets":[{"GroundTruthManifest":{"S3Object":{"Bucket":"`+bucket+`","Name":"`+in.all+`"}}}]}`)
	}
	echoed()
	v := in.client.SettledVersion(t, in.project, "split")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	echoed()
	require.True(t, v.TestingDataResult.Output.AutoCreate)
	count := func(assets []types.Asset) int {
		return strings.Count(string(in.client.Read(t, assets[0].GroundTruthManifest.S3Object)), "\n")
	}
	require.Equal(t, in.pictures/5, count(v.TestingDataResult.Output.Assets))
	require.Equal(t, in.pictures-in.pictures/5, count(v.TrainingDataResult.Output.Assets))
	in.client.Run(t, in.project, v)
	_, err := in.client.CreateProjectVersion(t.Context(), &rekognition.CreateProjectVersionInput{ProjectArn: in.project, VersionName: aws.String("none"),
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket)}})
	var nothing *types.InvalidParameterException
	require.ErrorAs(t, err, &nothing, "neither datasets nor manifests")
}
