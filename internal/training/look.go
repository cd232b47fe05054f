package training

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"

	"ownsight"
	"ownsight/internal/objects"
	"ownsight/internal/threads"
	"ownsight/internal/vision"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
	"ownsight/internal/vision/tail"
)

const (
	shardSize      = 64       // pictures whose features lie in one file: a second or two of work
	maxPictureFile = 15 << 20 // bytes of a picture in S3, the service's limit
	seed           = 1        // of every view: the same data gives the same model
)

// viewsOf gives the views of a picture: as it is, mirrored, and varied.
func viewsOf(name string, n int) []picture.View {
	list := []picture.View{picture.Identity(), picture.Identity()}
	list[1].Flip = true
	if n > 2 {
		list = append(list, picture.Augmentation{Seed: seed, Flip: true}.Views(name, n-2)...)
	}
	list = list[:n]
	for i := 2; i < min(4, n); i++ {
		list[i].Flip = false // a linear head tries mirrored views apart from others
	}
	return list
}

// shard is a run of a set's pictures whose results lie together.
type shard struct {
	name    string // of its files, without the ending
	kind    ownsight.DatasetType
	samples []sample
}

// The endings of a shard's files.
const (
	notesEnding    = ".notes"    // shardNotes; written last
	featuresEnding = ".features" // float32, by picture and row
	mapsEnding     = "."         // and the name of the cut: half precision, by picture and view
)

// shards cuts both sets. Files of another front have other names: after an upgrade in the middle of a training all
// pictures are looked at again.
func (w *work) shards() (out []shard) {
	digest := w.engine.Net().Digest
	add := func(kind ownsight.DatasetType, samples []sample) {
		for i := 0; i < len(samples); i += shardSize {
			out = append(out, shard{
				name: fmt.Sprintf("%s%.12s/%s-%06d", workPrefix, digest, kind, i/shardSize),
				kind: kind, samples: samples[i:min(i+shardSize, len(samples))],
			})
		}
	}
	add(ownsight.Train, w.plan.training)
	add(ownsight.Test, w.plan.testing)
	return out
}

// look reads every picture. Those that labels are learnt from are seen by the front; of the others it is enough to know
// that they can be. A shard that is stored already was done by an earlier attempt.
func (w *work) look(ctx context.Context) error {
	if err := w.ensurePlan(ctx); err != nil {
		return err
	}
	return w.eachShard(ctx, w.shards(), notesEnding, "looking at pictures", func(ctx context.Context, sh shard, seen func()) error {
		notes, features, maps, err := w.lookAt(ctx, sh, seen)
		if err != nil {
			return err
		}
		for _, file := range []struct {
			ending  string
			content []byte
		}{{featuresEnding, features}, {mapsEnding + tail.Shallow.Map, maps}, {notesEnding, notes.encode()}} {
			if len(file.content) == 0 {
				continue
			}
			if err := w.own.Put(ctx, sh.name+file.ending, file.content); err != nil {
				return err
			}
		}
		w.log.Debug("pictures looked at", "version", w.version.ARN.String(), "file", sh.name, "pictures", len(sh.samples))
		return nil
	})
}

// eachShard does what is to be done to those shards whose file of that ending is missing, some at a time.
func (w *work) eachShard(ctx context.Context, shards []shard, ending, what string, do func(ctx context.Context, sh shard, seen func()) error) error {
	total := 0
	for _, sh := range shards {
		total += len(sh.samples)
	}
	var seen atomic.Int64
	group, ctx := threads.Background.Group(ctx)
	group.SetLimit(w.engine.Threads() + 1) // one more than there are cores, so that reading never leaves one idle
	for _, sh := range shards {
		group.Go(func() error {
			there, err := w.own.Has(ctx, sh.name+ending)
			if err != nil {
				return err
			}
			if there {
				w.progress.skip(what, len(sh.samples))
				seen.Add(int64(len(sh.samples)))
				return nil
			}
			return do(ctx, sh, func() { w.progress.count(what, seen.Add(1), total) })
		})
	}
	return group.Wait()
}

