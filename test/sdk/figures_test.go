package sdk

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/nn/runtime"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// summary is the evaluation summary as the guide describes it.
type summary struct {
	Version                     int
	AggregatedEvaluationResults struct {
		ConfusionMatrix []struct {
			GroundTruthLabel, PredictedLabel string
			Value                            float64
		}
		F1Score, Precision, Recall float64
	}
	EvaluationDetails struct {
		EvaluationEndTimestamp                        string
		Labels                                        []string
		NumberOfTestingImages, NumberOfTrainingImages int
		ProjectVersionArn                             string
	}
	LabelEvaluationResults []struct {
		Label                 string
		Metrics               struct{ F1Score, Precision, Recall, Threshold float64 }
		NumberOfTestingImages int
	}
}

func (s *story) summary(t *testing.T) (out summary) {
	t.Helper()
	at := s.client.Version(t, s.project, "v1").EvaluationResult.Summary.S3Object
	require.NoError(t, json.Unmarshal(s.client.Read(t, at), &out))
	return out
}

// tellFiles reads every file that the description names.
func tellFiles(t *testing.T, s *story) {
	v := s.client.Version(t, s.project, "v1")
	asset := func(list []types.Asset) *types.S3Object {
		require.Len(t, list, 1)
		return list[0].GroundTruthManifest.S3Object
	}
	for key, at := range map[string]*types.S3Object{
		"EvaluationResultSummary":        v.EvaluationResult.Summary.S3Object,
		"ManifestSummary":                v.ManifestSummary.S3Object,
		"TrainingGroundTruth":            asset(v.TrainingDataResult.Output.Assets),
		"TestingGroundTruth":             asset(v.TestingDataResult.Output.Assets),
		"TrainingManifestWithValidation": asset(v.TrainingDataResult.Validation.Assets),
		"TestingManifestWithValidation":  asset(v.TestingDataResult.Validation.Assets),
	} {
		require.Equal(t, bucket, *at.Bucket)
		require.Equal(t, "output/v1/"+key+"-gears-v1.json", *at.Name)
		require.NotEmpty(t, s.client.Read(t, at))
	}
	sum := s.summary(t)
	labels := slices.Sorted(slices.Values(corpus.Labels))
	require.Equal(t, 1, sum.Version)
	require.Equal(t, labels, sum.EvaluationDetails.Labels)
	require.Equal(t, 48, sum.EvaluationDetails.NumberOfTrainingImages, "unusable pictures are not counted")
	require.Equal(t, 24, sum.EvaluationDetails.NumberOfTestingImages)
	require.Equal(t, *s.version, sum.EvaluationDetails.ProjectVersionArn)
	require.Len(t, sum.AggregatedEvaluationResults.ConfusionMatrix, 9)
	for _, l := range sum.LabelEvaluationResults {
		require.Equal(t, 8, l.NumberOfTestingImages)
		require.True(t, l.Metrics.Threshold > 0 && l.Metrics.Threshold < 1, "%+v", l)
	}
	require.Equal(t, 24, strings.Count(string(s.client.Read(t, asset(v.TestingDataResult.Output.Assets))), "\n"))
	require.Equal(t, 48, strings.Count(string(s.client.Read(t, asset(v.TrainingDataResult.Output.Assets))), "\n"))
}

// tellLinesInError finds each unusable picture in the validation manifest and the manifest summary.
func tellLinesInError(t *testing.T, s *story) {
	v := s.client.Version(t, s.project, "v1")
	inError := map[string][]string{}
	lines := strings.Split(strings.TrimSpace(string(s.client.Read(t, v.TrainingDataResult.Validation.Assets[0].GroundTruthManifest.S3Object))), "\n")
	require.Len(t, lines, 48+5+2)
	for _, text := range lines {
		var line struct {
			SourceRef string `json:"source-ref"`
			Errors    []struct{ Code, Message string }
		}
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		require.NotContains(t, text, "cl-")
		for _, e := range line.Errors {
			inError[line.SourceRef] = append(inError[line.SourceRef], e.Code)
			require.NotEmpty(t, e.Message)
		}
	}
	want := map[string][]string{"s3://parts/half.jpg": {"ERROR_NO_LABEL_ATTRIBUTES"}}
	for _, p := range unusable(s.pictures[0]) {
		want["s3://parts/"+p.Key] = []string{"ERROR_INVALID_IMAGE"}
	}
	require.Equal(t, want, inError)

	var sum struct {
		Errors     []any
		Statistics struct {
			Training, Testing struct {
				UseCase string `json:"use_case"`
				Total   int    `json:"total_json_lines"`
				Valid   int    `json:"valid_json_lines"`
				Invalid int    `json:"invalid_json_lines"`
				Ignored int    `json:"ignored_json_lines"`
				Indices []int  `json:"error_json_line_indices"`
				Errors  []any
			}
		}
	}
	require.NoError(t, json.Unmarshal(s.client.Read(t, v.ManifestSummary.S3Object), &sum))
	require.Empty(t, sum.Errors)
	training := sum.Statistics.Training
	require.Equal(t, "IMAGE_LEVEL_LABELS", training.UseCase)
	require.Equal(t, []int{55, 48, 6, 1}, []int{training.Total, training.Valid, training.Invalid, training.Ignored})
	require.Equal(t, []int{49, 50, 51, 52, 53, 55}, training.Indices)
	require.Empty(t, training.Errors)
	require.Equal(t, 24, sum.Statistics.Testing.Valid)
	require.Empty(t, sum.Statistics.Testing.Indices)
}

