package serving

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"ownsight"
	"ownsight/internal/store"
	"ownsight/internal/vision/picture"
)

// Request asks a version what it sees in a picture.
type Request struct {
	Version       ownsight.VersionARN
	Picture       []byte   // a JPEG or PNG file
	MinConfidence *float64 // 0..100; nil takes each label's own threshold
	MaxResults    int      // the best so many; 0 means all
}

// Label is one answer.
type Label struct {
	Name       string
	Confidence float32 // 0..100
}

// Detect answers with the labels that reach the threshold, best first. Errors: NotFound, NotReady (not running),
// InvalidPicture, CapacityExceeded (too many requests wait already).
func (s *Service) Detect(ctx context.Context, r Request) ([]Label, error) {
	id, err := s.runningVersion(ctx, r.Version)
	if err != nil {
		return nil, err
	}
	m, err := s.loaded.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !s.gate.enter() {
		return nil, ownsight.Errorf(ownsight.CapacityExceeded, "The server has as many requests waiting as it can answer in time; try again shortly.")
	}
	features, err := s.engine.Features(ctx, r.Picture)
	s.gate.leave()
	if errors.Is(err, picture.ErrFormat) || errors.Is(err, picture.ErrDimensions) {
		return nil, ownsight.Errorf(ownsight.InvalidPicture, "%s", err)
	}
	if err != nil {
		return nil, err
	}
	return m.answer(features, r), nil
}

// runningVersion finds the row of a version that is running.
func (s *Service) runningVersion(ctx context.Context, arn ownsight.VersionARN) (id int64, err error) {
	asked := time.Now()
	if id, ok := s.seen.recent(arn, asked); ok {
		return id, nil
	}
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		v, err := tx.Versions().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if v.Status != ownsight.VersionRunning {
			return ownsight.Errorf(ownsight.NotReady, "The model is %s, not RUNNING. Start it with StartProjectVersion.", v.Status)
		}
		id = v.ID
		return nil
	})
	if err == nil {
		s.seen.keep(arn, id, asked)
	}
	return id, err
}

func (m *running) answer(features []float32, r Request) []Label {
	labels := []Label{}
	for i, score := range m.head.Scores(features, make([]float32, len(m.head.Labels))) {
		threshold := m.card.Thresholds[i]
		if r.MinConfidence != nil {
			threshold = float32(*r.MinConfidence / 100)
		}
		if score >= threshold {
			labels = append(labels, Label{Name: m.head.Labels[i], Confidence: score * 100})
		}
	}
	slices.SortStableFunc(labels, func(a, b Label) int { return cmp.Compare(b.Confidence, a.Confidence) })
	if r.MaxResults > 0 && len(labels) > r.MaxResults {
		labels = labels[:r.MaxResults]
	}
	return labels
}

// gate bounds how many requests wait for the engine, so that a flood is refused at once rather than answered late.
type gate chan struct{}

// waitingPerThread is how many requests may wait for each core: some 200 ms of work.
const waitingPerThread = 32

func newGate(threads int) gate { return make(gate, threads*waitingPerThread) }

func (g gate) enter() bool {
	select {
	case g <- struct{}{}:
		return true
	default:
		return false
	}
}

func (g gate) leave() { <-g }
