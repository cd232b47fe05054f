package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ownsight/internal/kms"
)

// Client reads and writes objects in the name of one principal. Safe for use by
// many goroutines. Its errors name the operation and the place, and are
// [ErrNotFound], [ErrNoBucket], [ErrAccessDenied], [ErrUnavailable] or
// [ErrInvalidURI] where one of these is the reason.
type Client struct {
	api       *s3.Client
	transfers *transfermanager.Client
	region    string
	permit    permit // nil where the server judges by itself
	seals     bool   // objects with a key, rather than the server
}

// check refuses an action that no request should be made for.
func (c *Client) check(ctx context.Context, action string, at URI) error {
	if err := at.check(); err != nil {
		return err
	}
	return c.ask(ctx, action, at, nil)
}

func (c *Client) checkBucket(ctx context.Context, action, bucket string, conditions map[string][]string) error {
	if err := CheckBucket(bucket); err != nil {
		return err
	}
	return c.ask(ctx, action, URI{Bucket: bucket}, conditions)
}

func (c *Client) ask(ctx context.Context, action string, at URI, conditions map[string][]string) error {
	if c.permit == nil {
		return nil
	}
	return c.permit(ctx, action, at, conditions)
}

// reading is the action that reads an object, or one version of it.
func reading(version string) string {
	if version != "" {
		return "s3:GetObjectVersion"
	}
	return "s3:GetObject"
}

// Info is what S3 says about an object.
type Info struct {
	Size        int64  // bytes; -1 where the endpoint did not say
	ETag        string // without quotes
	VersionID   string // empty in a bucket without versions
	ContentType string // empty from List and Put
	Modified    time.Time
}

// Object is one entry of a listing.
type Object struct {
	Key string
	Info
}

// PutOptions are the optional parts of a Put.
type PutOptions struct {
	ContentType string   // empty: left to the endpoint
	Key         *kms.Key // to keep the object encrypted with; nil: with none
}

// Get opens an object; version "" is the newest. The caller closes the reader
// and should read it to its end, or the connection is lost.
func (c *Client) Get(ctx context.Context, bucket, key, version string) (io.ReadCloser, Info, error) {
	at := URI{bucket, key}
	if err := c.check(ctx, reading(version), at); err != nil {
		return nil, Info{}, err
	}
	out, err := c.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key, VersionId: nonEmpty(version)})
	if err != nil {
		return nil, Info{}, failure(ctx, "get", at, err)
	}
	return out.Body, Info{
		Size:        sizeOf(out.ContentLength),
		ETag:        unquote(out.ETag),
		VersionID:   aws.ToString(out.VersionId),
		ContentType: aws.ToString(out.ContentType),
		Modified:    aws.ToTime(out.LastModified),
	}, nil
}

// GetBytes reads a whole object of at most limit bytes. A larger one is
// [ErrTooLarge] before any of it is read.
func (c *Client) GetBytes(ctx context.Context, bucket, key, version string, limit int64) ([]byte, Info, error) {
	body, info, err := c.Get(ctx, bucket, key, version)
	if err != nil {
		return nil, Info{}, err
	}
	defer body.Close()
	at := URI{bucket, key}
	if info.Size > limit {
		return nil, info, fmt.Errorf("get %s: %w: it has %d bytes, the most is %d", at, ErrTooLarge, info.Size, limit)
	}
	if info.Size >= 0 {
		content := make([]byte, info.Size)
		if _, err := io.ReadFull(body, content); err != nil {
			return nil, info, brokenBody(ctx, at, err)
		}
		return content, info, nil
	}
	content, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, info, brokenBody(ctx, at, err)
	}
	if int64(len(content)) > limit {
		return nil, info, fmt.Errorf("get %s: %w: the most is %d bytes", at, ErrTooLarge, limit)
	}
	info.Size = int64(len(content))
	return content, info, nil
}

// brokenBody tells of an answer that ended early: the next try may be whole.
func brokenBody(ctx context.Context, at URI, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("get %s: %w", at, cause)
	}
	return fmt.Errorf("get %s: %w: the answer broke off: %w", at, ErrUnavailable, err)
}

// Head asks about an object without reading it; version "" is the newest.
func (c *Client) Head(ctx context.Context, bucket, key, version string) (Info, error) {
	at := URI{bucket, key}
	if err := c.check(ctx, reading(version), at); err != nil {
		return Info{}, err
	}
	out, err := c.api.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key, VersionId: nonEmpty(version)})
	if err != nil {
		return Info{}, failure(ctx, "head", at, err)
	}
	return Info{
		Size:        sizeOf(out.ContentLength),
		ETag:        unquote(out.ETag),
		VersionID:   aws.ToString(out.VersionId),
		ContentType: aws.ToString(out.ContentType),
		Modified:    aws.ToTime(out.LastModified),
	}, nil
}

// Put writes an object, in parts of 8 MiB when it has more than 16. The object
// appears whole or not at all. The body need not be seekable; up to five parts
// of it are held in memory.
func (c *Client) Put(ctx context.Context, bucket, key string, body io.Reader, opts PutOptions) (Info, error) {
	at := URI{bucket, key}
	if err := c.check(ctx, "s3:PutObject", at); err != nil {
		return Info{}, err
	}
	source := &countingReader{reader: body}
	upload := &transfermanager.UploadObjectInput{
		Bucket:      &bucket,
		Key:         &key,
		Body:        source,
		ContentType: nonEmpty(opts.ContentType),
	}
	if opts.Key != nil {
		if err := c.encrypt(upload, opts.Key); err != nil {
			return Info{}, fmt.Errorf("put %s: %w", at, err)
		}
	}
	out, err := c.transfers.UploadObject(ctx, upload)
	if source.err != nil {
		return Info{}, fmt.Errorf("put %s: read the source: %w", at, source.err)
	}
	if err != nil {
		return Info{}, failure(ctx, "put", at, err)
	}
	return Info{
		Size:      source.count,
		ETag:      unquote(out.ETag),
		VersionID: aws.ToString(out.VersionID),
	}, nil
}

// countingReader knows the size of a body that did not tell it, and keeps the
// source's own fault apart from the endpoint's.
type countingReader struct {
	reader io.Reader
	count  int64
	err    error
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.reader.Read(p)
	r.count += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// Delete removes an object; one that is not there is no error.
func (c *Client) Delete(ctx context.Context, bucket, key string) error {
	at := URI{bucket, key}
	if err := c.check(ctx, "s3:DeleteObject", at); err != nil {
		return err
	}
	_, err := c.api.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	return failure(ctx, "delete", at, err)
}

// EnsureBucket makes a bucket unless this account has it. A bucket of that
// name in other hands is [ErrAccessDenied].
func (c *Client) EnsureBucket(ctx context.Context, bucket string) error {
	if err := c.checkBucket(ctx, "s3:CreateBucket", bucket, nil); err != nil {
		return err
	}
	input := &s3.CreateBucketInput{Bucket: &bucket}
	if c.region != defaultRegion { // the one region that may not be named here
		input.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(c.region),
		}
	}
	_, err := c.api.CreateBucket(ctx, input)
	var ours *types.BucketAlreadyOwnedByYou
	var taken *types.BucketAlreadyExists
	switch {
	case errors.As(err, &ours):
		return nil
	case errors.As(err, &taken):
		return fmt.Errorf("make bucket %s: %w: another account has it", bucket, ErrAccessDenied)
	}
	return failure(ctx, "make bucket", URI{Bucket: bucket}, err)
}

func sizeOf(length *int64) int64 {
	if length == nil {
		return -1
	}
	return *length
}

func unquote(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }
