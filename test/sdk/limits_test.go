package sdk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

const (
	limitExceeded = "LimitExceededException"
	quotaExceeded = "ServiceQuotaExceededException"
)

// limited prepares a server with limits of its own.
func limited(t *testing.T, limits members) *server.Server {
	t.Helper()
	b, err := json.Marshal(members{"limits": limits})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, b, 0o600)) // JSON is YAML
	return server.New(t, "--config", file)
}

// bounds is a server with a small number of everything, whose objects lie behind a gate.
type bounds struct {
	storage *server.Storage
	client  guide.Client
	wire    wire
	gears   *string // a project with a dataset as large as may be
	empty   *string // one without anything
	set     *string // the dataset
}

// TestLimits fills a server up, one thing after the other.
func TestLimits(t *testing.T) {
	t.Parallel()
	storage := server.NewStorage(t)
	s := limited(t, members{"projects": 3, "versions": 3, "policies": 1, "tags": 2, "entries": 12, "labels": 2,
		"inference-units": 2, "running-models": 1, "trainings": 1, "copies": 1})
	storage.Keeps(t, s, "system")
	s.Restart(t)
	b := &bounds{storage: storage, client: guide.Connect(t, s, "default"), wire: connect(t, s, "default")}
	b.client.S3 = guide.Connect(t, storage.Server, "default").S3
	b.client.Bucket(t, bucket)
	for _, part := range []struct {
		name string
		fill func(*testing.T, *bounds)
	}{
		{"projects", fillProjects},
		{"tags", fillTags},
		{"policies", fillPolicies},
		{"datasets", fillDatasets},
		{"trainings", fillTrainings},
		{"copies", fillCopies},
		{"running models", fillRunning},
		{"changed datasets", fillUpdates},
		{"rates", unlimitedRates},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.fill(t, b) }) {
			t.FailNow() // what follows stands on it
		}
	}
	require.Empty(t, s.Complaints())
}

func fillProjects(t *testing.T, b *bounds) {
	b.gears, b.empty = b.client.Project(t, "gears"), b.client.Project(t, "empty")
	b.client.Project(t, "bad")
	b.wire.call(t, "CreateProject", js(members{"ProjectName": "one-more"})).refused(t, limitExceeded, "3 projects")
	b.wire.call(t, "CreateProject", js(members{"ProjectName": "gears"})).refused(t, inUse, "gears")
	elsewhere := b.wire
	elsewhere.region = "eu-west-1"
	elsewhere.call(t, "CreateProject", js(members{"ProjectName": "one-more"})).accepted(t)
}

func fillTags(t *testing.T, b *bounds) {
	three := members{"a": "1", "b": "2", "c": "3"}
	b.wire.call(t, "CreateProject", js(members{"ProjectName": "one-more", "Tags": three})).refused(t, limitExceeded, "2 tags")
	b.wire.call(t, "CreateDataset", js(members{"ProjectArn": *b.gears, "DatasetType": "TRAIN", "Tags": three})).refused(t, limitExceeded, "2 tags")
	b.wire.call(t, "CreateProjectVersion", js(members{"ProjectArn": *b.gears, "VersionName": "v", "OutputConfig": members{"S3Bucket": bucket}, "Tags": three})).
		refused(t, limitExceeded, "2 tags")
	b.wire.call(t, "TagResource", js(members{"ResourceArn": *b.gears, "Tags": three})).refused(t, quotaExceeded, "2 are allowed")
	b.wire.call(t, "TagResource", js(members{"ResourceArn": *b.gears, "Tags": members{"a": "1", "b": "2"}})).accepted(t)
	b.wire.call(t, "TagResource", js(members{"ResourceArn": *b.gears, "Tags": members{"a": "7"}})).accepted(t)
	b.wire.call(t, "TagResource", js(members{"ResourceArn": *b.gears, "Tags": members{"c": "3"}})).refused(t, quotaExceeded, "2 are allowed")
	out, err := b.client.ListTagsForResource(t.Context(), &rekognition.ListTagsForResourceInput{ResourceArn: b.gears})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "7", "b": "2"}, out.Tags)
	b.wire.call(t, "UntagResource", js(members{"ResourceArn": *b.gears, "TagKeys": []string{"a"}})).accepted(t)
	b.wire.call(t, "TagResource", js(members{"ResourceArn": *b.gears, "Tags": members{"c": "3"}})).accepted(t)
}

