package app

import (
	"context"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/awswire"
	"ownsight/internal/objects"
)

// wireKeys shows access to the signature verifier.
type wireKeys struct{ access *access.Service }

func (k wireKeys) Key(ctx context.Context, id string) (awswire.Key, error) {
	key, err := k.access.Key(ctx, id)
	if ownsight.CodeOf(err) == ownsight.NotFound {
		return awswire.Key{}, awswire.ErrNoKey
	}
	return awswire.Key{AccessKey: key}, err
}

// s3Keys shows access to the embedded S3 server.
type s3Keys struct{ access *access.Service }

func (k s3Keys) S3Key(ctx context.Context, id string) (objects.S3Key, error) {
	key, err := k.access.Key(ctx, id)
	if ownsight.CodeOf(err) == ownsight.NotFound {
		return objects.S3Key{}, objects.ErrUnknownKey
	}
	return objects.S3Key{AccountID: key.Account, Secret: key.Secret, Admin: key.IsRoot()}, err
}
