package sdk

import (
	"encoding/json"
	"io/fs"
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

// kmsKey is one key of a server's configuration, as `ownsight kms create` tells it.
type kmsKey struct {
	ARN      string   `json:"arn"`
	Aliases  []string `json:"aliases,omitempty"`
	Keyset   string   `json:"keyset"`
	Disabled bool     `json:"disabled,omitempty"`
}

// id is the last part of a key's ARN.
func (k kmsKey) id() string { return k.ARN[strings.LastIndex(k.ARN, "/")+1:] }

// secret is the key itself, as its file has it.
func (k kmsKey) secret(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(k.Keyset)
	require.NoError(t, err)
	var keyset struct {
		Key []struct{ KeyData struct{ Value string } }
	}
	require.NoError(t, json.Unmarshal(b, &keyset))
	require.NotEmpty(t, keyset.Key[0].KeyData.Value)
	return keyset.Key[0].KeyData.Value
}

// sealing is a server with keys, and a model that was trained under the first.
type sealing struct {
	server        *server.Server
	client        guide.Client
	config        string // file
	first, second kmsKey
	disabled      kmsKey
	foreign       kmsKey // another account's
	abroad        kmsKey // of another region
	project       *string
	picture       []byte
	answer        []types.CustomLabel
	outputs       map[string][]byte
}

// configure writes the server's configuration, for its next start.
func (k *sealing) configure(t *testing.T) {
	t.Helper()
	b, err := json.Marshal(map[string]any{"kms": []kmsKey{k.first, k.second, k.disabled, k.foreign, k.abroad}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(k.config, b, 0o600)) // JSON is YAML
}

// TestKeys trains and copies under keys, takes them away and gives them back.
func TestKeys(t *testing.T) {
	t.Parallel()
	k := newSealing(t)
	t.Run("trained", func(t *testing.T) { trainSealed(t, k) })
	t.Run("copied", func(t *testing.T) { copySealed(t, k) })
	t.Run("on disk", func(t *testing.T) { sealedOnDisk(t, k) })
	t.Run("refused", func(t *testing.T) { refusedKeys(t, k) })
	require.Empty(t, k.server.Complaints())

	k.first.Disabled = true
	k.configure(t)
	require.Zero(t, k.server.Terminate(t))
	k.server.Restart(t)
	t.Run("disabled", func(t *testing.T) { disabledKey(t, k) })

	k.first.Disabled, k.first.Aliases = false, nil
	k.configure(t)
	require.Zero(t, k.server.Terminate(t))
	k.server.Restart(t)
	t.Run("enabled under another name", func(t *testing.T) {
		k.run(t, "v1")
		k.sameOutputs(t, "out", "v1")
	})
	for _, key := range []kmsKey{k.first, k.second} {
		require.NotContains(t, k.server.Log(), key.secret(t))
	}
}

func newSealing(t *testing.T) *sealing {
	t.Helper()
	folder := t.TempDir()
	k := &sealing{config: filepath.Join(folder, "config.yaml")}
	k.server = server.New(t, "--config", k.config)
	create := func(name string, args ...string) (key kmsKey) {
		code, out, problems := k.server.Program(t, append([]string{"kms", "create", filepath.Join(folder, name+".json"), "--alias", name, "--output", "json"}, args...)...)
		require.Zero(t, code, problems)
		require.NoError(t, json.Unmarshal([]byte(out), &key))
		return key
	}
	k.first, k.second, k.disabled = create("first"), create("second"), create("disabled")
	k.foreign, k.abroad = create("foreign", "--account", lab), create("abroad", "--region", "eu-west-1")
	k.disabled.Disabled = true
	k.configure(t)
	k.server.Restart(t)
	k.client = guide.Connect(t, k.server, "default")
	k.client.Bucket(t, bucket)
	pictures := corpus.Pictures("train/", 8, corpus.Labels[:2]...)
	k.client.Upload(t, bucket, pictures)
	k.picture = pictures[0].File
	k.project = k.client.Project(t, "gears")
	k.client.Dataset(t, k.project, types.DatasetTypeTrain, bucket, corpus.Manifest(bucket, pictures))
	return k
}

// trainSealed trains under an alias. Whoever may read what it left reads it as ever.
func trainSealed(t *testing.T, k *sealing) {
	_, err := k.client.CreateProjectVersion(t.Context(), &rekognition.CreateProjectVersionInput{ProjectArn: k.project, VersionName: aws.String("v1"),
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: aws.String("out")}, KmsKeyId: aws.String("alias/first")})
	require.NoError(t, err)
	require.Equal(t, "alias/first", aws.ToString(k.client.Version(t, k.project, "v1").KmsKeyId))
	v := k.client.SettledVersion(t, k.project, "v1")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	require.Equal(t, "alias/first", aws.ToString(v.KmsKeyId))
	k.outputs = outputs(t, k.client, bucket, "out", "-gears-v1")
	require.Len(t, k.outputs, 10)
	require.Contains(t, string(k.client.Read(t, v.EvaluationResult.Summary.S3Object)), `"AggregatedEvaluationResults"`)
	for kind, words := range marks {
		for _, word := range words {
			require.Contains(t, string(k.outputs[kind]), word)
		}
	}
	head, err := k.client.S3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: v.ManifestSummary.S3Object.Name})
	require.NoError(t, err)
	require.Equal(t, k.first.ARN, aws.ToString(head.SSEKMSKeyId))
	k.answer = k.run(t, "v1")
	require.Len(t, k.answer, 2)
}

