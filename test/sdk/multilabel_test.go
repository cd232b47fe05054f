package sdk

import (
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

// mixture is a model that was trained on pictures with several labels each, and what it says of its test pictures.
type mixture struct {
	client   guide.Client
	project  *string
	version  types.ProjectVersionDescription
	pictures []corpus.Mixed                 // of the test set
	answers  map[string][]types.CustomLabel // by source-ref, at the model's thresholds
	scores   map[string]map[string]float64  // of every label, 0..1
}

// TestSeveralLabels trains on pictures that have several labels each, and holds report, files and answers against each
// other.
func TestSeveralLabels(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	m := trainMixture(t, s)
	t.Run("summary", m.summarized)
	t.Run("snapshots", m.snapshots)
	t.Run("manifests", m.manifests)
	t.Run("detection", m.detection)
	t.Run("network", func(t *testing.T) {
		requireNetwork(t, m.client, m.version.ProjectVersionArn, "out/Model-gears-v1", "scores: sigmoid, one a label")
	})
	t.Run("copy", func(t *testing.T) { m.copied(t, s) })
	t.Run("one line decides", m.oneLine)
	require.Empty(t, s.Complaints())
}

func trainMixture(t *testing.T, s *server.Server) *mixture {
	t.Helper()
	m := &mixture{client: guide.Connect(t, s, "default"), answers: map[string][]types.CustomLabel{}, scores: map[string]map[string]float64{}}
	m.client.Bucket(t, bucket)
	training := corpus.MixedPictures("train/", 70)
	m.pictures = corpus.MixedPictures("test/", 28)
	for _, p := range slices.Concat(training, m.pictures) {
		m.client.Put(t, bucket, p.Key, p.File)
	}
	m.project = m.client.Project(t, "gears")
	bare := `{"source-ref":"s3://parts/` + m.pictures[0].Key + `.unlabelled"}` + "\n" // is not even looked at
	m.client.Dataset(t, m.project, types.DatasetTypeTrain, bucket, append(corpus.MixedManifest(bucket, training), bare...))
	stranger := corpus.Line(bucket, m.pictures[0].Key, append([]string{"stranger"}, m.pictures[0].Labels...)...) + "\n"
	m.client.Dataset(t, m.project, types.DatasetTypeTest, bucket, append([]byte(stranger), corpus.MixedManifest(bucket, m.pictures[1:])...))
	m.version = m.client.Train(t, m.project, "v1", bucket, "out")
	m.client.Run(t, m.project, m.version)
	for _, p := range m.pictures {
		ref := "s3://parts/" + p.Key
		m.answers[ref] = m.client.Detect(t, m.version.ProjectVersionArn, p.File, nil)
		m.scores[ref] = map[string]float64{}
		for _, l := range m.client.Detect(t, m.version.ProjectVersionArn, p.File, aws.Float32(0)) {
			m.scores[ref][*l.Name] = float64(*l.Confidence) / 100
		}
	}
	return m
}

// answered says whether a label was among the answers on a picture.
func (m *mixture) answered(ref, label string) bool {
	return slices.ContainsFunc(m.answers[ref], func(l types.CustomLabel) bool { return *l.Name == label })
}

// summarized computes the summary again from nothing but the answers over HTTP.
func (m *mixture) summarized(t *testing.T) {
	file := m.client.Read(t, m.version.EvaluationResult.Summary.S3Object)
	require.Contains(t, string(file), `"ConfusionMatrix":[]`, "no label is given in place of another")
	var sum summary
	require.NoError(t, json.Unmarshal(file, &sum))
	require.Equal(t, corpus.MixedLabels, sum.EvaluationDetails.Labels)
	require.Equal(t, 70, sum.EvaluationDetails.NumberOfTrainingImages, "pictures yet to be labelled are not counted")
	require.Equal(t, 28, sum.EvaluationDetails.NumberOfTestingImages)
	f1 := 0.0
	for _, l := range sum.LabelEvaluationResults {
		var truly, falsely, missed float64
		for _, p := range m.pictures {
			switch has, answered := slices.Contains(p.Labels, l.Label), m.answered("s3://parts/"+p.Key, l.Label); {
			case has && answered:
				truly++
			case answered:
				falsely++
			case has:
				missed++
			}
		}
		require.Equal(t, 16, l.NumberOfTestingImages, l.Label)
		require.True(t, l.Metrics.Threshold > 0 && l.Metrics.Threshold < 1, "%+v", l)
		require.InDelta(t, truly/max(truly+falsely, 1), l.Metrics.Precision, 1e-9, l.Label)
		require.InDelta(t, truly/(truly+missed), l.Metrics.Recall, 1e-9, l.Label)
		require.InDelta(t, 2*truly/(2*truly+falsely+missed), l.Metrics.F1Score, 1e-9, l.Label)
		f1 += l.Metrics.F1Score / 3
	}
	require.InDelta(t, f1, sum.AggregatedEvaluationResults.F1Score, 1e-9)
	require.InDelta(t, f1, float64(*m.version.EvaluationResult.F1Score), 1e-6)
	require.Greater(t, f1, 0.8, "the model has learned")
}

// snapshots holds the lines of both snapshot files against the truth and the answers.
func (m *mixture) snapshots(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(string(m.client.Read(t, m.version.TrainingDataResult.Output.Assets[0].GroundTruthManifest.S3Object))), "\n")
	require.Len(t, lines, 70)
	for i, p := range corpus.MixedPictures("train/", 70) {
		line := decode(t, lines[i])
		require.Equal(t, "s3://parts/"+p.Key, line.ref)
		require.Equal(t, p.Labels, line.truth)
		require.Empty(t, line.said)
	}
	lines = strings.Split(strings.TrimSpace(string(m.client.Read(t, m.version.TestingDataResult.Output.Assets[0].GroundTruthManifest.S3Object))), "\n")
	require.Len(t, lines, 28)
	for i, p := range m.pictures {
		line := decode(t, lines[i])
		require.Equal(t, "s3://parts/"+p.Key, line.ref)
		require.Equal(t, p.Labels, line.truth, "a label that is not trained is left out")
		for label, score := range m.scores[line.ref] {
			has, answered := slices.Contains(p.Labels, label), m.answered(line.ref, label)
			said, shown := line.said[label]
			require.Equal(t, has || answered, shown, "%s of %s", label, line.ref)
			if shown {
				require.InDelta(t, score, said.confidence, 1e-6)
				require.Equal(t, [4]bool{has && answered, !has && answered, has && !answered, has},
					[4]bool{said.truePositive, said.falsePositive, said.falseNegative, said.inTruth}, "%s of %s", label, line.ref)
			}
		}
	}
}

