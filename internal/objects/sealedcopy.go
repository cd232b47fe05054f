package objects

import (
	"context"
	"maps"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"

	"ownsight/internal/kms"
)

// CopyObject seals the copy of a sealed object with the same key, for its new
// place. Whatever is not sealed is the file backend's to copy.
func (f *sealedFiles) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	source, err := f.sealedSource(ctx, in.CopySource)
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	if source == nil {
		return f.Posix.CopyObject(ctx, in)
	}
	bucket, key, version := *source.Bucket, *source.Key, *source.VersionId
	if err := f.checkOwner(ctx, bucket, aws.ToString(in.ExpectedSourceBucketOwner)); err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	if place(bucket, key) == place(*in.Bucket, *in.Key) && in.MetadataDirective != types.MetadataDirectiveReplace {
		return s3response.CopyObjectOutput{}, s3err.GetAPIError(s3err.ErrInvalidCopyDest)
	}
	out, err := f.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &bucket, Key: &key, VersionId: &version,
		IfMatch: in.CopySourceIfMatch, IfNoneMatch: in.CopySourceIfNoneMatch,
		IfModifiedSince: in.CopySourceIfModifiedSince, IfUnmodifiedSince: in.CopySourceIfUnmodifiedSince,
	})
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	defer out.Body.Close()
	if *out.ContentLength > maxCopy {
		return s3response.CopyObjectOutput{}, s3err.GetCopySourceObjectTooLargeErr(maxCopy)
	}
	put, err := f.sealedCopy(ctx, &in, source, out)
	if err != nil {
		return s3response.CopyObjectOutput{}, sealFailure(err)
	}
	written, err := f.PutObject(ctx, put)
	if err != nil {
		return s3response.CopyObjectOutput{}, sealFailure(err)
	}
	head, err := f.Posix.HeadObject(ctx, &s3.HeadObjectInput{Bucket: in.Bucket, Key: in.Key})
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	return s3response.CopyObjectOutput{
		CopyObjectResult:    &s3response.CopyObjectResult{ETag: &written.ETag, LastModified: head.LastModified},
		VersionId:           &written.VersionID,
		CopySourceVersionId: &version,
	}, nil
}

// UploadPartCopy refuses sealed objects: parts cannot be sealed one by one, and
// nothing that was sealed is written in clear by the way.
func (f *sealedFiles) UploadPartCopy(ctx context.Context, in *s3.UploadPartCopyInput) (s3response.CopyPartResult, error) {
	source, err := f.sealedSource(ctx, in.CopySource)
	if err != nil {
		return s3response.CopyPartResult{}, err
	}
	if source == nil {
		return f.Posix.UploadPartCopy(ctx, in)
	}
	return s3response.CopyPartResult{}, s3err.APIError{
		Code:           "NotImplemented",
		Description:    "An object that is encrypted with a KMS key cannot be copied in parts; use CopyObject, which takes up to 5 GiB.",
		HTTPStatusCode: http.StatusNotImplemented,
	}
}

// sealedSource names the source of a copy if it is sealed; nil if it is not, or
// not there, which the file backend has the words for.
func (f *sealedFiles) sealedSource(ctx context.Context, source *string) (*s3.HeadObjectInput, error) {
	bucket, key, version, err := backend.ParseCopySource(aws.ToString(source))
	if err != nil {
		return nil, err
	}
	in := &s3.HeadObjectInput{Bucket: &bucket, Key: &key, VersionId: &version}
	if head, err := f.Posix.HeadObject(ctx, in); err != nil || !marked(key, head.Metadata) {
		return nil, nil //nolint:nilerr // as said
	}
	head, err := f.HeadObject(ctx, in)
	if err != nil || head.Metadata[sealMark] == "" {
		return nil, err
	}
	return in, nil
}

func (f *sealedFiles) checkOwner(ctx context.Context, bucket, expected string) error {
	if expected == "" {
		return nil
	}
	text, err := f.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &bucket})
	if err != nil {
		return err
	}
	acl, err := auth.ParseACL(text)
	if err != nil {
		return err
	}
	if acl.Owner != expected {
		return s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	return nil
}

// sealedCopy is what to write of an open source.
func (f *sealedFiles) sealedCopy(ctx context.Context, in *s3response.CopyObjectInput, source *s3.HeadObjectInput, out *s3.GetObjectOutput) (s3response.PutObjectInput, error) {
	key, err := f.keys.Key(out.Metadata[sealMark])
	if err != nil {
		return s3response.PutObjectInput{}, err
	}
	sealed, err := key.Seal(out.Body, place(*in.Bucket, *in.Key))
	if err != nil {
		return s3response.PutObjectInput{}, err
	}
	put := s3response.PutObjectInput{
		Bucket: in.Bucket, Key: in.Key,
		Body: sealed, ContentLength: aws.Int64(kms.SealedSize(key.ARN(), *out.ContentLength)),
		WebsiteRedirectLocation:   in.WebsiteRedirectLocation,
		ObjectLockRetainUntilDate: in.ObjectLockRetainUntilDate,
		ObjectLockMode:            in.ObjectLockMode,
		ObjectLockLegalHoldStatus: in.ObjectLockLegalHoldStatus,
	}
	if in.MetadataDirective == types.MetadataDirectiveReplace {
		put.ContentType, put.ContentEncoding, put.ContentLanguage = in.ContentType, in.ContentEncoding, in.ContentLanguage
		put.ContentDisposition, put.CacheControl, put.Expires = in.ContentDisposition, in.CacheControl, in.Expires
		put.Metadata = maps.Clone(in.Metadata)
	} else {
		put.ContentType, put.ContentEncoding, put.ContentLanguage = out.ContentType, out.ContentEncoding, out.ContentLanguage
		put.ContentDisposition, put.CacheControl, put.Expires = out.ContentDisposition, out.CacheControl, out.ExpiresString
		put.Metadata = maps.Clone(out.Metadata)
	}
	if put.Metadata == nil {
		put.Metadata = map[string]string{}
	}
	mark(put.Metadata, key.ARN())
	if in.TaggingDirective == types.TaggingDirectiveReplace {
		put.Tagging = in.Tagging
		return put, nil
	}
	if aws.ToInt32(out.TagCount) == 0 {
		return put, nil
	}
	tags, err := f.GetObjectTagging(ctx, *source.Bucket, *source.Key, *source.VersionId)
	if err != nil {
		return s3response.PutObjectInput{}, err
	}
	query := url.Values{}
	for name, value := range tags {
		query.Set(name, value)
	}
	put.Tagging = aws.String(query.Encode())
	return put, nil
}
