package objects

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// URI is the place of one object.
type URI struct {
	Bucket string
	Key    string
}

// String gives s3://bucket/key.
func (u URI) String() string { return "s3://" + u.Bucket + "/" + u.Key }

// ParseURI reads s3://bucket/key. Bucket and key must keep to [CheckBucket] and
// [CheckKey]; the key is taken as it stands, without percent decoding, as every
// AWS tool does.
func ParseURI(s string) (URI, error) {
	rest, found := strings.CutPrefix(s, "s3://")
	if !found {
		return URI{}, fmt.Errorf("%w %.200q: it must start with s3://", ErrInvalidURI, s)
	}
	bucket, key, found := strings.Cut(rest, "/")
	if !found {
		return URI{}, fmt.Errorf("%w %.200q: no key after the bucket (s3://bucket/key)", ErrInvalidURI, s)
	}
	uri := URI{Bucket: bucket, Key: key}
	return uri, uri.check()
}

func (u URI) check() error {
	if err := CheckBucket(u.Bucket); err != nil {
		return err
	}
	return CheckKey(u.Key)
}

// CheckBucket refuses what is not the name of a general purpose bucket: 3 to 63
// characters of a-z, 0-9, dot and hyphen, beginning and ending with a letter or
// digit, no two dots in a row, not an IP address.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func CheckBucket(name string) error {
	if len(name) < 3 || len(name) > 63 {
		return fmt.Errorf("%w: bucket %.80q must have 3 to 63 characters", ErrInvalidURI, name)
	}
	for i := range len(name) {
		c := name[i]
		alphanumeric := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		inside := i > 0 && i < len(name)-1 && (c == '-' || c == '.')
		if !alphanumeric && !inside {
			return fmt.Errorf("%w: bucket %q may have a-z, 0-9, dots and hyphens, and must begin and end with a letter or digit",
				ErrInvalidURI, name)
		}
	}
	if strings.Contains(name, "..") {
		return fmt.Errorf("%w: bucket %q has two dots in a row", ErrInvalidURI, name)
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return fmt.Errorf("%w: bucket %q looks like an IP address", ErrInvalidURI, name)
	}
	return nil
}

// CheckKey refuses what cannot be an object's key: 1 to 1024 bytes of UTF-8
// without NUL, and no segment "." or "..", which HTTP clients and proxies
// rewrite on the way.
func CheckKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("%w: the key is empty", ErrInvalidURI)
	case len(key) > 1024:
		return fmt.Errorf("%w: key %.80q... has %d bytes, the most is 1024", ErrInvalidURI, key, len(key))
	case !utf8.ValidString(key) || strings.ContainsRune(key, 0):
		return fmt.Errorf("%w: key %.80q is not UTF-8 text", ErrInvalidURI, key)
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "." || segment == ".." {
			return fmt.Errorf("%w: key %.80q has a segment %q", ErrInvalidURI, key, segment)
		}
	}
	return nil
}
