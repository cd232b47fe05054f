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
	s.warm(ctx, mine)
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

// settle places what runs on fewer units than it was started with: after a node was lost, or an upgrade from a version of
// the program that placed nothing.
func (s *Service) settle(ctx context.Context) error {
	var wanting []store.Wanting
	lost := false
	find := func(tx *store.Tx) error {
		list, err := rooms(ctx, tx)
		if err != nil || len(list) == 0 {
			return err // nobody can take anything
		}
		promised, err := tx.Placements().Promised(ctx)
		if err != nil {
			return err
		}
		for _, r := range list {
			delete(promised, r.Name)
		}
		lost = len(promised) > 0
		wanting, err = tx.Placements().Wanting(ctx, 1000)
		return err
	}
	if err := s.Store.Read(ctx, find); err != nil || len(wanting) == 0 && !lost {
		return err
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Placements().RemoveOfNobody(ctx)
		if err != nil {
			return err
		}
		if n > 0 {
			s.Log.Info("running models have lost their node", "models", n)
		}
		if err := find(tx); err != nil {
			return err
		}
		for _, w := range wanting {
			if err := s.place(ctx, tx, w.Version, w.Min-w.Placed, true); err != nil {
				return err
			}
		}
		return nil
	})
}

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
	maps.DeleteFunc(s.cold, func(id int64, _ bool) bool { return elsewhere(id) })
}

// warm loads what was placed here without a request for it, as after the loss of its node. What does not fit waits until it
// is asked for.
func (s *Service) warm(ctx context.Context, mine []store.Placed) {
	for _, p := range mine {
		if ctx.Err() != nil || s.loaded.full() {
			return
		}
		if p.Status != ownsight.VersionRunning || s.loaded.has(p.Version) || s.cold[p.Version] {
			continue
		}
		_, putBack, err := s.loaded.get(ctx, p.Version)
		if err != nil {
			s.cold[p.Version] = true // it is tried again when somebody asks
			s.Log.Warn("a running model could not be loaded", "version_id", p.Version, "error", err)
			continue
		}
		putBack()
	}
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
		moved, to = lighter(list, s.Cluster.Name(), mine)
		return nil
	}
	if len(s.Cluster.Live()) < 2 || len(mine) == 0 {
		return nil
	}
	if err := s.Store.Read(ctx, find); err != nil || moved == nil {
		return err
	}
	if err := s.tell(ctx, to, callLoad, moved.Version); err != nil {
		return nil // it will be better placed another time
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		of, err := tx.Placements().Of(ctx, moved.Version)
		if err != nil || unitsOn(of, s.Cluster.Name()) != moved.Units {
			return err
		}
		of = added(added(of, to, moved.Units), s.Cluster.Name(), -moved.Units)
		return s.put(ctx, tx, moved.Version, of)
	})
}

// lighter chooses a placement, and a node that would be no fuller with it than this one would be without it.
func lighter(list []room, own string, mine []store.Placed) (*store.Placed, string) {
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
		if p.Status == ownsight.VersionRunning && (least.promised+p.Units)*here.Units <= (here.promised-p.Units)*least.Units {
			return &mine[i], least.Name
		}
	}
	return nil, ""
}
