package training

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
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

// plan is what is trained on and what is tested with.
type plan struct {
	verdict  manifest.Verdict
	labels   []string // sorted; the training set's
	training []sample
	testing  []sample
	lines    map[ownsight.DatasetType][]manifest.Line // every line, for the validation manifests
}

// sample is one usable line.
type sample struct {
	line   int // index into the lines of its set
	at     ownsight.Location
	labels []int // indices into the plan's labels
}

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
			return err
		}
		if p.lines[set.kind], err = parse(b, &tallies[i]); err != nil {
			return err
		}
	}
	p.verdict = manifest.Judge(&tallies[0], &tallies[1])
	if p.verdict.UseCase == manifest.Localization {
		return w.explain(ctx, p, "The datasets have bounding boxes. This version of Ownsight trains on labels of whole pictures; object detection is not served yet.")
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

// choose picks the samples of both sets. Pictures that are yet to be labelled are none: what is not labelled is not known
// to lack every label.
func (p *plan) choose() {
	for _, l := range p.lines[ownsight.Train] {
		if l.Usable(manifest.ImageLevel) {
			p.labels = append(p.labels, l.Labels...)
		}
	}
	slices.Sort(p.labels)
	p.labels = slices.Compact(p.labels)
	p.training = p.samples(ownsight.Train)
	p.testing = p.samples(ownsight.Test)
}

// samples leaves labels out that were never trained, which cannot be judged, and pictures that have no other.
func (p *plan) samples(kind ownsight.DatasetType) (out []sample) {
	for i, l := range p.lines[kind] {
		if !l.Usable(manifest.ImageLevel) {
			continue
		}
		s := sample{line: i, at: l.Picture}
		for _, name := range l.Labels {
			if label, ok := slices.BinarySearch(p.labels, name); ok {
				s.labels = append(s.labels, label)
			}
		}
		if len(s.labels) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// named gives the names of labels.
func (p *plan) named(labels []int) []string {
	names := make([]string, len(labels))
	for i, l := range labels {
		names[i] = p.labels[l]
	}
	return names
}

// explain writes the summary and validation manifests of a training that cannot go on, and refuses it.
func (w *work) explain(ctx context.Context, p *plan, message string) error {
	result, err := w.leaveValidation(ctx, p)
	if err != nil {
		return fmt.Errorf("validation of a refused training: %w", err)
	}
	return &refusal{message: message, result: result}
}
