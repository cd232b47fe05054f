package serving

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"ownsight"
	"ownsight/internal/store"
	"ownsight/internal/vision"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/model"
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
	Confidence float32    // 0..100
	Box        *boxes.Box // as shares of the picture's sides; nil for a label of the whole picture
}

// Detect answers with the labels that reach the threshold, best first. Errors: NotFound, NotReady (not running),
// InvalidPicture, CapacityExceeded (too many requests wait already).
func (s *Service) Detect(ctx context.Context, r Request) ([]Label, error) {
	id, err := s.runningVersion(ctx, r.Version)
	if err != nil {
		return nil, err
	}
	m, putBack, err := s.loaded.get(ctx, id)
	if err != nil {
		return nil, err
	}
	defer putBack()
	if !s.gate.enter() {
		return nil, ownsight.Errorf(ownsight.CapacityExceeded, "The server has as many requests waiting as it can answer in time; try again shortly.")
	}
	seen, err := ask(ctx, m, r.Picture)
	s.gate.leave()
	if errors.Is(err, picture.ErrFormat) || errors.Is(err, picture.ErrDimensions) {
		return nil, ownsight.Errorf(ownsight.InvalidPicture, "%s", err)
	}
	if err != nil {
		return nil, err
	}
	return answer(m.Card, seen, r), nil
}

// ask gives all that a model says, whatever the score: a label once, or for each box.
func ask(ctx context.Context, m *vision.Runner, file []byte) ([]boxes.Detection, error) {
	if m.Card.Task == model.Boxes {
		return m.Boxes(ctx, file)
	}
	scores, err := m.Scores(ctx, file)
	seen := make([]boxes.Detection, len(scores))
	for i, score := range scores {
		seen[i] = boxes.Detection{Box: boxes.Box{Label: i}, Score: score}
	}
	return seen, err
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

// answer takes what reaches the threshold, best first.
func answer(card model.Card, seen []boxes.Detection, r Request) []Label {
	labels := []Label{}
	for _, d := range seen {
		l := Label{Name: card.Labels[d.Label], Confidence: d.Score * 100}
		reached := d.Score >= card.Thresholds[d.Label]
		if r.MinConfidence != nil { // in the unit of the answer, so that a label reaches the confidence that it was given
			reached = l.Confidence >= float32(*r.MinConfidence)
		}
		if !reached {
			continue
		}
		if card.Task == model.Boxes {
			l.Box = &d.Box
		}
		labels = append(labels, l)
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
