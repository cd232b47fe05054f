package audit

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/require"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3log"

	"ownsight/internal/awswire"
)

// understood is what the embedded server takes a request for.
type understood struct{ action, path string }

// names reads a path as the server does.
func (u understood) names() [2]string {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(u.path, "/"), "/")
	return [2]string{bucket, key}
}

// routes hears how the embedded server's own router understands requests.
type routes chan understood

func (r routes) Log(ctx fiber.Ctx, _ error, _ []byte, meta s3log.LogMeta) {
	r <- understood{strings.TrimPrefix(meta.Action, "s3_"), strings.Clone(ctx.Path())}
}
func (routes) HangUp() error   { return nil }
func (routes) Shutdown() error { return nil }

// gateway is the embedded server's router before an empty backend.
func gateway(t *testing.T) (*http.Client, routes) {
	heard, listening := make(routes, 1), make(chan struct{})
	server, err := s3api.New(backend.BackendUnsupported{}, middlewares.RootUserConfig{Access: "a", Secret: "b"}, "us-east-1",
		auth.IAMServiceSingle{}, heard, nil, nil, nil, s3api.WithQuiet(), s3api.WithConcurrencyLimiter(100, 100),
		s3api.WithHostStyle("localhost"), s3api.WithOnListen(func() { close(listening) }))
	require.NoError(t, err)
	socket := filepath.Join(t.TempDir(), "s")
	ended := make(chan error, 1)
	go func() { ended <- server.ServeMultiPort([]string{socket}) }()
	<-listening
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		require.NoError(t, server.ShutDown())
		<-ended //nolint:errcheck // tells only that its listener was closed
	})
	return &http.Client{Transport: transport}, heard
}

// cloudTrail has the names that CloudTrail has for what the router calls otherwise.
var cloudTrail = map[string]string{
	"ListAllMyBuckets":                   "ListBuckets",
	"Options":                            "PreflightRequest",
	"PutBucketLifecycleConfiguration":    "PutBucketLifecycle",
	"GetBucketLifecycleConfiguration":    "GetBucketLifecycle",
	"PutBucketNotificationConfiguration": "PutBucketNotification",
	"GetBucketNotificationConfiguration": "GetBucketNotification",
	"PutPublicAccessBlock":               "PutBucketPublicAccessBlock",
	"GetPublicAccessBlock":               "GetBucketPublicAccessBlock",
	"DeletePublicAccessBlock":            "DeleteBucketPublicAccessBlock",
}

// TestOperationsAreTheServers sends every method with every parameter, and with every two of them, to the router of the
// embedded server, and demands that a record says what that router does.
func TestOperationsAreTheServers(t *testing.T) {
	client, heard := gateway(t)
	parameters := []string{"", "list-type=2", "list-type=1", "select-type=2", "id=1", "uploadId=1", "partNumber=1", "delete", "restore",
		"select", "uploads", "versions", "attributes", "retention", "legal-hold", "versionId=1", "prefix=a%2Fb", "unknown"}
	for _, rules := range s3Rules {
		for _, rule := range rules {
			if name := rule.parameters; !strings.ContainsAny(name, " =") && name != "copy" && !slices.Contains(parameters, name) {
				parameters = append(parameters, name)
			}
		}
	}
	requests, refused := 0, 0
	try := func(method, path, source string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://s3"+path, nil)
		require.NoError(t, err)
		if source != "" {
			r.Header.Set("X-Amz-Copy-Source", source)
		}
		response, err := client.Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		var got understood
		select {
		case got = <-heard:
		default: // an answer to a preflight that nobody has allowed
			require.Equal(t, "OPTIONS", method)
			got = understood{"Options", r.URL.Path}
		}
		requests++
		if got.action == "ActionUnDetected" { // the router itself refuses it
			refused++
			return
		}
		want := got.action
		if name, ok := cloudTrail[want]; ok {
			want = name
		}
		bucket, key := s3Names(r, "localhost")
		require.Equal(t, want, s3Operation(r, bucket, key), "%s %s copy from %q", method, r.URL, source)
		require.Equal(t, got.names(), [2]string{bucket, key}, r.URL)
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"} {
		for _, path := range []string{"/", "/bucket", "/bucket/", "/bucket/key", "/bucket/a/b%20c//d%2Fe/"} {
			for i, first := range parameters {
				try(method, path+"?"+first, "")
				try(method, path+"?"+first, "bucket/from")
				for _, second := range parameters[i+1:] {
					if path == "/bucket" || path == "/bucket/key" {
						try(method, path+"?"+first+"&"+second, "")
					}
				}
			}
		}
	}
	require.Greater(t, requests, 10_000)
	require.Less(t, refused, requests/2)
}

func TestVirtualHosts(t *testing.T) {
	client, heard := gateway(t)
	for target, want := range map[string][2]string{
		"http://bucket.localhost/":             {"bucket", ""},
		"http://bucket.localhost:8600/a/b":     {"bucket", "a/b"},
		"http://bucket.localhost/a//b/":        {"bucket", "a//b/"},
		"http://localhost/bucket/key":          {"bucket", "key"},
		"http://127.0.0.1:8600/bucket/a%2F..b": {"bucket", "a/..b"},
		"http://a.b.localhost/key":             {"a.b", "key"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		require.NoError(t, err)
		response, err := client.Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		bucket, key := s3Names(r, "localhost")
		require.Equal(t, want, [2]string{bucket, key}, target)
		require.Equal(t, want, (<-heard).names(), target)
	}
}

var operationPattern = regexp.MustCompile(`^[A-Za-z0-9_]{1,128}$`)

// FuzzS3 makes records of whatever may come as a request to S3.
func FuzzS3(f *testing.F) {
	f.Add("GET", "/bucket/key?versionId=1", "bucket.localhost", "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request", "a/b", "curl")
	f.Add("PUT", "/b/%ff%00?acl&tagging;x=%zz", "localhost:1", "Credential=a/b/c/d", "%zz?versionId=", "a\nb\x1b[2J\x00\xff")
	f.Add("DELETE", "//?X-Amz-Credential=secret/x/us-east-1/s3&X-Amz-Signature=1", ".localhost", "", "/", "")
	f.Fuzz(func(t *testing.T, method, target, host, authorization, source, agent string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Skip()
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method, r.URL, r.Host = method, u, host
		r.Header = http.Header{"Authorization": {authorization}, "X-Amz-Copy-Source": {source}, "User-Agent": {agent}}
		bucket, key := s3Names(r, "localhost")
		call := awswire.Call{ID: "1", Service: "s3", Operation: s3Operation(r, bucket, key), Asked: r.Method,
			Resources: s3Resources(r, bucket, key), Code: "AccessDenied", Message: "no", Status: 403}
		line, err := json.Marshal(newRecord(r, call))
		require.NoError(t, err)
		require.NotContains(t, string(line), "\n")
		require.NotContains(t, string(line), "\x1b")
		require.Less(t, len(line), 40_000)
		var record Record
		require.NoError(t, json.Unmarshal(line, &record))
		require.Regexp(t, operationPattern, record.Name)
		require.Equal(t, "Unknown", record.Identity.Type)
		require.Empty(t, record.ErrorText)
		if record.Identity.AccessKeyID != "" {
			require.Regexp(t, `^[A-Z0-9]{4,32}$`, record.Identity.AccessKeyID)
		}
	})
}
