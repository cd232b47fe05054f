package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"ownsight"
	"ownsight/internal/objects"
)

// Archive keeps what versions need to be trained and started: a bucket of the system's own with one prefix a version.
// The files in a user's output location are copies, the user's to move or delete.
type Archive struct {
	client *objects.Client
	bucket string
}

// OpenArchive makes sure that the archive's bucket is there.
func OpenArchive(ctx context.Context, o *objects.Store, bucket string) (*Archive, error) {
	a := &Archive{client: o.Account(ownsight.SystemAccount), bucket: bucket}
	if err := a.client.EnsureBucket(ctx, bucket); err != nil {
		return nil, fmt.Errorf("bucket %s for models: %w", bucket, err)
	}
	return a, nil
}

// The names of the files that a version consists of.
const (
	ONNXFile = "model.onnx"
	CardFile = "model.json"
)

// MaxModel bounds, in bytes, a model file that is read: the largest backbone and head fit many times over.
const MaxModel = 512 << 20

// Files is the part of the archive that belongs to one version.
type Files struct {
	archive *Archive
	prefix  string
}

// Of gives the files of a version: its row number and the creation time in its ARN. Both, for numbers begin anew when a
// database does, and files of an older one must never be taken for this one's.
func (a *Archive) Of(id int64, arn ownsight.VersionARN) Files {
	return Files{archive: a, prefix: fmt.Sprintf("versions/%d-%d/", id, arn.Created)}
}

// Put stores a file; an older one of that name is replaced in one step.
func (f Files) Put(ctx context.Context, name string, content []byte) error {
	_, err := f.archive.client.Put(ctx, f.archive.bucket, f.prefix+name, bytes.NewReader(content), objects.PutOptions{})
	return err
}

// Get reads a file of at most limit bytes; objects.ErrNotFound when it is not there.
func (f Files) Get(ctx context.Context, name string, limit int64) ([]byte, error) {
	b, _, err := f.archive.client.GetBytes(ctx, f.archive.bucket, f.prefix+name, "", limit)
	return b, err
}

// Has reports whether there is a file of that name.
func (f Files) Has(ctx context.Context, name string) (bool, error) {
	_, err := f.archive.client.Head(ctx, f.archive.bucket, f.prefix+name, "")
	if errors.Is(err, objects.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Clear removes the files whose names begin with prefix; all when it is empty.
func (f Files) Clear(ctx context.Context, prefix string) error {
	return f.archive.client.DeletePrefix(ctx, f.archive.bucket, f.prefix+prefix)
}
