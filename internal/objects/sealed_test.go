package objects_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/kms"
	"ownsight/internal/objects"
)

const keyARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// vault is a server of its own with a key; the shared one is back when the test
// ends.
type vault struct {
	*objects.Embedded
	dir    string
	keyset string
	server *httptest.Server
	key    *kms.Key
}

func openVault(t *testing.T) *vault {
	t.Helper()
	restart(t)
	v := &vault{dir: t.TempDir(), keyset: filepath.Join(t.TempDir(), "key.json")}
	require.NoError(t, kms.Create(v.keyset))
	v.start(t, kms.KeyConfig{ARN: keyARN, Keyset: v.keyset})
	t.Cleanup(func() { v.stop(t) })
	return v
}

// start starts the server with other keys.
func (v *vault) start(t *testing.T, keys ...kms.KeyConfig) {
	t.Helper()
	if v.Embedded != nil {
		v.stop(t)
	}
	ring, err := kms.Open(keys)
	require.NoError(t, err)
	v.key, _ = ring.Key(keyARN) // nil in tests without it
	v.Embedded, err = objects.NewEmbedded(objects.EmbeddedConfig{Dir: v.dir, Keys: v, Sealed: ring})
	require.NoError(t, err)
	require.NoError(t, v.Start(context.Background()))
	v.server = httptest.NewServer(v.Embedded)
}

func (v *vault) stop(t *testing.T) {
	t.Helper()
	v.server.Close()
	require.NoError(t, v.Stop())
}

func (v *vault) S3Key(context.Context, string) (objects.S3Key, error) {
	return objects.S3Key{Principal: ownsight.Principal{Account: first}, Secret: "first-secret"}, nil
}

func (v *vault) client() *objects.Client { return v.Store().As(ownsight.Principal{Account: first}) }

func (v *vault) api() *s3.Client {
	return sdk(v.server.URL, http.DefaultClient, "AKIAFIRSTKEY", "first-secret")
}

func (v *vault) put(t *testing.T, bucket, key string, content []byte) objects.Info {
	t.Helper()
	require.NoError(t, v.client().EnsureBucket(t.Context(), bucket))
	info, err := v.client().Put(t.Context(), bucket, key, bytes.NewReader(content),
		objects.PutOptions{Key: v.key, ContentType: "image/jpeg"})
	require.NoError(t, err)
	require.EqualValues(t, len(content), info.Size)
	return info
}

func (v *vault) get(t *testing.T, bucket, key string) ([]byte, error) {
	t.Helper()
	content, info, err := v.client().GetBytes(t.Context(), bucket, key, "", 1<<30)
	if err == nil {
		require.EqualValues(t, len(content), info.Size)
	}
	return content, err
}

func noise(size int) []byte {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size)}).Read(content)
	return content
}

func TestSealedObjectsAreReadAsEver(t *testing.T) {
	v := openVault(t)
	folder := t.TempDir()
	for name, size := range map[string]int{"empty": 0, "small": 1000, "large": 20<<20 + 7} {
		content := noise(size)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
		written := v.put(t, "sealed", name, content)

		read, err := v.get(t, "sealed", name)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, read))
		head, err := v.client().Head(t.Context(), "sealed", name, "")
		require.NoError(t, err)
		require.EqualValues(t, size, head.Size)
		require.Equal(t, written.ETag, head.ETag)

		stored, err := os.ReadFile(filepath.Join(v.dir, "s3", "sealed", name))
		require.NoError(t, err)
		require.EqualValues(t, len(stored), kms.SealedSize(keyARN, int64(size)))
		for at := 0; at+32 <= size; at += size / 3 {
			require.False(t, bytes.Contains(stored, content[at:at+32]))
		}
	}
	if err := exec.Command("python3", "-c", "import boto3").Run(); err != nil {
		t.Skipf("needs python3 with boto3: %v", err)
	}
	address, err := url.Parse(v.server.URL)
	require.NoError(t, err)
	python := exec.CommandContext(t.Context(), "python3", filepath.Join(testdata, "sealed_client.py"), address.Port(), "sealed", keyARN, folder)
	output, err := python.CombinedOutput()
	require.NoError(t, err, "%s", output)
	t.Logf("%s", output)
}

// readFailure is how the SDK tells a user that an object does not open.
func readFailure(t *testing.T, api *s3.Client, bucket, key, byteRange string) (code, message string) {
	t.Helper()
	in := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
	if byteRange != "" {
		in.Range = &byteRange
	}
	out, err := api.GetObject(t.Context(), in)
	if err == nil {
		defer out.Body.Close()
		content, broken := io.ReadAll(out.Body)
		require.Error(t, broken, "%d bytes", len(content))
		return "broken off", ""
	}
	var told smithy.APIError
	require.ErrorAs(t, err, &told)
	return told.ErrorCode(), told.ErrorMessage()
}

