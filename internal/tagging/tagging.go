// Package tagging keeps the tags of projects, datasets, project versions and images.
package tagging

import (
	"context"

	"ownsight"
	"ownsight/internal/store"
)

// Service is the one door to tags of resources that are there already.
type Service struct {
	store *store.Store
	limit int64 // tags a resource; 0 is no limit
}

// New makes the service.
func New(s *store.Store, limits ownsight.Limits) *Service {
	return &Service{store: s, limit: limits.Tags}
}

// Tag sets tags of a resource; those of the same key are replaced. Errors: NotFound, QuotaExceeded.
func (s *Service) Tag(ctx context.Context, arn string, tags map[string]string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		arn, err := find(ctx, tx, arn)
		if err != nil {
			return err
		}
		if err = tx.Tags().Put(ctx, arn, tags); err != nil {
			return err
		}
		all, err := tx.Tags().Get(ctx, arn)
		if err == nil && s.limit > 0 && int64(len(all)) > s.limit {
			return ownsight.Errorf(ownsight.QuotaExceeded, "The resource would have %d tags; %d are allowed. Remove some with UntagResource first.", len(all), s.limit)
		}
		return err
	})
}

// Untag removes the tags of these keys; those that are absent are no error. NotFound for a resource that is not there.
func (s *Service) Untag(ctx context.Context, arn string, keys []string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		arn, err := find(ctx, tx, arn)
		if err != nil {
			return err
		}
		return tx.Tags().Delete(ctx, arn, keys)
	})
}

// Tags gives all tags of a resource; NotFound when it is not there.
func (s *Service) Tags(ctx context.Context, arn string) (tags map[string]string, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		arn, err := find(ctx, tx, arn)
		if err != nil {
			return err
		}
		tags, err = tx.Tags().Get(ctx, arn)
		return err
	})
	return tags, err
}

// find looks for the resource that an ARN of one of the four kinds names, and gives its ARN as tags are kept under.
func find(ctx context.Context, tx *store.Tx, arn string) (string, error) {
	if a, err := ownsight.ParseProjectARN(arn); err == nil {
		_, err = tx.Projects().ByARN(ctx, a)
		return a.String(), err
	}
	if a, err := ownsight.ParseDatasetARN(arn); err == nil {
		_, err = tx.Datasets().ByARN(ctx, a)
		return a.String(), err
	}
	if a, err := ownsight.ParseImageARN(arn); err == nil {
		_, err = tx.Images().ByARN(ctx, a)
		return a.String(), err
	}
	a, err := ownsight.ParseVersionARN(arn)
	if err == nil {
		_, err = tx.Versions().ByARN(ctx, a)
	}
	return a.String(), err
}
