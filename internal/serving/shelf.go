package serving

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"ownsight"
	"ownsight/internal/store"
	"ownsight/internal/vision"
)

// running is a model in memory.
type running interface {
	Close() error
}

// shelf keeps the models that this process has loaded, by the version's row number. What is not there is fetched, once
// however many ask for it: after a restart a running model's first request loads it.
type shelf[M running] struct {
	load  func(context.Context, int64) (M, error)
	mu    sync.Mutex
	slots map[int64]*slot[M]
}

// slot is a model or the loading of one; done is closed when model or err is there.
type slot[M running] struct {
	done  chan struct{}
	model M
	err   error
	users sync.WaitGroup // who have taken the model off the shelf and not put it back
}

func newShelf[M running](load func(context.Context, int64) (M, error)) *shelf[M] {
	return &shelf[M]{load: load, slots: map[int64]*slot[M]{}}
}

// get gives a model, from memory or by loading it, to be put back after use. A failed load is forgotten, so that the next
// asks again.
func (s *shelf[M]) get(ctx context.Context, id int64) (model M, putBack func(), err error) {
	s.mu.Lock()
	sl, ok := s.slots[id]
	if !ok {
		sl = &slot[M]{done: make(chan struct{})}
		s.slots[id] = sl
		// Detached: who came first may go away, the others still wait.
		go s.fill(context.WithoutCancel(ctx), id, sl)
	}
	sl.users.Add(1)
	s.mu.Unlock()
	select {
	case <-sl.done:
		if sl.err == nil {
			return sl.model, sl.users.Done, nil
		}
		err = sl.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	sl.users.Done()
	return model, nil, err
}

func (s *shelf[M]) fill(ctx context.Context, id int64, sl *slot[M]) {
	defer close(sl.done)
	if sl.model, sl.err = s.load(ctx, id); sl.err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.slots[id] == sl {
			delete(s.slots, id)
		}
	}
}

// drop forgets a model, and closes it when the requests that hold it have finished.
func (s *shelf[M]) drop(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sl, ok := s.slots[id]
	if !ok {
		return
	}
	delete(s.slots, id)
	go func() {
		<-sl.done
		sl.users.Wait()
		if sl.err == nil {
			_ = sl.model.Close() // it only frees memory
		}
	}()
}

// load reads a model from the archive.
func (s *Service) load(ctx context.Context, id int64) (*vision.Runner, error) {
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
	r, err := s.engine.Load(file)
	if errors.Is(err, vision.ErrOtherNet) { // which its user has to know
		return nil, ownsight.Errorf(ownsight.NotReady, "The model cannot run on this server: %s.", err)
	}
	if err != nil {
		return nil, fmt.Errorf("model of version %d: %w", id, err)
	}
	return r, nil
}
