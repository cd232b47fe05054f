package serving

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"

	"ownsight"
	"ownsight/internal/store"
	"ownsight/internal/trace"
	"ownsight/internal/vision"
)

// running is a model in memory.
type running interface {
	Size() int64 // bytes
	Close() error
}

// shelf keeps the models that this process has loaded, by the version's row number. What is not there is fetched, once
// however many ask for it: after a restart a running model's first request loads it. When they take more memory than the
// shelf has room for, those that were not asked for longest go, until they are asked for again.
type shelf[M running] struct {
	load  func(context.Context, int64) (M, error)
	room  int64 // bytes
	mu    sync.Mutex
	slots map[int64]*slot[M]
	order *list.List // of *slot[M], the latest used first
	taken int64      // bytes, of those that are loaded
	paged int64      // how many had to go so far
}

// slot is a model or the loading of one; done is closed when model or err is there.
type slot[M running] struct {
	id    int64
	done  chan struct{}
	model M
	size  int64 // 0 while it is loading
	err   error
	place *list.Element  // in the order of use
	users sync.WaitGroup // who have taken the model off the shelf and not put it back
}

func newShelf[M running](room int64, load func(context.Context, int64) (M, error)) *shelf[M] {
	return &shelf[M]{load: load, room: room, slots: map[int64]*slot[M]{}, order: list.New()}
}

// get gives a model, from memory or by loading it, to be put back after use. A failed load is forgotten, so that the next
// asks again.
func (s *shelf[M]) get(ctx context.Context, id int64) (model M, putBack func(), err error) {
	s.mu.Lock()
	sl, ok := s.slots[id]
	if !ok {
		sl = &slot[M]{id: id, done: make(chan struct{})}
		sl.place = s.order.PushFront(sl)
		s.slots[id] = sl
		// Detached: who came first may go away, the others still wait.
		go s.fill(context.WithoutCancel(ctx), id, sl)
	}
	s.order.MoveToFront(sl.place)
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
	sl.model, sl.err = s.load(ctx, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots[id] != sl { // dropped meanwhile
		return
	}
	if sl.err != nil {
		s.remove(sl)
		return
	}
	sl.size = sl.model.Size()
	s.taken += sl.size
	for last := s.order.Back(); s.taken > s.room && last.Value != sl; last = s.order.Back() {
		s.remove(last.Value.(*slot[M]))
		s.paged++
	}
}

// has reports whether a model is loaded, or being loaded.
func (s *shelf[M]) has(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.slots[id]
	return ok
}

// figures tell how many models are here or on their way, what they take in bytes, and how many had to go so far.
func (s *shelf[M]) figures() (models int, taken, paged int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.slots), s.taken, s.paged
}

// full reports whether another model would hardly fit.
func (s *shelf[M]) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken > s.room*9/10
}

// drop forgets a model, and closes it when the requests that hold it have finished.
func (s *shelf[M]) drop(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sl, ok := s.slots[id]; ok {
		s.remove(sl)
	}
}

func (s *shelf[M]) remove(sl *slot[M]) {
	delete(s.slots, sl.id)
	s.order.Remove(sl.place)
	s.taken -= sl.size
	go func() {
		<-sl.done
		sl.users.Wait()
		if sl.err == nil {
			_ = sl.model.Close() // it only frees memory
		}
	}()
}

// errUnusable is the error of a file that is no model.
var errUnusable = errors.New("the file of the model cannot be used")

// load reads a model from the archive.
func (s *Service) load(ctx context.Context, id int64) (r *vision.Runner, err error) {
	ctx, span := trace.Begin(ctx, "load model")
	defer func() { span.End(err) }()
	var v *ownsight.Version
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = tx.Versions().ByID(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	file, err := s.Archive.Read(ctx, v, ownsight.ModelFile)
	if err != nil {
		return nil, err
	}
	r, err = s.Engine.Load(file)
	if errors.Is(err, vision.ErrOtherNet) { // which its user has to know
		return nil, ownsight.Errorf(ownsight.NotReady, "The model cannot run on this server: %s.", err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: version %d: %w", errUnusable, id, err)
	}
	return r, nil
}
