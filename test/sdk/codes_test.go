package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
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

// documented are the codes of what can be wrong with manifests, with their texts; {} is a part that varies.
//
// https://docs.aws.amazon.com/rekognition/latest/customlabels-dg/debugging-datasets-terminal-errors.html,
// https://docs.aws.amazon.com/rekognition/latest/customlabels-dg/tm-debugging.html
var documented = map[string]string{
	"ERROR_MANIFEST_INACCESSIBLE_OR_UNSUPPORTED_FORMAT":  "The manifest file extension or contents are invalid.",
	"ERROR_MANIFEST_SIZE_TOO_LARGE":                      "The manifest file size exceeds the maximum supported size.",
	"ERROR_MANIFEST_ROWS_EXCEEDS_MAXIMUM":                "The manifest file has too many rows.",
	"ERROR_INVALID_PERMISSIONS_MANIFEST_S3_BUCKET":       "The S3 bucket permissions are incorrect.",
	"ERROR_TOO_MANY_RECORDS_IN_ERROR":                    "The manifest file has too many terminal errors.",
	"ERROR_INSUFFICIENT_IMAGES_PER_LABEL_FOR_DISTRIBUTE": "The manifest file doesn't have enough labeled images to distribute the dataset.",

	"ERROR_TOO_MANY_INVALID_ROWS_IN_MANIFEST":           "The manifest file contains too many invalid rows.",
	"ERROR_IMAGES_IN_MULTIPLE_S3_BUCKETS":               "The manifest file contains images from multiple S3 buckets.",
	"ERROR_INVALID_PERMISSIONS_IMAGES_S3_BUCKET":        "The permissions for the images S3 bucket are invalid.",
	"ERROR_INVALID_IMAGES_S3_BUCKET_OWNER":              "Invalid owner id for images S3 bucket.",
	"ERROR_INSUFFICIENT_IMAGES_PER_LABEL_FOR_AUTOSPLIT": "The manifest file contains insufficient labeled images per label to perform auto-split.",
	"ERROR_MANIFEST_TOO_FEW_LABELS":                     "The manifest file has too few labels.",
	"ERROR_MANIFEST_TOO_MANY_LABELS":                    "The manifest file has too many labels.",
	"ERROR_INSUFFICIENT_LABEL_OVERLAP":                  "Less than {}% label overlap between the training and testing manifest files.",
	"ERROR_MANIFEST_TOO_FEW_USABLE_LABELS":              "The manifest file has too few usable labels.",
	"ERROR_INSUFFICIENT_USABLE_LABEL_OVERLAP":           "Less than {}% usable label overlap between the training and testing manifest files.",
	"ERROR_FAILED_IMAGES_S3_COPY":                       "Failed to copy images from S3 bucket.",

	"ERROR_MISSING_SOURCE_REF":                      "The source-ref key is missing.",
	"ERROR_INVALID_SOURCE_REF_FORMAT":               "The format of the source-ref value is invalid.",
	"ERROR_INVALID_JSON_LINE":                       "The JSON Line has an invalid format.",
	"ERROR_NO_LABEL_ATTRIBUTES":                     "No label attributes found.",
	"ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT":          "The format of the label attribute {} is invalid.",
	"ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT": "The format of the label attribute metadata is invalid.",
	"ERROR_NO_VALID_LABEL_ATTRIBUTES":               "No valid label attributes found.",
	"ERROR_UNSUPPORTED_USE_CASE_TYPE":               "The use case type of the {}-metadata label attribute metadata is unsupported. Check the type field.",
	"ERROR_INVALID_LABEL_NAME_LENGTH":               "{}",
	"ERROR_MISSING_BOUNDING_BOX_CONFIDENCE":         "One or more bounding boxes has a missing confidence value.",
	"ERROR_MISSING_CLASS_MAP_ID":                    "One of more class ids is missing from the class map.",
	"ERROR_INVALID_BOUNDING_BOX":                    "The bounding box has off frame values.",
	"ERROR_BOUNDING_BOX_TOO_SMALL":                  "The height and width of the bounding box is too small.",
	"ERROR_TOO_MANY_BOUNDING_BOXES":                 "There are more bounding boxes than the allowed maximum.",
	"ERROR_NO_VALID_ANNOTATIONS":                    "No valid annotations found.",
	"ERROR_INVALID_IMAGE_DIMENSION":                 "The image dimension(s) do not conform to allowed dimensions.",
	"ERROR_INVALID_IMAGE":                           "The image is invalid. Check S3 path and/or image properties.",
	"WARNING_UNANNOTATED_RECORD":                    "Record is unannotated.",
	"WARNING_NO_ANNOTATIONS":                        "No annotations were found.",
	"WARNING_NO_ATTRIBUTE_ANNOTATIONS":              "No attribute annotations were found.",
}

