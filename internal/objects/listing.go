package objects

import (
	"context"
	"fmt"
	"iter"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// deleteBatch is the most keys that one DeleteObjects call takes.
const deleteBatch = 1000

// List goes through the objects whose key begins with prefix, in the order of
// their keys' bytes. It ends after an error.
func (c *Client) List(ctx context.Context, bucket, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		at := URI{bucket, prefix}
		if err := c.checkBucket(ctx, "s3:ListBucket", bucket, map[string][]string{"s3:prefix": {prefix}}); err != nil {
			yield(Object{}, err)
			return
		}
		pages := s3.NewListObjectsV2Paginator(c.api, &s3.ListObjectsV2Input{
			Bucket:       &bucket,
			Prefix:       &prefix,
			EncodingType: types.EncodingTypeUrl, // XML cannot carry every key
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Object{}, failure(ctx, "list", at, err))
				return
			}
			for i := range page.Contents {
				object, err := listed(&page.Contents[i], page.EncodingType)
				if !yield(object, err) || err != nil {
					return
				}
			}
		}
	}
}

// listed decodes the key only where the endpoint says that it encoded it: not
// all do what they are asked.
func listed(o *types.Object, encoding types.EncodingType) (Object, error) {
	key := aws.ToString(o.Key)
	if encoding == types.EncodingTypeUrl {
		decoded, err := url.QueryUnescape(key)
		if err != nil {
			return Object{}, fmt.Errorf("list: key %q: %w", key, err)
		}
		key = decoded
	}
	return Object{Key: key, Info: Info{
		Size:     sizeOf(o.Size),
		ETag:     unquote(o.ETag),
		Modified: aws.ToTime(o.LastModified),
	}}, nil
}

// DeletePrefix removes all objects whose key begins with prefix, which may not
// be empty: nobody clears a whole bucket by a forgotten variable.
func (c *Client) DeletePrefix(ctx context.Context, bucket, prefix string) error {
	at := URI{bucket, prefix}
	if err := at.check(); err != nil {
		return err
	}
	batch := make([]types.ObjectIdentifier, 0, deleteBatch)
	for object, err := range c.List(ctx, bucket, prefix) {
		if err != nil {
			return err
		}
		if err := c.ask(ctx, "s3:DeleteObject", URI{bucket, object.Key}, nil); err != nil {
			return err
		}
		batch = append(batch, types.ObjectIdentifier{Key: aws.String(object.Key)})
		if len(batch) == deleteBatch {
			if err := c.deleteAll(ctx, at, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return c.deleteAll(ctx, at, batch)
}

func (c *Client) deleteAll(ctx context.Context, at URI, batch []types.ObjectIdentifier) error {
	out, err := c.api.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &at.Bucket,
		Delete: &types.Delete{Objects: batch, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return failure(ctx, "delete below", at, err)
	}
	if len(out.Errors) > 0 { // one of them is enough to tell
		e := out.Errors[0]
		place := URI{at.Bucket, aws.ToString(e.Key)}
		if kind := errorCodes[aws.ToString(e.Code)]; kind != nil {
			return fmt.Errorf("delete %s: %w", place, kind)
		}
		return fmt.Errorf("delete %s: %s: %s", place, aws.ToString(e.Code), aws.ToString(e.Message))
	}
	return nil
}
