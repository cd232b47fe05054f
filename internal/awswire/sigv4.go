package awswire

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"ownsight"
)

// Bounds on signatures: how far clocks may differ, and the longest life of a presigned request.
const (
	maxSkew      = 15 * time.Minute
	maxPresigned = 7 * 24 * time.Hour
)

// ErrNoKey is what Keys answers for an access key that does not exist.
var ErrNoKey = errors.New("no such access key")

// Keys finds access keys.
type Keys interface {
	// Key gives the access key with an id; ErrNoKey when there is none. Any other error is an internal fault.
	Key(ctx context.Context, accessKeyID string) (Key, error)
}

// Key is an access key as a signature needs it.
type Key struct {
	ownsight.AccessKey
	SessionToken string // what X-Amz-Security-Token must be; empty for a key without sessions
}

// Verifier checks AWS Signature Version 4 in its header and its query form. It is safe for use by many goroutines.
//
// Source: AWS IAM User Guide, "Create a signed AWS API request".
type Verifier struct {
	keys    Keys
	now     func() time.Time
	derived *signingKeys
}

// NewVerifier makes a Verifier over the keys of a store; now is its clock.
func NewVerifier(keys Keys, now func() time.Time) *Verifier {
	return &Verifier{keys: keys, now: now, derived: newSigningKeys(4096)}
}

// Claim is a signed request whose form, scope, age and key are in order, but not yet its signature: that needs the
// body. Making the claim first lets a stranger be refused before the body is kept.
type Claim struct {
	signed    *signature
	caller    ownsight.Caller
	key       Key
	derived   *signingKeys
	canonical []byte // canonical request up to the hash of the body
	bodyHash  string // x-amz-content-sha256, if sent
}

// Claim reads the signature of a request to the service with a signing name. Its errors are AWS's own: an *Error,
// or anything else for an internal fault.
func (v *Verifier) Claim(r *http.Request, service string) (*Claim, error) {
	signed, err := parseSignature(r)
	if err != nil {
		return nil, err
	}
	if err := signed.check(service, v.now()); err != nil {
		return nil, err
	}
	key, err := v.keys.Key(r.Context(), signed.accessKey)
	switch {
	case errors.Is(err, ErrNoKey):
		return nil, unrecognized()
	case err != nil:
		return nil, fmt.Errorf("find access key: %w", err)
	case !equal(key.SessionToken, signed.token):
		return nil, unrecognized()
	case !key.Expires.IsZero() && !v.now().Before(key.Expires):
		return nil, Errorf(CodeExpiredToken, "The security token included in the request is expired")
	}
	canonical, err := canonicalRequest(r, signed)
	if err != nil {
		return nil, err
	}
	caller := ownsight.Caller{
		Principal: key.Principal,
		Region:    signed.region,
		AccessKey: signed.accessKey,
		Address:   Address(r),
		Agent:     r.UserAgent(),
		TLS:       r.TLS != nil,
	}
	return &Claim{signed, caller, key, v.derived, canonical, r.Header.Get("X-Amz-Content-Sha256")}, nil
}

// Address is where a request comes from, without port; empty when that is no address of the network. What proxies say
// about it in headers, anybody could say.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// Caller is who the request claims to be from.
func (c *Claim) Caller() ownsight.Caller { return c.caller }

// Verify holds the signature against the body and gives who sent it.
func (c *Claim) Verify(body []byte) (ownsight.Caller, error) {
	sum := sha256.Sum256(body)
	hash := hex.AppendEncode(nil, sum[:])
	if c.bodyHash != "" && c.bodyHash != string(hash) {
		return ownsight.Caller{}, Errorf(CodeInvalidSignature,
			"The value of the 'x-amz-content-sha256' header does not match the body of the request.")
	}
	if err := c.verify(hash); err != nil {
		return ownsight.Caller{}, err
	}
	return c.caller, nil
}

// VerifyS3 holds the signature of a request to S3 against everything but its body, of which the signature has the hash
// that the client named, or none where it is in the query.
func (c *Claim) VerifyS3() error {
	if c.signed.presigned {
		return c.verify([]byte("UNSIGNED-PAYLOAD"))
	}
	return c.verify([]byte(c.bodyHash))
}

func (c *Claim) verify(bodyHash []byte) error {
	s := c.signed
	request := sha256.Sum256(append(c.canonical, bodyHash...))
	text := make([]byte, 0, 256)
	text = append(text, algorithm+"\n"+s.time.Format(basicTime)+"\n"+s.scope()+"\n"...)
	text = hex.AppendEncode(text, request[:])
	id := signingKeyID{s.accessKey, s.date, s.region, s.service}
	derived := c.derived.get(id, c.key.Secret)
	if !hmac.Equal(sign(derived[:], text), s.mac[:]) {
		return Errorf(CodeInvalidSignature, "The request signature we calculated does not match "+
			"the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service "+
			"documentation for details.")
	}
	c.derived.keep(id, c.key.Secret, derived)
	return nil
}

// check holds scope and time of a signature against the service and the clock.
func (s *signature) check(service string, now time.Time) error {
	const invalid = CodeInvalidSignature
	now = now.UTC()
	switch {
	case s.terminator != terminator:
		return Errorf(invalid, "Credential should be scoped with a valid terminator: '%s'.", terminator)
	case s.service != service:
		return Errorf(invalid, "Credential should be scoped to correct service: '%s'. ", service)
	case !ownsight.ValidRegion(s.region):
		return Errorf(invalid, "Credential should be scoped to a valid region. ")
	case s.date != s.time.Format(basicDate):
		return Errorf(invalid, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "+
			"HTTP: '%s' != '%s', from '%s'.", truncate(s.date), s.time.Format(basicDate), s.time.Format(basicTime))
	case s.time.After(now.Add(maxSkew)):
		return Errorf(invalid, "Signature not yet current: %s is still later than %s (%s + 15 min.)",
			s.time.Format(basicTime), now.Add(maxSkew).Format(basicTime), now.Format(basicTime))
	}
	life := maxSkew
	if s.presigned {
		life = s.expires
	}
	if oldest := now.Add(-life); s.time.Before(oldest) {
		return Errorf(invalid, "Signature expired: %s is now earlier than %s (%s - %d min.)",
			s.time.Format(basicTime), oldest.Format(basicTime), now.Format(basicTime), int(life.Minutes()))
	}
	return nil
}

func unrecognized() *Error {
	return Errorf(CodeUnrecognizedClient, "The security token included in the request is invalid.")
}

func equal(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

func sign(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}
