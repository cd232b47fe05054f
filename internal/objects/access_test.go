package objects_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"ownsight/internal/objects"
	"ownsight/internal/objects/objectstest"
)

// sdk is an S3 client as any user has it, with the SDK's own defaults.
func sdk(endpoint string, through *http.Client, id, secret string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1", UsePathStyle: true, HTTPClient: through,
		Credentials:                credentials.NewStaticCredentialsProvider(id, secret, ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
	})
}

func putStream(t *testing.T, api *s3.Client, bucket, key, content string) {
	t.Helper()
	_, err := api.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, ContentLength: aws.Int64(int64(len(content))),
		Body: io.MultiReader(strings.NewReader(content)), // cannot seek
	})
	require.NoError(t, err)
}

// signed is a request that no SDK would make, rightly signed all the same.
func signed(t *testing.T, method, path, body, id, secret string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	request.Header.Set("X-Amz-Content-Sha256", hash)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	require.NoError(t, signer.SignHTTP(t.Context(), aws.Credentials{AccessKeyID: id, SecretAccessKey: secret},
		request, hash, "s3", "us-east-1", time.Now()))
	return request
}

func readable(t *testing.T, client *objects.Client, bucket, key string) error {
	t.Helper()
	_, _, err := client.GetBytes(t.Context(), bucket, key, "", 100)
	return err
}

func TestKeysOfOneAccountShareItsBuckets(t *testing.T) {
	inside := embedded.Store().As(root(first))
	admin := outside(t, "AKIAFIRSTKEY", "first-secret", "")
	colleague := outside(t, "AKIASECONDKEY", "second-secret", "")
	bucket := objectstest.Bucket(t, admin)
	for _, client := range []*objects.Client{inside, admin, colleague} {
		_, err := client.Put(t.Context(), bucket, "key", strings.NewReader("x"), objects.PutOptions{})
		require.NoError(t, err)
		require.NoError(t, readable(t, client, bucket, "key"))
	}
	for _, stranger := range []*objects.Client{embedded.Store().As(root(other)), outside(t, "AKIAOTHERKEY", "other-secret", "")} {
		require.ErrorIs(t, readable(t, stranger, bucket, "key"), objects.ErrAccessDenied)
		_, err := stranger.Put(t.Context(), bucket, "key", strings.NewReader("y"), objects.PutOptions{})
		require.ErrorIs(t, err, objects.ErrAccessDenied)
		require.ErrorIs(t, stranger.EnsureBucket(t.Context(), bucket), objects.ErrAccessDenied)
		require.ErrorIs(t, stranger.DeletePrefix(t.Context(), bucket, "k"), objects.ErrAccessDenied)
	}
}

func TestKeysCountAtOnce(t *testing.T) {
	bucket := objectstest.Bucket(t, embedded.Store().As(root(first)))
	fresh := outside(t, "AKIAFRESHKEY", "fresh-secret", "")
	require.ErrorIs(t, fresh.EnsureBucket(t.Context(), bucket), objects.ErrAccessDenied)
	keys.add("AKIAFRESHKEY", objects.S3Key{Principal: root(first), Secret: "fresh-secret"})
	require.NoError(t, fresh.EnsureBucket(t.Context(), bucket))
	keys.add("AKIAFRESHKEY", objects.S3Key{Principal: root(other), Secret: "fresh-secret"})
	require.ErrorIs(t, fresh.EnsureBucket(t.Context(), bucket), objects.ErrAccessDenied)
	keys.remove("AKIAFRESHKEY")
	for _, err := range fresh.List(t.Context(), bucket, "") {
		require.ErrorIs(t, err, objects.ErrAccessDenied)
		require.ErrorContains(t, err, "InvalidAccessKeyId")
	}
}

func TestFaultOfTheKeysIsNotARefusal(t *testing.T) {
	keys.fail("AKIABROKENKEY", errors.New("database is gone"))
	err := readable(t, outside(t, "AKIABROKENKEY", "x", ""), "bucket", "key")
	require.ErrorIs(t, err, objects.ErrUnavailable)
	require.NotContains(t, err.Error(), "database")
}

func TestBucketPolicy(t *testing.T) {
	owner, stranger := embedded.Store().As(root(first)), embedded.Store().As(root(other))
	bucket := objectstest.Bucket(t, owner)
	_, err := owner.Put(t.Context(), bucket, "shared/a", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)
	_, err = owner.Put(t.Context(), bucket, "own/a", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)

	api := sdk(server.URL, http.DefaultClient, "AKIAFIRSTKEY", "first-secret")
	setPolicy := func(effect, principal string) error {
		policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":%q,"Principal":{"AWS":%q},
			"Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/shared/*"}]}`, effect, principal, bucket)
		_, err := api.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
		return err
	}
	for _, principal := range []string{"arn:aws:iam::" + other + ":root", other} {
		require.NoError(t, setPolicy("Allow", principal))
		require.NoError(t, readable(t, stranger, bucket, "shared/a"))
		require.ErrorIs(t, readable(t, stranger, bucket, "own/a"), objects.ErrAccessDenied)
		require.NoError(t, readable(t, owner, bucket, "own/a"), "the policy need not name the owner")
		require.NoError(t, readable(t, owner, bucket, "shared/a"))
	}
	require.NoError(t, setPolicy("Deny", "arn:aws:iam::"+first+":root"))
	require.ErrorIs(t, readable(t, owner, bucket, "shared/a"), objects.ErrAccessDenied)
	require.NoError(t, readable(t, owner, bucket, "own/a"))
	require.ErrorContains(t, setPolicy("Allow", "arn:aws:iam::nobody:root"), "MalformedPolicy")
}

func TestVersions(t *testing.T) {
	client := embedded.Store().As(root(first))
	bucket := objectstest.Bucket(t, client)
	api := sdk(server.URL, http.DefaultClient, "AKIAFIRSTKEY", "first-secret")
	_, err := api.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	var versions []string
	for _, content := range []string{"one", "two"} {
		info, err := client.Put(t.Context(), bucket, "key", strings.NewReader(content), objects.PutOptions{})
		require.NoError(t, err)
		require.NotEmpty(t, info.VersionID)
		versions = append(versions, info.VersionID)
	}
	require.NoError(t, client.Delete(t.Context(), bucket, "key"))
	require.ErrorIs(t, readable(t, client, bucket, "key"), objects.ErrNotFound)
	for i, want := range []string{"one", "two"} {
		content, info, err := client.GetBytes(t.Context(), bucket, "key", versions[i], 10)
		require.NoError(t, err)
		require.Equal(t, want, string(content))
		require.Equal(t, versions[i], info.VersionID)
	}
	_, err = client.Head(t.Context(), bucket, "key", "01JAAAAAAAAAAAAAAAAAAAAAAA")
	require.ErrorIs(t, err, objects.ErrNotFound)
}

func TestExpectContinue(t *testing.T) {
	bucket := objectstest.Bucket(t, embedded.Store().As(root(first)))
	transport := &http.Transport{ExpectContinueTimeout: time.Hour} // longer than the test may take
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for secret, want := range map[string]int{"first-secret": http.StatusOK, "wrong": http.StatusForbidden} {
		request := signed(t, http.MethodPut, "/"+bucket+"/key", "content", "AKIAFIRSTKEY", secret).WithContext(ctx)
		request.Header.Set("Expect", "100-continue")
		answer, err := transport.RoundTrip(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, want, answer.StatusCode)
	}
}
