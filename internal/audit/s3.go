package audit

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ownsight"
	"ownsight/internal/awswire"

	"github.com/google/uuid"
)

// S3 serves S3 requests through a handler and tells an observer of each as its answer begins. Domain is the base of
// virtual hosts: bucket.domain, with any port. What a request asks for is told as the embedded server understands it.
//
// The keys that DeleteObjects removes are in its body and are not told, as CloudTrail does not; nor is who posts a
// browser's form (PostObject), whose signature is one of its fields.
func S3(next http.Handler, v *awswire.Verifier, domain string, observe awswire.Observer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &s3Answer{ResponseWriter: w, request: asSigned(r), started: time.Now()}
		a.begin = func(body []byte) { observe(a.request, a.call(v, domain, body)) }
		defer a.tell(nil) // of an answer without body
		next.ServeHTTP(a, r)
	})
}

// requestID is S3's name for the header that bears it.
const requestID = "X-Amz-Request-Id"

// s3Answer watches an answer begin: with the header when it is a success, with the first bytes of the body, which have
// the error, otherwise.
type s3Answer struct {
	http.ResponseWriter
	request *http.Request
	started time.Time
	status  int
	begin   func(body []byte)
	told    bool
}

func (a *s3Answer) WriteHeader(status int) {
	if status >= http.StatusOK && a.status == 0 {
		a.status = status
		if a.Header().Get(requestID) == "" {
			a.Header().Set(requestID, uuid.NewString())
		}
		if status < http.StatusBadRequest {
			a.tell(nil)
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *s3Answer) Write(body []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.tell(body)
	return a.ResponseWriter.Write(body)
}

// Unwrap keeps flushing possible.
func (a *s3Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *s3Answer) tell(body []byte) {
	if !a.told {
		a.told = true
		a.begin(body)
	}
}

func (a *s3Answer) call(v *awswire.Verifier, domain string, body []byte) awswire.Call {
	r := a.request
	bucket, key := s3Names(r, domain)
	accepted := a.status != 0 && a.status < http.StatusBadRequest
	c := awswire.Call{
		ID: a.Header().Get(requestID), Caller: s3Caller(v, r), Service: "s3", Operation: s3Operation(r, bucket, key),
		Asked: r.Method, Resources: s3Resources(r, bucket, key), Status: a.status, Duration: time.Since(a.started),
	}
	switch {
	case accepted:
	case r.Context().Err() != nil:
		c.Status, c.Code = awswire.StatusCancelled, awswire.CodeCancelled
	default:
		c.Code, c.Message = s3Error(a.status, body)
	}
	return c
}

// asSigned is a request with the one signature that the server behind looks at: that of the query, where there is one. A
// header beside it is anybody's, and must not make somebody else of who asks.
func asSigned(r *http.Request) *http.Request {
	query := r.URL.Query()
	for _, parameter := range []string{"Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"} {
		if query.Get("X-Amz-"+parameter) != "" {
			r = r.Clone(r.Context())
			r.Header.Del("Authorization")
			return r
		}
	}
	return r
}

// s3Caller is who signed a request. That the server behind has granted it does not prove anything: it answers some requests
// without a look at the signature.
func s3Caller(v *awswire.Verifier, r *http.Request) ownsight.Caller {
	claim, err := v.Claim(r, "s3")
	if err != nil || claim.VerifyS3() != nil {
		return ownsight.Caller{}
	}
	return claim.Caller()
}

// s3Error reads the error in the body of an answer. One without, as to HEAD, is named by its status.
func s3Error(status int, body []byte) (code, message string) {
	var e struct{ Code, Message string }
	if xml.Unmarshal(body, &e) == nil && e.Code != "" {
		return e.Code, e.Message
	}
	if status == 0 { // the connection was cut before there was an answer
		return "InternalError", ""
	}
	return strings.ReplaceAll(http.StatusText(status), " ", ""), ""
}

// s3Names finds the bucket and the key that a request is about, either of which may be missing.
func s3Names(r *http.Request, domain string) (bucket, key string) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if host, _, virtual := strings.Cut(r.Host, "."+domain); virtual && host != "" {
		return host, path
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

func s3Resources(r *http.Request, bucket, key string) []string {
	const prefix = "arn:" + ownsight.Partition + ":s3:::"
	switch source := r.Header.Get("X-Amz-Copy-Source"); {
	case bucket == "":
		return nil
	case key == "":
		return []string{prefix + bucket}
	case source == "" || r.Method != http.MethodPut:
		return []string{prefix + bucket + "/" + key}
	default: // a copy reads one object and writes another
		source, _, _ = strings.Cut(source, "?versionId=")
		if plain, err := url.PathUnescape(source); err == nil {
			source = plain
		}
		return []string{prefix + bucket + "/" + key, prefix + strings.TrimPrefix(source, "/")}
	}
}
