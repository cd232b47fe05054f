package serving

import (
	"container/list"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// running is a model in memory.
type running interface {
	Size() int64 // bytes
	Close() error
}

// shelf keeps the models that this process has loaded, by the version's row number. What is not there is fetched, once
// however many ask for it: after a restart a running model's first request loads it. When they take more memory than the
// shelf has room for, those that were not asked for longest go, until they are asked for again.
//
// How much memory a model takes is known when it is loaded. So only a few are loaded at once, and after each of them the
// next waits until what had to go for it is closed: the room is exceeded by those few at most.
type shelf[M running] struct {
	load    func(context.Context, int64) (M, error)
	room    int64         // bytes
	loading chan struct{} // holds one for each load under way
	mu      sync.Mutex
	freed   *sync.Cond // of mu: a model was closed
	slots   map[int64]*slot[M]
	order   *list.List // of *slot[M] with a model, the latest used first
	kept    int64      // bytes, of those
	taken   int64      // bytes, of all in memory: also of those that had to go and still answer somebody
	paged   int64      // how many had to go so far
	awaited int        // requests that wait for a model to be loaded
}

// slot is a model or the loading of one; done is closed when model or err is there.
type slot[M running] struct {
	id    int64
	done  chan struct{}
	model M
	size  int64 // 0 while it is loading
	err   error
	place *list.Element  // in the order of use; nil while it is loading
	users sync.WaitGroup // who have taken the model off the shelf and not put it back
}

// newShelf makes one that loads so many models at once.
func newShelf[M running](room int64, atOnce int, load func(context.Context, int64) (M, error)) *shelf[M] {
	s := &shelf[M]{load: load, room: room, loading: make(chan struct{}, atOnce), slots: map[int64]*slot[M]{}, order: list.New()}
	s.freed = sync.NewCond(&s.mu)
	return s
}

// get gives a model, from memory or by loading it, to be put back after use. A failed load is forgotten, so that the next
// asks again.
func (s *shelf[M]) get(ctx context.Context, id int64) (model M, putBack func(), err error) {
	s.mu.Lock()
	sl, ok := s.slots[id]
	if !ok {
		sl = &slot[M]{id: id, done: make(chan struct{})}
		s.slots[id] = sl
		// Detached: who came first may go away, the others still wait.
		go s.fill(context.WithoutCancel(ctx), sl)
	}
	sl.users.Add(1)
	if sl.place != nil {
		s.order.MoveToFront(sl.place)
		s.mu.Unlock()
		return sl.model, sl.users.Done, nil
	}
	s.awaited++
	s.mu.Unlock()
	select {
	case <-sl.done:
		err = sl.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	s.mu.Lock()
	s.awaited--
	s.mu.Unlock()
	if err != nil {
		sl.users.Done()
		return model, nil, err
	}
	return sl.model, sl.users.Done, nil
}

// crowded reports whether a request for a model would have to wait for its loading behind so many others.
func (s *shelf[M]) crowded(id int64, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sl, ok := s.slots[id]
	return s.awaited >= most && (!ok || sl.place == nil)
}

// fill loads a model, and ends when there is room for another.
func (s *shelf[M]) fill(ctx context.Context, sl *slot[M]) {
	s.loading <- struct{}{}
	defer func() { <-s.loading }()
	sl.model, sl.err = s.attempt(ctx, sl.id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(sl)
	close(sl.done)
	for s.taken > s.room && s.taken > s.kept {
		s.freed.Wait()
	}
}

// attempt loads a model. What panics in the parsing of its file ends this load and nothing else.
func (s *shelf[M]) attempt(ctx context.Context, id int64) (model M, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: version %d: %v\n%s", errUnusable, id, p, debug.Stack())
		}
	}()
	return s.load(ctx, id)
}

// put puts what was loaded on the shelf, and takes off what has no room any more.
func (s *shelf[M]) put(sl *slot[M]) {
	wanted := s.slots[sl.id] == sl // nobody has dropped it meanwhile
	if sl.err != nil {
		if wanted {
			delete(s.slots, sl.id)
		}
		return
	}
	sl.size = sl.model.Size()
	s.taken += sl.size
	if !wanted {
		return
	}
	s.kept += sl.size
	sl.place = s.order.PushFront(sl)
	for last := s.order.Back(); s.kept > s.room && last.Value != sl; last = s.order.Back() {
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
	if sl.place != nil {
		s.order.Remove(sl.place)
		s.kept -= sl.size
	}
	go func() {
		<-sl.done
		sl.users.Wait()
		if sl.err != nil {
			return
		}
		_ = sl.model.Close() // it only frees memory
		s.mu.Lock()
		defer s.mu.Unlock()
		s.taken -= sl.size
		s.freed.Broadcast()
	}()
}