// tellFigures computes the report again from nothing but the answers over HTTP.
func tellFigures(t *testing.T, s *story) {
	var described struct {
		ProjectVersionDescriptions []struct{ EvaluationResult struct{ F1Score float64 } }
	}
	require.NoError(t, json.Unmarshal(s.wire.call(t, "DescribeProjectVersions", js(members{"ProjectArn": *s.project})).body, &described))
	claimed := described.ProjectVersionDescriptions[0].EvaluationResult.F1Score
	sum := s.summary(t)
	require.InDelta(t, claimed, sum.AggregatedEvaluationResults.F1Score, 1e-9)

	truly, falsely, missed := map[string]float64{}, map[string]float64{}, map[string]float64{}
	answered := map[[2]string]float64{}
	for _, p := range s.pictures {
		found := false
		for _, l := range s.client.Detect(t, s.version, p.File, nil) {
			if *l.Name == p.Label {
				truly[p.Label], found = truly[p.Label]+1, true
			} else {
				falsely[*l.Name]++
			}
		}
		if !found {
			missed[p.Label]++
		}
		answered[[2]string{p.Label, *s.client.Detect(t, s.version, p.File, aws.Float32(0))[0].Name}]++
	}
	f1, precision, recall := 0.0, 0.0, 0.0
	ratio := func(a, b float64) float64 { return a / max(b, 1) }
	for _, label := range corpus.Labels {
		f1 += ratio(2*truly[label], 2*truly[label]+falsely[label]+missed[label]) / 3
		precision += ratio(truly[label], truly[label]+falsely[label]) / 3
		recall += ratio(truly[label], truly[label]+missed[label]) / 3
	}
	require.InDelta(t, claimed, f1, 1e-9, "F1 of the report and of the answers over HTTP")
	require.InDelta(t, sum.AggregatedEvaluationResults.Precision, precision, 1e-9)
	require.InDelta(t, sum.AggregatedEvaluationResults.Recall, recall, 1e-9)
	for _, c := range sum.AggregatedEvaluationResults.ConfusionMatrix {
		require.InDelta(t, c.Value, answered[[2]string{c.GroundTruthLabel, c.PredictedLabel}]/8, 1e-9, "%+v", c)
	}
	require.Greater(t, f1, 0.8, "the model has learned")
}

// tellPage reads the report for people, which lies beside the files that the description names, and needs nothing else.
func tellPage(t *testing.T, s *story) {
	file, err := s.client.S3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("output/v1/EvaluationReport-gears-v1.html")})
	require.NoError(t, err)
	defer file.Body.Close()
	require.Equal(t, "text/html; charset=utf-8", aws.ToString(file.ContentType))
	content, err := io.ReadAll(file.Body)
	require.NoError(t, err)
	text := string(content)
	f1 := *s.client.Version(t, s.project, "v1").EvaluationResult.F1Score
	shown := fmt.Sprintf("%.2f", f1)
	if f1 >= 0.995 && f1 < 1 {
		shown = fmt.Sprintf("%.3f", min(f1, 0.999))
	}
	require.Contains(t, text, `<dt>F1 score</dt><dd><span class="value">`+shown+`</span>`)
	for _, label := range corpus.Labels {
		require.Contains(t, text, `<th scope="row"><bdi>`+label+`</bdi></th>`)
	}
	require.Contains(t, text, *s.version)
	require.Contains(t, text, "default-src 'none'")
	for _, foreign := range []string{"http://", "https://", "url(", "@import", "<link", `src="/`} {
		require.NotContains(t, text, foreign)
	}
}

// tellNetwork takes the model out and runs it in ONNX Runtime alone.
func tellNetwork(t *testing.T, s *story) {
	requireNetwork(t, s.client, s.version, "output/v1/Model-gears-v1", "scores: softmax over the labels")
}

