package catalog

import (
	"context"

	"ownsight"
	"ownsight/internal/store"
)

// Share lets another account use an image, or changes what it may do; with neither right it takes that back. Errors:
// NotFound, NotPermitted, NotReady, InvalidParameter (the owner's own account), LimitExceeded.
func (s *Service) Share(ctx context.Context, arn ownsight.ImageARN, p ownsight.ImagePermission) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		image, err := s.shareable(ctx, tx, arn)
		if err != nil {
			return err
		}
		switch {
		case p.Account == arn.Account:
			return ownsight.Errorf(ownsight.InvalidParameter, "SharedAccountId %s is the owner of the image.", p.Account)
		case !p.AllowFleet && !p.AllowBuilder:
			_, err := tx.Images().Unshare(ctx, image.ID, p.Account)
			return err
		}
		if err := tx.Images().Share(ctx, image.ID, p); err != nil {
			return err
		}
		image, err = tx.Images().ByID(ctx, image.ID)
		if most := s.limits.ImageShares; err == nil && most > 0 && image.Sharers > most {
			return ownsight.Errorf(ownsight.LimitExceeded, "The image is shared with %d accounts, which is all that limits.image-shares allows.", most)
		}
		return err
	})
}

// Unshare takes back what another account may do with an image. NotFound when it is not shared with the account.
func (s *Service) Unshare(ctx context.Context, arn ownsight.ImageARN, account string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		image, err := s.shareable(ctx, tx, arn)
		if err != nil {
			return err
		}
		was, err := tx.Images().Unshare(ctx, image.ID, account)
		if err == nil && !was {
			return ownsight.Errorf(ownsight.NotFound, "The image %s is not shared with account %s.", arn.Name, account)
		}
		return err
	})
}

func (s *Service) shareable(ctx context.Context, tx *store.Tx, arn ownsight.ImageARN) (*ownsight.Image, error) {
	image, err := s.own(ctx, tx, arn)
	if err == nil && image.State != ownsight.ImageAvailable {
		return nil, ownsight.Errorf(ownsight.NotReady, "The image %s is %s; only one that is AVAILABLE can be shared.", arn.Name, image.State)
	}
	return image, err
}

// Permissions gives whom an image is shared with, by account after a given one, and where the next page starts; empty at
// the end. Accounts select some of them; those that it is not shared with are left out.
func (s *Service) Permissions(ctx context.Context, arn ownsight.ImageARN, accounts []string, after string, limit int) (list []ownsight.ImagePermission, next string, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		image, err := s.own(ctx, tx, arn)
		if err != nil {
			return err
		}
		list, next = nil, ""
		if len(accounts) > 0 {
			for _, account := range accounts {
				p, err := tx.Images().Permission(ctx, image.ID, account)
				if ownsight.CodeOf(err) == ownsight.NotFound {
					continue
				}
				if err != nil {
					return err
				}
				list = append(list, p)
			}
			return nil
		}
		if list, err = tx.Images().Permissions(ctx, image.ID, after, limit+1); err == nil && len(list) > limit {
			list = list[:limit]
			next = list[limit-1].Account
		}
		return err
	})
	return list, next, err
}
