package objects_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"ownsight/internal/objects"
	"ownsight/internal/objects/objectstest"
)

// restart gives the process back to the shared server when the test ends.
func restart(t *testing.T) {
	t.Helper()
	require.NoError(t, embedded.Stop())
	t.Cleanup(func() { require.NoError(t, embedded.Start(context.Background())) })
}

func TestStartAndStop(t *testing.T) {
	client := embedded.Store().As(root(first))
	bucket := objectstest.Bucket(t, client)
	_, err := client.Put(t.Context(), bucket, "key", strings.NewReader("kept"), objects.PutOptions{})
	require.NoError(t, err)
	require.NoError(t, embedded.Start(t.Context()), "started twice")

	second, err := objects.NewEmbedded(objects.EmbeddedConfig{Dir: t.TempDir(), Keys: keys})
	require.NoError(t, err)
	require.ErrorContains(t, second.Start(t.Context()), "another one runs")

	require.NoError(t, embedded.Stop())
	require.NoError(t, embedded.Stop(), "stopped twice")
	_, _, err = client.Get(t.Context(), bucket, "key", "")
	require.ErrorIs(t, err, objects.ErrUnavailable)
	answer, err := http.Get(server.URL + "/" + bucket + "/key")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, embedded.Start(cancelled), context.Canceled)
	for range 20 { // stopped at once, again and again
		require.NoError(t, embedded.Start(t.Context()))
		require.NoError(t, embedded.Stop())
	}
	require.NoError(t, embedded.Start(t.Context()))
	content, _, err := client.GetBytes(t.Context(), bucket, "key", "", 10)
	require.NoError(t, err)
	require.Equal(t, "kept", string(content))
}

func TestSideFolderForMetadata(t *testing.T) {
	restart(t)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "s3-metadata"), 0o700))
	side, err := objects.NewEmbedded(objects.EmbeddedConfig{Dir: dir, Keys: keys})
	require.NoError(t, err)
	require.NoError(t, side.Start(t.Context()))
	defer func() { require.NoError(t, side.Stop()) }()
	objectstest.Run(t, func(*testing.T) *objects.Client { return side.Store().As(root(first)) })
	found, err := os.ReadDir(filepath.Join(dir, "s3-metadata"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
}

func TestStartIsSilentAndPrivate(t *testing.T) {
	restart(t)
	printed, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	require.NoError(t, err)
	out := os.Stdout
	os.Stdout = printed
	defer func() { os.Stdout = out }()

	dir := filepath.Join(t.TempDir(), strings.Repeat("a-long-data-directory/", 8))
	quiet, err := objects.NewEmbedded(objects.EmbeddedConfig{Dir: dir, Keys: keys})
	require.NoError(t, err)
	require.NoError(t, quiet.Start(t.Context()))
	client := quiet.Store().As(root(first))
	require.NoError(t, client.EnsureBucket(t.Context(), "silent"))
	_, err = client.Put(t.Context(), "silent", "a/b", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)
	require.NoError(t, quiet.Stop())

	content, err := os.ReadFile(printed.Name())
	require.NoError(t, err)
	require.Empty(t, string(content))
	for path, want := range map[string]os.FileMode{"s3": 0o700, "s3/silent": 0o700, "s3/silent/a": 0o700, "s3/silent/a/b": 0o600} {
		info, err := os.Stat(filepath.Join(dir, path))
		require.NoError(t, err)
		require.Equal(t, want, info.Mode().Perm(), path)
	}
}

func TestNewEmbeddedRefuses(t *testing.T) {
	for _, config := range []objects.EmbeddedConfig{
		{Dir: "x"},
		{Dir: "x", Keys: keys, Regions: []string{"us-east-1", "us-east-1"}},
		{Dir: "x", Keys: keys, Regions: []string{""}},
	} {
		_, err := objects.NewEmbedded(config)
		require.Error(t, err, config)
	}
}

func TestRegions(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		objectstest.Bucket(t, outside(t, "AKIAFIRSTKEY", "first-secret", region))
	}
	err := outside(t, "AKIAFIRSTKEY", "first-secret", "mars-north-1").EnsureBucket(t.Context(), "somewhere")
	require.ErrorContains(t, err, "AuthorizationHeaderMalformed")
	require.ErrorContains(t, err, "us-east-1")
}

