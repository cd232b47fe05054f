package serving

import (
	"cmp"
	"context"
	"slices"

	"ownsight"
	"ownsight/internal/store"
)

// loadWhere loads a version on the nodes that it is placed on. What one of them cannot run, such as a model of integers where the
// CPU computes them otherwise, is placed on one that can.
func (s *Service) loadWhere(ctx context.Context, id int64) error {
	var of []ownsight.Placement
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		of, err = tx.Placements().Of(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, at := range of {
		err := s.loadAt(ctx, at.Node, id)
		if ownsight.CodeOf(err) == ownsight.NotReady {
			err = s.pass(ctx, id, at, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// loadAt has a node load a version.
func (s *Service) loadAt(ctx context.Context, node string, id int64) error {
	if node == s.Cluster.Name() {
		return s.loadHere(ctx, id)
	}
	return s.tell(ctx, node, callLoad, id)
}

// pass gives what a node keeps of a version, and has refused to load, to the one with most room that can. When none can, its
// error is the one that the first has given.
func (s *Service) pass(ctx context.Context, id int64, at ownsight.Placement, refusal error) error {
	var list []room
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = rooms(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b room) int { return cmp.Compare(b.free(s.Promises), a.free(s.Promises)) })
	var away error // of one that may be able, but did not answer
	for _, r := range list {
		if r.Name == at.Node {
			continue
		}
		err := s.loadAt(ctx, r.Name, id)
		if err == nil {
			s.Log.Info("a model is answered for by another node, for the first cannot run it", "version_id", id, "node", r.Name, "instead_of", at.Node)
			return s.move(ctx, id, at, r.Name)
		}
		if ownsight.CodeOf(err) != ownsight.NotReady {
			away = err
		}
	}
	if away != nil {
		return away
	}
	return refusal
}

// move gives what a node keeps of a version to another, if it still keeps that.
func (s *Service) move(ctx context.Context, id int64, at ownsight.Placement, to string) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		of, err := tx.Placements().Of(ctx, id)
		if err != nil || unitsOn(of, at.Node) != at.Units {
			return err
		}
		return s.put(ctx, tx, id, added(added(of, to, at.Units), at.Node, -at.Units))
	})
}
