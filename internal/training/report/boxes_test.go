package report_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/dataset/manifest"
	"ownsight/internal/training/report"
	"ownsight/internal/vision/evaluate/boxes"
)

func TestSummaryOfDetection(t *testing.T) {
	s := orchard()
	s.Confusion, s.Detection = nil, &report.Detection{AveragePrecision: 0.71, AverageRecall: 0}
	var out strings.Builder
	require.NoError(t, s.Write(&out))
	golden(t, "summary-boxes.json", out.String())

	// The members that the service's file has for a model that finds boxes.
	var file map[string]any
	require.NoError(t, json.Unmarshal([]byte(out.String()), &file))
	require.Equal(t, []string{"AggregatedEvaluationResults", "EvaluationDetails", "LabelEvaluationResults", "Version"}, names(file))
	require.Equal(t, []string{"AveragePrecision", "AverageRecall", "F1Score", "Precision", "Recall"},
		names(file["AggregatedEvaluationResults"]))
	label := file["LabelEvaluationResults"].([]any)[0]
	require.Equal(t, []string{"Label", "Metrics", "NumberOfTestingImages"}, names(label))
	require.Equal(t, []string{"F1Score", "Precision", "Recall", "Threshold"}, names(label.(map[string]any)["Metrics"]))
}

func TestTableOfDetectionNamesItsFigures(t *testing.T) {
	s := orchard()
	s.Confusion, s.Detection, s.TestingPictures = nil, &report.Detection{AveragePrecision: 0.71, AverageRecall: 0.8}, 1
	var out strings.Builder
	require.NoError(t, report.Table(&out, s, report.Facts{Took: 65 * time.Minute}))
	require.Contains(t, out.String(), "Evaluated on 1 test picture\n")
	require.Contains(t, out.String(), "Mean average precision 0.710, mean average recall 0.800")
	require.Contains(t, out.String(), "Trained on 480 pictures in 1 h 5 min")
	require.NotContains(t, out.String(), "mistaken")
}

var size = manifest.Size{Width: 640, Height: 480}

func TestSnapshotOfBoxes(t *testing.T) {
	var out strings.Builder
	s := report.NewSnapshot(&out, map[string]float64{"apple": 0.5, "pear": 0.5}, when)
	apple := manifest.Box{Label: "apple", Left: 10, Top: 20, Width: 30, Height: 40}
	pear := manifest.Box{Label: "pear", Left: 1.25, Top: 2, Width: 30, Height: 40}
	none := manifest.Box{Label: "pear", Left: 300, Top: 200, Width: 30, Height: 40}
	require.NoError(t, s.Boxed(report.BoxedPicture{
		SourceRef: "s3://orchard/1.jpg", Size: size, Boxes: []manifest.Box{pear, apple, none},
		Found: []report.Found{
			{Box: pear, Confidence: 0.25, Truth: 0},  // too low
			{Box: apple, Confidence: 0.75, Truth: 1}, // right
			{Box: pear, Confidence: 0.5, Truth: -1},  // wrong
			{Box: apple, Confidence: 0.25, Truth: -1},
			{Box: manifest.Box{Label: "plum", Left: 630.4, Top: -3, Width: 20, Height: 3.2}, Confidence: 0, Truth: -1}, // has no threshold
		},
	}))
	require.NoError(t, s.Boxed(report.BoxedPicture{SourceRef: "s3://orchard/2.jpg", Size: size, Boxes: []manifest.Box{pear}}))
	require.NoError(t, s.Boxed(report.BoxedPicture{SourceRef: "s3://orchard/3.jpg", Size: size, Boxes: []manifest.Box{pear}, Found: []report.Found{}}))
	golden(t, "snapshot-boxes.jsonl", out.String())
	for line := range strings.Lines(out.String()) {
		require.Empty(t, slices.DeleteFunc(manifest.Parse([]byte(line)).Problems, func(p manifest.Problem) bool {
			return p.Code == manifest.BoxTooSmall // a sliver, which the model is free to find
		}), line)
	}
	require.ErrorContains(t, s.Boxed(report.BoxedPicture{Found: []report.Found{{Truth: 0}}}), "finds one that is not there")
}

// documented has the members of the line that the service documents for a picture with boxes, in our own words.
const documented = `{"source-ref":"s3://b/cap.jpg","rekognition-custom-labels-object-id":1,
"rekognition-custom-labels-training-0":{"annotations":[{"class_id":0,"width":39,"top":409,"height":63,"left":712}],
	"image_size":[{"width":1024,"depth":3,"height":768}]},
"rekognition-custom-labels-training-0-metadata":{"job-name":"rekognition-custom-labels-training-job","class-map":{"0":"Cap"},
	"human-annotated":"yes","objects":[{"confidence":1}],"creation-date":"2019-10-21T22:02:18.432644","type":"groundtruth/object-detection"},
"rekognition-custom-labels-evaluation":{"annotations":[{"class_id":0,"width":38,"top":410,"height":62,"left":713}],
	"image_size":[{"width":1024,"depth":3,"height":768}]},
"rekognition-custom-labels-evaluation-metadata":{"confidence":0.95,"job-name":"rekognition-custom-labels-evaluation-job",
	"class-map":{"0":"Cap"},"human-annotated":"no","objects":[{"confidence":0.95,"rekognition-custom-labels-evaluation-details":{
	"version":1,"ground-truth-labelling-jobs":["rekognition-custom-labels-training-job"],"is-true-positive":true,
	"is-true-negative":false,"is-false-positive":false,"is-false-negative":false,"is-present-in-ground-truth":true}}],
	"creation-date":"2019-10-21T22:02:18.432644","type":"groundtruth/object-detection"}}`