// lookAt works on one shard. A picture that cannot be used is noted; trouble with S3 ends the attempt.
func (w *work) lookAt(ctx context.Context, sh shard, seen func()) (n shardNotes, features, maps []byte, err error) {
	n.Pictures = make([]pictureNote, len(sh.samples))
	client := w.objects.As(w.version.Requester)
	for i, s := range sh.samples {
		file, _, err := client.GetBytes(ctx, s.at.Bucket, s.at.Key, "", maxPictureFile)
		if err == nil {
			features, maps, err = w.lookAtOne(ctx, sh.kind, s, file, features, maps)
		}
		switch {
		case unusable(err):
			n.Pictures[i].Problem = err.Error()
			n.Pictures[i].Unread = objects.Wrong(err) && !errors.Is(err, objects.ErrTooLarge)
			n.Pictures[i].Denied = errors.Is(err, objects.ErrAccessDenied)
			w.log.Debug("picture not usable", "version", w.version.ARN.String(), "line", s.line+1, "reason", err)
		case err != nil:
			return n, nil, nil, fmt.Errorf("s3://%s/%s: %w", s.at.Bucket, s.at.Key, err)
		default:
			n.Pictures[i].Digest = sha256.Sum256(file)
		}
		seen()
	}
	return n, features, maps, nil
}

// unusable says that an error is the picture's fault.
func unusable(err error) bool {
	return errors.Is(err, picture.ErrFormat) || errors.Is(err, picture.ErrDimensions) || objects.Wrong(err)
}

// lookAtOne adds the features and maps of one picture, if they are wanted.
func (w *work) lookAtOne(ctx context.Context, kind ownsight.DatasetType, s sample, file, features, maps []byte) (f, m []byte, err error) {
	if kind == ownsight.Test || w.plan.boxed() {
		return features, maps, w.engine.Check(ctx, file)
	}
	outputs := []string{backbone.Features}
	if w.engine.Net().Tunable {
		outputs = append(outputs, tail.Shallow.Map)
	}
	seen, err := w.seeViews(ctx, s, file, outputs)
	if err != nil {
		return features, maps, err
	}
	for v, outputs := range seen {
		if v < len(w.plan.rows) {
			features = appendFloats(features, outputs[0].Float32)
		}
		if len(outputs) > 1 {
			maps = appendHalves(maps, outputs[1].Float32)
		}
	}
	return features, maps, nil
}

// seeViews gives the outputs of the front for each view: the first, which is what a model is asked about, just as a
// running model sees it.
func (w *work) seeViews(ctx context.Context, s sample, file []byte, outputs []string) ([][]runtime.Tensor, error) {
	list := viewsOf(s.at.Key, w.plan.views)
	plain, err := w.engine.Look(ctx, file, vision.Ask{Outputs: outputs, Views: list[:1]})
	if err != nil || len(list) == 1 {
		return plain, err
	}
	varied, err := w.engine.Look(ctx, file, vision.Ask{Outputs: outputs, Views: list[1:], Fine: true})
	return append(plain, varied...), err
}

// fetch reads a picture again, and refuses one that has changed since it was looked at: what is reported must be of what
// was trained on.
func (w *work) fetch(ctx context.Context, s sample) ([]byte, error) {
	file, _, err := w.objects.As(w.version.Requester).GetBytes(ctx, s.at.Bucket, s.at.Key, "", maxPictureFile)
	if objects.Wrong(err) {
		return nil, refuse("The picture s3://%s/%s can no longer be read, but could when the training began: %s", s.at.Bucket, s.at.Key, err)
	}
	if err == nil && sha256.Sum256(file) != s.digest {
		return nil, refuse("The picture s3://%s/%s was changed while the model was being trained.", s.at.Bucket, s.at.Key)
	}
	return file, err
}
