package deploy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// TestBehindAProxy puts the proxy of deploy/ before two servers, one of which is away: signatures hold behind it, uploads go through
// it, and nobody sees the metrics from outside.
func TestBehindAProxy(t *testing.T) {
	t.Parallel()
	needs(t, "caddy")
	s := server.Start(t)
	address := server.Reserve(t)
	home := t.TempDir()
	proxy := begin(t, "proxy", map[string]string{"SITE": "https://" + address, "XDG_DATA_HOME": home, "HOME": home,
		"NODES": strings.TrimPrefix(s.Endpoint, "http://") + " " + server.Reserve(t)}, "")
	t.Cleanup(func() {
		_ = proxy.cmd.Process.Kill()
		_ = proxy.cmd.Wait()
	})
	roots := x509.NewCertPool()
	client := &http.Client{Timeout: server.Patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	server.Eventually(t, server.Patience, "the proxy's certificate", func(context.Context) bool {
		certificate, err := os.ReadFile(filepath.Join(home, "caddy", "pki", "authorities", "local", "root.crt"))
		return err == nil && roots.AppendCertsFromPEM(certificate)
	})
	get := func(path string) int {
		answer, err := client.Get("https://" + address + path)
		if err != nil {
			return 0
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	server.Eventually(t, server.Patience, "the proxy", func(context.Context) bool { return get("/readyz") == http.StatusOK })
	require.Equal(t, http.StatusNotFound, get("/metrics"))

	config := s.Config(t, "default")
	config.BaseEndpoint, config.HTTPClient = aws.String("https://"+address), client
	for range 4 { // whichever node it is sent to first
		_, err := rekognition.NewFromConfig(config).DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{})
		require.NoError(t, err)
	}
	objects := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := objects.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("pictures")})
	require.NoError(t, err)
	key := aws.String("a b/ü+%.bin") // the path is signed as it was sent
	_, err = objects.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("pictures"), Key: key, Body: strings.NewReader(strings.Repeat("x", 8<<20))})
	require.NoError(t, err)
	out, err := objects.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("pictures"), Key: key})
	require.NoError(t, err)
	defer out.Body.Close()
	n, err := io.Copy(io.Discard, out.Body)
	require.NoError(t, err)
	require.EqualValues(t, 8<<20, n)
}
