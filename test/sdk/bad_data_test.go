package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
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

// lines makes n manifest lines of each label for pictures that need not be there.
func lines(n int, labels ...string) (list []string) {
	for i := range n {
		for _, label := range labels {
			list = append(list, corpus.Line(bucket, fmt.Sprintf("none/%s-%d.jpg", label, i), label))
		}
	}
	return list
}

func joined(lists ...[]string) []byte {
	return []byte(strings.Join(slices.Concat(lists...), "\n") + "\n")
}

// imports are manifests and what becomes of a dataset that is made of them.
var imports = []struct {
	name     string
	manifest []byte
	status   types.DatasetStatus
	message  string
	total    int32 // entries kept
	errors   int32 // of those, with errors
}{
	{"lines that are left out without a word", joined(lines(20, "a", "b"), []string{
		"not JSON", `{"source-ref":"s3://parts/cut`, `{"part-0":1}`, `{"source-ref":"parts/k.jpg"}`, `["a"]`, "", lines(1, "a")[0],
	}), types.DatasetStatusCreateComplete, "successfully created", 40, 0},
	{"too many of them", joined(lines(10, "a", "b"), slices.Repeat([]string{"not JSON"}, 6)),
		types.DatasetStatusCreateFailed, "The manifest file has too many terminal errors.", 0, 0},
	{"lines that are kept with their errors", joined(lines(4, "a", "b"), []string{
		`{"source-ref":"s3://parts/1","part-0":1}`,
		`{"source-ref":"s3://parts/2","part-0":"x","part-0-metadata":{"class-name":"a","type":"groundtruth/image-classification","human-annotated":"yes","creation-date":"2024-05-06T07:08:09"}}`,
		`{"source-ref":"s3://parts/3","part-0":1,"part-0-metadata":{"class-name":"a","type":"groundtruth/verse","human-annotated":"yes","creation-date":"2024-05-06T07:08:09"}}`,
		`{"source-ref":"s3://parts/4","part-0":1,"part-0-metadata":{"class-name":"` + strings.Repeat("x", 300) + `","type":"groundtruth/image-classification","human-annotated":"yes","creation-date":"2024-05-06T07:08:09"}}`,
	}), types.DatasetStatusCreateComplete, "successfully created", 12, 4},
	{"pictures of several buckets", joined(lines(4, "a", "b"), []string{corpus.Line("elsewhere", "k.jpg", "a")}),
		types.DatasetStatusCreateFailed, "The manifest file contains images from multiple S3 buckets.", 0, 0},
	{"too many labels", joined(lines(1, names(251)...)), types.DatasetStatusCreateFailed, "The manifest file has too many labels.", 0, 0},
	{"no manifest at all", corpus.Blank(64, 64), types.DatasetStatusCreateFailed, "The manifest file", 0, 0},
	{"nothing", nil, types.DatasetStatusCreateFailed, "The manifest file is empty.", 0, 0},
	{"a mistake late in a long manifest", joined(lines(1500, "a", "b"), []string{corpus.Line("elsewhere", "k.jpg", "a")}),
		types.DatasetStatusCreateFailed, "The manifest file contains images from multiple S3 buckets.", 0, 0},
}

func names(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("label-%03d", i))
	}
	return list
}

func TestBadManifests(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, bucket)
	for i, test := range imports {
		t.Run(test.name, func(t *testing.T) {
			arn := c.BeginDataset(t, c.Project(t, fmt.Sprintf("import-%d", i)), types.DatasetTypeTrain, bucket, test.manifest)
			d := c.SettledDataset(t, arn)
			require.Equal(t, test.status, d.Status, aws.ToString(d.StatusMessage))
			require.Contains(t, *d.StatusMessage, test.message)
			code := types.DatasetStatusMessageCodeSuccess
			if test.status == types.DatasetStatusCreateFailed {
				code = types.DatasetStatusMessageCodeClientError
			}
			require.Equal(t, code, d.StatusMessageCode)
			require.Equal(t, test.total, *d.DatasetStats.TotalEntries)
			require.Equal(t, test.errors, *d.DatasetStats.ErrorEntries)
			out, err := c.ListDatasetEntries(t.Context(), &rekognition.ListDatasetEntriesInput{DatasetArn: arn, HasErrors: aws.Bool(true)})
			require.NoError(t, err)
			require.Len(t, out.DatasetEntries, int(test.errors))
			all, err := c.ListDatasetEntries(t.Context(), &rekognition.ListDatasetEntriesInput{DatasetArn: arn})
			require.NoError(t, err)
			require.Len(t, all.DatasetEntries, int(test.total))
			for _, e := range out.DatasetEntries {
				require.Contains(t, e, `"code":"ERROR_`)
			}
		})
	}
	t.Run("an update that is refused changes nothing", func(t *testing.T) { refusedUpdate(t, c) })
	t.Run("the manifest is not there", func(t *testing.T) {
		_, err := c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: c.Project(t, "gone"), DatasetType: types.DatasetTypeTrain,
			DatasetSource: &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{Bucket: aws.String(bucket), Name: aws.String("none")}}}})
		var unreachable *types.InvalidS3ObjectException
		require.ErrorAs(t, err, &unreachable)
		require.Contains(t, unreachable.ErrorMessage(), "s3://parts/none")
	})
	require.Empty(t, s.Complaints())
}

