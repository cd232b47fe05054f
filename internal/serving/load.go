package serving

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ownsight"
	"ownsight/internal/objects"
	"ownsight/internal/store"
	"ownsight/internal/trace"
	"ownsight/internal/vision"
)

// How long a model may take to come. An S3 server that is only slow is waited for: a file of 200 MB has more than two
// minutes. One that is silent must not hold those who ask once it is well again.
const (
	loadPatience = 30 * time.Second
	slowestLine  = 2 << 20 // bytes of the file a second, after that
)

// errUnusable is the error of a file that is no model.
var errUnusable = errors.New("the file of the model cannot be used")

// load makes a model of its file in the archive. Errors: NotReady (this node cannot run it, another one perhaps can; its file
// is damaged), errUnusable.
func (s *Service) load(ctx context.Context, id int64) (r *vision.Runner, err error) {
	ctx, span := trace.Begin(ctx, "load model")
	defer func() { span.End(err) }()
	if err, known := s.foreign.Load(id); known {
		return nil, err.(error)
	}
	file, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err = s.Engine.Load(file)
	if errors.Is(err, vision.ErrOtherNet) { // which its user has to know
		err = ownsight.Errorf(ownsight.NotReady, "The model cannot run on this server: %s.", err)
		s.foreign.Store(id, err) // neither the model nor this node's networks change
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: version %d: %w", errUnusable, id, err)
	}
	return r, nil
}

// read gives the file of a version, or an error when that takes too long.
func (s *Service) read(ctx context.Context, id int64) (file []byte, err error) {
	var v *ownsight.Version
	err = inTime(ctx, s.patience, func(ctx context.Context) error {
		return s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			v, err = tx.Versions().ByID(ctx, id)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	err = inTime(ctx, s.patience+lineTime(v), func(ctx context.Context) (err error) {
		file, err = s.Archive.Read(ctx, v, ownsight.ModelFile)
		return err
	})
	return file, err
}

// lineTime is how long the file of a version takes on a slow line.
func lineTime(v *ownsight.Version) (long time.Duration) {
	if v.Result == nil {
		return 0
	}
	for _, f := range v.Result.Files {
		if f.Output == ownsight.ModelFile {
			long = time.Duration(f.Size) * time.Second / slowestLine
		}
	}
	return long
}

// inTime does something that may take so long.
func inTime(ctx context.Context, most time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	err := do(ctx)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: a model did not come within %s: %w", objects.ErrUnavailable, most, err)
	}
	return err
}
