package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"ownsight/internal/dataset/manifest"
)

// How snapshots name their attributes and the jobs that made them; the spelling is the service's.
const (
	trainingName   = "rekognition-custom-labels-training"
	evaluationName = "rekognition-custom-labels-evaluation"
	trainingJob    = trainingName + "-job"
	evaluationJob  = evaluationName + "-job"
	objectID       = "rekognition-custom-labels-object-id"
)

// details says how a prediction compares with the truth.
type details struct {
	Version       int      `json:"version"`
	TruePositive  bool     `json:"is-true-positive"`
	TrueNegative  bool     `json:"is-true-negative"`
	FalsePositive bool     `json:"is-false-positive"`
	FalseNegative bool     `json:"is-false-negative"`
	InTruth       bool     `json:"is-present-in-ground-truth"`
	Jobs          []string `json:"ground-truth-labelling-jobs"`
}

// compare judges a prediction: found is whether its score reached the threshold.
func compare(found, inTruth bool) details {
	return details{
		Version:       1,
		TruePositive:  found && inTruth,
		TrueNegative:  !found && !inTruth,
		FalsePositive: found && !inTruth,
		FalseNegative: !found && inTruth,
		InTruth:       inTruth,
		Jobs:          []string{trainingJob},
	}
}

// Snapshot writes the pictures that a version was trained on or tested with, a line each.
type Snapshot struct {
	out        io.Writer
	thresholds map[string]float64
	created    string
	lines      int
}

// NewSnapshot writes to w. A score of at least its label's threshold counts as found; a label without a threshold is
// found at any score.
func NewSnapshot(w io.Writer, thresholds map[string]float64, when time.Time) *Snapshot {
	return &Snapshot{out: w, thresholds: thresholds, created: when.UTC().Format(manifest.TimeForm)}
}

// Picture is a picture with labels for the whole of it.
type Picture struct {
	SourceRef string
	Labels    []string // the truth
	Scores    []Score  // what the model said; none for a picture that it was not asked about
}

// Score is the model's confidence in a label, 0..1.
type Score struct {
	Label      string
	Confidence float64
}

type scoredLabel struct {
	manifest.LabelMetadata
	Details details `json:"rekognition-custom-labels-evaluation-details"`
}

// Picture writes one picture: its labels, then the labels that the model found or should have found, best first.
func (s *Snapshot) Picture(p Picture) error {
	line := []manifest.Member{{Name: "source-ref", Value: p.SourceRef}}
	for i, label := range p.Labels {
		line = attribute(line, fmt.Sprint(trainingName, "-", i), 1, s.metadata(label, 1, true))
	}
	scores := slices.Clone(p.Scores)
	slices.SortStableFunc(scores, func(a, b Score) int { return cmp.Compare(b.Confidence, a.Confidence) })
	n := 0
	for _, score := range scores {
		found := score.Confidence >= s.thresholds[score.Label]
		inTruth := slices.Contains(p.Labels, score.Label)
		if !found && !inTruth {
			continue
		}
		line = attribute(line, fmt.Sprint(evaluationName, "-", n), 1,
			scoredLabel{s.metadata(score.Label, score.Confidence, false), compare(found, inTruth)})
		n++
	}
	return s.write(line)
}

// attribute adds a label attribute and its metadata to a line.
func attribute(line []manifest.Member, name string, value, metadata any) []manifest.Member {
	return append(line, manifest.Member{Name: name, Value: value}, manifest.Member{Name: name + "-metadata", Value: metadata})
}

func (s *Snapshot) metadata(label string, confidence float64, truth bool) manifest.LabelMetadata {
	return manifest.LabelMetadata{Label: label, Confidence: confidence, Provenance: s.provenance(manifest.TypeClassification, truth)}
}

func (s *Snapshot) provenance(kind string, truth bool) manifest.Provenance {
	p := manifest.Provenance{Type: kind, Job: evaluationJob, Human: "no", Created: s.created}
	if truth {
		p.Job, p.Human = trainingJob, "yes"
	}
	return p
}

func (s *Snapshot) write(members []manifest.Member) error {
	line, err := manifest.FormatLine(members...)
	if err != nil {
		return err
	}
	s.lines++
	if _, err := io.WriteString(s.out, line+"\n"); err != nil {
		return fmt.Errorf("writing the snapshot: %w", err)
	}
	return nil
}