func TestSnapshotOfBoxesIsWhatTheServiceDocuments(t *testing.T) {
	var out strings.Builder
	s := report.NewSnapshot(&out, map[string]float64{"Cap": 0.5}, time.Date(2019, 10, 21, 22, 2, 18, 432_644_000, time.UTC))
	require.NoError(t, s.Boxed(report.BoxedPicture{SourceRef: "s3://b/cap.jpg", Size: manifest.Size{Width: 1024, Height: 768},
		Boxes: []manifest.Box{{Label: "Cap", Left: 712, Top: 409, Width: 39, Height: 63}},
		Found: []report.Found{{Box: manifest.Box{Label: "Cap", Left: 713.2, Top: 409.7, Width: 38.1, Height: 62.4}, Confidence: 0.95}}}))
	require.JSONEq(t, documented, out.String())
}

// The details of a snapshot add up to the counts of the evaluation that it goes with.
func TestSnapshotAgreesWithTheEvaluation(t *testing.T) {
	at := func(label int, left float64) boxes.Box {
		return boxes.Box{Label: label, Left: left, Top: 5, Width: 20, Height: 20}
	}
	set := boxes.Set{Labels: []string{"apple", "pear"}, Pictures: []boxes.Picture{
		{Truth: []boxes.Box{at(0, 0), at(0, 100), at(1, 200), at(1, 300)}, Detections: []boxes.Detection{
			{Box: at(0, 1), Score: 0.9}, {Box: at(0, 2), Score: 0.8}, {Box: at(0, 100), Score: 0.1},
			{Box: at(0, 200), Score: 0.7}, {Box: at(1, 301), Score: 0.6}, {Box: at(1, 500), Score: 0.2}}},
		{Truth: []boxes.Box{at(1, 0)}},
		{Detections: []boxes.Detection{{Box: at(1, 0), Score: 0.4}}},
	}}
	thresholds := []float32{0.5, 0.3}
	r, err := boxes.Evaluate(set, thresholds)
	require.NoError(t, err)

	var out strings.Builder
	s := report.NewSnapshot(&out, map[string]float64{"apple": float64(thresholds[0]), "pear": float64(thresholds[1])}, when)
	pixels := func(b boxes.Box) manifest.Box {
		return manifest.Box{Label: set.Labels[b.Label], Left: b.Left, Top: b.Top, Width: b.Width, Height: b.Height}
	}
	for _, p := range set.Pictures {
		entry := report.BoxedPicture{SourceRef: "s3://orchard/1.jpg", Size: size, Found: []report.Found{}}
		for _, b := range p.Truth {
			entry.Boxes = append(entry.Boxes, pixels(b))
		}
		for i, truth := range p.Matches() {
			d := p.Detections[i]
			entry.Found = append(entry.Found, report.Found{Box: pixels(d.Box), Confidence: float64(d.Score), Truth: truth})
		}
		require.NoError(t, s.Boxed(entry))
	}
	counts := map[string][3]int{}
	for text := range strings.Lines(out.String()) {
		var line struct {
			Evaluation struct {
				Annotations []struct {
					Class json.Number `json:"class_id"`
				} `json:"annotations"`
			} `json:"rekognition-custom-labels-evaluation"`
			Metadata struct {
				ClassMap map[string]string `json:"class-map"`
				Objects  []struct {
					Details struct {
						TP bool `json:"is-true-positive"`
						FP bool `json:"is-false-positive"`
						FN bool `json:"is-false-negative"`
					} `json:"rekognition-custom-labels-evaluation-details"`
				} `json:"objects"`
			} `json:"rekognition-custom-labels-evaluation-metadata"`
		}
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		for i, o := range line.Metadata.Objects {
			label := line.Metadata.ClassMap[line.Evaluation.Annotations[i].Class.String()]
			c := counts[label]
			for n, is := range []bool{o.Details.TP, o.Details.FP, o.Details.FN} {
				if is {
					c[n]++
				}
			}
			counts[label] = c
		}
	}
	for _, l := range r.Labels {
		require.Equal(t, [3]int{l.TruePositives, l.FalsePositives, l.FalseNegatives}, counts[l.Label], l.Label)
	}
	require.Equal(t, [3]int{1, 2, 1}, counts["apple"])
}

// names gives the names of a JSON object's members, sorted.
func names(object any) []string { return slices.Sorted(maps.Keys(object.(map[string]any))) }
