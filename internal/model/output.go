package model

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/kms"
	"ownsight/internal/objects"
)

// PutOutput writes a file to a version's output location, with the rights of who asked for the version and under its key.
// A location that cannot be written is a permanent InvalidS3Object error.
func (s *Service) PutOutput(ctx context.Context, v *ownsight.Version, o ownsight.Output, content io.Reader) error {
	key, err := s.archive.keyOf(v)
	if err != nil {
		return jobs.Permanent(err)
	}
	at := v.OutputAt(o)
	_, err = s.objects.As(v.Requester).Put(ctx, at.Bucket, at.Key, content, objects.PutOptions{ContentType: o.ContentType(), Key: key})
	if objects.Wrong(err) {
		s.log.Info("output not writable", "version", v.ARN.String(), "err", err)
		return jobs.Permanent(ownsight.Errorf(ownsight.InvalidS3Object, "Unable to write to output S3 bucket."))
	}
	return err
}

// Read gives an output of a version from the archive, held against what the training recorded of it. One that is missing
// or damaged is a NotReady error.
func (a *Archive) Read(ctx context.Context, v *ownsight.Version, o ownsight.Output) ([]byte, error) {
	if v.Result == nil || !v.Result.Has(o) {
		return nil, fmt.Errorf("version %d has no %s on record", v.ID, o)
	}
	recorded := v.Result.Files[slices.IndexFunc(v.Result.Files, func(f ownsight.File) bool { return f.Output == o })]
	content, err := a.Of(v).Get(ctx, string(o), MaxModel)
	if errors.Is(err, objects.ErrNotFound) || errors.Is(err, kms.ErrDamaged) {
		return nil, damaged(recorded, err)
	}
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != recorded.SHA256 {
		return nil, damaged(recorded, errors.New("its SHA-256 is another"))
	}
	return content, nil
}

// damaged is what the user is told, with the cause for the log.
func damaged(f ownsight.File, cause error) error {
	told := ownsight.Errorf(ownsight.NotReady, "The model's file %s is missing or damaged on the server: it is not what the training left. Train the model again.", f.Output)
	return fmt.Errorf("%w (%w)", told, cause)
}

// digest takes the SHA-256 of what is read through it.
type digest struct {
	from io.Reader
	sum  hash.Hash
	size int64
}

func newDigest(from io.Reader) *digest { return &digest{from: from, sum: sha256.New()} }

func (d *digest) Read(p []byte) (int, error) {
	n, err := d.from.Read(p)
	d.sum.Write(p[:n])
	d.size += int64(n)
	return n, err
}

// is reports whether all that was read is the file.
func (d *digest) is(f ownsight.File) bool {
	return d.size == f.Size && hex.EncodeToString(d.sum.Sum(nil)) == f.SHA256
}