// snapshotLine is a line of a snapshot: the true labels, and what the model said of those it found or should have found.
type snapshotLine struct {
	ref   string
	truth []string
	said  map[string]said
}

type said struct {
	confidence                                          float64
	truePositive, falsePositive, falseNegative, inTruth bool
}

func decode(t *testing.T, text string) snapshotLine {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &members))
	line := snapshotLine{said: map[string]said{}}
	require.NoError(t, json.Unmarshal(members["source-ref"], &line.ref))
	for i := 0; ; i++ {
		raw, ok := members[fmt.Sprintf("rekognition-custom-labels-training-%d-metadata", i)]
		if !ok {
			break
		}
		var of struct {
			Class string `json:"class-name"`
		}
		require.NoError(t, json.Unmarshal(raw, &of))
		line.truth = append(line.truth, of.Class)
	}
	last := 1.0
	for i := 0; ; i++ {
		raw, ok := members[fmt.Sprintf("rekognition-custom-labels-evaluation-%d-metadata", i)]
		if !ok {
			break
		}
		var of struct {
			Class      string `json:"class-name"`
			Confidence float64
			Details    struct {
				TruePositive  bool `json:"is-true-positive"`
				FalsePositive bool `json:"is-false-positive"`
				FalseNegative bool `json:"is-false-negative"`
				InTruth       bool `json:"is-present-in-ground-truth"`
			} `json:"rekognition-custom-labels-evaluation-details"`
		}
		require.NoError(t, json.Unmarshal(raw, &of))
		require.LessOrEqual(t, of.Confidence, last, "best first")
		last = of.Confidence
		line.said[of.Class] = said{of.Confidence, of.Details.TruePositive, of.Details.FalsePositive, of.Details.FalseNegative, of.Details.InTruth}
	}
	require.Len(t, members, 1+2*len(line.truth)+2*len(line.said), text)
	return line
}

