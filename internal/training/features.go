package training

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/objects"
	"ownsight/internal/vision"
	"ownsight/internal/vision/linear"
	visionmodel "ownsight/internal/vision/model"
	"ownsight/internal/vision/picture"
)

const (
	shardSize      = 64       // pictures whose features lie in one file: a second or two of work
	maxPictureFile = 15 << 20 // bytes of a picture in S3, the service's limit
	seed           = 1        // of every view: the same data gives the same model
)

// rowsOf says how many rows of features a training picture gets: itself, views with other crops and light, and its
// mirror image. More pictures need fewer views; what lies in memory stays below some 60,000 rows (0.5 GB) for 20,000
// pictures.
func rowsOf(pictures int) []linear.View {
	switch {
	case pictures <= 5_000:
		return []linear.View{linear.Plain, linear.Varied, linear.Varied, linear.Flipped}
	case pictures <= 20_000:
		return []linear.View{linear.Plain, linear.Varied, linear.Flipped}
	default:
		return []linear.View{linear.Plain}
	}
}

// viewsOf gives the views of the rows after the first. The picture's name seeds those that vary.
func viewsOf(name string, rows []linear.View) []picture.View {
	views := picture.Augmentation{Seed: seed}.Views(name, len(rows)-1)
	for i, row := range rows[1:] {
		if row == linear.Flipped {
			views[i] = picture.Identity()
			views[i].Flip = true
		}
	}
	return views
}

// features is what was seen of all pictures of a plan.
type features struct {
	training, testing *set
	digest            string // SHA-256 over names, labels and bytes of the pictures, in order
}

// set holds one dataset's features.
type set struct {
	samples []sample
	rows    int       // a picture
	values  []float32 // [samples, rows, vision.FeatureCount]
}

// newSet makes room for all pictures at once: growing would hold the numbers twice.
func newSet(pictures, rows int) *set {
	return &set{rows: rows, values: make([]float32, 0, pictures*rows*vision.FeatureCount)}
}

// task says what a model learns from these pictures: one of the labels, unless any picture has several.
func (f *features) task() visionmodel.Task {
	if slices.ContainsFunc(f.training.samples, func(s sample) bool { return len(s.labels) > 1 }) {
		return visionmodel.MultiLabel
	}
	return visionmodel.SingleLabel
}

func (s *set) of(i, row int) []float32 {
	at := (i*s.rows + row) * vision.FeatureCount
	return s.values[at : at+vision.FeatureCount]
}

// look computes the features of every picture, a shard at a time, on as many pictures at once as the engine allows.
// A shard that an earlier attempt finished is not done again.
func (w *work) look(ctx context.Context) error {
	if err := w.ensurePlan(ctx); err != nil {
		return err
	}
	shards := w.shards()
	total := len(w.plan.training) + len(w.plan.testing)
	var seen atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(w.engine.Threads() + 1) // one more than there are cores, so that reading never leaves one idle
	for _, sh := range shards {
		group.Go(func() error {
			there, err := w.own.Has(ctx, sh.name)
			if err != nil {
				return err
			}
			if there {
				w.progress.skip(len(sh.samples))
				seen.Add(int64(len(sh.samples)))
				return nil
			}
			content, err := w.lookAt(ctx, sh, func() { w.progress.count("looking at pictures", seen.Add(1), total) })
			if err != nil {
				return err
			}
			if err := w.own.Put(ctx, sh.name, content.encode()); err != nil {
				return err
			}
			w.log.Debug("pictures looked at", "version", w.version.ARN.String(), "file", sh.name, "pictures", len(sh.samples))
			return nil
		})
	}
	return group.Wait()
}

// shard names some samples of one set and the file that their features lie in.
type shard struct {
	name    string
	kind    ownsight.DatasetType
	samples []sample
	rows    []linear.View
}

// shards divides the pictures. The backbone is part of the name: after an upgrade in the middle of a training, what the
// old one saw is of no use.
func (w *work) shards() (out []shard) {
	_, digest := w.engine.Backbone()
	add := func(kind ownsight.DatasetType, samples []sample, rows []linear.View) {
		for i := 0; i < len(samples); i += shardSize {
			out = append(out, shard{
				name: fmt.Sprintf("%s%.12s/%s-%06d.features", workPrefix, digest, kind, i/shardSize),
				kind: kind, samples: samples[i:min(i+shardSize, len(samples))], rows: rows,
			})
		}
	}
	add(ownsight.Train, w.plan.training, rowsOf(len(w.plan.training)))
	add(ownsight.Test, w.plan.testing, []linear.View{linear.Plain})
	return out
}

