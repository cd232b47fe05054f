package catalog

import (
	"context"
	"errors"
	"fmt"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

// own finds an image of the caller's account. One that is public is not theirs to change.
func (s *Service) own(ctx context.Context, tx *store.Tx, arn ownsight.ImageARN) (*ownsight.Image, error) {
	image, err := tx.Images().ByARN(ctx, arn)
	if ownsight.CodeOf(err) != ownsight.NotFound {
		return image, err
	}
	public := ownsight.ImageARN{Region: arn.Region, Name: arn.Name}
	if _, other := tx.Images().ByARN(ctx, public); other == nil {
		return nil, ownsight.Errorf(ownsight.NotPermitted, "%s is a public image; only images of your own can be copied, changed, shared or exported.", arn.Name)
	}
	return nil, err
}

func (s *Service) newImage(arn ownsight.ImageARN, state ownsight.ImageState, message string) *ownsight.Image {
	return &ownsight.Image{ARN: arn, Created: s.now().UTC(), State: state, Reason: ownsight.ImageReason{Message: message}}
}

// add adds an image, within the account's quota.
func (s *Service) add(ctx context.Context, tx *store.Tx, image *ownsight.Image, tags map[string]string) error {
	if most := s.limits.Tags; most > 0 && int64(len(tags)) > most {
		return ownsight.Errorf(ownsight.LimitExceeded, "%d tags; an image may have %d.", len(tags), most)
	}
	if err := tx.Images().Create(ctx, image); err != nil {
		return err
	}
	if most := s.limits.Images; most > 0 {
		n, err := tx.Images().Count(ctx, image.ARN.Account, image.ARN.Region)
		if err != nil {
			return err
		}
		if n > most {
			return ownsight.Errorf(ownsight.LimitExceeded, "The account has %d images in %s, which is all that limits.images allows. Delete one first.", most, image.ARN.Region)
		}
	}
	return tx.Tags().Put(ctx, image.ARN.String(), tags)
}

// bounded refuses one image too many in a state, the new one included.
func (s *Service) bounded(ctx context.Context, tx *store.Tx, image *ownsight.Image, most int64, what string) error {
	if most == 0 {
		return nil
	}
	n, err := tx.Images().CountInState(ctx, image.ARN.Account, image.ARN.Region, image.State)
	if err == nil && n > most {
		return ownsight.Errorf(ownsight.LimitExceeded, "%d %s are under way, which is the most at a time. Repeat the request when one has ended.", most, what)
	}
	return err
}

// atWork finds the image that a job makes.
func (s *Service) atWork(ctx context.Context, run *jobs.Run) (image *ownsight.Image, err error) {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		image, err = tx.Images().ByID(ctx, id)
		return err
	})
	return image, err
}

// stumble tells the user why the work stands still for a while, such as until an S3 server answers again.
func (s *Service) stumble(ctx context.Context, run *jobs.Run, image *ownsight.Image, cause error) {
	s.stumbleAt(ctx, run, cause, func(tx *store.Tx, why string) error { return tx.Images().SetMessage(ctx, image.ID, why) })
}

func (s *Service) stumbleAt(ctx context.Context, run *jobs.Run, cause error, tell func(tx *store.Tx, why string) error) {
	if cause == nil || ctx.Err() != nil || errors.Is(cause, jobs.ErrLost) {
		return
	}
	err := run.Update(ctx, func(tx *store.Tx) error { return tell(tx, "Waiting to try again: "+reason(cause)) })
	if err != nil {
		s.log.Warn("what holds an image up could not be written down", "work", run.Resource(), "err", err)
	}
}

// failImage ends the making of an image badly: it stays, with the reason, and what there is of its bytes goes.
func (s *Service) failImage(from ownsight.ImageState, code string) func(context.Context, *store.Tx, string, error) error {
	return func(ctx context.Context, tx *store.Tx, resource string, cause error) error {
		id, err := jobs.ParseResource(resource)
		if err != nil {
			return err
		}
		image, err := tx.Images().ByID(ctx, id)
		if err != nil {
			return err
		}
		moved, err := tx.Images().Move(ctx, id, from, ownsight.ImageFailed, ownsight.ImageReason{Code: code, Message: reason(cause)})
		if err != nil || !moved {
			return err
		}
		image.Details.FailureMoment = s.now().UnixMilli()
		if err := tx.Images().SetDetails(ctx, id, image.Details); err != nil {
			return err
		}
		if err := tx.Images().SetContents(ctx, id, 0, 0); err != nil {
			return err
		}
		return s.release(ctx, tx, image.Content, image.Source)
	}
}