// requireNetwork runs a model's file in ONNX Runtime alone, and in Python's where that is there, and demands the answers
// that the running model gives.
func requireNetwork(t *testing.T, c guide.Client, version *string, file, output string) {
	t.Helper()
	n := takeOut(t, c, bucket, file)
	require.Equal(t, output, n.card.Output)
	// A picture of exactly the network's size, so that nothing is resampled and the pixels are the input.
	picture, pixels := corpus.Square(n.card.Input.Width, n.card.Input.Height, corpus.Labels[2])
	answers := map[string]float32{}
	for _, l := range c.Detect(t, version, picture, aws.Float32(0)) {
		answers[*l.Name] = *l.Confidence
	}
	for where, said := range n.outputs(t, pixels) {
		require.Len(t, said["scores"], len(n.card.Labels), where)
		for i, label := range n.card.Labels {
			require.InDelta(t, said["scores"][i], answers[label]/100, 1e-4, "%s: %s", where, label)
		}
	}

	session, err := runtime.NewSession(n.file, runtime.Options{})
	require.NoError(t, err)
	defer session.Close()
	scores := []runtime.Tensor{{}}
	both := runtime.Floats(slices.Concat(pixels, make([]float32, len(pixels))), 2, 3, int64(n.card.Input.Height), int64(n.card.Input.Width))
	require.NoError(t, session.Run(t.Context(), []runtime.Tensor{both}, scores))
	require.Equal(t, []int64{2, int64(len(n.card.Labels))}, scores[0].Shape, "as many pictures at a time as one likes")
	for i, label := range n.card.Labels {
		require.InDelta(t, scores[0].Float32[i], answers[label]/100, 1e-4, label)
	}
}

// network is a model that was taken out of its output location.
type network struct {
	file []byte
	card struct {
		Format       int
		Task         string
		Labels, Maps []string
		Input        struct{ Width, Height int }
		Output       string
		Backbone     struct{ Name, Front, Digest string }
	}
}

func takeOut(t *testing.T, c guide.Client, bucket, file string) (n network) {
	t.Helper()
	read := func(extension string) []byte {
		return c.Read(t, &types.S3Object{Bucket: &bucket, Name: aws.String(file + extension)})
	}
	require.NoError(t, json.Unmarshal(read(".json"), &n.card))
	require.Equal(t, 3, n.card.Format)
	require.Contains(t, []string{"float32", "int8"}, n.card.Backbone.Front)
	require.Len(t, n.card.Backbone.Digest, 64)
	require.NotEmpty(t, n.card.Maps)
	for _, m := range n.card.Maps {
		require.Contains(t, []string{"features", "stride8", "stride16", "stride32"}, m)
	}
	n.file = read(".onnx")
	return n
}

// outputs are what the file says of one picture, in each ONNX Runtime that there is, by the names of its outputs.
func (n network) outputs(t *testing.T, pixels []float32) map[string]map[string][]float32 {
	t.Helper()
	session, err := runtime.NewSession(n.file, runtime.Options{})
	require.NoError(t, err)
	defer session.Close()
	out := make([]runtime.Tensor, len(session.Outputs()))
	require.NoError(t, session.Run(t.Context(), []runtime.Tensor{runtime.Floats(pixels, 1, 3, int64(n.card.Input.Height), int64(n.card.Input.Width))}, out))
	here := map[string][]float32{}
	for i, name := range session.Outputs() {
		here[name] = slices.Clone(out[i].Float32)
		for _, v := range out[i].Int64 {
			here[name] = append(here[name], float32(v))
		}
	}
	return map[string]map[string][]float32{"here": here, "Python": n.inPython(t, pixels)}
}

// inPython runs the file in Python's ONNX Runtime.
func (n network) inPython(t *testing.T, pixels []float32) (outputs map[string][]float32) {
	t.Helper()
	python := tool(t, "python3")
	require.NoError(t, exec.Command(python, "-c", "import onnxruntime").Run(),
		`python3 lacks the packages of tools/requirements.txt: run "make test", which installs them`)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "model.onnx"), n.file, 0o600))
	var raw bytes.Buffer
	require.NoError(t, binary.Write(&raw, binary.LittleEndian, pixels))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pixels.f32"), raw.Bytes(), 0o600))
	script := filepath.Join(server.Repository(), "internal/vision/testdata/network.py")
	out, err := exec.CommandContext(t.Context(), python, script, folder, fmt.Sprint(n.card.Input.Width), fmt.Sprint(n.card.Input.Height)).Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &outputs))
	return outputs
}
