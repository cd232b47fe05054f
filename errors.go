package ownsight

import (
	"errors"
	"fmt"
)

// Code says what kind of mistake or trouble an Error is; each service's front maps it to an AWS exception.
type Code string

// The codes of domain errors. Whatever is not one of these is an internal fault: the caller sees an id, the log the
// cause.
const (
	InvalidParameter   Code = "invalid parameter"
	NotFound           Code = "not found"
	InUse              Code = "in use"
	AlreadyExists      Code = "already exists"
	NotReady           Code = "not ready"
	LimitExceeded      Code = "limit exceeded"
	QuotaExceeded      Code = "quota exceeded"
	AccessDenied       Code = "access denied"
	InvalidPageToken   Code = "invalid page token"
	InvalidS3Object    Code = "invalid s3 object"
	PictureTooLarge    Code = "picture too large"
	InvalidPicture     Code = "invalid picture"
	CapacityExceeded   Code = "capacity exceeded"
	NotServed          Code = "not served"
	Throttled          Code = "throttled"
	MalformedPolicy    Code = "malformed policy"
	StaleRevision      Code = "stale revision"
	NotPermitted       Code = "not permitted"
	InvalidCombination Code = "invalid combination"
	Conflict           Code = "conflict"
	Incompatible       Code = "incompatible"
	InvalidRole        Code = "invalid role"
	DryRun             Code = "dry run"
)

// Error is a refusal or failure that the caller is told about in full.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error with a message for the caller.
func Errorf(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf gives the code of an Error anywhere in err's chain, or "" for an internal fault.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
