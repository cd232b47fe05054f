package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Images reads and writes images and whom they are shared with.
type Images struct{ q *db.Queries }

// Create adds an image to its region and sets its ID; AlreadyExists when its name is taken there.
func (i Images) Create(ctx context.Context, image *ownsight.Image) error {
	details, err := json.Marshal(image.Details)
	if err != nil {
		return fmt.Errorf("details of an image: %w", err)
	}
	id, err := i.q.CreateImage(ctx, db.CreateImageParams{
		Account: image.ARN.Account, Region: image.ARN.Region, Name: image.ARN.Name, Created: millis(image.Created),
		State: string(image.State), Code: image.Reason.Code, Message: image.Reason.Message, Details: string(details),
		ContentID: number(image.Content), SourceID: number(image.Source), Requester: image.Requester.User,
	})
	if err != nil {
		return taken(err, ownsight.AlreadyExists, "There is an image named %s in %s already.", image.ARN.Name, image.ARN.Region)
	}
	image.ID = id
	return nil
}

// ByARN finds an image; NotFound when there is none.
func (i Images) ByARN(ctx context.Context, arn ownsight.ImageARN) (*ownsight.Image, error) {
	row, err := i.q.FindImage(ctx, db.FindImageParams{Account: arn.Account, Region: arn.Region, Name: arn.Name})
	if err != nil {
		return nil, found(err, "There is no image named %s in %s.", arn.Name, arn.Region)
	}
	return image(row.Image, row.Sharers)
}

// ByID finds an image by its row number; NotFound when there is none.
func (i Images) ByID(ctx context.Context, id int64) (*ownsight.Image, error) {
	row, err := i.q.GetImage(ctx, id)
	if err != nil {
		return nil, found(err, "There is no image with number %d.", id)
	}
	return image(row.Image, row.Sharers)
}

// Visible says which images of a region are listed for an account: its own, those that others share with it, those of
// nobody.
type Visible struct{ Own, Shared, Public bool }

// List gives images of a region that an account may see, in the order of their making, after a row number.
func (i Images) List(ctx context.Context, region, account string, v Visible, after int64, limit int) ([]ownsight.Image, error) {
	rows, err := i.q.ListImages(ctx, db.ListImagesParams{
		Region: region, After: after, Own: v.Own, Account: account, Public: v.Public, Shared: v.Shared, Sharer: account, Count: int32(limit),
	})
	if err != nil {
		return nil, err
	}
	list := make([]ownsight.Image, len(rows))
	for n, row := range rows {
		one, err := image(row.Image, row.Sharers)
		if err != nil {
			return nil, err
		}
		list[n] = *one
	}
	return list, nil
}

// Count tells how many images an account has in a region.
func (i Images) Count(ctx context.Context, account, region string) (int64, error) {
	return i.q.CountImages(ctx, db.CountImagesParams{Account: account, Region: region})
}

// CountInState tells how many images of an account in a region are in a state.
func (i Images) CountInState(ctx context.Context, account, region string, state ownsight.ImageState) (int64, error) {
	return i.q.CountImagesInState(ctx, db.CountImagesInStateParams{Account: account, Region: region, State: string(state)})
}

// Move changes the state of an image if it is the one expected, and reports whether it was.
func (i Images) Move(ctx context.Context, id int64, from, to ownsight.ImageState, why ownsight.ImageReason) (bool, error) {
	n, err := i.q.MoveImage(ctx, db.MoveImageParams{Next: string(to), Code: why.Code, Message: why.Message, ID: id, State: string(from)})
	return n == 1, err
}

// SetMessage says how far an image is, without a change of its state.
func (i Images) SetMessage(ctx context.Context, id int64, message string) error {
	return i.q.SetImageMessage(ctx, db.SetImageMessageParams{Message: message, ID: id})
}

// SetDetails replaces what is known of an image.
func (i Images) SetDetails(ctx context.Context, id int64, d ownsight.ImageDetails) error {
	details, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("details of an image: %w", err)
	}
	return i.q.SetImageDetails(ctx, db.SetImageDetailsParams{Details: string(details), ID: id})
}

// SetContents records the bytes of an image and those that they are copied from; 0 is none.
func (i Images) SetContents(ctx context.Context, id, content, source int64) error {
	return i.q.SetImageContents(ctx, db.SetImageContentsParams{ContentID: number(content), SourceID: number(source), ID: id})
}

// Delete removes an image, which nobody may share.
func (i Images) Delete(ctx context.Context, id int64) error { return i.q.DeleteImage(ctx, id) }

// Share lets another account use an image, or changes what it may do with it.
func (i Images) Share(ctx context.Context, id int64, p ownsight.ImagePermission) error {
	return i.q.PutImagePermission(ctx, db.PutImagePermissionParams{
		ImageID: id, Account: p.Account, AllowFleet: p.AllowFleet, AllowBuilder: p.AllowBuilder,
	})
}

// Unshare takes that back, and reports whether the image was shared with the account.
func (i Images) Unshare(ctx context.Context, id int64, account string) (bool, error) {
	n, err := i.q.DeleteImagePermission(ctx, db.DeleteImagePermissionParams{ImageID: id, Account: account})
	return n == 1, err
}

// Permission gives what an account may do with an image; NotFound when it is not shared with it.
func (i Images) Permission(ctx context.Context, id int64, account string) (ownsight.ImagePermission, error) {
	row, err := i.q.GetImagePermission(ctx, db.GetImagePermissionParams{ImageID: id, Account: account})
	return permission(row), found(err, "The image is not shared with account %s.", account)
}

// Permissions gives whom an image is shared with, by account after a given one.
func (i Images) Permissions(ctx context.Context, id int64, after string, limit int) ([]ownsight.ImagePermission, error) {
	rows, err := i.q.ListImagePermissions(ctx, db.ListImagePermissionsParams{ImageID: id, After: after, Count: int32(limit)})
	list := make([]ownsight.ImagePermission, len(rows))
	for n, row := range rows {
		list[n] = permission(row)
	}
	return list, err
}

func permission(row db.ImagePermission) ownsight.ImagePermission {
	return ownsight.ImagePermission{Account: row.Account, AllowFleet: row.AllowFleet, AllowBuilder: row.AllowBuilder}
}

// number keeps 0 as NULL, for a reference to no row.
func number(id int64) sql.NullInt64 { return sql.NullInt64{Int64: id, Valid: id != 0} }

func image(row db.Image, sharers int64) (*ownsight.Image, error) {
	i := &ownsight.Image{
		ID: row.ID, ARN: ownsight.ImageARN{Region: row.Region, Account: row.Account, Name: row.Name}, Created: fromMillis(row.Created),
		State: ownsight.ImageState(row.State), Reason: ownsight.ImageReason{Code: row.Code, Message: row.Message},
		Content: row.ContentID.Int64, Source: row.SourceID.Int64, Sharers: sharers,
		Requester: ownsight.Principal{Account: row.Account, User: row.Requester},
	}
	if err := json.Unmarshal([]byte(row.Details), &i.Details); err != nil {
		return nil, fmt.Errorf("details of image %d: %w", row.ID, err)
	}
	return i, nil
}