// lookAt computes one shard. A picture that cannot be used is noted, not an error.
func (w *work) lookAt(ctx context.Context, sh shard, seen func()) (*shardContent, error) {
	c := &shardContent{Rows: len(sh.rows), Pictures: make([]pictureNote, len(sh.samples))}
	client := w.objects.As(w.version.Requester)
	for i, s := range sh.samples {
		file, _, err := client.GetBytes(ctx, s.at.Bucket, s.at.Key, "", maxPictureFile)
		if err == nil {
			err = w.lookAtOne(ctx, sh, s, file, c)
		}
		switch {
		case errors.Is(err, picture.ErrFormat), errors.Is(err, picture.ErrDimensions), objects.Wrong(err):
			c.Pictures[i].Problem = err.Error()
			c.Pictures[i].Unread = objects.Wrong(err) && !errors.Is(err, objects.ErrTooLarge)
			c.Pictures[i].Denied = errors.Is(err, objects.ErrAccessDenied)
			w.log.Debug("picture not usable", "version", w.version.ARN.String(), "line", s.line+1, "reason", err)
		case err != nil:
			return nil, fmt.Errorf("s3://%s/%s: %w", s.at.Bucket, s.at.Key, err)
		default:
			c.Pictures[i].Digest = sha256.Sum256(file)
		}
		seen()
	}
	return c, nil
}

func (w *work) lookAtOne(ctx context.Context, sh shard, s sample, file []byte, c *shardContent) error {
	plain, err := w.engine.Features(ctx, file)
	if err != nil {
		return err
	}
	var views []float32
	if len(sh.rows) > 1 {
		if views, err = w.engine.Views(ctx, file, viewsOf(s.at.Key, sh.rows)); err != nil {
			return err
		}
	}
	c.values = append(append(c.values, plain...), views...)
	return nil
}

// ensureFeatures reads all shards back, unless this process has done so, and leaves out the pictures that could not be
// used; their lines get an error. Too many of them end the training.
func (w *work) ensureFeatures(ctx context.Context) error {
	if w.features != nil {
		return nil
	}
	if err := w.look(ctx); err != nil { // of what is there nothing is done again
		return err
	}
	f := &features{training: newSet(len(w.plan.training), len(rowsOf(len(w.plan.training)))), testing: newSet(len(w.plan.testing), 1)}
	digest := sha256.New()
	notes := map[ownsight.DatasetType][]pictureNote{}
	for _, sh := range w.shards() {
		b, err := w.own.Get(ctx, sh.name, maxShardBytes)
		if err != nil {
			return err
		}
		c, err := decodeShard(b, len(sh.samples), len(sh.rows))
		if err != nil {
			return fmt.Errorf("%s: %w", sh.name, err)
		}
		into := f.training
		if sh.kind == ownsight.Test {
			into = f.testing
		}
		into.values = append(into.values, c.values...)
		notes[sh.kind] = append(notes[sh.kind], c.Pictures...)
		for i, note := range c.Pictures {
			s := sh.samples[i]
			if note.Problem != "" {
				w.plan.lines[sh.kind][s.line].Fail(manifest.InvalidImage)
				continue
			}
			into.samples = append(into.samples, s)
			fmt.Fprintf(digest, "%s\n%q\n%x\n", s.at.Key, w.plan.named(s.labels), note.Digest)
		}
	}
	f.digest = fmt.Sprintf("%x", digest.Sum(nil))
	if err := w.judgeAgain(ctx, notes); err != nil {
		return err
	}
	dropUnseen(w.plan, f)
	w.features = f
	return nil
}

// judgeAgain applies the limits of the manifests once more, now that it is known which pictures can be used. When none of
// them could be read the reason goes before what follows from it.
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
	w.plan.verdict = v
	if problem, failed := w.plan.verdict.Failed(); failed {
		return w.explain(ctx, w.plan, problem.Message)
	}
	return nil
}

// unreadable says why not one of a dataset's pictures came out of S3, if that is so.
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
