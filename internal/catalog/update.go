package catalog

import (
	"context"

	"ownsight"
	"ownsight/internal/store"
)

// Update is what CreateUpdatedImage asks for.
type Update struct {
	Source, Target ownsight.ImageARN // in one account and region
	DisplayName    *string           // nil: that of the source
	Description    *string           // likewise
	Tags           map[string]string
	DryRun         bool
}

// Update makes an image of another one. Nothing here starts a machine, so there is no agent to bring up to date: the new
// image has the same disk, and shares its bytes. Errors: NotFound, NotPermitted, Conflict (source), AlreadyExists,
// LimitExceeded.
func (s *Service) Update(ctx context.Context, u Update) (image *ownsight.Image, err error) {
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		source, err := s.own(ctx, tx, u.Source)
		if err != nil {
			return err
		}
		if source.State != ownsight.ImageAvailable {
			return ownsight.Errorf(ownsight.Conflict, "The image %s is %s; only one that is AVAILABLE can be updated.", u.Source.Name, source.State)
		}
		image = s.newImage(u.Target, ownsight.ImageAvailable, "")
		image.Content, image.Details = source.Content, source.Details
		image.Details.Base, image.Details.CopiedFrom = source.ARN.String(), ""
		if u.DisplayName != nil {
			image.Details.DisplayName = *u.DisplayName
		}
		if u.Description != nil {
			image.Details.Description = *u.Description
		}
		if err := s.add(ctx, tx, image, u.Tags); err != nil || !u.DryRun {
			return err
		}
		return errDryRun
	})
	if err == errDryRun { //nolint:errorlint // the very value, which only rolls back
		return nil, nil
	}
	return image, err
}

// errDryRun takes back what was only tried.
var errDryRun = ownsight.Errorf(ownsight.DryRun, "DryRun was set, so nothing is done.")

// Publish makes an image public in its region: everybody sees it, nobody can change it. It is an operator's deed, and has
// no operation of AppStream. Errors: NotFound, NotReady, AlreadyExists (a public image of that name).
func (s *Service) Publish(ctx context.Context, arn ownsight.ImageARN) (public ownsight.ImageARN, err error) {
	public = ownsight.ImageARN{Region: arn.Region, Name: arn.Name}
	return public, s.store.Write(ctx, func(tx *store.Tx) error {
		source, err := tx.Images().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if source.State != ownsight.ImageAvailable {
			return ownsight.Errorf(ownsight.NotReady, "The image %s is %s; only one that is AVAILABLE can be public.", arn.Name, source.State)
		}
		image := s.newImage(public, ownsight.ImageAvailable, "")
		image.Content, image.Details = source.Content, source.Details
		image.Details.CopiedFrom, image.Details.Released = "", s.now().UnixMilli()
		return tx.Images().Create(ctx, image)
	})
}

// Withdraw removes a public image; images that were made of it stay. NotFound when there is none of that name.
func (s *Service) Withdraw(ctx context.Context, region, name string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		image, err := tx.Images().ByARN(ctx, ownsight.ImageARN{Region: region, Name: name})
		if err != nil {
			return err
		}
		return s.remove(ctx, tx, image)
	})
}
