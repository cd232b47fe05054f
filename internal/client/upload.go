package client

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"ownsight"
	"ownsight/internal/dataset/source"
)

const uploads = 8 // files on their way at the same time

// ensureBucket makes the bucket unless the account has it.
func (c *Client) ensureBucket(ctx context.Context, bucket string) error {
	in := &s3.CreateBucketInput{Bucket: &bucket}
	if c.Region != ownsight.DefaultRegion { // whose name S3 does not accept here
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(c.Region)}
	}
	_, err := c.s3.CreateBucket(ctx, in)
	switch {
	case err == nil, isA[*types.BucketAlreadyOwnedByYou](err):
		return nil
	case isA[*types.BucketAlreadyExists](err):
		return fmt.Errorf("bucket %s belongs to another account; choose another with --bucket", bucket)
	}
	return fmt.Errorf("bucket %s: %w", bucket, err)
}

// upload puts pictures below prefix and calls step for every one that is there. A file that lies there unchanged, from
// a call that was interrupted or from last week, is not sent again.
func (c *Client) upload(ctx context.Context, bucket, prefix string, pictures []source.Picture, step func()) error {
	there, err := c.etags(ctx, bucket, prefix)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for _, p := range pictures {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			file, err := os.ReadFile(p.Path)
			if err != nil {
				return err
			}
			key := prefix + p.Name
			sum := md5.Sum(file) // the ETag of an object that was put whole
			if there[key] != hex.EncodeToString(sum[:]) {
				if _, err := c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(file)}); err != nil {
					return fmt.Errorf("upload of %s: %w", p.Path, err)
				}
			}
			step()
			return nil
		})
	}
	return group.Wait()
}

// etags lists what lies below a prefix.
func (c *Client) etags(ctx context.Context, bucket, prefix string) (map[string]string, error) {
	there := map[string]string{}
	pages := s3.NewListObjectsV2Paginator(c.s3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, o := range page.Contents {
			there[aws.ToString(o.Key)] = strings.Trim(aws.ToString(o.ETag), `"`)
		}
	}
	return there, nil
}
