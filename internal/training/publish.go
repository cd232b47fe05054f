package training

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/model"
	"ownsight/internal/store"
	"ownsight/internal/training/report"
	"ownsight/internal/vision/evaluate"
)

// publish writes what the AWS service leaves in the output location, and the model beside it, then ends the run.
func (w *work) publish(ctx context.Context) error {
	if err := w.ensureFeatures(ctx); err != nil {
		return err
	}
	w.progress.say("writing the report")
	network, head, card, err := w.trained(ctx)
	if err != nil {
		return err
	}
	predictions := w.predict(head)
	figures, err := evaluate.Evaluate(predictions, card.Thresholds)
	if err != nil {
		return err
	}
	result, err := w.leaveValidation(ctx, w.plan)
	if err != nil {
		return err
	}
	if err := w.leaveModel(ctx, result, network); err != nil {
		return err
	}
	ended := w.now().Truncate(time.Millisecond)
	if err := w.leaveReport(ctx, result, predictions, figures, ended); err != nil {
		return err
	}
	result.F1 = &figures.F1
	result.BaseModel = card.Backbone.Name
	return w.end(ctx, result, ended, ended.Sub(w.state.Started), ownsight.VersionTrained, "The model is ready to run.")
}

// end moves the version to its last state and only then removes what the run kept for itself: a process that dies in
// between leaves files that go with the version, never a run that cannot go on.
func (w *work) end(ctx context.Context, result *ownsight.TrainingResult, ended time.Time, billable time.Duration, to ownsight.VersionStatus, message string) error {
	w.progress.stop()
	err := w.run.Finish(ctx, func(tx *store.Tx) error {
		if err := tx.Versions().SetResult(ctx, w.version.ID, result, ended, billable); err != nil {
			return err
		}
		_, err := tx.Versions().Move(ctx, w.version.ID, ownsight.VersionTraining, to, message)
		return err
	})
	if err != nil {
		return err
	}
	w.ended = true
	if err := w.own.Clear(ctx, workPrefix); err != nil {
		w.log.Warn("files of a finished training stay until the version is deleted", "version", w.version.ARN.String(), "err", err)
	}
	return nil
}

// leave writes an output to its location and to the archive, from where the version can be copied whatever becomes of the
// user's files.
func (w *work) leave(ctx context.Context, result *ownsight.TrainingResult, o ownsight.Output, content []byte) error {
	if err := w.own.Put(ctx, string(o), content); err != nil {
		return err
	}
	if err := w.models.PutOutput(ctx, w.version, o, bytes.NewReader(content)); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	result.Files = append(result.Files, ownsight.File{Output: o, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])})
	return nil
}

// leaveValidation writes the manifest summary and the two manifests with every line's errors.
func (w *work) leaveValidation(ctx context.Context, p *plan) (*ownsight.TrainingResult, error) {
	result := new(ownsight.TrainingResult)
	var b bytes.Buffer
	if err := report.WriteManifestSummary(&b, p.verdict); err != nil {
		return nil, err
	}
	if err := w.leave(ctx, result, ownsight.ManifestSummary, b.Bytes()); err != nil {
		return nil, err
	}
	for _, set := range []struct {
		kind   ownsight.DatasetType
		output ownsight.Output
	}{{ownsight.Train, ownsight.TrainingValidation}, {ownsight.Test, ownsight.TestingValidation}} {
		var b bytes.Buffer
		if err := report.WriteValidation(&b, slices.Values(p.lines[set.kind])); err != nil {
			return nil, err
		}
		if err := w.leave(ctx, result, set.output, b.Bytes()); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// leaveModel puts the model's two files where the user can take them.
func (w *work) leaveModel(ctx context.Context, result *ownsight.TrainingResult, network []byte) error {
	card, err := w.own.Get(ctx, string(ownsight.ModelCard), model.MaxModel)
	if err != nil {
		return err
	}
	if err := w.leave(ctx, result, ownsight.ModelFile, network); err != nil {
		return err
	}
	return w.leave(ctx, result, ownsight.ModelCard, card)
}

// leaveReport writes the evaluation summary and the two snapshots.
func (w *work) leaveReport(ctx context.Context, result *ownsight.TrainingResult, p evaluate.Predictions, figures *evaluate.Report, ended time.Time) error {
	var b bytes.Buffer
	if err := w.summary(figures, ended).Write(&b); err != nil {
		return err
	}
	if err := w.leave(ctx, result, ownsight.EvaluationSummary, b.Bytes()); err != nil {
		return err
	}
	thresholds := map[string]float64{}
	for _, l := range figures.Labels {
		thresholds[l.Label] = float64(l.Threshold)
	}
	for _, set := range []struct {
		samples []sample
		scores  []float32
		output  ownsight.Output
	}{
		{w.features.training.samples, nil, ownsight.TrainingSnapshot},
		{w.features.testing.samples, p.Scores, ownsight.TestingSnapshot},
	} {
		var b bytes.Buffer
		snapshot := report.NewSnapshot(&b, thresholds, ended)
		for i, s := range set.samples {
			entry := report.Picture{SourceRef: manifest.SourceRef(s.at), Labels: w.plan.named(s.labels)}
			if set.scores != nil {
				for k, label := range w.plan.labels {
					entry.Scores = append(entry.Scores, report.Score{Label: label, Confidence: float64(set.scores[i*len(w.plan.labels)+k])})
				}
			}
			if err := snapshot.Picture(entry); err != nil {
				return err
			}
		}
		if err := w.leave(ctx, result, set.output, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) summary(figures *evaluate.Report, ended time.Time) report.Summary {
	s := report.Summary{
		VersionARN: w.version.ARN.String(), Ended: ended, Labels: w.plan.labels,
		TrainingPictures: len(w.features.training.samples), TestingPictures: len(w.features.testing.samples),
		F1: figures.F1, Precision: figures.Precision, Recall: figures.Recall,
	}
	for _, l := range figures.Labels {
		s.PerLabel = append(s.PerLabel, report.LabelResult{Label: l.Label, F1: l.F1, Precision: l.Precision, Recall: l.Recall,
			Threshold: float64(l.Threshold), Pictures: l.Pictures})
	}
	if figures.Whole != nil {
		for _, c := range figures.Whole.Confusion {
			s.Confusion = append(s.Confusion, report.Confusion{Truth: c.GroundTruthLabel, Predicted: c.PredictedLabel, Rate: c.Value})
		}
	}
	return s
}
