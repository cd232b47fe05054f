package objects

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"

	"ownsight/internal/kms"
)

// metadataAttribute is where the file backend keeps an object's user metadata.
const metadataAttribute = "metadata"

// sealedFiles is the file backend, showing the content of sealed objects to all
// who may read them. Their ETag is that of the stored bytes, as with SSE-KMS it
// is not the content's MD5 either; they have no checksums and look as if they
// were uploaded in one part.
type sealedFiles struct {
	*posix.Posix
	metadata meta.MetadataStorer
	keys     *kms.Keyring
}

// GetObject costs an unsealed object nothing. A range of a sealed one is found
// by opening everything before it (some 3 GB a second).
func (f *sealedFiles) GetObject(ctx context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	out, err := f.Posix.GetObject(ctx, in)
	if err != nil || !marked(*in.Key, out.Metadata) {
		return out, err
	}
	out.Body.Close()
	whole := *in // ranges, parts and checksums are those of the stored bytes
	whole.Range, whole.PartNumber, whole.ChecksumMode = nil, nil, ""
	if out, err = f.Posix.GetObject(ctx, &whole); err != nil {
		return out, err
	}
	if err := f.unseal(in, out); err != nil {
		out.Body.Close()
		return nil, sealFailure(err)
	}
	return out, nil
}

// unseal turns the whole stored object into what was asked for.
func (f *sealedFiles) unseal(in *s3.GetObjectInput, out *s3.GetObjectOutput) error {
	stored := bufio.NewReader(out.Body)
	arn, size, err := plainSize(stored, *out.ContentLength)
	if err != nil {
		return err
	}
	start, length, contentRange, err := window(size, in.Range, in.PartNumber)
	if err != nil {
		return err
	}
	content, err := f.keys.Unseal(stored, place(*in.Bucket, *in.Key))
	if err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, content, start); err != nil {
		return err
	}
	// Whatever does not open fails here, while an error can still be told.
	ahead := bufio.NewReader(content)
	if _, err := ahead.Peek(1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	out.Body = body{io.LimitReader(ahead, length), out.Body}
	out.ContentLength, out.ContentRange = &length, contentRange
	mark(out.Metadata, arn)
	return nil
}

type body struct {
	io.Reader
	io.Closer
}

// HeadObject needs no key.
func (f *sealedFiles) HeadObject(ctx context.Context, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	out, err := f.Posix.HeadObject(ctx, in)
	if err != nil || !marked(*in.Key, out.Metadata) {
		return out, err
	}
	whole := *in
	whole.Range, whole.PartNumber, whole.ChecksumMode = nil, nil, ""
	if out, err = f.Posix.HeadObject(ctx, &whole); err != nil {
		return out, err
	}
	stored, err := f.Posix.GetObject(ctx, &s3.GetObjectInput{Bucket: in.Bucket, Key: in.Key, VersionId: in.VersionId})
	if err != nil {
		return nil, err
	}
	defer stored.Body.Close()
	arn, size, err := plainSize(bufio.NewReader(stored.Body), *stored.ContentLength)
	if err != nil {
		return nil, sealFailure(err)
	}
	_, length, contentRange, err := window(size, in.Range, in.PartNumber)
	if err != nil {
		return nil, err
	}
	out.ContentLength, out.ContentRange = &length, contentRange
	mark(out.Metadata, arn)
	return out, nil
}

// marked tells whether an object may be sealed. Whatever its uploader wrote on
// it, a folder is not.
func marked(key string, metadata map[string]string) bool {
	if strings.HasSuffix(key, "/") {
		delete(metadata, sealMark)
	}
	return metadata[sealMark] != ""
}

// plainSize looks at the beginning of what is stored in a marked object: its
// key and the size of its content. No key means that it is not sealed after
// all: a side folder of metadata can keep the mark of an older object.
func plainSize(stored *bufio.Reader, size int64) (arn string, plain int64, err error) {
	if arn, err = kms.PeekARN(stored); err != nil || arn == "" {
		return "", size, err
	}
	plain, ok := kms.PlainSize(arn, size)
	if !ok {
		return "", 0, fmt.Errorf("%w: no content has a sealed form of %d bytes", kms.ErrDamaged, size)
	}
	return arn, plain, nil
}

