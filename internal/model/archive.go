package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"ownsight"
	"ownsight/internal/kms"
	"ownsight/internal/objects"
)

// Archive keeps what versions need to be trained and started: a bucket of the system's own with one prefix a version.
// The files in a user's output location are copies, the user's to move or delete.
type Archive struct {
	client *objects.Client
	bucket string
	keys   *kms.Keyring // of sealed files
}

// OpenArchive makes sure that the archive's bucket is there.
func OpenArchive(ctx context.Context, o *objects.Store, bucket string, keys *kms.Keyring) (*Archive, error) {
	a := &Archive{client: o.As(ownsight.Principal{Account: ownsight.SystemAccount}), bucket: bucket, keys: keys}
	if err := a.client.EnsureBucket(ctx, bucket); err != nil {
		return nil, fmt.Errorf("bucket %s for models: %w", bucket, err)
	}
	return a, nil
}

// MaxModel bounds, in bytes, a model file that is read: the largest backbone and head fit many times over.
const MaxModel = 512 << 20

// Files is the part of the archive that belongs to one version.
type Files struct {
	archive *Archive
	version *ownsight.Version
	prefix  string
}

// Of gives the files of a version, which lie under its row number and the creation time in its ARN. Both, for numbers
// begin anew when a database does, and files of an older one must never be taken for this one's. What is written is sealed
// with the version's key, where it has one; what is read says by itself which key opens it, so that a model starts even
// when the name that its key was given by is gone.
func (a *Archive) Of(v *ownsight.Version) Files {
	return Files{archive: a, version: v, prefix: fmt.Sprintf("versions/%d-%d/", v.ID, v.ARN.Created)}
}

// keyOf finds the key that a version's files are sealed with; nil when it has none. The errors are those of
// kms.Keyring.Find.
func (a *Archive) keyOf(v *ownsight.Version) (*kms.Key, error) {
	if v.KMSKey == "" {
		return nil, nil
	}
	return a.keys.Find(v.ARN.Account, v.ARN.Region, v.KMSKey)
}

// place is what a file is sealed for.
func (f Files) place(name string) string { return f.archive.bucket + "/" + f.prefix + name }

// Put stores a file; an older one of that name is replaced in one step. A key that is gone or disabled is an error of
// kms.Keyring.Find.
func (f Files) Put(ctx context.Context, name string, content []byte) error {
	return f.Write(ctx, name, bytes.NewReader(content))
}

// Write stores a file of any size, with the errors of Put.
func (f Files) Write(ctx context.Context, name string, content io.Reader) error {
	key, err := f.archive.keyOf(f.version)
	if err != nil {
		return err
	}
	if key != nil {
		if content, err = key.Seal(content, f.place(name)); err != nil {
			return err
		}
	}
	_, err = f.archive.client.Put(ctx, f.archive.bucket, f.prefix+name, content, objects.PutOptions{})
	return err
}

// Open reads a file of any size, which the caller closes; objects.ErrNotFound when it is not there, AccessDenied when its
// key is gone or disabled, kms.ErrDamaged at the latest at its end when it is not what was written.
func (f Files) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	body, _, err := f.archive.client.Get(ctx, f.archive.bucket, f.prefix+name, "")
	if err != nil {
		return nil, err
	}
	content, err := f.archive.keys.Unseal(body, f.place(name))
	if err != nil {
		body.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{content, body}, nil
}

// Get reads a file of at most limit bytes, with the errors of Open.
func (f Files) Get(ctx context.Context, name string, limit int64) ([]byte, error) {
	stored, _, err := f.archive.client.GetBytes(ctx, f.archive.bucket, f.prefix+name, "", kms.MaxSealedSize(limit))
	if err != nil {
		return nil, err
	}
	content, err := f.archive.keys.UnsealBytes(stored, f.place(name))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("%s: %w: it has %d bytes, the most is %d", f.place(name), objects.ErrTooLarge, len(content), limit)
	}
	return content, err
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
