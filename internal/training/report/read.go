package report

import (
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"ownsight/internal/dataset/manifest"
)

// ReadSummary reads what Summary.Write wrote, or the AWS service. Labels come back in the order of the file.
func ReadSummary(r io.Reader) (Summary, error) {
	var file summaryFile
	if err := json.UnmarshalRead(r, &file); err != nil {
		return Summary{}, fmt.Errorf("reading the evaluation summary: %w", err)
	}
	if file.Version != 1 {
		return Summary{}, fmt.Errorf("reading the evaluation summary: its Version is %d, and 1 is known", file.Version)
	}
	ended, err := time.Parse(manifest.TimeForm, file.Details.EvaluationEndTimestamp)
	if err != nil {
		return Summary{}, fmt.Errorf("reading the evaluation summary: EvaluationEndTimestamp: %w", err)
	}
	s := Summary{
		VersionARN: file.Details.ProjectVersionArn, Ended: ended, Labels: file.Details.Labels,
		TrainingPictures: file.Details.NumberOfTrainingImages, TestingPictures: file.Details.NumberOfTestingImages,
		F1: file.Aggregated.F1Score, Precision: file.Aggregated.Precision, Recall: file.Aggregated.Recall,
	}
	for _, c := range file.Aggregated.ConfusionMatrix {
		s.Confusion = append(s.Confusion, Confusion{c.GroundTruthLabel, c.PredictedLabel, c.Value})
	}
	if a := file.Aggregated; a.AveragePrecision != nil && a.AverageRecall != nil {
		s.Detection = &Detection{*a.AveragePrecision, *a.AverageRecall}
	}
	for _, l := range file.Labels {
		m := l.Metrics
		s.PerLabel = append(s.PerLabel, LabelResult{l.Label, m.F1Score, m.Precision, m.Recall, m.Threshold, l.NumberOfTestingImages})
	}
	return s, nil
}