// mark makes the mark tell the truth.
func mark(metadata map[string]string, arn string) {
	delete(metadata, sealMark)
	if arn != "" {
		metadata[sealMark] = arn
	}
}

// window is the part of an object that a request means. The only part of a
// sealed object is the first.
func window(size int64, asked *string, part *int32) (start, length int64, contentRange *string, err error) {
	partial := size > 0
	switch {
	case part == nil:
		start, length, partial, err = backend.ParseObjectRange(size, aws.ToString(asked))
	case *part > 1:
		return 0, 0, nil, s3err.GetInvalidPartNumberRangeErr(1, *part)
	default:
		length = size
	}
	if partial {
		contentRange = aws.String(fmt.Sprintf("bytes %d-%d/%d", start, start+length-1, size))
	}
	return start, length, contentRange, err
}

// GetObjectAttributes gives the size of the content.
func (f *sealedFiles) GetObjectAttributes(ctx context.Context, in *s3.GetObjectAttributesInput) (s3response.GetObjectAttributesResponse, error) {
	out, err := f.Posix.GetObjectAttributes(ctx, in)
	if err != nil {
		return out, err
	}
	head, err := f.HeadObject(ctx, &s3.HeadObjectInput{Bucket: in.Bucket, Key: in.Key, VersionId: in.VersionId})
	if err != nil {
		return out, err
	}
	if head.Metadata[sealMark] != "" {
		out.ObjectSize, out.Checksum, out.ObjectParts = head.ContentLength, nil, nil
	}
	return out, nil
}

// ListObjects lists sealed objects with the size of their content.
func (f *sealedFiles) ListObjects(ctx context.Context, in *s3.ListObjectsInput) (s3response.ListObjectsResult, error) {
	out, err := f.Posix.ListObjects(ctx, in)
	f.listPlain(ctx, *in.Bucket, out.Contents)
	return out, err
}

// ListObjectsV2 lists sealed objects with the size of their content.
func (f *sealedFiles) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input) (s3response.ListObjectsV2Result, error) {
	out, err := f.Posix.ListObjectsV2(ctx, in)
	f.listPlain(ctx, *in.Bucket, out.Contents)
	return out, err
}

func (f *sealedFiles) listPlain(ctx context.Context, bucket string, listed []s3response.Object) {
	for i := range listed {
		o := &listed[i]
		// One system call for objects without a key, where a HEAD is twenty.
		metadata, err := f.metadata.RetrieveAttribute(nil, bucket, *o.Key, metadataAttribute)
		if err != nil || !bytes.Contains(metadata, []byte(sealMark)) {
			continue
		}
		head, err := f.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: o.Key})
		if err == nil && head.Metadata[sealMark] != "" { // what fails is listed as it is stored
			o.Size, o.ChecksumAlgorithm, o.ChecksumType = head.ContentLength, nil, ""
		}
	}
}

// ListObjectVersions lists sealed versions with the size of their content.
func (f *sealedFiles) ListObjectVersions(ctx context.Context, in *s3.ListObjectVersionsInput) (s3response.ListVersionsResult, error) {
	out, err := f.Posix.ListObjectVersions(ctx, in)
	for i := range out.Versions {
		v := &out.Versions[i]
		one := &s3.HeadObjectInput{Bucket: in.Bucket, Key: v.Key}
		if !aws.ToBool(v.IsLatest) {
			one.VersionId = v.VersionId
		}
		head, err := f.HeadObject(ctx, one)
		if err == nil && head.Metadata[sealMark] != "" {
			v.Size, v.ChecksumAlgorithm, v.ChecksumType = head.ContentLength, nil, ""
		}
	}
	return out, err
}
