package app

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/config"
	"ownsight/internal/objects"
)

// The one port speaks several protocols; what a request is must not depend on what its sender made up.
func TestProtocolsAreToldApart(t *testing.T) {
	const form, json = "application/x-www-form-urlencoded; charset=utf-8", "application/x-amz-json-1.1"
	for name, c := range map[string]struct {
		method, target string
		header         map[string]string
		want           protocol
	}{
		"AWS JSON":                      {"POST", "/", map[string]string{"X-Amz-Target": "RekognitionService.DescribeProjects"}, protocolJSON},
		"AWS JSON without a target":     {"POST", "/", map[string]string{"Content-Type": json}, protocolJSON},
		"AWS JSON, presigned":           {"POST", "/?X-Amz-Target=x&X-Amz-Signature=y", nil, protocolJSON},
		"CBOR":                          {"POST", "/service/PhotonAdminProxyService/operation/CopyImage", map[string]string{"smithy-protocol": "rpc-v2-cbor"}, protocolCBOR},
		"CBOR on a wrong path":          {"GET", "/", map[string]string{"smithy-protocol": "rpc-v2-cbor", "Accept": "text/html"}, protocolCBOR},
		"a bucket named service":        {"POST", "/service/a/operation/b", map[string]string{"Content-Type": "application/cbor", "Authorization": "AWS4 .../s3/aws4_request"}, protocolS3},
		"a browser asks about JSON":     {"OPTIONS", "/", map[string]string{"Origin": "http://page", "Access-Control-Request-Headers": "authorization,x-amz-target"}, protocolPreflight},
		"a browser asks about a bucket": {"OPTIONS", "/", map[string]string{"Origin": "http://page", "Access-Control-Request-Headers": "authorization"}, protocolS3},
		"an object of type JSON 1.1":    {"PUT", "/bucket/key", map[string]string{"Content-Type": json, "Authorization": "AWS4 .../s3/aws4_request"}, protocolS3},
		"an object posted with a form":  {"POST", "/bucket", map[string]string{"Content-Type": "multipart/form-data"}, protocolS3},
		"STS":                           {"POST", "/", map[string]string{"Content-Type": form, "Authorization": "AWS4 .../sts/aws4_request, "}, protocolSTS},
		"STS, unsigned":                 {"POST", "/", map[string]string{"Content-Type": form}, protocolSTS},
		"STS, presigned":                {"GET", "/?X-Amz-Credential=a/b/us-east-1/sts/aws4_request&X-Amz-Signature=y", nil, protocolSTS},
		"old CloudWatch":                {"POST", "/", map[string]string{"Content-Type": form, "Authorization": "AWS4 .../monitoring/aws4_request, "}, protocolQuery},
		"CloudWatch":                    {"POST", "/", map[string]string{"X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics", "Authorization": "AWS4 .../monitoring/aws4_request, "}, protocolJSON},
		"list of buckets":               {"GET", "/", map[string]string{"Authorization": "AWS4 .../s3/aws4_request"}, protocolS3},
		"health":                        {"GET", "/healthz", nil, protocolOwn},
		"a bucket named healthz":        {"GET", "/healthz", map[string]string{"Authorization": "AWS4 .../s3/aws4_request"}, protocolS3},
		"a bucket named console":        {"GET", "/console/x.txt?X-Amz-Signature=y", nil, protocolS3},
		"a browser":                     {"GET", "/", map[string]string{"Accept": "text/html,*/*"}, protocolOwn},
		"a public bucket, virtual host": {"GET", "/", map[string]string{"Accept": "*/*"}, protocolS3},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		require.Equal(t, c.want, protocolOf(r), name)
	}
}

func TestNodeNameStays(t *testing.T) {
	dir := t.TempDir()
	name, err := nodeName(dir)
	require.NoError(t, err)
	again, err := nodeName(dir)
	require.NoError(t, err)
	require.Equal(t, name, again)
	other, err := nodeName(t.TempDir())
	require.NoError(t, err)
	require.NotEqual(t, name, other)
}

func TestKeysOnAnotherS3Server(t *testing.T) {
	own := config.S3{AccessKey: "shared", SecretKey: "s"}
	shared, theirs := objects.Key{ID: "shared", Secret: "s"}, objects.Key{ID: "theirs", Secret: "t"}
	require.Equal(t, map[string]objects.Key{"000000000000": shared, "111122223333": shared}, keysElsewhere(own))
	own.Accounts = map[string]config.S3Key{"444455556666": {AccessKey: "theirs", SecretKey: "t"}}
	require.Equal(t, map[string]objects.Key{"000000000000": shared, "111122223333": shared, "444455556666": theirs}, keysElsewhere(own))
	own.Accounts["111122223333"] = config.S3Key{AccessKey: "theirs", SecretKey: "t"}
	require.Equal(t, map[string]objects.Key{"000000000000": shared, "111122223333": theirs, "444455556666": theirs}, keysElsewhere(own))
}
