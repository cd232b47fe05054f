package objects_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
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

// Nothing that a request names may lead out of its bucket, by the front door or
// inside the process.
func TestNoNameLeadsOutOfItsBucket(t *testing.T) {
	store := embedded.Store()
	bucket, foreign := objectstest.Bucket(t, store.As(root(first))), objectstest.Bucket(t, store.As(root(other)))
	for client, where := range map[*objects.Client]string{store.As(root(first)): bucket, store.As(root(other)): foreign} {
		_, err := client.Put(t.Context(), where, "k", strings.NewReader("x"), objects.PutOptions{})
		require.NoError(t, err)
	}
	// As an id: from s3/BUCKET/.sgwtmp/multipart/SUM, or from s3-versions/BUCKET/../../../SUM, which are as deep or deeper.
	folder := filepath.Join(dataDir, "nobodys")
	require.NoError(t, os.Mkdir(folder, 0o700))
	secret := filepath.Join(dataDir, "state.db")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	const version, upload = "../../../../../../state.db", "../../../../../nobodys"
	require.Len(t, version, 26, "as long as a good one")

	c, key := api(root(first)), aws.String("k")
	source := aws.String(bucket + "/k?versionId=" + version)
	mp, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: key})
	require.NoError(t, err)
	part := bytes.NewReader([]byte("planted"))
	for name, do := range map[string]func() error{
		"get": func() error {
			_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: key, VersionId: aws.String(version)})
			return err
		},
		"get inside": func() error {
			_, _, err := store.As(root(first)).GetBytes(t.Context(), bucket, "k", version, 100)
			return err
		},
		"head": func() error {
			_, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: key, VersionId: aws.String(version)})
			return err
		},
		"delete": func() error {
			_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: key, VersionId: aws.String(version)})
			return err
		},
		"tags": func() error {
			_, err := c.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: &bucket, Key: key, VersionId: aws.String(version)})
			return err
		},
		"copy": func() error {
			_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: aws.String("copy"), CopySource: source})
			return err
		},
		"copy a part": func() error {
			_, err := c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{Bucket: &bucket, Key: key, UploadId: mp.UploadId, PartNumber: aws.Int32(1), CopySource: source})
			return err
		},
		"upload a part": func() error {
			_, err := c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: &bucket, Key: key, UploadId: aws.String(upload), PartNumber: aws.Int32(1), Body: part})
			return err
		},
		"list parts": func() error {
			_, err := c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: &bucket, Key: key, UploadId: aws.String(upload)})
			return err
		},
		"complete": func() error {
			_, err := c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{Bucket: &bucket, Key: key, UploadId: aws.String(upload)})
			return err
		},
		"abort": func() error {
			_, err := c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: key, UploadId: aws.String(upload)})
			return err
		},
	} {
		require.Error(t, do(), name)
	}
	deleted, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{
		{Key: aws.String("../" + foreign + "/k")}, {Key: aws.String("../../state.db")}, {Key: key, VersionId: aws.String(version)},
		{Key: aws.String("a/../../../state.db")}, {Key: key},
	}}})
	require.NoError(t, err)
	require.Len(t, deleted.Errors, 4)
	require.Len(t, deleted.Deleted, 1)
	require.Equal(t, "k", *deleted.Deleted[0].Key)

	require.NoError(t, readable(t, store.As(root(other)), foreign, "k"))
	require.FileExists(t, secret)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

// The parts of an upload under way lie in a folder of the bucket, where policies
// do not know them.
func TestPartsOfUploadsUnderWayAreNotObjects(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	p := user(t, first, "curious", allowAll, denySecrets)
	owner, key := api(root(first)), aws.String("secret/k")
	mp, err := owner.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: key})
	require.NoError(t, err)
	_, err = owner.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: &bucket, Key: key, UploadId: mp.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("secret")})
	require.NoError(t, err)
	parts, err := filepath.Glob(filepath.Join(dataDir, "s3", bucket, ".sgwtmp/multipart/*", *mp.UploadId, "1"))
	require.NoError(t, err)
	require.Len(t, parts, 1)
	hidden, err := filepath.Rel(filepath.Join(dataDir, "s3", bucket), parts[0])
	require.NoError(t, err)
	for _, key := range []string{hidden, "a/../" + hidden, strings.Replace(hidden, "/", "//", 1)} {
		_, err = api(p).GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		require.Error(t, err, key)
		_, err = api(p).CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: aws.String("copy"), CopySource: aws.String(bucket + "/" + key)})
		require.Error(t, err, key)
	}
	escaped := signed(t, http.MethodGet, fmt.Sprintf("/%s/%%2esgwtmp%s", bucket, strings.TrimPrefix(hidden, ".sgwtmp")), "", keyOf(p), "secret")
	answer, err := http.DefaultClient.Do(escaped)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusBadRequest, answer.StatusCode, "%s", body)
	_, err = owner.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: key, UploadId: mp.UploadId})
	require.NoError(t, err)
}

func TestAWildcardInAKeyIsNoWayAroundADeny(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	p := user(t, first, "stargazer", allowAll)
	setPolicy(t, first, bucket, fmt.Sprintf(`{"Effect":"Deny","Principal":{"AWS":%q},"Action":"s3:PutObject","Resource":"arn:aws:s3:::%s/secret/*"}`, p.ARN(), bucket))
	for _, key := range []string{"secret/x", "secret/*x", "secret/?x", "secret/**", "secret/*"} {
		_, err := inside(p).Put(t.Context(), bucket, key, strings.NewReader("x"), objects.PutOptions{})
		require.ErrorIs(t, err, objects.ErrAccessDenied, key)
	}
	_, err := inside(p).Put(t.Context(), bucket, "*/x", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)
}