func fillPolicies(t *testing.T, b *bounds) {
	put := func(name, revision string) answer {
		request := members{"ProjectArn": *b.gears, "PolicyName": name, "PolicyDocument": `{"Version":"2012-10-17","Statement":
			{"Effect":"Allow","Principal":{"AWS":"` + lab + `"},"Action":"rekognition:CopyProjectVersion","Resource":"*"}}`}
		if revision != "" {
			request["PolicyRevisionId"] = revision
		}
		return b.wire.call(t, "PutProjectPolicy", js(request))
	}
	revision := field(t, put("first", ""), "PolicyRevisionId")
	put("second", "").refused(t, quotaExceeded, "1 policies")
	put("first", "").refused(t, "ResourceAlreadyExistsException", "first")
	put("first", revision).accepted(t)
	b.wire.call(t, "DeleteProjectPolicy", js(members{"ProjectArn": *b.gears, "PolicyName": "first"})).accepted(t)
	put("second", "").accepted(t)
}

const tooManyRows, tooManyLabels = "The manifest file has too many rows.", "The manifest file has too many labels."

// fillDatasets makes datasets that are just small enough, and too large.
func fillDatasets(t *testing.T, b *bounds) {
	out, err := b.client.DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{ProjectNames: []string{"bad"}})
	require.NoError(t, err)
	bad := out.ProjectDescriptions[0].ProjectArn
	for kind, c := range map[types.DatasetType]struct {
		manifest []byte
		message  string
	}{
		types.DatasetTypeTrain: {joined(lines(6, "a", "b"), lines(7, "a")[6:]), tooManyRows},
		types.DatasetTypeTest:  {joined(lines(4, "a", "b", "c")), tooManyLabels},
	} {
		d := b.client.SettledDataset(t, b.client.BeginDataset(t, bad, kind, bucket, c.manifest))
		require.Equal(t, types.DatasetStatusCreateFailed, d.Status)
		require.Equal(t, c.message, *d.StatusMessage)
		inline := members{"ProjectArn": *b.empty, "VersionName": string(kind), "OutputConfig": members{"S3Bucket": bucket},
			"TrainingData": objectAt(bucket, "bad/"+map[types.DatasetType]string{types.DatasetTypeTrain: "train", types.DatasetTypeTest: "test"}[kind]+".manifest", ""),
			"TestingData":  members{"AutoCreate": true}}
		b.wire.call(t, "CreateProjectVersion", js(inline)).accepted(t)
		v := b.client.SettledVersion(t, b.empty, string(kind))
		require.Equal(t, types.ProjectVersionStatusTrainingFailed, v.Status)
		require.Equal(t, c.message, *v.StatusMessage)
	}
	pictures := corpus.Pictures("train/", 6, corpus.Labels[:2]...)
	b.client.Upload(t, bucket, pictures)
	b.set = b.client.Dataset(t, b.gears, types.DatasetTypeTrain, bucket, corpus.Manifest(bucket, pictures))
	require.EqualValues(t, 12, *b.client.DescribeIt(t, b.set).DatasetStats.TotalEntries)
}

// training asks for a training on the project's dataset.
func (b *bounds) training(t *testing.T, name string) answer {
	t.Helper()
	return b.wire.call(t, "CreateProjectVersion", js(members{"ProjectArn": *b.gears, "VersionName": name, "OutputConfig": members{"S3Bucket": bucket}}))
}

// copy asks for a copy of v1 in its project.
func (b *bounds) copy(t *testing.T, name string, changes members) answer {
	t.Helper()
	request := members{"SourceProjectArn": *b.gears, "SourceProjectVersionArn": *b.client.Version(t, b.gears, "v1").ProjectVersionArn,
		"DestinationProjectArn": *b.gears, "VersionName": name, "OutputConfig": members{"S3Bucket": bucket, "S3KeyPrefix": "copies"}}
	for member, value := range changes {
		request[member] = value
	}
	return b.wire.call(t, "CopyProjectVersion", js(request))
}

func (b *bounds) settled(t *testing.T, name string, status types.ProjectVersionStatus) {
	t.Helper()
	v := b.client.SettledVersion(t, b.gears, name)
	require.Equal(t, status, v.Status, aws.ToString(v.StatusMessage))
}

