package serving

import (
	"context"
	"maps"
	"time"

	"ownsight"
	"ownsight/internal/store"
)

// every is how often the service looks after what is placed here and what is placed nowhere.
const every = time.Second

// Run looks after the running models until ctx ends: those of nodes that are lost get another, each gets the units that it
// has here, and those that are asked for more than they have get more, as far as they may.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	defer s.warmers.Wait()
	for {
		if err := s.tend(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("running models could not be looked after", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Service) tend(ctx context.Context) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	if !s.serves() {
		return nil
	}
	var mine []store.Placed
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		mine, err = tx.Placements().On(ctx, s.Cluster.Name())
		return err
	})
	if err != nil {
		return err
	}
	s.mine.Store(&mine)
	s.reckon()
	s.keep(mine)
	s.avoided.tidy(s.Now())
	s.warmAside(ctx)
	if err := s.scale(ctx, mine); err != nil {
		return err
	}
	return s.even(ctx, mine)
}

// reckon tells the meter what was computed since the last time.
func (s *Service) reckon() {
	loads := s.turns.loads()
	for id, load := range loads {
		if more := load.Computed - s.told[id]; more > 0 {
			s.Meter.Computed(id, more)
		}
		s.told[id] = load.Computed
	}
	maps.DeleteFunc(s.told, func(id int64, _ time.Duration) bool { _, ok := loads[id]; return !ok })
}

// Leave has the other nodes answer for what is placed here, because this one is about to stop, and reports whether there are
// any. Until they have noticed, they go on asking this one.
func (s *Service) Leave(ctx context.Context) (others bool, err error) {
	if err := s.Cluster.Leave(ctx); err != nil {
		return false, err
	}
	return len(s.Cluster.Live()) > 0, s.settle(ctx)
}

// serves reports whether this node answers for models.
func (s *Service) serves() bool { return s.Cluster.Self.Roles.Has(ownsight.RoleServe) }

// keep gives what is placed here its units, and forgets what is not and was not asked for.
func (s *Service) keep(mine []store.Placed) {
	placed := make(map[int64]bool, len(mine))
	for _, p := range mine {
		placed[p.Version] = true
		s.turns.allot(p.Version, p.Units)
	}
	for id := range s.turns.loads() {
		if !placed[id] && s.turns.idle(id) {
			s.turns.forget(id)
			s.loaded.drop(id)
		}
	}
	elsewhere := func(id int64) bool { return !placed[id] }
	maps.DeleteFunc(s.trends, func(id int64, _ *trend) bool { return elsewhere(id) })
	s.cold.Range(func(id, _ any) bool {
		if elsewhere(id.(int64)) {
			s.cold.Delete(id)
		}
		return true
	})
}

// warmAside warms while Run looks after the rest, for an S3 server may take its time. There is one of it at a time.
func (s *Service) warmAside(ctx context.Context) {
	if !s.warming.CompareAndSwap(false, true) {
		return
	}
	s.warmers.Go(func() {
		defer s.warming.Store(false)
		s.warm(ctx)
	})
}

// warm loads what was placed here without a request for it, as after the loss of its node. What does not fit waits until it
// is asked for; what cannot run here is placed elsewhere.
func (s *Service) warm(ctx context.Context) {
	for !s.loaded.full() {
		p, ok := s.unwarmed()
		if !ok {
			return
		}
		err := s.loadHere(ctx, p.Version)
		if ownsight.CodeOf(err) == ownsight.NotReady {
			err = s.pass(ctx, p.Version, ownsight.Placement{Node: s.Cluster.Name(), Units: p.Units}, err)
			s.cold.Store(p.Version, nil) // either way
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.cold.Store(p.Version, nil) // it is tried again when somebody asks
			s.Log.Warn("a running model could not be loaded", "version_id", p.Version, "error", err)
		}
	}
}

// unwarmed gives one of those that run here, are not in memory, and were not tried.
func (s *Service) unwarmed() (store.Placed, bool) {
	for _, p := range *s.mine.Load() {
		if _, tried := s.cold.Load(p.Version); !tried && p.Status == ownsight.VersionRunning && !s.loaded.has(p.Version) {
			return p, true
		}
	}
	return store.Placed{}, false
}

// even gives a placement away to a node that has promised much less, such as one that has just come.
func (s *Service) even(ctx context.Context, mine []store.Placed) error {
	var moved *store.Placed
	var to string
	find := func(tx *store.Tx) error {
		list, err := rooms(ctx, tx)
		if err != nil {
			return err
		}
		moved, to = lighter(list, s.Cluster.Name(), mine, s.unfit)
		return nil
	}
	if len(s.Cluster.Live()) < 2 || len(mine) == 0 {
		return nil
	}
	if err := s.Store.Read(ctx, find); err != nil || moved == nil {
		return err
	}
	if err := s.tell(ctx, to, callLoad, moved.Version); err != nil {
		if ownsight.CodeOf(err) == ownsight.NotReady {
			s.avoided.add(to, moved.Version, s.Now().Add(unfitFor))
		}
		return nil // it will be better placed another time
	}
	return s.move(ctx, moved.Version, ownsight.Placement{Node: s.Cluster.Name(), Units: moved.Units}, to)
}

// lighter chooses a placement, and a node that would be no fuller with it than this one would be without it.
func lighter(list []room, own string, mine []store.Placed, unfit func(node string, id int64) bool) (*store.Placed, string) {
	var here, least *room
	for i := range list {
		r := &list[i]
		if r.Name == own {
			here = r
		} else if least == nil || r.promised*least.Units < least.promised*r.Units {
			least = r
		}
	}
	if here == nil || least == nil || here.Units == 0 || least.Units == 0 {
		return nil, ""
	}
	for i, p := range mine {
		if p.Status == ownsight.VersionRunning && !unfit(least.Name, p.Version) && (least.promised+p.Units)*here.Units <= (here.promised-p.Units)*least.Units {
			return &mine[i], least.Name
		}
	}
	return nil, ""
}
