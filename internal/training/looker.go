package training

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"ownsight"
	"ownsight/internal/model"
	"ownsight/internal/objects"
	"ownsight/internal/vision"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
	"ownsight/internal/vision/tail"
)

// looking is how the pictures of a training are looked at.
type looking struct {
	Boxed bool   `json:"boxed,omitempty"` // whether boxes are to be found in them
	Rows  int    `json:"rows"`            // views of a picture whose features are wanted
	Views int    `json:"views"`           // of a picture; those of the rows come first
	Cut   string `json:"cut,omitempty"`   // the only map that is wanted, of pictures that were looked at before
}

// looker looks at pictures of a training: on the node that trains, or for it on another one.
type looker struct {
	*Service
	looking
	version *ownsight.Version
	own     model.Files // of the version
	guest   bool        // the training is another node's
}

func (w *work) looker(cut string) *looker {
	return &looker{Service: w.Service, version: w.version, own: w.own,
		looking: looking{Boxed: w.plan.boxed(), Rows: len(w.plan.rows), Views: w.plan.views, Cut: cut}}
}

// The endings of a shard's files.
const (
	notesEnding    = ".notes"    // shardNotes; written last
	featuresEnding = ".features" // float32, by picture and row
	mapsEnding     = "."         // and the name of the cut: half precision, by picture and view
)

// shardFile is one of a shard's.
type shardFile struct {
	ending  string
	content []byte
}

// ending is that of the file with which a shard is done.
func (l *looker) ending() string {
	if l.Cut != "" {
		return mapsEnding + l.Cut
	}
	return notesEnding
}

// results makes a shard's files, in the order in which they are to be kept. A picture that cannot be used is noted;
// trouble with S3 is an error.
func (l *looker) results(ctx context.Context, sh shard, seen func()) ([]shardFile, error) {
	if l.Cut != "" {
		maps, err := l.lookCloser(ctx, sh, seen)
		return []shardFile{{l.ending(), maps}}, err
	}
	notes, features, maps, err := l.lookAt(ctx, sh, seen)
	return []shardFile{{featuresEnding, features}, {mapsEnding + tail.Shallow.Map, maps}, {notesEnding, notes.encode()}}, err
}

// keep stores a shard's files.
func (l *looker) keep(ctx context.Context, sh shard, files []shardFile) error {
	for _, f := range files {
		if len(f.content) == 0 {
			continue
		}
		if err := l.own.Put(ctx, sh.name+f.ending, f.content); err != nil {
			return err
		}
	}
	what := "pictures looked at"
	if l.Cut != "" {
		what = "pictures looked closer at"
	}
	l.log.Debug(what, "version", l.version.ARN.String(), "file", sh.name, "pictures", len(sh.samples), "helping", l.guest)
	return nil
}

// lookAt works on one shard for the first time.
func (l *looker) lookAt(ctx context.Context, sh shard, seen func()) (n shardNotes, features, maps []byte, err error) {
	n.Pictures = make([]pictureNote, len(sh.samples))
	client := l.objects.As(l.version.Requester)
	for i, s := range sh.samples {
		file, _, err := client.GetBytes(ctx, s.at.Bucket, s.at.Key, "", maxPictureFile)
		if err == nil {
			features, maps, err = l.lookAtOne(ctx, sh.kind, s, file, features, maps)
		}
		denied := errors.Is(err, objects.ErrAccessDenied)
		switch {
		case denied && l.guest: // the keys of the node that trains are those that count
			return n, nil, nil, fmt.Errorf("s3://%s/%s: %w", s.at.Bucket, s.at.Key, err)
		case unusable(err):
			n.Pictures[i].Problem = err.Error()
			n.Pictures[i].Unread = objects.Wrong(err) && !errors.Is(err, objects.ErrTooLarge)
			n.Pictures[i].Denied = denied
			l.log.Debug("picture not usable", "version", l.version.ARN.String(), "line", s.line+1, "reason", err)
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
func (l *looker) lookAtOne(ctx context.Context, kind ownsight.DatasetType, s sample, file, features, maps []byte) (f, m []byte, err error) {
	if kind == ownsight.Test || l.Boxed {
		return features, maps, l.engine.Check(ctx, file)
	}
	seen, err := l.seeViews(ctx, s, file, l.outputs())
	if err != nil {
		return features, maps, err
	}
	for v, outputs := range seen {
		if v < l.Rows {
			features = appendFloats(features, outputs[0].Float32)
		}
		if len(outputs) > 1 {
			maps = appendHalves(maps, outputs[1].Float32)
		}
	}
	return features, maps, nil
}

// outputs are what is wanted of the front at the first look.
func (l *looker) outputs() []string {
	if !l.engine.Net().Tunable {
		return []string{backbone.Features}
	}
	return []string{backbone.Features, tail.Shallow.Map}
}

// lookCloser gives the maps at a cut of pictures that have been looked at.
func (l *looker) lookCloser(ctx context.Context, sh shard, seen func()) (maps []byte, err error) {
	for _, s := range sh.samples {
		file, err := l.fetch(ctx, s)
		if err != nil {
			return nil, err
		}
		outputs, err := l.seeViews(ctx, s, file, []string{l.Cut})
		if err != nil {
			return nil, err
		}
		for _, o := range outputs {
			maps = appendHalves(maps, o[0].Float32)
		}
		seen()
	}
	return maps, nil
}

// seeViews gives the outputs of the front for each view: the first, which is what a model is asked about, just as a
// running model sees it.
func (l *looker) seeViews(ctx context.Context, s sample, file []byte, outputs []string) ([][]runtime.Tensor, error) {
	list := viewsOf(s.at.Key, l.Views)
	plain, err := l.engine.Look(ctx, file, vision.Ask{Outputs: outputs, Views: list[:1]})
	if err != nil || len(list) == 1 {
		return plain, err
	}
	varied, err := l.engine.Look(ctx, file, vision.Ask{Outputs: outputs, Views: list[1:], Fine: true})
	return append(plain, varied...), err
}

// fetch reads a picture again, and refuses one that has changed since it was looked at: what is reported must be of what
// was trained on.
func (l *looker) fetch(ctx context.Context, s sample) ([]byte, error) {
	file, _, err := l.objects.As(l.version.Requester).GetBytes(ctx, s.at.Bucket, s.at.Key, "", maxPictureFile)
	if objects.Wrong(err) {
		return nil, refuse("The picture s3://%s/%s can no longer be read, but could when the training began: %s", s.at.Bucket, s.at.Key, err)
	}
	if err == nil && sha256.Sum256(file) != s.digest {
		return nil, refuse("The picture s3://%s/%s was changed while the model was being trained.", s.at.Bucket, s.at.Key)
	}
	return file, err
}

// fetch is that of a looker.
func (w *work) fetch(ctx context.Context, s sample) ([]byte, error) {
	return w.looker("").fetch(ctx, s)
}