// marks are words of outputs that must not be on the disk: a label, places, layers of the network. Eight letters and more,
// which do not stand in tens of megabytes by chance.
var marks = map[string][]string{
	"Model.onnx":                         {"depthwise_conv.weight", corpus.Labels[1]},
	"Model.json":                         {corpus.Labels[1], "thresholds"},
	"TrainingGroundTruth.json":           {"source-ref", corpus.Labels[1]},
	"TestingManifestWithValidation.json": {"source-ref", corpus.Labels[1]},
	"EvaluationResultSummary.json":       {"AggregatedEvaluationResults"},
	"ManifestSummary.json":               {"total_json_lines"},
	"EvaluationReport.html":              {"Per label performance", corpus.Labels[1]},
	"EvaluationReport.json":              {"testPictures", corpus.Labels[1]},
}

// run starts a version and gives what it says of the picture.
func (k *sealing) run(t *testing.T, name string) []types.CustomLabel {
	t.Helper()
	v := k.client.Version(t, k.project, name)
	k.client.Run(t, k.project, v)
	return k.client.Detect(t, v.ProjectVersionArn, k.picture, aws.Float32(0))
}

// copy copies a version within the project and gives what became of it.
func (k *sealing) copy(t *testing.T, from, to, key string) types.ProjectVersionDescription {
	t.Helper()
	in := &rekognition.CopyProjectVersionInput{SourceProjectArn: k.project, DestinationProjectArn: k.project,
		SourceProjectVersionArn: k.client.Version(t, k.project, from).ProjectVersionArn, VersionName: &to,
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: &to}}
	if key != "" {
		in.KmsKeyId = &key
	}
	_, err := k.client.CopyProjectVersion(t.Context(), in)
	require.NoError(t, err)
	v := k.client.SettledVersion(t, k.project, to)
	require.Equal(t, key, aws.ToString(v.KmsKeyId))
	return v
}

func (k *sealing) sameOutputs(t *testing.T, prefix, name string) {
	t.Helper()
	files := outputs(t, k.client, bucket, prefix, "-gears-"+name)
	require.Len(t, files, len(k.outputs))
	for kind, content := range k.outputs {
		require.True(t, string(content) == string(files[kind]), kind)
	}
}

// copySealed copies from key to key, under each form of name, and to no key at all.
func copySealed(t *testing.T, k *sealing) {
	for _, c := range []struct{ from, to, key string }{
		{"v1", "by-arn", k.second.ARN},
		{"by-arn", "by-id", k.first.id()},
		{"v1", "by-alias-arn", strings.Replace(k.second.ARN, "key/"+k.second.id(), "alias/second", 1)},
		{"v1", "in-clear", ""},
	} {
		v := k.copy(t, c.from, c.to, c.key)
		require.Equal(t, types.ProjectVersionStatusCopyingCompleted, v.Status, aws.ToString(v.StatusMessage))
		k.sameOutputs(t, c.to, c.to)
		require.Equal(t, k.answer, k.run(t, c.to))
	}
	// Into another region, under a key of that region.
	config := k.server.Config(t, "default")
	config.Region = "eu-west-1"
	there := *k
	there.client = guide.Client{Client: rekognition.NewFromConfig(config), S3: k.client.S3}
	there.project = there.client.Project(t, "gears")
	_, err := k.client.CopyProjectVersion(t.Context(), &rekognition.CopyProjectVersionInput{SourceProjectArn: k.project,
		SourceProjectVersionArn: k.client.Version(t, k.project, "v1").ProjectVersionArn, DestinationProjectArn: there.project, VersionName: aws.String("abroad"),
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: aws.String("abroad")}, KmsKeyId: aws.String("alias/abroad")})
	require.NoError(t, err)
	require.Equal(t, types.ProjectVersionStatusCopyingCompleted, there.client.SettledVersion(t, there.project, "abroad").Status)
	there.sameOutputs(t, "abroad", "abroad")
	require.Equal(t, k.answer, there.run(t, "abroad"))
}

