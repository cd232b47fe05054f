package client

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
)

// Tags are those of one resource.
type Tags struct {
	list   func(context.Context) (map[string]string, error)
	set    func(context.Context, map[string]string) error
	remove func(context.Context, []string) error
}

// ModelTags are the tags of a model, named as for Model.
func (c *Client) ModelTags(ctx context.Context, model string) (Tags, error) {
	v, err := c.Model(ctx, model)
	return Tags{
		list: func(ctx context.Context) (map[string]string, error) {
			found, err := c.rek.ListTagsForResource(ctx, &rekognition.ListTagsForResourceInput{ResourceArn: &v.ARN})
			if err != nil {
				return nil, err
			}
			return found.Tags, nil
		},
		set: func(ctx context.Context, tags map[string]string) error {
			_, err := c.rek.TagResource(ctx, &rekognition.TagResourceInput{ResourceArn: &v.ARN, Tags: tags})
			return err
		},
		remove: func(ctx context.Context, keys []string) error {
			_, err := c.rek.UntagResource(ctx, &rekognition.UntagResourceInput{ResourceArn: &v.ARN, TagKeys: keys})
			return err
		},
	}, err
}

// ImageTags are the tags of an image, named as for Image.
func (c *Client) ImageTags(ctx context.Context, name string) (Tags, error) {
	image, err := c.Image(ctx, name)
	there := in(image.Region)
	return Tags{
		list: func(ctx context.Context) (map[string]string, error) {
			found, err := c.images.ListTagsForResource(ctx, &appstream.ListTagsForResourceInput{ResourceArn: &image.ARN}, there)
			if err != nil {
				return nil, err
			}
			return found.Tags, nil
		},
		set: func(ctx context.Context, tags map[string]string) error {
			_, err := c.images.TagResource(ctx, &appstream.TagResourceInput{ResourceArn: &image.ARN, Tags: tags}, there)
			return err
		},
		remove: func(ctx context.Context, keys []string) error {
			_, err := c.images.UntagResource(ctx, &appstream.UntagResourceInput{ResourceArn: &image.ARN, TagKeys: keys}, there)
			return err
		},
	}, err
}

// Change sets some tags and removes others, and gives those that are there then.
func (t Tags) Change(ctx context.Context, set map[string]string, remove []string) (map[string]string, error) {
	for key := range set {
		if slices.Contains(remove, key) {
			return nil, fmt.Errorf("tag %s is both set and removed", key)
		}
	}
	if len(set) > 0 {
		if err := t.set(ctx, set); err != nil {
			return nil, err
		}
	}
	if len(remove) > 0 {
		if err := t.remove(ctx, remove); err != nil {
			return nil, err
		}
	}
	found, err := t.list(ctx)
	if found == nil {
		found = map[string]string{}
	}
	return found, err
}
