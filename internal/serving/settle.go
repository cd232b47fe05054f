package serving

import (
	"context"
	"errors"

	"ownsight/internal/store"
)

// together is how many versions are placed in one transaction, which ends before it meets many others.
const together = 50

// errMet is the error of a transaction that is not run again after it has met another.
var errMet = errors.New("another node does the same")

// settle places what runs on fewer units than it was started with: after a node was lost, or an upgrade from a version of
// the program that placed nothing. All nodes notice at the same moment. One that meets another, and what is left when the
// next tick is due, waits for that.
func (s *Service) settle(ctx context.Context) error {
	more := false
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		more, err = unsettled(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for end := s.Now().Add(every); more && s.Now().Before(end); {
		begun := false
		err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
			if begun {
				return errMet
			}
			begun = true
			more, err = s.settleSome(ctx, tx)
			return err
		})
		if errors.Is(err, errMet) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unsettled reports whether a node's models have lost it, or one wants units, and there is a node that could take them.
func unsettled(ctx context.Context, tx *store.Tx) (bool, error) {
	list, err := rooms(ctx, tx)
	if err != nil || len(list) == 0 {
		return false, err // nobody can take anything
	}
	promised, err := tx.Placements().Promised(ctx)
	if err != nil {
		return false, err
	}
	for _, r := range list {
		delete(promised, r.Name)
	}
	wanting, err := tx.Placements().Wanting(ctx, 1)
	return len(promised) > 0 || len(wanting) > 0, err
}

// settleSome places some versions and reports whether there may be more.
func (s *Service) settleSome(ctx context.Context, tx *store.Tx) (more bool, err error) {
	n, err := tx.Placements().RemoveOfNobody(ctx)
	if err != nil {
		return false, err
	}
	if n > 0 {
		s.Log.Info("running models have lost their node", "models", n)
	}
	list, err := rooms(ctx, tx)
	if err != nil || len(list) == 0 {
		return false, err
	}
	wanting, err := tx.Placements().Wanting(ctx, together)
	if err != nil {
		return false, err
	}
	for _, w := range wanting {
		if err := s.placeOn(ctx, tx, list, w.Version, w.Min-w.Placed, true); err != nil {
			return false, err
		}
	}
	return len(wanting) == together, nil
}