func TestKeyOfASealedObjectIsDisabledOrGone(t *testing.T) {
	v := openVault(t)
	v.put(t, "sealed", "key", []byte("sealed content"))
	_, err := v.client().Put(t.Context(), "sealed", "plain", strings.NewReader("plain"), objects.PutOptions{})
	require.NoError(t, err)
	for text, keys := range map[string][]kms.KeyConfig{
		"is disabled": {{ARN: keyARN, Keyset: v.keyset, Disabled: true}}, "no such key": nil,
	} {
		v.start(t, keys...)
		for _, part := range []string{"", "bytes=2-3"} {
			code, message := readFailure(t, v.api(), "sealed", "key", part)
			require.Equal(t, "KMS.DisabledException", code)
			require.Contains(t, message, text)
			require.Contains(t, message, keyARN)
		}
		_, err := v.get(t, "sealed", "key")
		require.ErrorIs(t, err, objects.ErrRefused)
		source, bucket, key := "sealed/key", "sealed", "copy"
		_, err = v.api().CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: &key, CopySource: &source})
		require.ErrorContains(t, err, "KMS.DisabledException")
		head, err := v.client().Head(t.Context(), "sealed", "key", "")
		require.NoError(t, err, "no key is needed to tell the size")
		require.EqualValues(t, len("sealed content"), head.Size)
		plain, err := v.get(t, "sealed", "plain")
		require.NoError(t, err)
		require.Equal(t, "plain", string(plain))
	}
	v.start(t, kms.KeyConfig{ARN: keyARN, Keyset: v.keyset})
	content, err := v.get(t, "sealed", "key")
	require.NoError(t, err)
	require.Equal(t, "sealed content", string(content))

	other := filepath.Join(t.TempDir(), "other.json")
	require.NoError(t, kms.Create(other))
	v.start(t, kms.KeyConfig{ARN: keyARN, Keyset: other})
	code, _ := readFailure(t, v.api(), "sealed", "key", "")
	require.Equal(t, "KMS.InvalidCiphertextException", code)
}

func TestSealedObjectsThatWereTamperedWith(t *testing.T) {
	v := openVault(t)
	content := noise(300_000)
	file := filepath.Join(v.dir, "s3", "sealed", "key")
	for name, damage := range map[string]struct {
		do   func() error
		want string
	}{
		"first byte changed": {func() error { return change(file, 200) }, "KMS.InvalidCiphertextException"},
		"header changed":     {func() error { return change(file, 12) }, "KMS.InvalidCiphertextException"},
		"later byte changed": {func() error { return change(file, 200_000) }, "broken off"},
		"cut":                {func() error { return os.Truncate(file, 200_000) }, "broken off"},
		"cut to a segment":   {func() error { return os.Truncate(file, int64(9+len(keyARN)+2<<16)) }, "broken off"},
		"cut to the header":  {func() error { return os.Truncate(file, int64(9+len(keyARN))) }, "KMS.InvalidCiphertextException"},
		"another's content": {func() error {
			v.put(t, "sealed", "other", content)
			from, err := os.ReadFile(filepath.Join(v.dir, "s3", "sealed", "other"))
			if err != nil {
				return err
			}
			return os.WriteFile(file, from, 0o600)
		}, "KMS.InvalidCiphertextException"},
	} {
		t.Run(name, func(t *testing.T) {
			v.put(t, "sealed", "key", content)
			require.NoError(t, damage.do())
			code, _ := readFailure(t, v.api(), "sealed", "key", "")
			require.Equal(t, damage.want, code)
			_, err := v.get(t, "sealed", "key")
			require.Error(t, err)
		})
	}
}

func change(file string, at int64) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		return err
	}
	b[0] ^= 1
	_, err = f.WriteAt(b, at)
	return err
}

func TestRotationOfAKeyOfObjects(t *testing.T) {
	v := openVault(t)
	v.put(t, "sealed", "before", []byte("one"))
	_, err := kms.Rotate(v.keyset)
	require.NoError(t, err)
	v.start(t, kms.KeyConfig{ARN: keyARN, Keyset: v.keyset})
	v.put(t, "sealed", "after", []byte("two"))
	for key, want := range map[string]string{"before": "one", "after": "two"} {
		content, err := v.get(t, "sealed", key)
		require.NoError(t, err)
		require.Equal(t, want, string(content))
	}
}

// A copy of a sealed file that somebody uploads is a file like any other, and so
// is one with a mark of his own.
func TestNothingIsOpenedThatTheServerDidNotSeal(t *testing.T) {
	v := openVault(t)
	bucket, key := "sealed", "raw"
	v.put(t, bucket, "key", []byte("content"))
	raw, err := os.ReadFile(filepath.Join(v.dir, "s3", bucket, "key"))
	require.NoError(t, err)
	_, err = v.api().PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(raw)})
	require.NoError(t, err)
	content, err := v.get(t, bucket, key)
	require.NoError(t, err)
	require.Equal(t, raw, content)

	_, err = v.api().PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key,
		Metadata: map[string]string{"ownsight-kms-key": keyARN, "k": "v"}, Body: strings.NewReader("plain")})
	require.NoError(t, err)
	out, err := v.api().GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	defer out.Body.Close()
	content, err = io.ReadAll(out.Body)
	require.NoError(t, err)
	require.Equal(t, "plain", string(content))
	require.Empty(t, out.ServerSideEncryption)
	require.Equal(t, map[string]string{"k": "v"}, out.Metadata)

	folder := "folder/" // has no content that could be sealed
	_, err = v.api().PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &folder,
		Metadata: map[string]string{"ownsight-kms-key": keyARN}})
	require.NoError(t, err)
	content, err = v.get(t, bucket, folder)
	require.NoError(t, err)
	require.Empty(t, content)
	head, err := v.api().HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &folder})
	require.NoError(t, err)
	require.Empty(t, head.ServerSideEncryption)
	require.Empty(t, head.Metadata)
	for _, err := range v.client().List(t.Context(), bucket, "") {
		require.NoError(t, err)
	}
}