// fillTrainings holds a training at its pictures.
func fillTrainings(t *testing.T, b *bounds) {
	hold := b.storage.Hold("GET /" + bucket + "/train/")
	b.training(t, "v1").accepted(t)
	hold.Await(t, 1)
	b.training(t, "v2").refused(t, limitExceeded, "1 trainings in progress")
	hold.Open()
	b.settled(t, "v1", types.ProjectVersionStatusTrainingCompleted)
}

// fillCopies holds a copy at its first file, and then fills the project with versions.
func fillCopies(t *testing.T, b *bounds) {
	b.copy(t, "v2", members{"Tags": members{"a": "1", "b": "2", "c": "3"}}).refused(t, limitExceeded, "2 tags")
	hold := b.storage.Hold("PUT /" + bucket + "/copies/")
	b.copy(t, "v2", nil).accepted(t)
	hold.Await(t, 1)
	b.copy(t, "v3", nil).refused(t, limitExceeded, "1 copies in progress")
	hold.Open()
	b.settled(t, "v2", types.ProjectVersionStatusCopyingCompleted)
	b.copy(t, "v3", nil).accepted(t)
	b.settled(t, "v3", types.ProjectVersionStatusCopyingCompleted)

	b.copy(t, "v4", nil).refused(t, quotaExceeded, "3 models")
	b.training(t, "v4").refused(t, quotaExceeded, "3 models")
	b.copy(t, "v3", nil).refused(t, inUse, "v3")
	b.training(t, "v3").refused(t, inUse, "v3")
}

// fillRunning starts models: one that is still starting counts as well.
func fillRunning(t *testing.T, b *bounds) {
	start := func(name string, change members) answer {
		request := members{"ProjectVersionArn": *b.client.Version(t, b.gears, name).ProjectVersionArn, "MinInferenceUnits": 1}
		for member, value := range change {
			request[member] = value
		}
		return b.wire.call(t, "StartProjectVersion", js(request))
	}
	start("v1", members{"MinInferenceUnits": 3}).refused(t, limitExceeded, "2 inference units")
	start("v1", members{"MaxInferenceUnits": 3}).refused(t, limitExceeded, "2 inference units")
	hold := b.storage.Hold("GET /system/versions/")
	start("v1", members{"MinInferenceUnits": 2, "MaxInferenceUnits": 2}).accepted(t)
	hold.Await(t, 1)
	start("v2", nil).refused(t, limitExceeded, "1 running models")
	require.Equal(t, types.ProjectVersionStatusCopyingCompleted, b.client.Version(t, b.gears, "v2").Status)
	hold.Open()
	b.settled(t, "v1", types.ProjectVersionStatusRunning)
	start("v2", nil).refused(t, limitExceeded, "1 running models")
	start("v1", members{"MinInferenceUnits": 2, "MaxInferenceUnits": 2}).refused(t, inUse, "RUNNING")
	resized := start("v1", nil) // with other units it goes on without a gap
	resized.accepted(t)
	require.JSONEq(t, `{"Status":"RUNNING"}`, string(resized.body))
	require.EqualValues(t, 1, *b.client.Version(t, b.gears, "v1").MinInferenceUnits)
	b.wire.call(t, "StopProjectVersion", js(members{"ProjectVersionArn": *b.client.Version(t, b.gears, "v1").ProjectVersionArn})).accepted(t)
	b.settled(t, "v1", types.ProjectVersionStatusStopped)
	start("v2", nil).accepted(t)
	b.settled(t, "v2", types.ProjectVersionStatusRunning)
}

// fillUpdates adds an entry, and a label, to a dataset that has all that it may have.
func fillUpdates(t *testing.T, b *bounds) {
	for message, changes := range map[string][]byte{
		tooManyRows:   joined([]string{corpus.Line(bucket, "train/one-more.jpg", corpus.Labels[0])}),
		tooManyLabels: joined([]string{corpus.Line(bucket, corpus.Pictures("train/", 1, corpus.Labels[0])[0].Key, corpus.Labels[2])}),
	} {
		_, err := b.client.UpdateDatasetEntries(t.Context(), &rekognition.UpdateDatasetEntriesInput{DatasetArn: b.set, Changes: &types.DatasetChanges{GroundTruth: changes}})
		require.NoError(t, err)
		d := b.client.SettledDataset(t, b.set)
		require.Equal(t, types.DatasetStatusUpdateFailed, d.Status)
		require.Equal(t, message, *d.StatusMessage)
	}
}

