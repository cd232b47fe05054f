package training

import (
	"bytes"
	"context"
	"path"
	"slices"
	"time"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/model"
	"ownsight/internal/objects"
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
	result, err := w.writeValidation(ctx, w.plan)
	if err != nil {
		return err
	}
	if err := w.writeModel(ctx, result, network); err != nil {
		return err
	}
	ended := w.now().Truncate(time.Millisecond)
	if err := w.writeReport(ctx, result, predictions, figures, ended); err != nil {
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

// files are the names of what is left in the output location.
func (w *work) files() report.Files {
	return report.Names(w.version.ARN.Project, w.version.ARN.Name).Under(w.version.Output.Key)
}

func (w *work) at(key string) ownsight.Location {
	return ownsight.Location{Bucket: w.version.Output.Bucket, Key: key}
}

// putOutput writes a file with the rights of the version's account.
func (w *work) putOutput(ctx context.Context, key string, content []byte) error {
	contentType := "application/json"
	if path.Ext(key) == ".onnx" {
		contentType = "application/octet-stream"
	}
	_, err := w.objects.Account(w.version.ARN.Account).Put(ctx, w.version.Output.Bucket, key, bytes.NewReader(content), objects.PutOptions{ContentType: contentType})
	return err
}

// writeValidation writes the manifest summary and the two manifests with every line's errors.
func (w *work) writeValidation(ctx context.Context, p *plan) (*ownsight.TrainingResult, error) {
	files := w.files()
	var b bytes.Buffer
	if err := report.WriteManifestSummary(&b, p.verdict); err != nil {
		return nil, err
	}
	if err := w.putOutput(ctx, files.ManifestSummary, b.Bytes()); err != nil {
		return nil, err
	}
	for kind, key := range map[ownsight.DatasetType]string{ownsight.Train: files.TrainingValidation, ownsight.Test: files.TestingValidation} {
		var b bytes.Buffer
		if err := report.WriteValidation(&b, slices.Values(p.lines[kind])); err != nil {
			return nil, err
		}
		if err := w.putOutput(ctx, key, b.Bytes()); err != nil {
			return nil, err
		}
	}
	return &ownsight.TrainingResult{
		ManifestSummary:    w.at(files.ManifestSummary),
		TrainingValidation: w.at(files.TrainingValidation),
		TestingValidation:  w.at(files.TestingValidation),
	}, nil
}

// writeModel puts the model's two files where the user can take them.
func (w *work) writeModel(ctx context.Context, result *ownsight.TrainingResult, network []byte) error {
	card, err := w.own.Get(ctx, model.CardFile, model.MaxModel)
	if err != nil {
		return err
	}
	files := w.files()
	result.Model, result.ModelCard = w.at(files.Model), w.at(files.ModelCard)
	if err := w.putOutput(ctx, result.Model.Key, network); err != nil {
		return err
	}
	return w.putOutput(ctx, result.ModelCard.Key, card)
}

// writeReport writes the evaluation summary and the two snapshots.
func (w *work) writeReport(ctx context.Context, result *ownsight.TrainingResult, p evaluate.Predictions, figures *evaluate.Report, ended time.Time) error {
	files := w.files()
	var b bytes.Buffer
	if err := w.summary(figures, ended).Write(&b); err != nil {
		return err
	}
	if err := w.putOutput(ctx, files.Summary, b.Bytes()); err != nil {
		return err
	}
	thresholds := map[string]float64{}
	for _, l := range figures.Labels {
		thresholds[l.Label] = float64(l.Threshold)
	}
	for _, set := range []struct {
		kind    ownsight.DatasetType
		samples []sample
		scores  []float32
		key     string
	}{
		{ownsight.Train, w.features.training.samples, nil, files.TrainingOutput},
		{ownsight.Test, w.features.testing.samples, p.Scores, files.TestingOutput},
	} {
		var b bytes.Buffer
		snapshot := report.NewSnapshot(&b, thresholds, ended)
		for i, s := range set.samples {
			entry := report.Picture{SourceRef: manifest.SourceRef(s.at), Labels: []string{w.plan.labels[s.label]}}
			if set.scores != nil {
				for k, label := range w.plan.labels {
					entry.Scores = append(entry.Scores, report.Score{Label: label, Confidence: float64(set.scores[i*len(w.plan.labels)+k])})
				}
			}
			if err := snapshot.Picture(entry); err != nil {
				return err
			}
		}
		if err := w.putOutput(ctx, set.key, b.Bytes()); err != nil {
			return err
		}
	}
	result.Summary, result.TrainingOutput, result.TestingOutput = w.at(files.Summary), w.at(files.TrainingOutput), w.at(files.TestingOutput)
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
	if figures.Single != nil {
		for _, c := range figures.Single.Confusion {
			s.Confusion = append(s.Confusion, report.Confusion{Truth: c.GroundTruthLabel, Predicted: c.PredictedLabel, Rate: c.Value})
		}
	}
	return s
}