// manifests finds the picture that is yet to be labelled ignored, with the contract's warning.
func (m *mixture) manifests(t *testing.T) {
	var sum struct {
		Statistics struct {
			Training struct {
				UseCase string `json:"use_case"`
				Valid   int    `json:"valid_json_lines"`
				Ignored int    `json:"ignored_json_lines"`
			}
		}
	}
	require.NoError(t, json.Unmarshal(m.client.Read(t, m.version.ManifestSummary.S3Object), &sum))
	require.Equal(t, "IMAGE_LEVEL_LABELS", sum.Statistics.Training.UseCase)
	require.Equal(t, [2]int{70, 1}, [2]int{sum.Statistics.Training.Valid, sum.Statistics.Training.Ignored})
	validation := m.client.Read(t, m.version.TrainingDataResult.Validation.Assets[0].GroundTruthManifest.S3Object)
	require.Equal(t, 1, strings.Count(string(validation), "WARNING_UNANNOTATED_RECORD"))
}

// detection asks for less and for more than the model's own thresholds give.
func (m *mixture) detection(t *testing.T) {
	all := m.pictures[6] // has every label
	require.Len(t, all.Labels, 3)
	scores := m.client.Detect(t, m.version.ProjectVersionArn, all.File, aws.Float32(0))
	require.Len(t, scores, 3)
	sum := float32(0)
	for _, l := range scores {
		sum += *l.Confidence
	}
	require.Greater(t, sum, float32(150), "each confidence stands for itself")
	require.Equal(t, scores[:2], m.client.Detect(t, m.version.ProjectVersionArn, all.File, scores[1].Confidence))
	best, err := m.client.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: m.version.ProjectVersionArn,
		Image: &types.Image{Bytes: all.File}, MinConfidence: aws.Float32(0), MaxResults: aws.Int32(1)})
	require.NoError(t, err)
	require.Equal(t, scores[:1], best.CustomLabels)
}

// copied copies the model: every file and every answer of the copy is the original's, to the last bit.
func (m *mixture) copied(t *testing.T, s *server.Server) {
	o := &original{server: s, client: m.client, project: m.project, version: m.version, files: outputs(t, m.client, bucket, "out", "-gears-v1")}
	require.Len(t, o.files, 10)
	for _, p := range m.pictures[:7] {
		o.pictures = append(o.pictures, corpus.Picture{File: p.File})
		o.answers = append(o.answers, m.client.Detect(t, m.version.ProjectVersionArn, p.File, aws.Float32(0)))
	}
	o.copied(t, "in its project", replica{client: m.client, project: m.project, name: "v1-again", bucket: bucket})
}

// oneLine trains on pictures of which a single one has two labels, and on the same without it: that one line decides what
// kind of model it is.
func (m *mixture) oneLine(t *testing.T) {
	single := corpus.Pictures("single/", 5, corpus.Labels[1:]...)
	m.client.Upload(t, bucket, single)
	both := m.pictures[5] // two labels
	for name, c := range map[string]struct {
		manifest []byte
		output   string
	}{
		"one-label":  {corpus.Manifest(bucket, single), "scores: softmax over the labels"},
		"two-labels": {append(corpus.Manifest(bucket, single), corpus.Line(bucket, both.Key, corpus.Labels[1:]...)+"\n"...), "scores: sigmoid, one a label"},
	} {
		project := m.client.Project(t, name)
		m.client.Dataset(t, project, types.DatasetTypeTrain, bucket, c.manifest)
		m.client.Dataset(t, project, types.DatasetTypeTest, bucket, corpus.Manifest(bucket, single[:4]))
		m.client.Train(t, project, "v", bucket, name)
		card := m.client.Read(t, &types.S3Object{Bucket: aws.String(bucket), Name: aws.String(name + "/Model-" + name + "-v.json")})
		require.Contains(t, string(card), c.output)
	}
}