// unprovoked are the codes that nothing here can bring about, and why.
var unprovoked = map[string]string{
	"ERROR_MANIFEST_SIZE_TOO_LARGE":        "takes a gigabyte; the tests of the manifest's reader do it in memory",
	"ERROR_INVALID_IMAGES_S3_BUCKET_OWNER": "not used: who may read pictures decides, not who owns their bucket",
	"ERROR_MANIFEST_TOO_FEW_USABLE_LABELS": "cannot occur: where there are boxes one label is enough, elsewhere all labels are usable",
}

// wrongLines are lines each of which is wrong in one way of those that a listing tells of.
var wrongLines = []string{
	`{"source-ref":"s3://parts/w1","a":1}`,
	wrongLabel("w2", `"x"`, `"class-name":"a","confidence":1,"type":"groundtruth/image-classification"`),
	wrongLabel("w3", `1`, `"confidence":1,"type":"groundtruth/image-classification"`),
	wrongLabel("w4", `1`, `"class-name":"a","confidence":1,"type":"groundtruth/verse"`),
	wrongLabel("w5", `1`, `"class-name":"`+strings.Repeat("x", 256)+`","confidence":1,"type":"groundtruth/image-classification"`),
	wrongBoxes("w6", 640, 1, `{"class_id":0,"left":1,"top":1,"width":9,"height":9}`, `{}`),
	wrongBoxes("w7", 640, 1, `{"class_id":7,"left":1,"top":1,"width":9,"height":9}`, `{"confidence":1}`),
	wrongBoxes("w8", 640, 1, `{"class_id":0,"left":-1,"top":1,"width":9,"height":9}`, `{"confidence":1}`),
	wrongBoxes("w9", 640, 1, `{"class_id":0,"left":1,"top":1,"width":1,"height":1}`, `{"confidence":1}`),
	wrongBoxes("w10", 640, 51, `{"class_id":0,"left":1,"top":1,"width":9,"height":9}`, `{"confidence":1}`),
	wrongBoxes("w11", 63, 1, `{"class_id":0,"left":1,"top":1,"width":9,"height":9}`, `{"confidence":1}`),
}

const signedOff = `"human-annotated":"yes","creation-date":"2024-05-06 07:08:09"`

func wrongLabel(key, value, metadata string) string {
	return fmt.Sprintf(`{"source-ref":"s3://parts/%s","a":%s,"a-metadata":{%s,%s}}`, key, value, metadata, signedOff)
}

func wrongBoxes(key string, width, n int, box, object string) string {
	list := func(item string) string { return strings.Join(slices.Repeat([]string{item}, n), ",") }
	return fmt.Sprintf(`{"source-ref":"s3://parts/%s","b":{"image_size":[{"width":%d,"height":480,"depth":3}],"annotations":[%s]},`+
		`"b-metadata":{"objects":[%s],"class-map":{"0":"a"},"type":"groundtruth/object-detection",%s}}`, key, width, list(box), list(object), signedOff)
}

// dropped are lines that an import leaves out without a word, and lines with nothing to train on; a training that is
// given them tells.
var dropped = []string{`{"a":1}`, `{"source-ref":"parts/k"}`, `{"source-ref":`,
	`{"source-ref":"s3://parts/d1"}`, wrongBoxes("d2", 640, 0, "", "")}

// TestEveryCode provokes everything that can be wrong with manifests and demands the documented words. It fails when a
// documented code has no case, and when an answer has a code that is not documented.
func TestEveryCode(t *testing.T) {
	t.Parallel()
	s := server.New(t)
	s.Setenv("OWNSIGHT_LIMITS_ENTRIES", "300")
	s.Restart(t)
	code, _, problems := s.Program(t, "account", "create", "444455556666", "--data", s.Dir, "--profile", "lab")
	require.Zero(t, code, problems)
	guide.Connect(t, s, "lab").Bucket(t, "theirs")
	c := codes{Client: guide.Connect(t, s, "default"), seen: map[string]bool{}}
	c.Bucket(t, bucket)
	t.Run("datasets", c.datasets)
	t.Run("trainings", c.trainings)
	for code := range documented {
		_, excused := unprovoked[code]
		require.NotEqual(t, excused, c.seen[code], "%s: %s", code, unprovoked[code])
	}
	require.Empty(t, s.Complaints())
}

