package catalog

import (
	"context"
	"fmt"

	"ownsight/internal/store"
)

// Settle holds the configuration against where the chunks of regions lie. A region that has some must keep its place: rows
// say what is there, and nothing that they say holds of another server or bucket.
func (s *Service) Settle(ctx context.Context) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		list, err := tx.Contents().Places(ctx)
		if err != nil {
			return err
		}
		for _, known := range list {
			now := s.places.of(known.Region).String()
			switch {
			case known.Place == now:
			case known.Used:
				return fmt.Errorf("the images of %s lie in %s, and the configuration says %s: put its place back, or delete its images first", known.Region, known.Place, now)
			default:
				if err := tx.Contents().Resettle(ctx, known.Region, now); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// newContent adds an empty content to a region.
func (s *Service) newContent(ctx context.Context, tx *store.Tx, region string, size int64) (int64, error) {
	if err := tx.Contents().Settle(ctx, region, s.places.of(region).String()); err != nil {
		return 0, err
	}
	return tx.Contents().Create(ctx, region, size)
}
