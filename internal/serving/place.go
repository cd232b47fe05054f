package serving

import (
	"cmp"
	"context"
	"slices"

	"ownsight"
	"ownsight/internal/store"
)

// room is a node that serves models, and how much of it is promised.
type room struct {
	ownsight.Node
	promised int64
}

// free is how many units can still be promised, each unit that the node has so many times.
func (r room) free(promises int64) int64 { return r.Units*promises - r.promised }

// rooms gives the nodes that running models can be placed on.
func rooms(ctx context.Context, tx *store.Tx) ([]room, error) {
	nodes, err := tx.Nodes().List(ctx)
	if err != nil {
		return nil, err
	}
	promised, err := tx.Placements().Promised(ctx)
	if err != nil {
		return nil, err
	}
	var list []room
	for _, n := range nodes {
		if n.Roles.Has(ownsight.RoleServe) && !n.Leaving {
			list = append(list, room{n, promised[n.Name]})
		}
	}
	return list, nil
}

// place promises more units to a version, on the nodes that have most left; on none of them more than it really has.
// Without force, LimitExceeded when there are not so many.
func (s *Service) place(ctx context.Context, tx *store.Tx, version, more int64, force bool) error {
	list, err := rooms(ctx, tx)
	if err != nil {
		return err
	}
	return s.placeOn(ctx, tx, list, version, more, force)
}

// placeOn is place for several versions in a row: the list of nodes is read once, and goes on as they are placed.
func (s *Service) placeOn(ctx context.Context, tx *store.Tx, list []room, version, more int64, force bool) error {
	of, err := tx.Placements().Of(ctx, version)
	if err != nil {
		return err
	}
	for ; more > 0; more-- {
		best := s.roomiest(list, of, force)
		if best < 0 {
			return ownsight.Errorf(ownsight.LimitExceeded, "The server has no room for so many inference units. Stop another model, or start this one with fewer.")
		}
		list[best].promised++
		of = added(of, list[best].Name, 1)
	}
	return s.put(ctx, tx, version, of)
}

// roomiest gives the place in the list of the node that has most left for another unit of a version; -1 when none has.
func (s *Service) roomiest(list []room, of []ownsight.Placement, force bool) int {
	best := -1
	for i, r := range list {
		switch {
		case unitsOn(of, r.Name) >= r.Units && !force, r.free(s.Promises) <= 0 && !force:
		case best < 0, r.free(s.Promises) > list[best].free(s.Promises):
			best = i
		}
	}
	return best
}

// trim takes units of a version away until it has no more than most, from where it has most of them.
func (s *Service) trim(ctx context.Context, tx *store.Tx, version, most int64) error {
	of, err := tx.Placements().Of(ctx, version)
	if err != nil {
		return err
	}
	for total(of) > most {
		fullest := slices.MaxFunc(of, func(a, b ownsight.Placement) int { return int(a.Units - b.Units) })
		of = added(of, fullest.Node, -1)
	}
	return s.put(ctx, tx, version, of)
}

// put writes all placements of a version.
func (s *Service) put(ctx context.Context, tx *store.Tx, version int64, of []ownsight.Placement) error {
	for _, at := range of {
		if err := tx.Placements().Put(ctx, version, at); err != nil {
			return err
		}
	}
	return s.note(ctx, tx, version)
}

// note records how many units a version has from now on, for whoever asks later. It comes after whatever changes its state,
// its units or its placements.
func (s *Service) note(ctx context.Context, tx *store.Tx, version int64) error {
	v, err := tx.Versions().ByID(ctx, version)
	if err != nil {
		return err
	}
	of, err := tx.Placements().Of(ctx, version)
	if err != nil {
		return err
	}
	l := store.Level{At: s.Now()}
	switch v.Status {
	case ownsight.VersionStarting:
		l.Desired = v.MinUnits
	case ownsight.VersionRunning, ownsight.VersionStopping:
		l.InService = total(of)
		l.Desired = max(l.InService, v.MinUnits)
	}
	if l.Desired > 0 {
		l.Min, l.Max = v.MinUnits, cmp.Or(v.MaxUnits, v.MinUnits)
	}
	return tx.Figures().SetLevel(ctx, version, l)
}

func unitsOn(of []ownsight.Placement, node string) int64 {
	for _, at := range of {
		if at.Node == node {
			return at.Units
		}
	}
	return 0
}

func total(of []ownsight.Placement) (units int64) {
	for _, at := range of {
		units += at.Units
	}
	return units
}

// added changes how many units a node has.
func added(of []ownsight.Placement, node string, more int64) []ownsight.Placement {
	for i := range of {
		if of[i].Node == node {
			of[i].Units += more
			return of
		}
	}
	return append(of, ownsight.Placement{Node: node, Units: more})
}