// refusedUpdate tries updates that end UPDATE_FAILED.
func refusedUpdate(t *testing.T, c guide.Client) {
	arn := c.Dataset(t, c.Project(t, "updated"), types.DatasetTypeTrain, bucket, joined(lines(3, "a", "b")))
	update := func(changes []byte) *types.DatasetDescription {
		_, err := c.UpdateDatasetEntries(t.Context(), &rekognition.UpdateDatasetEntriesInput{DatasetArn: arn, Changes: &types.DatasetChanges{GroundTruth: changes}})
		require.NoError(t, err)
		return c.SettledDataset(t, arn)
	}
	entries := func() []string {
		out, err := c.ListDatasetEntries(t.Context(), &rekognition.ListDatasetEntriesInput{DatasetArn: arn})
		require.NoError(t, err)
		return out.DatasetEntries
	}
	before := entries()
	for message, changes := range map[string][]byte{
		"The manifest file contains images from multiple S3 buckets.": joined([]string{corpus.Line("elsewhere", "k.jpg", "a")}),
		"The manifest file has too many terminal errors.":             []byte("{}"),
		"The manifest file has too many labels.":                      joined(lines(1, names(249)...)),
	} {
		d := update(changes)
		require.Equal(t, types.DatasetStatusUpdateFailed, d.Status)
		require.Contains(t, *d.StatusMessage, message)
		require.Equal(t, types.DatasetStatusMessageCodeClientError, d.StatusMessageCode)
		require.EqualValues(t, 6, *d.DatasetStats.TotalEntries)
		require.Equal(t, before, entries())
	}
	// What was listed can be sent back: the service's own members are not taken for labels.
	require.Equal(t, types.DatasetStatusUpdateComplete, update([]byte(before[0])).Status)
	require.Equal(t, before, entries())
}

// trainings are datasets that cannot be trained on, and how they say so.
var trainings = []struct {
	name        string
	train, test []byte // no test dataset where nil
	message     string
	word        string // in the manifest summary; empty where there is none
}{
	{"no lines", []byte{}, nil, "The manifest file is empty.", ""},
	{"no lines to test with", nil, []byte{}, "The manifest file is empty.", ""},
	{"no labels", unlabelled(5), nil, "The manifest file has too few labels.", "ERROR_MANIFEST_TOO_FEW_LABELS"},
	{"one label", joined(lines(4, "a")), joined(lines(2, "a")), "The manifest file has too few labels.", "ERROR_MANIFEST_TOO_FEW_LABELS"},
	{"other labels in the test", joined(lines(4, "a", "b", "c")), joined(lines(2, "c", "d")),
		"Less than 50% label overlap between the training and testing manifest files.", "ERROR_INSUFFICIENT_LABEL_OVERLAP"},
	{"a label with one picture and no test", joined(lines(4, "a", "b"), lines(1, "c")), nil, `Label "c" has 1 picture`, "ERROR_INSUFFICIENT_IMAGES_PER_LABEL_FOR_AUTOSPLIT"},
	{"boxes around what is not there", joined([]string{corpus.BoxLine(bucket, "1.jpg", "a"), corpus.BoxLine(bucket, "2.jpg", "a")}),
		joined([]string{corpus.BoxLine(bucket, "3.jpg", "a")}), "Failed to copy images from S3 bucket.", "ERROR_TOO_MANY_INVALID_ROWS_IN_MANIFEST"},
	{"too few boxes to test with", joined([]string{corpus.BoxLine(bucket, "1.jpg", "a")}), nil, `Label "a" has 1 picture`, "OBJECT_LOCALIZATION"},
	{"labels to learn, boxes to test with", joined(lines(4, "a", "b")), joined([]string{corpus.BoxLine(bucket, "3.jpg", "a")}), "draw bounding boxes", "OBJECT_LOCALIZATION"},
	{"lines without a label attribute", joined(lines(4, "a", "b"), half(3)), joined(lines(2, "a", "b")),
		"The manifest file contains too many invalid rows.", "ERROR_TOO_MANY_INVALID_ROWS_IN_MANIFEST"},
	{"pictures that are not there", joined(lines(4, "a", "b")), joined(lines(2, "a", "b")),
		"Failed to copy images from S3 bucket.", "ERROR_TOO_MANY_INVALID_ROWS_IN_MANIFEST"},
	{"test pictures that are not there", nil, joined(lines(2, corpus.Labels...)),
		"Failed to copy images from S3 bucket.", "ERROR_TOO_MANY_INVALID_ROWS_IN_MANIFEST"},
}

