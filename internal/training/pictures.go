package training

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/objects"
	"ownsight/internal/vision/tail"
)

// looked is what came of looking at the pictures.
type looked struct {
	digest string  // SHA-256 over names, labels and bytes of the pictures, in order
	shards []shard // of the training pictures, with those only that can be used
}

// ensureLooked reads the notes of all pictures, looking at them as far as that is not done, and takes those that cannot be
// used out of the plan. With them the datasets are judged again, for as many pictures as are left may be too few.
func (w *work) ensureLooked(ctx context.Context) error {
	if w.looked != nil {
		return nil
	}
	if err := w.look(ctx); err != nil { // of what is there nothing is done again
		return err
	}
	l := &looked{}
	kept := map[ownsight.DatasetType][]sample{}
	notes := map[ownsight.DatasetType][]pictureNote{}
	digest := sha256.New()
	for _, sh := range w.shards() {
		b, err := w.own.Get(ctx, sh.name+notesEnding, maxNotes)
		if err != nil {
			return madeBy("look", err)
		}
		n, err := decodeNotes(b, len(sh.samples))
		if err != nil {
			return fmt.Errorf("%s: %w", sh.name, err)
		}
		own := sh
		own.samples = nil
		notes[sh.kind] = append(notes[sh.kind], n.Pictures...)
		for i, note := range n.Pictures {
			s := sh.samples[i]
			if note.Problem != "" {
				w.plan.lines[sh.kind][s.line].Fail(manifest.InvalidImage)
				continue
			}
			s.digest = note.Digest
			own.samples = append(own.samples, s)
			fmt.Fprintf(digest, "%s\n%q\n%x\n", s.at.Key, w.plan.named(s.labels), note.Digest)
			for _, box := range s.boxes {
				fmt.Fprintf(digest, "%v\n", box)
			}
		}
		kept[sh.kind] = append(kept[sh.kind], own.samples...)
		if sh.kind == ownsight.Train && len(own.samples) > 0 {
			l.shards = append(l.shards, own)
		}
	}
	l.digest = fmt.Sprintf("%x", digest.Sum(nil))
	if err := w.judgeAgain(ctx, notes); err != nil {
		return err
	}
	w.plan.training, w.plan.testing = kept[ownsight.Train], kept[ownsight.Test]
	w.plan.dropUnseen() // which takes no training picture away, for its labels are seen with itself
	if missing := w.plan.lacks(); missing != "" {
		return w.explain(ctx, w.plan, missing)
	}
	w.looked = l
	return nil
}

// maxNotes bounds a shard's notes, in bytes.
const maxNotes = 1 << 20

// features reads those of the training pictures: [pictures, rows, features].
func (w *work) features(ctx context.Context, room *scratch) ([]float32, error) {
	width := len(w.plan.rows) * w.engine.Net().Features
	all, err := room.floats(len(w.plan.training) * width)
	if err != nil {
		return nil, err
	}
	rest := all
	for _, sh := range w.looked.shards {
		b, err := w.piece(ctx, sh, featuresEnding, 4*width)
		if err != nil {
			return nil, err
		}
		rest = rest[copy(rest, floats(b)):]
	}
	return all, nil
}

// piece reads a file of a shard, which has so many bytes a picture. When it is lost, so is what says that the shard is done.
func (w *work) piece(ctx context.Context, sh shard, ending string, each int) ([]byte, error) {
	b, err := w.own.Get(ctx, sh.name+ending, int64(each*len(sh.samples)))
	if errors.Is(err, objects.ErrNotFound) {
		return nil, errors.Join(madeBy("look", err), w.own.Clear(ctx, sh.name+notesEnding))
	}
	if err == nil && len(b) != each*len(sh.samples) {
		err = fmt.Errorf("%s%s has %d bytes instead of %d for each of %d pictures", sh.name, ending, len(b), each, len(sh.samples))
	}
	return b, err
}

// maps brings those of the training pictures at a cut into a spool. Those of the first cut are there from the beginning,
// others are computed now.
func (w *work) maps(ctx context.Context, c tail.Cut, room *scratch) (*spool, error) {
	ending := mapsEnding + c.Map
	if err := w.eachShard(ctx, w.looked.shards, c.Map, "looking closer at pictures"); err != nil {
		return nil, err
	}
	file, err := room.file()
	if err != nil {
		return nil, err
	}
	s := newSpool(file, c.Length(), w.plan.views)
	for _, sh := range w.looked.shards {
		b, err := w.piece(ctx, sh, ending, 2*c.Length()*w.plan.views)
		if err == nil {
			err = s.add(b)
		}
		if err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// judgeAgain judges the datasets with what was found out about the pictures.
func (w *work) judgeAgain(ctx context.Context, notes map[ownsight.DatasetType][]pictureNote) error {
	tallies := [2]manifest.Tally{{Limits: w.limits}, {Limits: w.limits}}
	for i, kind := range []ownsight.DatasetType{ownsight.Train, ownsight.Test} {
		for _, l := range w.plan.lines[kind] {
			tallies[i].Add(l)
		}
	}
	v := manifest.Judge(&tallies[0], &tallies[1])
	v.Training.Errors = append(unreadable(notes[ownsight.Train]), v.Training.Errors...)
	v.Testing.Errors = append(unreadable(notes[ownsight.Test]), v.Testing.Errors...)
	v.UseCase = w.plan.verdict.UseCase
	w.plan.verdict = v
	if problem, failed := w.plan.verdict.Failed(); failed {
		return w.explain(ctx, w.plan, problem.Message)
	}
	return nil
}

// unreadable tells why none of a set's pictures came out of S3. Of some the validation says so line by line.
func unreadable(notes []pictureNote) []manifest.Problem {
	if len(notes) == 0 || slices.ContainsFunc(notes, func(n pictureNote) bool { return !n.Unread }) {
		return nil
	}
	code := manifest.FailedImagesCopy
	if slices.ContainsFunc(notes, func(n pictureNote) bool { return n.Denied }) {
		code = manifest.InvalidPermissionsImages
	}
	return []manifest.Problem{manifest.NewProblem(code)}
}
