// Package objects keeps bytes in S3 and nowhere else. A [Client] speaks to any
// S3 endpoint in the name of one account; [Embedded] is the S3 server that the
// program brings along when no other is configured, so that the code above has
// one way to reach bytes, wherever they lie.
package objects

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

var (
	// ErrNotFound says that the object, or the asked version of it, does not
	// exist. A HEAD cannot tell a missing bucket from a missing object and
	// gives this error for both.
	ErrNotFound = errors.New("no such object")
	// ErrNoBucket says that the bucket does not exist.
	ErrNoBucket = errors.New("no such bucket")
	// ErrAccessDenied says that the account may not do this, or that the
	// endpoint refused the credentials.
	ErrAccessDenied = errors.New("access denied")
	// ErrTooLarge says that an object has more bytes than the caller takes.
	ErrTooLarge = errors.New("object too large")
	// ErrUnavailable says that the endpoint did not answer or asked to slow
	// down; the same call may succeed later.
	ErrUnavailable = errors.New("object store unavailable")
	// ErrRefused says that the endpoint will never do what was asked, for a
	// reason that is none of the above: a key too long for it, a version that
	// is no version.
	ErrRefused = errors.New("refused by the object store")
	// ErrChanged says that the object is another one by now than the one that
	// was asked for.
	ErrChanged = errors.New("the object has changed")
	// ErrNoUpload says that the endpoint does not know an object in parts any
	// more: it was ended, or given up.
	ErrNoUpload = errors.New("no such upload")
	// ErrInvalidURI says that a bucket, key or S3 URI breaks the naming rules.
	ErrInvalidURI = errors.New("invalid S3 location")
)

var errorCodes = map[string]error{
	"NoSuchKey":             ErrNotFound,
	"NotFound":              ErrNotFound,
	"NoSuchVersion":         ErrNotFound,
	"NoSuchUpload":          ErrNoUpload,
	"NoSuchBucket":          ErrNoBucket,
	"AccessDenied":          ErrAccessDenied,
	"Forbidden":             ErrAccessDenied,
	"InvalidAccessKeyId":    ErrAccessDenied,
	"SignatureDoesNotMatch": ErrAccessDenied,
	"EntityTooLarge":        ErrTooLarge,
	"InternalError":         ErrUnavailable,
	"ServiceUnavailable":    ErrUnavailable,
	"SlowDown":              ErrUnavailable,
	"RequestTimeout":        ErrUnavailable,
	"RequestTimeTooSkewed":  ErrUnavailable, // until the clocks agree again
	"OperationAborted":      ErrUnavailable, // met another one
	"PreconditionFailed":    ErrChanged,

	// The body was not the same any more when it arrived; the next try may be.
	"XAmzContentSHA256Mismatch": ErrUnavailable,
	"BadDigest":                 ErrUnavailable,
	"IncompleteBody":            ErrUnavailable,
}

// Wrong reports whether an error says that the request itself was wrong, so
// that the same request would fail again: as opposed to a store that did not
// answer, or a fault of this program.
func Wrong(err error) bool {
	for _, kind := range []error{ErrNotFound, ErrNoBucket, ErrAccessDenied, ErrTooLarge, ErrRefused, ErrChanged, ErrNoUpload, ErrInvalidURI} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// failure names the operation and its place, and adds the domain error that
// belongs to what the endpoint answered. The end of the caller's context stays
// what it is: it says nothing about the store.
func failure(ctx context.Context, operation string, at URI, err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%s %s: %w", operation, at, cause)
	}
	if kind := classify(err); kind != nil {
		return fmt.Errorf("%s %s: %w: %w", operation, at, kind, err)
	}
	return fmt.Errorf("%s %s: %w", operation, at, err)
}

func classify(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		if kind := errorCodes[api.ErrorCode()]; kind != nil {
			return kind
		}
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		status := response.HTTPStatusCode()
		if status >= http.StatusInternalServerError || status == http.StatusTooManyRequests {
			return ErrUnavailable
		}
		if status >= http.StatusBadRequest {
			return ErrRefused
		}
	}
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, ErrUnavailable) {
		return ErrUnavailable
	}
	return nil
}