func unlabelled(n int) []byte {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"source-ref":"s3://parts/%d.jpg"}`, i))
	}
	return joined(list)
}

func half(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(`{"source-ref":"s3://parts/half-%d.jpg","part-0":1}`, i))
	}
	return list
}

func TestBadTrainings(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, bucket)
	pictures := corpus.Pictures("good/", 2, corpus.Labels...)
	c.Upload(t, bucket, pictures)
	for i, test := range trainings {
		t.Run(test.name, func(t *testing.T) {
			project := c.Project(t, fmt.Sprintf("training-%d", i))
			if test.train == nil {
				test.train = corpus.Manifest(bucket, pictures)
			}
			c.Dataset(t, project, types.DatasetTypeTrain, bucket, test.train)
			if test.test != nil {
				c.Dataset(t, project, types.DatasetTypeTest, bucket, test.test)
			}
			c.BeginTraining(t, project, "v", bucket, "out")
			v := c.SettledVersion(t, project, "v")
			require.Equal(t, types.ProjectVersionStatusTrainingFailed, v.Status)
			require.Contains(t, *v.StatusMessage, test.message)
			require.Nil(t, v.EvaluationResult)
			require.Nil(t, v.BillableTrainingTimeInSeconds)
			if test.word == "" {
				require.Nil(t, v.ManifestSummary)
				return
			}
			summary := c.Read(t, v.ManifestSummary.S3Object)
			require.True(t, json.Valid(summary))
			require.Contains(t, string(summary), `"`+test.word+`"`)
			validation := append(c.Read(t, v.TrainingDataResult.Validation.Assets[0].GroundTruthManifest.S3Object),
				c.Read(t, v.TestingDataResult.Validation.Assets[0].GroundTruthManifest.S3Object)...)
			lines := append(test.train, test.test...) // where there is no test dataset some of the first are set aside
			require.Equal(t, bytes.Count(lines, []byte("\n")), bytes.Count(validation, []byte("\n")))
		})
	}
	t.Run("what is wrong is said before anything is trained", func(t *testing.T) { refusedTrainings(t, c) })
	require.Empty(t, s.Complaints())
}

// refusedTrainings asks for trainings that are refused at once.
func refusedTrainings(t *testing.T, c guide.Client) {
	train := func(project *string, bucket string) error {
		_, err := c.CreateProjectVersion(t.Context(), &rekognition.CreateProjectVersionInput{ProjectArn: project, VersionName: aws.String("v"),
			OutputConfig: &types.OutputConfig{S3Bucket: &bucket}})
		return err
	}
	var invalid *types.InvalidParameterException
	empty := c.Project(t, "without-datasets")
	require.ErrorAs(t, train(empty, bucket), &invalid)
	require.Contains(t, invalid.ErrorMessage(), "no training dataset")
	c.Dataset(t, empty, types.DatasetTypeTest, bucket, joined(lines(2, "a", "b")))
	require.ErrorAs(t, train(empty, bucket), &invalid)
	failed := c.Project(t, "failed-dataset")
	c.SettledDataset(t, c.BeginDataset(t, failed, types.DatasetTypeTrain, bucket, []byte("not JSON\n")))
	require.ErrorAs(t, train(failed, bucket), &invalid)
	require.Contains(t, invalid.ErrorMessage(), "could not be created")
}
