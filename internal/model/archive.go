package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"ownsight/internal/objects"
)

// systemAccount owns the bucket of the archive; no key resolves to it.
const systemAccount = "000000000000"

// Archive keeps what versions need to be trained and started: a bucket of the system's own with one prefix a version.
// The files in a user's output location are copies, the user's to move or delete.
type Archive struct {
	client *objects.Client
	bucket string
}

// OpenArchive makes sure that the archive's bucket is there.
func OpenArchive(ctx context.Context, o *objects.Store, bucket string) (*Archive, error) {
	a := &Archive{client: o.Account(systemAccount), bucket: bucket}
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

// Put stores a file of a version; an older one of that name is replaced in one step.
func (a *Archive) Put(ctx context.Context, version int64, name string, content []byte) error {
	_, err := a.client.Put(ctx, a.bucket, key(version, name), bytes.NewReader(content), objects.PutOptions{})
	return err
}

// Get reads a file of a version of at most limit bytes; objects.ErrNotFound when it is not there.
func (a *Archive) Get(ctx context.Context, version int64, name string, limit int64) ([]byte, error) {
	b, _, err := a.client.GetBytes(ctx, a.bucket, key(version, name), "", limit)
	return b, err
}

// Has reports whether a version has a file.
func (a *Archive) Has(ctx context.Context, version int64, name string) (bool, error) {
	_, err := a.client.Head(ctx, a.bucket, key(version, name), "")
	if errors.Is(err, objects.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Clear removes the files of a version whose names begin with prefix.
func (a *Archive) Clear(ctx context.Context, version int64, prefix string) error {
	return a.client.DeletePrefix(ctx, a.bucket, key(version, prefix))
}

// Remove removes all files of a version.
func (a *Archive) Remove(ctx context.Context, version int64) error { return a.Clear(ctx, version, "") }

func key(version int64, name string) string { return fmt.Sprintf("versions/%d/%s", version, name) }
