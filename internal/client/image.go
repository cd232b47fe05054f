package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"

	"ownsight"
)

// Image is an image as lists show it.
type Image struct {
	Name        string    `json:"name"`
	ARN         string    `json:"imageArn"`
	Region      string    `json:"region"`
	Owner       string    `json:"owner,omitempty"` // an account; empty for a public image
	State       string    `json:"state"`
	Code        string    `json:"reasonCode,omitempty"`
	Message     string    `json:"message,omitempty"` // how far it is, or why it failed
	Visibility  string    `json:"visibility"`        // PRIVATE, PUBLIC, or SHARED: by another account with this one
	Platform    string    `json:"platform,omitempty"`
	DisplayName string    `json:"displayName,omitempty"`
	Description string    `json:"description,omitempty"`
	Base        string    `json:"baseImageArn,omitempty"` // the image that it was made of
	Shared      bool      `json:"sharedWithOthers"`
	Shares      []Share   `json:"shares,omitempty"` // with whom; of a SHARED image what this account may do. Image fills it
	Created     time.Time `json:"created"`
}

// Share is what an account may do with an image of another.
type Share struct {
	Account string `json:"account"`
	Fleet   bool   `json:"allowFleet"`
	Builder bool   `json:"allowImageBuilder"`
}

// imageFrom reads what the wire says of an image.
func imageFrom(d *types.Image) (Image, error) {
	if d == nil {
		return Image{}, errors.New("the server answers without the image")
	}
	arn, err := ownsight.ParseImageARN(aws.ToString(d.Arn))
	if err != nil {
		return Image{}, err
	}
	i := Image{
		Name: arn.Name, ARN: arn.String(), Region: arn.Region, Owner: arn.Account, State: string(d.State), Visibility: string(d.Visibility),
		Platform: string(d.Platform), DisplayName: aws.ToString(d.DisplayName), Description: aws.ToString(d.Description),
		Base: aws.ToString(d.BaseImageArn), Shared: d.ImageSharedWithOthers == types.ImageSharedWithOthersTrue, Created: aws.ToTime(d.CreatedTime),
	}
	if r := d.StateChangeReason; r != nil {
		i.Code, i.Message = string(r.Code), aws.ToString(r.Message)
	}
	return i, nil
}

// shareOf is what permissions let an account do.
func shareOf(account string, p *types.ImagePermissions) Share {
	if p == nil {
		return Share{Account: account}
	}
	return Share{Account: account, Fleet: aws.ToBool(p.AllowFleet), Builder: aws.ToBool(p.AllowImageBuilder)}
}

// in makes a call of another region than the client's.
func in(region string) func(*appstream.Options) {
	return func(o *appstream.Options) { o.Region = region }
}

// Images lists what the account sees in the client's region: all, or those of one visibility.
func (c *Client) Images(ctx context.Context, which types.VisibilityType) ([]Image, error) {
	list := []Image{}
	pages := appstream.NewDescribeImagesPaginator(c.images, &appstream.DescribeImagesInput{Type: which})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Images {
			image, err := imageFrom(&d)
			if err != nil {
				return nil, err
			}
			list = append(list, image)
		}
	}
	return list, nil
}

// Image finds an image with whom it is shared with. A name means one of the account's own or a public one in the client's
// region, an ARN any that the account may see.
func (c *Client) Image(ctx context.Context, name string) (Image, error) {
	d, image, err := c.describeImage(ctx, c.Region, name)
	switch {
	case err != nil:
		return image, err
	case d.ImagePermissions != nil:
		image.Shares = []Share{shareOf(c.Account, d.ImagePermissions)}
	case image.Shared:
		image.Shares, err = c.shares(ctx, image)
	}
	return image, err
}

// describeImage finds an image by its name in a region, or by its ARN.
func (c *Client) describeImage(ctx context.Context, region, name string) (d *types.Image, image Image, err error) {
	ask := &appstream.DescribeImagesInput{Names: []string{name}}
	if strings.HasPrefix(name, "arn:") {
		arn, err := ownsight.ParseImageARN(name)
		if err != nil {
			return d, image, err
		}
		region, ask = arn.Region, &appstream.DescribeImagesInput{Arns: []string{name}}
	}
	found, err := c.images.DescribeImages(ctx, ask, in(region))
	if err != nil {
		return d, image, err
	}
	if len(found.Images) != 1 {
		return nil, image, fmt.Errorf("the server answers with %d images for %s", len(found.Images), name)
	}
	d = &found.Images[0]
	image, err = imageFrom(d)
	return d, image, err
}

// DeleteImage removes an image of the account's.
func (c *Client) DeleteImage(ctx context.Context, name string) (Image, error) {
	gone, err := c.images.DeleteImage(ctx, &appstream.DeleteImageInput{Name: &name})
	if err != nil {
		return Image{}, err
	}
	return imageFrom(gone.Image)
}

// ShareImage lets an account use an image of this one's, or changes what it may do.
func (c *Client) ShareImage(ctx context.Context, name string, with Share) error {
	_, err := c.images.UpdateImagePermissions(ctx, &appstream.UpdateImagePermissionsInput{Name: &name, SharedAccountId: &with.Account,
		ImagePermissions: &types.ImagePermissions{AllowFleet: &with.Fleet, AllowImageBuilder: &with.Builder}})
	return err
}

// UnshareImage takes back what an account may do with an image.
func (c *Client) UnshareImage(ctx context.Context, name, account string) error {
	_, err := c.images.DeleteImagePermissions(ctx, &appstream.DeleteImagePermissionsInput{Name: &name, SharedAccountId: &account})
	return err
}

// shares lists whom an image is shared with.
func (c *Client) shares(ctx context.Context, image Image) (list []Share, err error) {
	ask := &appstream.DescribeImagePermissionsInput{Name: &image.Name}
	for {
		page, err := c.images.DescribeImagePermissions(ctx, ask, in(image.Region))
		if err != nil {
			return nil, err
		}
		for _, s := range page.SharedImagePermissionsList {
			list = append(list, shareOf(aws.ToString(s.SharedAccountId), s.ImagePermissions))
		}
		if ask.NextToken = page.NextToken; ask.NextToken == nil {
			return list, nil
		}
	}
}
