package report_test

import (
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/dataset/manifest"
	"ownsight/internal/training/report"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	when   = time.Date(2024, 3, 9, 17, 5, 6, 7_000, time.FixedZone("CET", 3600))
)

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile("testdata/"+name, []byte(got), 0o644))
	}
	want, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func orchard() report.Summary {
	return report.Summary{
		VersionARN: "arn:aws:rekognition:us-east-1:111122223333:project/orchard/version/v1/1710000306000",
		Ended:      when, Labels: []string{"Boskoop", "Elstar", "Gala"}, TrainingPictures: 480, TestingPictures: 120,
		F1: 2.0 / 3, Precision: 0.1 + 0.2, Recall: 0.93,
		Confusion: []report.Confusion{
			{Truth: "Boskoop", Predicted: "Boskoop", Rate: 0.95}, {Truth: "Boskoop", Predicted: "Elstar", Rate: 0.05},
			{Truth: "Boskoop", Predicted: "Gala", Rate: 0},
			{Truth: "Elstar", Predicted: "Elstar", Rate: 7.0 / 9}, {Truth: "Elstar", Predicted: "Gala", Rate: 2.0 / 9},
			{Truth: "Gala", Predicted: "Gala", Rate: 1},
		},
		PerLabel: []report.LabelResult{
			{Label: "Gala", F1: 0.9, Precision: 0.82, Recall: 1, Threshold: 0.41, Pictures: 40},
			{Label: "Elstar", F1: 0.9, Precision: 0.97, Recall: 0.84, Threshold: 0.123456789012345678, Pictures: 40},
			{Label: "Boskoop", F1: 0.97, Precision: 0.99, Recall: 0.95, Threshold: 0.66, Pictures: 40},
		},
	}
}

func TestSummary(t *testing.T) {
	var out strings.Builder
	require.NoError(t, orchard().Write(&out))
	golden(t, "summary.json", out.String())

	var read struct {
		AggregatedEvaluationResults struct{ F1Score, Precision float64 }
		LabelEvaluationResults      []struct {
			Label   string
			Metrics struct{ Threshold float64 }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out.String()), &read))
	require.Equal(t, 2.0/3, read.AggregatedEvaluationResults.F1Score, "bit for bit")
	require.Equal(t, orchard().Precision, read.AggregatedEvaluationResults.Precision)
	require.Equal(t, 0.123456789012345678, read.LabelEvaluationResults[1].Metrics.Threshold)
	require.Equal(t, []string{"Boskoop", "Elstar", "Gala"}, []string{
		read.LabelEvaluationResults[0].Label, read.LabelEvaluationResults[1].Label, read.LabelEvaluationResults[2].Label})
}

func TestSummaryOfSeveralLabelsAPicture(t *testing.T) {
	s := orchard()
	s.Confusion = nil
	var out strings.Builder
	require.NoError(t, s.Write(&out))
	require.Contains(t, out.String(), `"AggregatedEvaluationResults":{"ConfusionMatrix":[],"F1Score":`)
	var table strings.Builder
	require.NoError(t, report.Table(&table, s, report.Facts{}))
	require.NotContains(t, table.String(), "mistaken")
}

func TestSummaryRefusesWhatIsNoNumber(t *testing.T) {
	s := orchard()
	s.PerLabel[1].F1 = math.NaN()
	require.ErrorContains(t, s.Write(&strings.Builder{}), "evaluation summary")
}

func TestManifestSummaryAndValidation(t *testing.T) {
	var lines []manifest.Line
	var training, testing manifest.Tally
	for i, labels := range [][]string{{"Gala"}, {"Elstar"}, nil, {"Gala"}} {
		line, err := manifest.ImageLine("s3://orchard/"+string(rune('a'+i))+".jpg", labels, when)
		require.NoError(t, err)
		lines = append(lines, manifest.Parse([]byte(line)))
	}
	lines[3].Fail(manifest.InvalidImage)
	for _, l := range lines {
		training.Add(l)
	}
	testing.Add(manifest.Parse(nil))

	var summary, validation strings.Builder
	require.NoError(t, report.WriteManifestSummary(&summary, manifest.Judge(&training, &testing)))
	golden(t, "manifest-summary.json", summary.String())
	require.NoError(t, report.WriteValidation(&validation, slices.Values(lines)))
	golden(t, "validation.jsonl", validation.String())
}

func TestSnapshotOfLabels(t *testing.T) {
	var out strings.Builder
	s := report.NewSnapshot(&out, map[string]float64{"Boskoop": 0.5, "Elstar": 0.5, "Gala": 0.25}, when)
	require.NoError(t, s.Picture(report.Picture{
		SourceRef: "s3://orchard/1.jpg", Labels: []string{"Boskoop", "Elstar"},
		Scores: []report.Score{{Label: "Elstar", Confidence: 0.1}, {Label: "Gala", Confidence: 0.25}, {Label: "Boskoop", Confidence: 1.0 / 3}, {Label: "Quince", Confidence: 0}},
	}))
	require.NoError(t, s.Picture(report.Picture{
		SourceRef: "s3://orchard/2.jpg", Labels: []string{"Gala"},
		Scores: []report.Score{{Label: "Boskoop", Confidence: 0.49}, {Label: "Gala", Confidence: 0.9}},
	}))
	require.NoError(t, s.Picture(report.Picture{SourceRef: "s3://orchard/3.jpg", Labels: []string{"Gala"}}))
	golden(t, "snapshot-labels.jsonl", out.String())
	requireManifest(t, out.String())
}

// requireManifest checks that a snapshot is a manifest without faults, since people train on snapshots again.
func requireManifest(t *testing.T, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		require.Empty(t, manifest.Parse([]byte(line)).Problems, line)
	}
}

func TestTable(t *testing.T) {
	s := orchard()
	s.PerLabel = append(s.PerLabel, report.LabelResult{Label: "a label of\x1b[31m more than thirty-two characters", F1: 0.5, Pictures: 1})
	s.Confusion = append(s.Confusion, report.Confusion{Truth: "a label of more than thirty-two characters", Predicted: "another label that is as long as that", Rate: 1})
	facts := report.Facts{
		Candidates: []report.Candidate{
			{Name: "linear head, plain, varied, flipped views, rare labels weighted", Accuracy: 0.911, LogLoss: 0.31},
			{Name: "fine-tuning", Accuracy: 0.943, LogLoss: 0.22},
			{Name: "fine-tuning, with the linear head", Accuracy: 0.951, LogLoss: 0.19, Chosen: true},
		},
		Why:  "Both together, for they lose 0.030 less a picture than what was best before, on 150 pictures that neither had seen.",
		Took: 200*time.Second + 400*time.Millisecond,
	}
	var out strings.Builder
	require.NoError(t, report.Table(&out, s, facts))
	golden(t, "table.txt", out.String())
	for line := range strings.Lines(out.String()) {
		require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, line)
		require.NotContains(t, line, "\x1b")
	}
}

func TestWritersPassOnErrors(t *testing.T) {
	require.ErrorIs(t, orchard().Write(full{}), errFull)
	require.ErrorIs(t, report.WriteManifestSummary(full{}, manifest.Verdict{}), errFull)
	require.ErrorIs(t, report.WriteValidation(full{}, slices.Values([]manifest.Line{{}})), errFull)
	require.ErrorIs(t, report.NewSnapshot(full{}, nil, when).Picture(report.Picture{}), errFull)
	require.ErrorIs(t, report.NewSnapshot(full{}, nil, when).Boxed(report.BoxedPicture{}), errFull)
	require.ErrorIs(t, report.Table(full{}, orchard(), report.Facts{}), errFull)
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