// reason is what is said of a failure.
func reason(cause error) string {
	var told *ownsight.Error
	if errors.As(cause, &told) {
		return told.Message
	}
	const most = 1000
	text := fmt.Sprint(cause)
	return text[:min(len(text), most)]
}

// Image gives one image of an account, or a public one of that name.
func (s *Service) Image(ctx context.Context, arn ownsight.ImageARN) (image *ownsight.Image, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		image, err = tx.Images().ByARN(ctx, arn)
		if ownsight.CodeOf(err) == ownsight.NotFound {
			if public, other := tx.Images().ByARN(ctx, ownsight.ImageARN{Region: arn.Region, Name: arn.Name}); other == nil {
				image, err = public, nil
			}
		}
		return err
	})
	return image, err
}

// Seen is an image as an account sees it.
type Seen struct {
	ownsight.Image
	Permission *ownsight.ImagePermission // what the owner lets the account do; nil for its own and public ones
}

// Find gives the image that an ARN names, if the account may see it; NotFound otherwise, whether it is there or not.
func (s *Service) Find(ctx context.Context, account, region string, arn ownsight.ImageARN) (seen Seen, err error) {
	hidden := ownsight.Errorf(ownsight.NotFound, "There is no image %s that the account may see in %s.", arn, region)
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		image, err := tx.Images().ByARN(ctx, arn)
		if ownsight.CodeOf(err) == ownsight.NotFound || err == nil && arn.Region != region {
			return hidden
		}
		if err != nil {
			return err
		}
		seen, err = s.seen(ctx, tx, account, *image)
		if ownsight.CodeOf(err) == ownsight.NotFound {
			return hidden
		}
		return err
	})
	return seen, err
}

// Visible gives the images of a region that an account may see, after a row number, and where the next page starts; 0 at
// the end.
func (s *Service) Visible(ctx context.Context, account, region string, which store.Visible, after int64, limit int) (list []Seen, next int64, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		images, err := tx.Images().List(ctx, region, account, which, after, limit+1)
		if err != nil {
			return err
		}
		list, next = make([]Seen, 0, len(images)), 0
		if len(images) > limit {
			images = images[:limit]
			next = images[limit-1].ID
		}
		for _, image := range images {
			one, err := s.seen(ctx, tx, account, image)
			if err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
	return list, next, err
}

func (s *Service) seen(ctx context.Context, tx *store.Tx, account string, image ownsight.Image) (Seen, error) {
	if image.ARN.Account == account || image.ARN.Account == "" {
		return Seen{Image: image}, nil
	}
	p, err := tx.Images().Permission(ctx, image.ID, account)
	return Seen{Image: image, Permission: &p}, err
}

// Delete removes an image and, unless others have them too, its bytes. Errors: NotFound, NotPermitted (a public one),
// InUse (shared), Conflict (something is in progress on it).
func (s *Service) Delete(ctx context.Context, arn ownsight.ImageARN) (image *ownsight.Image, err error) {
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		if image, err = s.own(ctx, tx, arn); err != nil {
			return err
		}
		switch {
		case image.Sharers > 0:
			return ownsight.Errorf(ownsight.InUse, "The image %s is shared with other accounts (%d); take that back with DeleteImagePermissions first.", arn.Name, image.Sharers)
		case !image.State.Settled():
			return ownsight.Errorf(ownsight.Conflict, "The image %s is %s; it can be deleted when that has ended.", arn.Name, image.State)
		}
		return s.remove(ctx, tx, image)
	})
	return image, err
}

// remove takes an image away with its tags; its bytes follow.
func (s *Service) remove(ctx context.Context, tx *store.Tx, image *ownsight.Image) error {
	if err := tx.Tags().DeleteAll(ctx, image.ARN.String()); err != nil {
		return err
	}
	if err := tx.Images().Delete(ctx, image.ID); err != nil {
		return err
	}
	image.State = ownsight.ImageDeleting
	return s.release(ctx, tx, image.Content, image.Source)
}
