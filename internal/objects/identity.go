package objects

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"

	"ownsight"
)

// ErrUnknownKey is what [Keys] gives for an access key that does not exist.
var ErrUnknownKey = errors.New("unknown access key")

// Keys resolves access keys. It is asked once a request, so that a key made or
// taken away a moment ago counts at once; errors other than [ErrUnknownKey]
// make the request fail as an internal fault.
type Keys interface {
	S3Key(ctx context.Context, accessKeyID string) (S3Key, error)
}

// S3Key is an access key as the embedded server needs it. Buckets belong to the
// account of the key's principal, whoever in it made them.
type S3Key struct {
	ownsight.Principal
	Secret string
}

const (
	internalPrefix = "INTERNAL"
	lookupTimeout  = 10 * time.Second
)

// identity is the gateway's view of who calls. The name by which the gateway
// knows a caller is the account, for that owns buckets; its user travels beside
// it. Accounts are not managed through the gateway: the embedded service
// refuses that.
type identity struct {
	auth.IAMServiceSingle
	keys       Keys
	rights     Rights // nil: users have none
	files      backend.Backend
	rootKey    string // the gateway's superuser: nobody holds this key
	rootSecret string
	seed       []byte // of the keys of clients inside the process
}

var (
	_ auth.IAMService         = (*identity)(nil)
	_ auth.SigningKeyProvider = (*identity)(nil)
	_ auth.PrincipalResolver  = (*identity)(nil)
	_ auth.PolicyEvaluator    = (*identity)(nil)
)

func newIdentity(keys Keys, rights Rights) *identity {
	seed := make([]byte, sha256.Size)
	_, _ = rand.Read(seed) // never fails, by its documentation
	return &identity{keys: keys, rights: rights, rootKey: secret(), rootSecret: secret(), seed: seed}
}

// internalKey is the key with which the program itself acts for a principal:
// INTERNAL111122223333, or INTERNAL111122223333-YW5u for a user. A name may
// have characters that end a key in the headers of a signature.
func (i *identity) internalKey(p ownsight.Principal) Key {
	id := internalPrefix + p.Account
	if !p.IsRoot() {
		id += "-" + base64.RawURLEncoding.EncodeToString([]byte(p.User))
	}
	return Key{ID: id, Secret: hex.EncodeToString(sign(i.seed, id))}
}

// internal reads what internalKey wrote.
func (i *identity) internal(id string) (S3Key, bool) {
	name, found := strings.CutPrefix(id, internalPrefix)
	if !found {
		return S3Key{}, false
	}
	account, encoded, _ := strings.Cut(name, "-")
	user, err := base64.RawURLEncoding.DecodeString(encoded)
	p := ownsight.Principal{Account: account, User: string(user)}
	key := i.internalKey(p)
	return S3Key{Principal: p, Secret: key.Secret}, err == nil && key.ID == id
}

func (i *identity) lookup(accessKeyID string) (S3Key, error) {
	if key, ok := i.internal(accessKeyID); ok {
		return key, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	key, err := i.keys.S3Key(ctx, accessKeyID)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return S3Key{}, auth.ErrNoSuchUser // the gateway compares by ==
	case err != nil:
		return S3Key{}, fmt.Errorf("look up access key: %w", err)
	case key.Secret == "" || !ownsight.ValidAccount(key.Account):
		return S3Key{}, fmt.Errorf("access key %s has no secret or no account", accessKeyID)
	}
	return key, nil
}

// DeriveSigningKey resolves a key to its principal and to the SigV4 signing key
// of the day, region and service.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func (i *identity) DeriveSigningKey(accessKeyID, sessionToken, date, region, service string) ([]byte, auth.Account, error) {
	if sessionToken != "" {
		return nil, auth.Account{}, auth.ErrInvalidSessionToken
	}
	key, err := i.lookup(accessKeyID)
	if err != nil {
		return nil, auth.Account{}, err
	}
	signing := sign([]byte("AWS4"+key.Secret), date)
	for _, part := range []string{region, service, "aws4_request"} {
		signing = sign(signing, part)
	}
	return signing, account(key.Principal), nil
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// account is a principal as the gateway knows it: the owner of buckets (Access),
// the principal of bucket policies (Arn; RoleArn is a second name of the same),
// and the user in the session token, the only other part of it that reaches
// EvaluatePolicy.
func account(p ownsight.Principal) auth.Account {
	known := auth.Account{Access: p.Account, Role: auth.RoleUser, Arn: p.ARN(), SessionToken: p.User}
	if p.IsRoot() {
		known.RoleArn = p.Account
	}
	return known
}