// codes are those that came back.
type codes struct {
	guide.Client
	seen map[string]bool
}

// datasets provokes what DescribeDataset and ListDatasetEntries tell.
func (c codes) datasets(t *testing.T) {
	for code, manifest := range map[string][]byte{
		"ERROR_MANIFEST_INACCESSIBLE_OR_UNSUPPORTED_FORMAT": corpus.Blank(64, 64),
		"ERROR_MANIFEST_ROWS_EXCEEDS_MAXIMUM":               joined(lines(301, "a")),
		"ERROR_TOO_MANY_RECORDS_IN_ERROR":                   joined(lines(2, "a", "b"), []string{"x", "y"}),
		"ERROR_MANIFEST_TOO_MANY_LABELS":                    joined(lines(1, names(251)...)),
		"ERROR_IMAGES_IN_MULTIPLE_S3_BUCKETS":               joined(lines(2, "a"), []string{corpus.Line("elsewhere", "k.jpg", "a")}),
	} {
		project := c.Project(t, strings.ToLower(code))
		d := c.SettledDataset(t, c.BeginDataset(t, project, types.DatasetTypeTrain, bucket, manifest))
		require.Equal(t, types.DatasetStatusCreateFailed, d.Status, code)
		c.text(t, code, d.StatusMessage)
	}
	project := c.Project(t, "lines")
	train := c.Dataset(t, project, types.DatasetTypeTrain, bucket, joined(lines(10, "a"), lines(1, "lonely"), wrongLines))
	out, err := c.ListDatasetEntries(t.Context(), &rekognition.ListDatasetEntriesInput{DatasetArn: train, HasErrors: aws.Bool(true)})
	require.NoError(t, err)
	require.Len(t, out.DatasetEntries, len(wrongLines))
	for _, e := range out.DatasetEntries {
		c.in(t, []byte(e), "cl-errors")
	}
	test := c.Dataset(t, project, types.DatasetTypeTest, bucket, nil)
	_, err = c.DistributeDatasetEntries(t.Context(), &rekognition.DistributeDatasetEntriesInput{Datasets: []types.DistributeDataset{{Arn: train}, {Arn: test}}})
	require.NoError(t, err)
	for _, arn := range []*string{train, test} {
		d := c.SettledDataset(t, arn)
		require.Equal(t, types.DatasetStatusUpdateFailed, d.Status)
		c.text(t, "ERROR_INSUFFICIENT_IMAGES_PER_LABEL_FOR_DISTRIBUTE", d.StatusMessage)
	}
}