func TestSealedVersions(t *testing.T) {
	v := openVault(t)
	bucket, key := "versioned", "a/b"
	require.NoError(t, v.client().EnsureBucket(t.Context(), bucket))
	_, err := v.api().PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	contents := map[string]string{}
	for _, content := range []string{"one", "three", "fifteen letters"} {
		contents[v.put(t, bucket, key, []byte(content)).VersionID] = content
	}
	for version, want := range contents {
		content, _, err := v.client().GetBytes(t.Context(), bucket, key, version, 100)
		require.NoError(t, err)
		require.Equal(t, want, string(content))
	}
	out, err := v.api().ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &bucket})
	require.NoError(t, err)
	require.Len(t, out.Versions, 3)
	for _, version := range out.Versions {
		require.EqualValues(t, len(contents[*version.VersionId]), *version.Size)
	}
	source, copied := bucket+"/"+key+"?versionId="+*out.Versions[2].VersionId, "copy"
	_, err = v.api().CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: &copied, CopySource: &source})
	require.NoError(t, err)
	content, err := v.get(t, bucket, copied)
	require.NoError(t, err)
	require.Equal(t, "one", string(content))

	v.put(t, bucket, "no//name", []byte("two slashes are one"))
	content, err = v.get(t, bucket, "no/name")
	require.NoError(t, err)
	require.Equal(t, "two slashes are one", string(content))
}

// A side folder keeps what an older object was marked with.
func TestSealedObjectsWithASideFolder(t *testing.T) {
	restart(t)
	v := &vault{dir: t.TempDir(), keyset: filepath.Join(t.TempDir(), "key.json")}
	require.NoError(t, os.Mkdir(filepath.Join(v.dir, "s3-metadata"), 0o700))
	require.NoError(t, kms.Create(v.keyset))
	v.start(t, kms.KeyConfig{ARN: keyARN, Keyset: v.keyset})
	defer v.stop(t)
	sealed := v.key
	for range 2 {
		for _, key := range []*kms.Key{sealed, nil} {
			v.key = key
			want := noise(100_000)
			v.put(t, "side", "key", want)
			content, err := v.get(t, "side", "key")
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, content))
			head, err := v.api().HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: ptr("side"), Key: ptr("key")})
			require.NoError(t, err)
			require.EqualValues(t, len(want), *head.ContentLength)
			require.Equal(t, key != nil, head.ServerSideEncryption == types.ServerSideEncryptionAwsKms)
			require.Empty(t, head.Metadata)
			for object, err := range v.client().List(t.Context(), "side", "") {
				require.NoError(t, err)
				require.EqualValues(t, len(want), object.Size)
			}
		}
	}
}

func ptr(s string) *string { return &s }

// Another server is asked to encrypt, in one request or in parts.
func TestKeyOnAnotherServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, kms.Create(file))
	ring, err := kms.Open([]kms.KeyConfig{{ARN: keyARN, Keyset: file}})
	require.NoError(t, err)
	key, err := ring.Key(keyARN)
	require.NoError(t, err)
	for _, large := range []bool{false, true} {
		var asked []string
		elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			asked = append(asked, r.Method+" "+r.Header.Get("X-Amz-Server-Side-Encryption")+" "+r.Header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"))
			if r.Method == http.MethodPut && string(body) != "content" || r.Header.Get("X-Amz-Meta-Ownsight-Kms-Key") != "" {
				t.Errorf("sealed by the client: %.80q", body)
			}
			w.WriteHeader(http.StatusForbidden)
		}))
		store, err := objects.NewStore(objects.Config{Endpoint: elsewhere.URL, PathStyle: true,
			Keys: map[string]objects.Key{first: {ID: "a", Secret: "b"}}})
		require.NoError(t, err)
		content, method := io.Reader(strings.NewReader("content")), http.MethodPut
		if large {
			content, method = bytes.NewReader(make([]byte, 20<<20)), http.MethodPost
		}
		_, err = store.As(ownsight.Principal{Account: first}).Put(t.Context(), "pictures", "k", content, objects.PutOptions{Key: key})
		require.ErrorIs(t, err, objects.ErrAccessDenied)
		elsewhere.Close()
		require.Equal(t, []string{method + " aws:kms " + keyARN}, asked)
	}
}
