package manifest

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"ownsight"
)

const (
	s3Scheme    = "s3://"
	maxKeyBytes = 1024
)

var bucketPattern = regexp.MustCompile(`^[0-9A-Za-z.\-_]{3,255}$`)

// SourceRef names a picture the way manifests do: s3://BUCKET/KEY. The key stands as it is, without escapes.
func SourceRef(at ownsight.Location) string { return s3Scheme + at.Bucket + "/" + at.Key }

// ParseSourceRef reads s3://BUCKET/KEY; false when s has another form. A key has 1 to 1024 bytes of UTF-8
// without NUL.
func ParseSourceRef(s string) (ownsight.Location, bool) {
	rest, ok := strings.CutPrefix(s, s3Scheme)
	if !ok {
		return ownsight.Location{}, false
	}
	bucket, key, _ := strings.Cut(rest, "/")
	if key == "" || len(key) > maxKeyBytes || !utf8.ValidString(key) || strings.ContainsRune(key, 0) || !bucketPattern.MatchString(bucket) {
		return ownsight.Location{}, false
	}
	return ownsight.Location{Bucket: bucket, Key: key}, true
}
