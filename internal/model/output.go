package model

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
)

// PutOutput writes a file to a version's output location, with the rights of who asked for the version and under its key.
// A location that cannot be written is a permanent InvalidS3Object error.
func (s *Service) PutOutput(ctx context.Context, v *ownsight.Version, o ownsight.Output, content io.Reader) error {
	contentType := "application/json"
	if o == ownsight.ModelFile {
		contentType = "application/octet-stream"
	}
	key, err := s.archive.keyOf(v)
	if err != nil {
		return jobs.Permanent(err)
	}
	at := v.OutputAt(o)
	_, err = s.objects.As(v.Requester).Put(ctx, at.Bucket, at.Key, content, objects.PutOptions{ContentType: contentType, Key: key})
	if errors.Is(err, objects.ErrNoBucket) || errors.Is(err, objects.ErrAccessDenied) || errors.Is(err, objects.ErrNotFound) || errors.Is(err, objects.ErrInvalidURI) {
		s.log.Info("output not writable", "version", v.ARN.String(), "err", err)
		return jobs.Permanent(ownsight.Errorf(ownsight.InvalidS3Object, "Unable to write to output S3 bucket."))
	}
	return err
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
