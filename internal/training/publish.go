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
	"ownsight/internal/vision/evaluate/boxes"
)

// publish writes what the AWS service leaves in the output location, and the model beside it, then ends the run.
func (w *work) publish(ctx context.Context) error {
	if err := w.ensureLooked(ctx); err != nil {
		return err
	}
	w.progress.say("writing the report")
	t, err := w.trained(ctx)
	if err != nil {
		return err
	}
	m, err := t.model()
	if err != nil {
		return err
	}
	a, err := w.answers(ctx, m) // which have all been noted
	if err != nil {
		return err
	}
	v, err := w.verdictOn(t, a)
	if err != nil {
		return err
	}
	result, err := w.leaveValidation(ctx, w.plan)
	if err != nil {
		return err
	}
	for _, o := range []ownsight.Output{ownsight.ModelFile, ownsight.ModelCard} {
		content, err := w.own.Get(ctx, string(o), model.MaxModel)
		if err = madeBy("judge", err); err == nil {
			err = w.leave(ctx, result, o, content)
		}
		if err != nil {
			return err
		}
	}
	ended := w.now().Truncate(time.Millisecond)
	if err := w.leaveReport(ctx, result, t, v, ended); err != nil {
		return err
	}
	if err := w.leavePage(ctx, result, t, v, ended); err != nil {
		return err
	}
	f1 := v.f1()
	result.F1 = &f1
	result.BaseModel = t.Card.Backbone.Name
	return w.end(ctx, result, ended, ended.Sub(w.state.Started), ownsight.VersionTrained, "The model is ready to run.")
}

// end moves the version to its last state and only then removes what the run kept for itself: a process that dies in
// between leaves files that go with the version, never a run that cannot go on.
func (w *work) end(ctx context.Context, result *ownsight.TrainingResult, ended time.Time, billable time.Duration, to ownsight.VersionStatus, message string) error {
	w.progress.stop()
	w.live.end(ctx) // before anybody is told that it is done
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

// leaveReport writes the figures, and what the model said picture by picture.
func (w *work) leaveReport(ctx context.Context, result *ownsight.TrainingResult, t *trained, v judgement, ended time.Time) error {
	var b bytes.Buffer
	if err := w.summary(t, v, ended).Write(&b); err != nil {
		return err
	}
	if err := w.leave(ctx, result, ownsight.EvaluationSummary, b.Bytes()); err != nil {
		return err
	}
	thresholds := map[string]float64{}
	for i, label := range w.plan.labels {
		thresholds[label] = float64(t.Card.Thresholds[i])
	}
	for _, set := range []struct {
		samples []sample
		asked   bool
		output  ownsight.Output
	}{
		{w.plan.training, false, ownsight.TrainingSnapshot},
		{w.plan.testing, true, ownsight.TestingSnapshot},
	} {
		var b bytes.Buffer
		snapshot := report.NewSnapshot(&b, thresholds, ended)
		for i, s := range set.samples {
			var err error
			if w.plan.boxed() {
				err = snapshot.Boxed(w.boxedPicture(s, v.set, i, set.asked))
			} else {
				err = snapshot.Picture(w.picture(s, v.predictions, i, set.asked))
			}
			if err != nil {
				return err
			}
		}
		if err := w.leave(ctx, result, set.output, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// picture is a sample for a snapshot, with what was said of it if the model was asked.
func (w *work) picture(s sample, p evaluate.Predictions, i int, asked bool) report.Picture {
	entry := report.Picture{SourceRef: manifest.SourceRef(s.at), Labels: w.plan.named(s.labels)}
	if !asked {
		return entry
	}
	for k, label := range w.plan.labels {
		entry.Scores = append(entry.Scores, report.Score{Label: label, Confidence: float64(p.Scores[i*len(w.plan.labels)+k])})
	}
	return entry
}

// boxedPicture is the same for boxes.
func (w *work) boxedPicture(s sample, set boxes.Set, i int, asked bool) report.BoxedPicture {
	entry := report.BoxedPicture{SourceRef: manifest.SourceRef(s.at), Size: s.size}
	for _, b := range s.boxes {
		entry.Boxes = append(entry.Boxes, w.inPixels(b, s.size))
	}
	if !asked {
		return entry
	}
	entry.Found = []report.Found{}
	p := set.Pictures[i]
	for k, truth := range p.Matches() {
		d := p.Detections[k]
		entry.Found = append(entry.Found, report.Found{Box: w.inPixels(d.Box, s.size), Confidence: float64(d.Score), Truth: truth})
	}
	return entry
}

func (w *work) inPixels(b boxes.Box, size manifest.Size) manifest.Box {
	width, height := float64(size.Width), float64(size.Height)
	return manifest.Box{Label: w.plan.labels[b.Label], Left: b.Left * width, Top: b.Top * height, Width: b.Width * width, Height: b.Height * height}
}

// summary gathers the figures.
func (w *work) summary(t *trained, v judgement, ended time.Time) report.Summary {
	m := v.metrics()
	s := report.Summary{
		VersionARN: w.version.ARN.String(), Ended: ended, Labels: w.plan.labels,
		TrainingPictures: len(w.plan.training), TestingPictures: len(w.plan.testing),
		F1: m.F1, Precision: m.Precision, Recall: m.Recall,
	}
	if v.boxes != nil {
		s.Detection = &report.Detection{AveragePrecision: v.boxes.Average.Mean, AverageRecall: v.boxes.Average.Recall}
		for _, l := range v.boxes.Labels {
			s.PerLabel = append(s.PerLabel, report.LabelResult{Label: l.Label, F1: l.F1, Precision: l.Precision, Recall: l.Recall,
				Threshold: float64(l.Threshold), Pictures: l.Pictures})
		}
		return s
	}
	for _, l := range v.labels.Labels {
		s.PerLabel = append(s.PerLabel, report.LabelResult{Label: l.Label, F1: l.F1, Precision: l.Precision, Recall: l.Recall,
			Threshold: float64(l.Threshold), Pictures: l.Pictures})
	}
	if v.labels.Whole != nil {
		for _, c := range v.labels.Whole.Confusion {
			s.Confusion = append(s.Confusion, report.Confusion{Truth: c.GroundTruthLabel, Predicted: c.PredictedLabel, Rate: c.Value})
		}
	}
	return s
}