// unlimitedRates calls more often than AWS lets an account: by default there is no limit.
func unlimitedRates(t *testing.T, b *bounds) {
	version := *b.client.Version(t, b.gears, "v3").ProjectVersionArn
	for range 60 {
		b.wire.call(t, "DescribeProjects", "{}").accepted(t)
		b.wire.call(t, "ListTagsForResource", js(members{"ResourceArn": *b.gears})).accepted(t)
		b.wire.call(t, "DetectCustomLabels", js(members{"ProjectVersionArn": version, "Image": members{"Bytes": "AAAA"}})).refused(t, notReady)
	}
}

// TestRates calls once too often: rates of a call in more than a minute make the second call the one that is refused. What
// is 0 has no limit.
func TestRates(t *testing.T) {
	t.Parallel()
	s := limited(t, members{"detect-rate": 0.01, "control-rate": 0.01, "tag-rate": 0.01, "tags": 0, "inference-units": 0})
	s.Restart(t)
	code, _, problems := s.Program(t, "account", "create", lab, "--data", s.Dir, "--profile", "lab")
	require.Zero(t, code, problems)
	w, other := connect(t, s, "default"), connect(t, s, "lab")
	tags := members{}
	for i := range 200 {
		tags[fmt.Sprint("key-", i)] = "value"
	}
	project := field(t, w.call(t, "CreateProject", js(members{"ProjectName": "gears", "Tags": tags})), "ProjectArn")
	base := project[:strings.LastIndex(project, "/")]
	throttled := func(a answer) {
		t.Helper()
		require.Equal(t, "ThrottlingException", a.Type, "%s", a.body)
		require.Equal(t, "ThrottlingException", a.Code)
		require.Equal(t, http.StatusInternalServerError, a.status, "as the service model has it")
		require.Contains(t, a.Message, "Rate exceeded")
		a.known(t)
	}
	for operation, input := range map[string]members{
		"DetectCustomLabels":  {"ProjectVersionArn": base + "/version/none/1", "Image": members{"Bytes": "AAAA"}},
		"StartProjectVersion": {"ProjectVersionArn": base + "/version/none/1", "MinInferenceUnits": 1000},
		"DeleteProject":       {"ProjectArn": base + "/1"},
	} {
		w.call(t, operation, js(input)).refused(t, "ResourceNotFoundException")
		throttled(w.call(t, operation, js(input)))
	}
	for operation, input := range map[string]members{
		"DescribeProjects":    {},
		"ListTagsForResource": {"ResourceArn": project},
		"TagResource":         {"ResourceArn": project, "Tags": members{"a": "b"}},
		"UntagResource":       {"ResourceArn": project, "TagKeys": []string{"a"}},
	} {
		w.call(t, operation, js(input)).accepted(t)
		a := w.call(t, operation, js(input))
		throttled(a)
		require.Contains(t, a.Message, operation)
	}
	elsewhere := w
	elsewhere.region = "eu-west-1"
	throttled(elsewhere.call(t, "DescribeProjects", "{}"))
	other.call(t, "DescribeProjects", "{}").accepted(t)

	config := s.Config(t, "default")
	config.RetryMaxAttempts = 1
	_, err := rekognition.NewFromConfig(config).DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{})
	var typed *types.ThrottlingException
	require.ErrorAs(t, err, &typed)
	t.Run("boto3", func(t *testing.T) { throttledBoto3(t, s) })
	require.Empty(t, s.Complaints())
}

// throttledBoto3 demands that boto3 knows the error by its name, and that it comes with the status of the service model.
func throttledBoto3(t *testing.T, s *server.Server) {
	python := tool(t, "python3")
	if err := exec.Command(python, "-c", "import boto3").Run(); err != nil {
		t.Skip(`python3 has no boto3: run "make test", which installs it`)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", `
import boto3
from botocore.config import Config
client = boto3.client("rekognition", config=Config(retries={"total_max_attempts": 1}))
try:
    client.describe_projects()
except client.exceptions.ThrottlingException as e:
    print(e.response["ResponseMetadata"]["HTTPStatusCode"])
`)
	cmd.Env = s.Environ()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "500\n", string(out))
}