// trainings provokes what a training on manifests tells, in its status, its manifest summary and its validation manifests.
func (c codes) trainings(t *testing.T) {
	good := joined(lines(2, "a", "b"))
	boxed := func(label string) string { return corpus.BoxLine(bucket, "boxed-"+label+".jpg", label) }
	theirs := joined([]string{corpus.Line("theirs", "1.jpg", "a"), corpus.Line("theirs", "2.jpg", "b")})
	for i, test := range []struct {
		code        string
		train, test []byte // split off where test is nil
	}{
		{"ERROR_FAILED_IMAGES_S3_COPY", joined(lines(40, "a", "b"), wrongLines, dropped), good},
		{"ERROR_INVALID_PERMISSIONS_IMAGES_S3_BUCKET", theirs, theirs},
		{"ERROR_TOO_MANY_INVALID_ROWS_IN_MANIFEST", joined(lines(2, "a", "b"), half(2)), good},
		{"ERROR_IMAGES_IN_MULTIPLE_S3_BUCKETS", joined(lines(2, "a", "b"), []string{corpus.Line("elsewhere", "k.jpg", "a")}), good},
		{"ERROR_INSUFFICIENT_IMAGES_PER_LABEL_FOR_AUTOSPLIT", joined(lines(2, "a"), lines(1, "b")), nil},
		{"ERROR_MANIFEST_TOO_FEW_LABELS", joined(lines(2, "a")), good},
		{"ERROR_MANIFEST_TOO_MANY_LABELS", joined(lines(1, names(251)...)), joined(lines(1, names(251)...))},
		{"ERROR_INSUFFICIENT_LABEL_OVERLAP", joined(lines(2, "a", "b", "c")), joined(lines(1, "c"))},
		{"ERROR_INSUFFICIENT_USABLE_LABEL_OVERLAP", joined(lines(1, "b"), []string{boxed("a")}), joined(lines(1, "a", "b"))},
	} {
		v := c.train(t, fmt.Sprintf("training-%d", i), test.train, test.test)
		require.NotNil(t, v.ManifestSummary, aws.ToString(v.StatusMessage))
		summary := c.Read(t, v.ManifestSummary.S3Object)
		require.Contains(t, string(summary), `"`+test.code+`"`)
		if test.code != "ERROR_INSUFFICIENT_USABLE_LABEL_OVERLAP" {
			c.text(t, test.code, v.StatusMessage)
		}
		c.in(t, summary, "errors")
		for line := range bytes.Lines(c.Read(t, v.TrainingDataResult.Validation.Assets[0].GroundTruthManifest.S3Object)) {
			c.in(t, line, "errors", "warnings")
		}
	}
	v := c.trainOn(t, "denied", types.S3Object{Bucket: aws.String("theirs"), Name: aws.String("m.manifest")}, nil)
	c.text(t, "ERROR_INVALID_PERMISSIONS_MANIFEST_S3_BUCKET", v.StatusMessage)
	v = c.trainOn(t, "missing", types.S3Object{Bucket: aws.String(bucket), Name: aws.String("none.manifest")}, nil)
	c.text(t, "ERROR_MANIFEST_INACCESSIBLE_OR_UNSUPPORTED_FORMAT", v.StatusMessage)
}

// train trains on manifests, which must fail.
func (c codes) train(t *testing.T, project string, training, testing []byte) types.ProjectVersionDescription {
	t.Helper()
	at := func(name string, manifest []byte) *types.S3Object {
		if manifest == nil {
			return nil
		}
		key := project + "/" + name + ".manifest"
		c.Put(t, bucket, key, manifest)
		return &types.S3Object{Bucket: aws.String(bucket), Name: &key}
	}
	return c.trainOn(t, project, *at("train", training), at("test", testing))
}

func (c codes) trainOn(t *testing.T, project string, training types.S3Object, testing *types.S3Object) types.ProjectVersionDescription {
	t.Helper()
	asset := func(o *types.S3Object) []types.Asset {
		if o == nil {
			return nil
		}
		return []types.Asset{{GroundTruthManifest: &types.GroundTruthManifest{S3Object: o}}}
	}
	arn := c.Project(t, project)
	_, err := c.CreateProjectVersion(t.Context(), &rekognition.CreateProjectVersionInput{ProjectArn: arn, VersionName: aws.String("v"),
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: &project},
		TrainingData: &types.TrainingData{Assets: asset(&training)},
		TestingData:  &types.TestingData{Assets: asset(testing), AutoCreate: testing == nil}})
	require.NoError(t, err)
	v := c.SettledVersion(t, arn, "v")
	require.Equal(t, types.ProjectVersionStatusTrainingFailed, v.Status, project)
	return v
}

// text notes a code whose text alone is shown.
func (c codes) text(t *testing.T, code string, message *string) {
	t.Helper()
	require.True(t, says(documented[code], aws.ToString(message)), "%s: %s", code, aws.ToString(message))
	c.seen[code] = true
}

// says reports whether a message begins with a text in which {} stands for anything.
func says(text, message string) bool {
	before, after, varies := strings.Cut(text, "{}")
	rest, ok := strings.CutPrefix(message, before)
	return ok && (!varies || strings.Contains(rest, after))
}

// in notes the codes in the lists of the given names, wherever in a JSON document they are.
func (c codes) in(t *testing.T, document []byte, lists ...string) {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(document, &value), "%s", document)
	var look func(any)
	look = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, item := range v {
				look(item)
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				if slices.Contains(lists, name) {
					c.note(t, v[name])
				}
				look(v[name])
			}
		}
	}
	look(value)
}

func (c codes) note(t *testing.T, list any) {
	t.Helper()
	for _, item := range list.([]any) {
		problem := item.(map[string]any)
		code, message := problem["code"].(string), problem["message"].(string)
		require.Contains(t, documented, code)
		require.True(t, says(documented[code], message), "%s: %s", code, message)
		c.seen[code] = true
	}
}