func TestNoAdministrationFromOutside(t *testing.T) {
	id, secret := embedded.RootKey()
	for _, path := range []string{
		"/create-user", "/delete-user", "/update-user", "/list-users", "/change-bucket-owner", "/list-buckets", "/x/create",
	} {
		request := signed(t, http.MethodPatch, path, "", id, secret)
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode, "%s: %s", path, body)
	}
}

func TestNoWayOutOfTheFolder(t *testing.T) {
	bucket := objectstest.Bucket(t, embedded.Store().As(root(first)))
	outsideFile := filepath.Join(dataDir, "outside")
	require.NoError(t, os.WriteFile(outsideFile, []byte("private"), 0o600))
	for _, path := range []string{
		"/" + bucket + "/../../outside", "/" + bucket + "/%2e%2e/%2e%2e/outside", "/" + bucket + "/..%2f..%2foutside",
		"/../outside", "/%2e%2e/outside", "/..%2foutside",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
			answer, err := http.DefaultClient.Do(signed(t, method, path, "changed", "AKIAFIRSTKEY", "first-secret"))
			require.NoError(t, err)
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.GreaterOrEqual(t, answer.StatusCode, 400, "%s %s", method, path)
			require.NotContains(t, string(body), "private")
		}
	}
	content, err := os.ReadFile(outsideFile)
	require.NoError(t, err)
	require.Equal(t, "private", string(content))
}

// Over TLS the SDKs stream a body of unknown content in chunks with a checksum
// behind it, and may ask first whether to send it.
func TestChunkedBodyOverTLS(t *testing.T) {
	secure := httptest.NewTLSServer(embedded)
	defer secure.Close()
	bucket := objectstest.Bucket(t, embedded.Store().As(root(first)))
	content := strings.Repeat("picture ", 100_000)
	api := sdk(secure.URL, secure.Client(), "AKIAFIRSTKEY", "first-secret")
	putStream(t, api, bucket, "chunked", content)
	read, info, err := embedded.Store().As(root(first)).GetBytes(t.Context(), bucket, "chunked", "", 1<<20)
	require.NoError(t, err)
	require.EqualValues(t, len(content), info.Size)
	require.Equal(t, content, string(read))
}

// TestLargeMetadata gives a bucket and an object more metadata than a block of a file system holds: a policy of 18 KB, and all
// the tags and words that S3 allows.
func TestLargeMetadata(t *testing.T) {
	bucket := objectstest.Bucket(t, embedded.Store().As(root(first)))
	s3api := api(root(first))
	statement := `{"Effect":"Allow","Principal":{"AWS":"` + other + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/%04d/*"}`
	var statements []string
	for i := range 100 {
		statements = append(statements, fmt.Sprintf(statement, i))
	}
	policy := `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	require.Greater(t, len(policy), 12_000)
	_, err := s3api.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
	require.NoError(t, err)
	got, err := s3api.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &bucket})
	require.NoError(t, err)
	require.JSONEq(t, policy, *got.Policy)

	words := map[string]string{"words": strings.Repeat("w", 1900)}
	_, err = s3api.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("0001/a"), Metadata: words, Body: strings.NewReader("x")})
	require.NoError(t, err)
	var tags []types.Tag
	for i := range 10 {
		tags = append(tags, types.Tag{Key: aws.String(fmt.Sprintf("%0128d", i)), Value: aws.String(strings.Repeat("v", 256))})
	}
	_, err = s3api.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: &bucket, Key: aws.String("0001/a"), Tagging: &types.Tagging{TagSet: tags}})
	require.NoError(t, err)
	tagged, err := s3api.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: &bucket, Key: aws.String("0001/a")})
	require.NoError(t, err)
	require.ElementsMatch(t, tags, tagged.TagSet)
	head, err := s3api.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("0001/a")})
	require.NoError(t, err)
	require.Equal(t, words, head.Metadata)
}
