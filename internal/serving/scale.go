package serving

import (
	"context"
	"slices"

	"ownsight/internal/store"
)

const (
	pressedFor = 2  // seconds after which a model that needs more units gets one
	calmFor    = 30 // seconds after which one that needs fewer gives one back
)

// trend is how long a model has had too few units, or too many.
type trend struct {
	last          Load
	pressed, calm int
}

// scale gives models more units or takes some back, between those that they were started with.
func (s *Service) scale(ctx context.Context, mine []store.Placed) error {
	loads := s.turns.loads()
	for _, p := range mine {
		t, ok := s.trends[p.Version]
		if !ok {
			t = &trend{last: loads[p.Version]}
			s.trends[p.Version] = t
			continue
		}
		if p.Max <= p.Min {
			continue
		}
		switch t.judge(loads[p.Version], p.Units) {
		case 1:
			if err := s.grow(ctx, p); err != nil {
				return err
			}
		case -1:
			if err := s.shrink(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge looks at the last second and says whether a model on so many units should have one more (1) or fewer (-1).
func (t *trend) judge(now Load, units int64) int {
	computed, refused := now.Computed-t.last.Computed, now.Refused-t.last.Refused
	t.last = now
	has := float64(units) * float64(unit) * every.Seconds()
	switch used := float64(computed); {
	case refused > 0 || used > 0.8*has:
		t.pressed, t.calm = t.pressed+1, 0
	case used < 0.5*(has-float64(unit)):
		t.pressed, t.calm = 0, t.calm+1
	default:
		t.pressed, t.calm = 0, 0
	}
	switch {
	case t.pressed >= pressedFor:
		t.pressed = 0
		return 1
	case t.calm >= calmFor:
		t.calm = calmFor - 5 // the next one sooner
		return -1
	}
	return 0
}

// grow adds a unit where there is one left, here if possible.
func (s *Service) grow(ctx context.Context, p store.Placed) error {
	grown := false
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		grown = false
		of, err := tx.Placements().Of(ctx, p.Version)
		if err != nil || len(of) == 0 || total(of) >= p.Max {
			return err // with no placement, it was stopped meanwhile
		}
		list, err := rooms(ctx, tx)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(r room) bool { return s.unfit(r.Name, p.Version) })
		own := s.Cluster.Name()
		for _, r := range list {
			if r.Name == own && unitsOn(of, own) < r.Units && r.free(s.Promises) > 0 {
				grown = true
				return s.put(ctx, tx, p.Version, added(of, own, 1))
			}
		}
		best := s.roomiest(list, of, false)
		if best < 0 {
			return nil // all that there is is in use
		}
		grown = true
		return s.put(ctx, tx, p.Version, added(of, list[best].Name, 1))
	})
	if err == nil && grown {
		s.Log.Info("model has one more inference unit", "version", p.ARN.Name, "project", p.ARN.Project)
		s.seen.clear()
	}
	return err
}

// shrink gives back one of the units that are here.
func (s *Service) shrink(ctx context.Context, p store.Placed) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		of, err := tx.Placements().Of(ctx, p.Version)
		own := s.Cluster.Name()
		if err != nil || total(of) <= p.Min || unitsOn(of, own) == 0 {
			return err
		}
		return s.put(ctx, tx, p.Version, added(of, own, -1))
	})
}
