package objects

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
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
// account, not to the key: all keys of an account own the same ones.
type S3Key struct {
	AccountID string // 12 digits
	Secret    string
	Admin     bool // may make buckets; never reaches into another account
}

const (
	internalPrefix = "INTERNAL"
	lookupTimeout  = 10 * time.Second
)

var accountPattern = regexp.MustCompile(`^[0-9]{12}$`)

// identity is the gateway's view of who calls. The name by which the gateway
// knows a caller is the account, never the key. Accounts are not managed
// through the gateway: the embedded service refuses that.
type identity struct {
	auth.IAMServiceSingle
	keys       Keys
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

func newIdentity(keys Keys) *identity {
	seed := make([]byte, sha256.Size)
	_, _ = rand.Read(seed) // never fails, by its documentation
	return &identity{keys: keys, rootKey: secret(), rootSecret: secret(), seed: seed}
}

// internalKey is the key with which the program itself acts for an account.
func (i *identity) internalKey(accountID string) (accessKey, secret string) {
	return internalPrefix + accountID, hex.EncodeToString(sign(i.seed, accountID))
}

func (i *identity) lookup(accessKeyID string) (S3Key, error) {
	if account, found := strings.CutPrefix(accessKeyID, internalPrefix); found {
		_, secret := i.internalKey(account)
		return S3Key{AccountID: account, Secret: secret, Admin: true}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	key, err := i.keys.S3Key(ctx, accessKeyID)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return S3Key{}, auth.ErrNoSuchUser // the gateway compares by ==
	case err != nil:
		return S3Key{}, fmt.Errorf("look up access key: %w", err)
	case key.Secret == "" || !accountPattern.MatchString(key.AccountID):
		return S3Key{}, fmt.Errorf("access key %s has no secret or no account", accessKeyID)
	}
	return key, nil
}

// DeriveSigningKey resolves a key to its account and to the SigV4 signing key
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
	return signing, account(key.AccountID, key.Admin), nil
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// account names an account for bucket owners (Access) and for bucket policies,
// whose principals are arn:aws:iam::ID:root or, meaning the same, the bare ID.
func account(id string, admin bool) auth.Account {
	known := auth.Account{Access: id, Role: auth.RoleUser, Arn: rootARN(id), RoleArn: id}
	if admin {
		known.SessionToken = adminMark
	}
	return known
}

func rootARN(accountID string) string { return "arn:aws:iam::" + accountID + ":root" }
