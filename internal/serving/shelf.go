package serving

import (
	"context"
	"fmt"
	"sync"

	"ownsight"
	"ownsight/internal/store"
	visionmodel "ownsight/internal/vision/model"
)

// running is a model in memory.
type running struct {
	head *visionmodel.Head
	card visionmodel.Card
}

// shelf keeps the models that this process has loaded, by the version's row number. What is not there is fetched, once
// however many ask for it: after a restart a running model's first request loads it.
type shelf struct {
	load  func(context.Context, int64) (*running, error)
	mu    sync.Mutex
	slots map[int64]*slot
}

// slot is a model or the loading of one; done is closed when model or err is there.
type slot struct {
	done  chan struct{}
	model *running
	err   error
}

func newShelf(load func(context.Context, int64) (*running, error)) *shelf {
	return &shelf{load: load, slots: map[int64]*slot{}}
}

// get gives a model, from memory or by loading it. A failed load is forgotten, so that the next asks again.
func (s *shelf) get(ctx context.Context, id int64) (*running, error) {
	s.mu.Lock()
	sl, ok := s.slots[id]
	if !ok {
		sl = &slot{done: make(chan struct{})}
		s.slots[id] = sl
		// Detached: who came first may go away, the others still wait.
		go s.fill(context.WithoutCancel(ctx), id, sl)
	}
	s.mu.Unlock()
	select {
	case <-sl.done:
		return sl.model, sl.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *shelf) fill(ctx context.Context, id int64, sl *slot) {
	defer close(sl.done)
	if sl.model, sl.err = s.load(ctx, id); sl.err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.slots[id] == sl {
			delete(s.slots, id)
		}
	}
}

// drop forgets a model; requests that hold it finish.
func (s *shelf) drop(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.slots, id)
}

// load reads a model from the archive and checks that this program's backbone is the one it was trained on.
func (s *Service) load(ctx context.Context, id int64) (*running, error) {
	var v *ownsight.Version
	err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = tx.Versions().ByID(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	file, err := s.archive.Read(ctx, v, ownsight.ModelFile)
	if err != nil {
		return nil, err
	}
	head, card, err := visionmodel.Read(file)
	if err != nil {
		return nil, fmt.Errorf("model of version %d: %w", id, err)
	}
	if name, digest := s.engine.Backbone(); card.Backbone.Digest != digest {
		return nil, fmt.Errorf("model of version %d was trained on backbone %s (%.12s), this program has %s (%.12s)",
			id, card.Backbone.Name, card.Backbone.Digest, name, digest)
	}
	return &running{head: head, card: card}, nil
}
