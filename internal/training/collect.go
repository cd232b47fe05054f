package training

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"ownsight"
	"ownsight/internal/dataset/manifest"
)

// workPrefix is where a run's own files lie in the archive; they go when it ends.
const workPrefix = "work/"

const (
	trainingManifest = workPrefix + "training.manifest"
	testingManifest  = workPrefix + "testing.manifest"
)

// maxFrozen bounds a frozen manifest that is read back: as many bytes as the contract allows a manifest.
const maxFrozen = manifest.MaxBytes

// collect freezes what is trained on as it is now and judges it. Later steps see the frozen copy only.
func (w *work) collect(ctx context.Context) error {
	w.progress.say("reading the datasets")
	if err := w.own.Clear(ctx, workPrefix); err != nil {
		return err
	}
	frozen, err := w.freeze(ctx)
	if err != nil {
		return err
	}
	split := w.version.Inputs.AutoCreate
	if len(frozen[ownsight.Train]) == 0 || !split && len(frozen[ownsight.Test]) == 0 {
		return refuse("The manifest file is empty.")
	}
	if split {
		if frozen, err = w.split(ctx, frozen[ownsight.Train]); err != nil {
			return err
		}
	}
	if err := w.own.Put(ctx, trainingManifest, frozen[ownsight.Train]); err != nil {
		return err
	}
	if err := w.own.Put(ctx, testingManifest, frozen[ownsight.Test]); err != nil {
		return err
	}
	if err := w.ensurePlan(ctx); err != nil {
		return err
	}
	// At the start, not at the end: can results be written? Not before: of a manifest that is none, nothing is written.
	return w.models.PutOutput(ctx, w.version, ownsight.ManifestSummary, strings.NewReader("{}\n"))
}

// ensurePlan reads the frozen manifests unless this process knows them.
func (w *work) ensurePlan(ctx context.Context) error {
	if w.plan != nil {
		return nil
	}
	p := &plan{lines: map[ownsight.DatasetType][]manifest.Line{}}
	tallies := [2]manifest.Tally{{Limits: w.limits}, {Limits: w.limits}}
	for i, set := range []struct {
		kind ownsight.DatasetType
		file string
	}{{ownsight.Train, trainingManifest}, {ownsight.Test, testingManifest}} {
		b, err := w.own.Get(ctx, set.file, maxFrozen)
		if err != nil {
			return madeBy("collect", err)
		}
		if p.lines[set.kind], err = parse(b, &tallies[i]); err != nil {
			return err
		}
	}
	p.verdict = manifest.Judge(&tallies[0], &tallies[1])
	if p.verdict.Logos {
		return w.explain(ctx, p, "The training dataset labels whole pictures and the test dataset has bounding boxes. Ownsight does not train the location of brands from pictures of their logo alone: draw bounding boxes around the logos of the training pictures.")
	}
	if p.boxed() && !w.engine.Net().Tunable {
		return w.explain(ctx, p, "The datasets have bounding boxes. Models that find them stand on the program's own network, and this server trains on "+w.engine.Net().Name+".")
	}
	if problem, failed := p.verdict.Failed(); failed {
		return w.explain(ctx, p, problem.Message)
	}
	p.choose()
	w.plan = p
	return nil
}

// parse judges every line of a manifest. One without lines is a set from which nothing could be split off.
func parse(b []byte, tally *manifest.Tally) (lines []manifest.Line, err error) {
	if len(b) == 0 {
		return nil, nil
	}
	r := manifest.NewReader(bytes.NewReader(b), tally.Limits.Entries)
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		var bad *manifest.FileError
		if errors.As(err, &bad) {
			return nil, refuse("%s", bad.Message)
		}
		if err != nil {
			return nil, err
		}
		line := manifest.Parse(row.Bytes)
		tally.Add(line)
		lines = append(lines, line)
	}
}

// explain writes the summary and validation manifests of a training that cannot go on, and refuses it.
func (w *work) explain(ctx context.Context, p *plan, message string) error {
	result, err := w.leaveValidation(ctx, p)
	if err != nil {
		return fmt.Errorf("validation of a refused training: %w", err)
	}
	return &refusal{message: message, result: result}
}
