package objects

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
)

// PutExact writes an object whose SHA-256 is known: the endpoint is told of it
// in the signature, computes its own from what arrives, and refuses what differs.
func (c *Client) PutExact(ctx context.Context, bucket, key string, content []byte, digest [32]byte) error {
	at := URI{bucket, key}
	if err := c.check(ctx, "s3:PutObject", at); err != nil {
		return err
	}
	_, err := c.api.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(content), ContentLength: aws.Int64(int64(len(content))),
	}, withDigest(digest))
	return failure(ctx, "put", at, err)
}

// withDigest signs a body by a digest that is known already.
func withDigest(digest [32]byte) func(*s3.Options) {
	known := middleware.InitializeMiddlewareFunc("KnownDigest", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(v4.SetPayloadHash(ctx, hex.EncodeToString(digest[:])), in)
	})
	return func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error { return s.Initialize.Add(known, middleware.Before) })
	}
}

// ReadRange fills a buffer with the bytes of an object from an offset on. An
// object that has another ETag by now is [ErrChanged]; one that ends earlier is
// [io.ErrUnexpectedEOF]. An empty ETag takes whatever is there.
func (c *Client) ReadRange(ctx context.Context, bucket, key, etag string, into []byte, offset int64) error {
	body, err := c.OpenRange(ctx, bucket, key, etag, offset, int64(len(into)))
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.ReadFull(body, into); err != nil {
		return brokenBody(ctx, URI{bucket, key}, err)
	}
	return nil
}

// OpenRange opens at most length bytes of an object from an offset on, as
// [Client.ReadRange] does.
func (c *Client) OpenRange(ctx context.Context, bucket, key, etag string, offset, length int64) (io.ReadCloser, error) {
	at := URI{bucket, key}
	if err := c.check(ctx, "s3:GetObject", at); err != nil {
		return nil, err
	}
	in := &s3.GetObjectInput{Bucket: &bucket, Key: &key, Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+length-1))}
	if etag != "" {
		in.IfMatch = aws.String(`"` + etag + `"`)
	}
	out, err := c.api.GetObject(ctx, in)
	if err != nil {
		return nil, failure(ctx, "get", at, err)
	}
	return out.Body, nil
}

// DeleteKeys removes objects; those that are not there are no error.
func (c *Client) DeleteKeys(ctx context.Context, bucket string, keys []string) error {
	at := URI{Bucket: bucket}
	for len(keys) > 0 {
		n := min(len(keys), deleteBatch)
		batch := make([]types.ObjectIdentifier, n)
		for i, key := range keys[:n] {
			if err := c.check(ctx, "s3:DeleteObject", URI{bucket, key}); err != nil {
				return err
			}
			batch[i].Key = aws.String(key)
		}
		if err := c.deleteAll(ctx, at, batch); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// Part is a part of an object that has been written.
type Part struct {
	Number int32  `json:"n"` // from 1
	ETag   string `json:"etag"`
}

// BeginParts begins an object that is written in parts, by anybody who knows the
// id that this gives. The object appears with EndParts.
func (c *Client) BeginParts(ctx context.Context, bucket, key string) (upload string, err error) {
	at := URI{bucket, key}
	if err := c.check(ctx, "s3:PutObject", at); err != nil {
		return "", err
	}
	out, err := c.api.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", failure(ctx, "put", at, err)
	}
	return aws.ToString(out.UploadId), nil
}

// PutPart writes a part: at least 5 MiB, but for the last one.
func (c *Client) PutPart(ctx context.Context, bucket, key, upload string, number int32, content []byte) (Part, error) {
	if err := c.check(ctx, "s3:PutObject", URI{bucket, key}); err != nil {
		return Part{}, err
	}
	out, err := c.api.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &bucket, Key: &key, UploadId: &upload, PartNumber: &number, Body: bytes.NewReader(content),
	})
	if err != nil {
		return Part{}, failure(ctx, "put", URI{bucket, key}, err)
	}
	return Part{number, aws.ToString(out.ETag)}, nil
}

// EndParts makes an object of its parts, which are in the order of their numbers.
func (c *Client) EndParts(ctx context.Context, bucket, key, upload string, parts []Part) (etag string, err error) {
	if err := c.check(ctx, "s3:PutObject", URI{bucket, key}); err != nil {
		return "", err
	}
	list := make([]types.CompletedPart, len(parts))
	for i, p := range parts {
		list[i] = types.CompletedPart{PartNumber: aws.Int32(p.Number), ETag: aws.String(p.ETag)}
	}
	out, err := c.api.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: &key, UploadId: &upload, MultipartUpload: &types.CompletedMultipartUpload{Parts: list},
	})
	if err != nil {
		return "", failure(ctx, "put", URI{bucket, key}, err)
	}
	return unquote(out.ETag), nil
}

// DropParts gives up an object that is being written in parts.
func (c *Client) DropParts(ctx context.Context, bucket, key, upload string) error {
	_, err := c.api.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: &upload})
	return failure(ctx, "drop", URI{bucket, key}, err)
}
