package serving

import (
	"context"
	"errors"

	"ownsight"
	"ownsight/internal/store"
	"ownsight/internal/trace"
	"ownsight/internal/vision"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/picture"
)

// Request asks a version what it sees in a picture.
type Request struct {
	Version ownsight.VersionARN
	Picture []byte // a JPEG or PNG file
	vision.Wanted
}

// Detect answers with the labels that reach the threshold, best first. Errors: NotFound, NotReady (not running),
// InvalidPicture, CapacityExceeded (too many requests wait already).
func (s *Service) Detect(ctx context.Context, r Request) ([]vision.Label, error) {
	at, err := s.running(ctx, r.Version)
	if err != nil {
		return nil, err
	}
	return s.route(ctx, at, r)
}

// Crowded is CapacityExceeded for a version that is placed on this node alone and whose line is full: another request would
// be refused. It asks no database.
func (s *Service) Crowded(arn ownsight.VersionARN) error {
	at, ok := s.seen.recent(arn, s.Now())
	if !ok || len(at.placed) != 1 || at.placed[0].Node != s.Cluster.Name() {
		return nil
	}
	return s.turns.crowded(at.id)
}

// here answers on this node.
func (s *Service) here(ctx context.Context, id int64, r Request) ([]vision.Label, error) {
	if s.loaded.crowded(id, waitingAll*s.turns.cores) {
		return nil, ownsight.Errorf(ownsight.CapacityExceeded, "The server is loading models that many requests wait for; try again shortly.")
	}
	within, span := trace.Begin(ctx, "get model")
	m, putBack, err := s.loaded.get(within, id)
	span.End(err)
	if err != nil {
		return nil, err
	}
	defer putBack()
	var seen []boxes.Detection
	var wrong error
	if err := s.turns.look(ctx, id, func() { seen, wrong = look(ctx, m, r.Picture) }); err != nil {
		return nil, err
	}
	if wrong != nil {
		return nil, wrong
	}
	return m.Answer(seen, r.Wanted), nil
}

// look gives all that a model says. Errors: InvalidPicture.
func look(ctx context.Context, m *vision.Runner, file []byte) (seen []boxes.Detection, err error) {
	ctx, span := trace.Begin(ctx, "look at picture")
	seen, err = m.See(ctx, file)
	if errors.Is(err, picture.ErrFormat) || errors.Is(err, picture.ErrDimensions) {
		err = ownsight.Errorf(ownsight.InvalidPicture, "%s", err)
	}
	span.Int("ownsight.picture_bytes", len(file))
	span.End(err)
	return seen, err
}

// running finds a version that is running, and where it is placed.
func (s *Service) running(ctx context.Context, arn ownsight.VersionARN) (sighting, error) {
	asked := s.Now()
	if at, ok := s.seen.recent(arn, asked); ok {
		return at, nil
	}
	at := sighting{at: asked}
	err := s.Store.Read(ctx, func(tx *store.Tx) error {
		v, err := tx.Versions().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if v.Status != ownsight.VersionRunning {
			return ownsight.Errorf(ownsight.NotReady, "The model is %s, not RUNNING. Start it with StartProjectVersion.", v.Status)
		}
		at.id = v.ID
		at.placed, err = tx.Placements().Of(ctx, v.ID)
		return err
	})
	if err == nil {
		s.seen.keep(arn, at)
	}
	return at, err
}
