package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"ownsight/internal/dataset/manifest"
)

// Summary is how well a version did on its test pictures. All figures lie in 0..1.
type Summary struct {
	VersionARN        string
	Ended             time.Time // of the evaluation
	Labels            []string
	TrainingPictures  int
	TestingPictures   int
	F1                float64 // aggregate over the labels, as the two that follow
	Precision, Recall float64
	Confusion         []Confusion // classification by one label a picture; each pair of labels at most once
	Detection         *Detection  // detection; nil otherwise
	PerLabel          []LabelResult
}

// Confusion is how often pictures of one label were taken for another, or for their own.
type Confusion struct {
	Truth, Predicted string
	Rate             float64 // of the pictures of Truth
}

// Detection holds the figures of a model that finds boxes, which need no threshold. The service does not say at which
// overlap of boxes it takes them; here they are COCO's, over overlaps from 0.5 to 0.95: a mean average recall is known
// by no other definition. All other figures are at an overlap of 0.5.
type Detection struct {
	AveragePrecision float64 // mean over the labels
	AverageRecall    float64 // likewise
}

// LabelResult is how well one label did at its threshold.
type LabelResult struct {
	Label                 string
	F1, Precision, Recall float64
	Threshold             float64 // the score from which on the label counts as found
	Pictures              int     // test pictures that have the label
}

// ranked gives the labels best first, and in alphabetical order where they did equally well.
func (s Summary) ranked() []LabelResult {
	return slices.SortedFunc(slices.Values(s.PerLabel), func(a, b LabelResult) int {
		return cmp.Or(cmp.Compare(b.F1, a.F1), cmp.Compare(a.Label, b.Label))
	})
}

type summaryFile struct {
	Version    int
	Aggregated aggregateFile `json:"AggregatedEvaluationResults"`
	Details    detailsFile   `json:"EvaluationDetails"`
	Labels     []labelFile   `json:"LabelEvaluationResults"`
}

type aggregateFile struct {
	ConfusionMatrix  []confusionFile `json:",omitzero"`
	AveragePrecision *float64        `json:",omitzero"`
	AverageRecall    *float64        `json:",omitzero"`
	F1Score          float64
	Precision        float64
	Recall           float64
}

type confusionFile struct {
	GroundTruthLabel string
	PredictedLabel   string
	Value            float64
}

type detailsFile struct {
	EvaluationEndTimestamp string
	Labels                 []string
	NumberOfTestingImages  int
	NumberOfTrainingImages int
	ProjectVersionArn      string
}

type labelFile struct {
	Label                 string
	Metrics               metricsFile
	NumberOfTestingImages int
}

type metricsFile struct {
	F1Score   float64
	Precision float64
	Recall    float64
	Threshold float64
}

// Write writes the evaluation result summary: one JSON object. A figure that is not a number is an error.
func (s Summary) Write(w io.Writer) error {
	file := summaryFile{
		Version:    1,
		Aggregated: aggregateFile{F1Score: s.F1, Precision: s.Precision, Recall: s.Recall},
		Details: detailsFile{
			EvaluationEndTimestamp: s.Ended.UTC().Format(manifest.TimeForm),
			Labels:                 s.Labels,
			NumberOfTestingImages:  s.TestingPictures,
			NumberOfTrainingImages: s.TrainingPictures,
			ProjectVersionArn:      s.VersionARN,
		},
	}
	if s.Detection != nil {
		file.Aggregated.AveragePrecision, file.Aggregated.AverageRecall = &s.Detection.AveragePrecision, &s.Detection.AverageRecall
	} else {
		file.Aggregated.ConfusionMatrix = make([]confusionFile, 0, len(s.Confusion))
		for _, c := range s.Confusion {
			file.Aggregated.ConfusionMatrix = append(file.Aggregated.ConfusionMatrix, confusionFile{c.Truth, c.Predicted, c.Rate})
		}
	}
	for _, l := range s.ranked() {
		file.Labels = append(file.Labels, labelFile{l.Label, metricsFile{l.F1, l.Precision, l.Recall, l.Threshold}, l.Pictures})
	}
	if err := json.MarshalWrite(w, file); err != nil {
		return fmt.Errorf("writing the evaluation summary: %w", err)
	}
	return nil
}