// sealedOnDisk looks at the files themselves: what is under a key names it and says nothing else.
func sealedOnDisk(t *testing.T, k *sealing) {
	keys := map[string]string{"by-arn": k.second.ARN, "by-alias-arn": k.second.ARN, "by-id": k.first.ARN, "v1": k.first.ARN, "in-clear": ""}
	for name, key := range keys {
		arn := *k.client.Version(t, k.project, name).ProjectVersionArn
		archived, err := filepath.Glob(filepath.Join(k.server.Dir, "s3", "ownsight-system", "versions", "*-"+arn[strings.LastIndex(arn, "/")+1:]))
		require.NoError(t, err)
		require.Len(t, archived, 1)
		prefix := name
		if name == "v1" {
			prefix = "out"
		}
		for _, folder := range []string{archived[0], filepath.Join(k.server.Dir, "s3", bucket, prefix)} {
			files := contents(t, folder)
			require.GreaterOrEqual(t, len(files), 8)
			for file, content := range files {
				if key == "" {
					require.NotContains(t, content, "arn:aws:kms:", file)
					continue
				}
				require.Contains(t, content, key, file)
				for _, words := range marks {
					for _, word := range words {
						require.False(t, strings.Contains(content, word), "%s in %s", word, file)
					}
				}
			}
		}
	}
}

// contents reads all files below a folder.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	}))
	return files
}

// refusedKeys names keys that one may not use.
func refusedKeys(t *testing.T, k *sealing) {
	w := connect(t, k.server, "default")
	source := k.client.Version(t, k.project, "v1").ProjectVersionArn
	for _, c := range []struct{ key, code, word string }{
		{"alias/none", invalid, "alias/none"},
		{"1234abcd-12ab-34cd-56ef-1234567890ab", invalid, "1234abcd"},
		{"not/a/key", invalid, "KmsKeyId"},
		{"alias/foreign", invalid, "alias/foreign"},
		{k.foreign.ARN, "AccessDeniedException", k.foreign.ARN},
		{k.abroad.ARN, invalid, "another region"},
		{"alias/disabled", invalid, k.disabled.ARN + " is disabled"},
		{k.disabled.id(), invalid, k.disabled.ARN + " is disabled"},
	} {
		request := members{"VersionName": "refused", "OutputConfig": members{"S3Bucket": bucket}, "KmsKeyId": c.key, "ProjectArn": *k.project}
		w.call(t, "CreateProjectVersion", js(request)).refused(t, c.code, c.word)
		delete(request, "ProjectArn")
		request["SourceProjectArn"], request["SourceProjectVersionArn"], request["DestinationProjectArn"] = *k.project, *source, *k.project
		w.call(t, "CopyProjectVersion", js(request)).refused(t, c.code, c.word)
	}
}

// disabledKey asks for what needs the key, which says so and nothing else, and for what needs another.
func disabledKey(t *testing.T, k *sealing) {
	v1 := k.client.Version(t, k.project, "v1")
	_, err := k.client.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: v1.ProjectVersionArn, Image: &types.Image{Bytes: k.picture}})
	var denied *types.AccessDeniedException
	require.ErrorAs(t, err, &denied)
	require.Contains(t, denied.ErrorMessage(), k.first.ARN)
	_, err = k.client.StopProjectVersion(t.Context(), &rekognition.StopProjectVersionInput{ProjectVersionArn: v1.ProjectVersionArn})
	require.NoError(t, err)
	require.Equal(t, types.ProjectVersionStatusStopped, k.client.SettledVersion(t, k.project, "v1").Status)
	_, err = k.client.StartProjectVersion(t.Context(), &rekognition.StartProjectVersionInput{ProjectVersionArn: v1.ProjectVersionArn, MinInferenceUnits: aws.Int32(1)})
	require.NoError(t, err)
	failed := k.client.SettledVersion(t, k.project, "v1")
	require.Equal(t, types.ProjectVersionStatusFailed, failed.Status)
	c := k.copy(t, "v1", "from-disabled", k.second.ARN)
	require.Equal(t, types.ProjectVersionStatusCopyingFailed, c.Status)
	for _, message := range []*string{failed.StatusMessage, c.StatusMessage} {
		require.Contains(t, *message, k.first.ARN)
		require.Contains(t, *message, "disabled")
		require.NotContains(t, *message, k.first.Keyset)
	}
	_, err = k.client.S3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: v1.ManifestSummary.S3Object.Name})
	require.ErrorContains(t, err, "KMS.DisabledException")
	for _, name := range []string{"by-arn", "in-clear"} {
		require.Equal(t, k.answer, k.client.Detect(t, k.client.Version(t, k.project, name).ProjectVersionArn, k.picture, aws.Float32(0)))
		k.sameOutputs(t, name, name)
	}
	replica{client: k.client, project: k.project, name: "from-disabled", arn: c.ProjectVersionArn}.delete(t)
}
