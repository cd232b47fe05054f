package app

import (
	"context"
	"time"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/awswire"
	"ownsight/internal/config"
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
	if err == nil && !key.Expires.IsZero() && !time.Now().Before(key.Expires) {
		return objects.S3Key{}, objects.ErrUnknownKey
	}
	return objects.S3Key{Principal: key.Principal, Secret: key.Secret}, err
}

// keysElsewhere are the keys of accounts on another S3 server. The system and the default account share one, unless the
// default account has its own.
func keysElsewhere(c config.S3) map[string]objects.Key {
	shared := objects.Key{ID: c.AccessKey, Secret: c.SecretKey}
	keys := map[string]objects.Key{ownsight.SystemAccount: shared, ownsight.DefaultAccount: shared}
	for account, key := range c.Accounts {
		keys[account] = objects.Key{ID: key.AccessKey, Secret: key.SecretKey}
	}
	return keys
}
