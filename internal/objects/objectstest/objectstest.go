// Package objectstest is the behaviour that the rest of the program expects of
// an object store: the same cases run on every endpoint that Ownsight supports.
package objectstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ownsight/internal/objects"
)

// Run runs the suite with clients that open gives. Every case works in a bucket
// of its own and removes what it wrote.
func Run(t *testing.T, open func(t *testing.T) *objects.Client) {
	cases := map[string]func(*testing.T, *objects.Client, string){
		"put, get, head":               testRoundTrip,
		"keys of every kind":           testKeys,
		"overwrite":                    testOverwrite,
		"what is not there":            testMissing,
		"size limit":                   testLimit,
		"delete":                       testDelete,
		"delete below a prefix":        testDeletePrefix,
		"list":                         testList,
		"large body of unknown length": testLarge,
		"source that breaks":           testBrokenSource,
		"bucket made twice":            testEnsureTwice,
		"invalid places":               testInvalid,
		"cancelled context":            testCancelled,
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) {
			client := open(t)
			run(t, client, Bucket(t, client))
		})
	}
}

// Bucket makes an empty bucket that is emptied again when the test ends.
func Bucket(t *testing.T, client *objects.Client) string {
	t.Helper()
	bucket := "objectstest-" + uuid.NewString()
	require.NoError(t, client.EnsureBucket(t.Context(), bucket))
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for object, err := range client.List(ctx, bucket, "") {
			require.NoError(t, err)
			require.NoError(t, client.Delete(ctx, bucket, object.Key))
		}
	})
	return bucket
}

func put(t *testing.T, client *objects.Client, bucket, key, content string) objects.Info {
	t.Helper()
	info, err := client.Put(t.Context(), bucket, key, strings.NewReader(content), objects.PutOptions{})
	require.NoError(t, err)
	return info
}

func keys(t *testing.T, client *objects.Client, bucket, prefix string) []string {
	t.Helper()
	var found []string
	for object, err := range client.List(t.Context(), bucket, prefix) {
		require.NoError(t, err)
		found = append(found, object.Key)
	}
	return found
}

func testRoundTrip(t *testing.T, client *objects.Client, bucket string) {
	for _, content := range []string{"", "a", strings.Repeat("picture ", 9000)} {
		written, err := client.Put(t.Context(), bucket, "a/b.jpg", strings.NewReader(content),
			objects.PutOptions{ContentType: "image/jpeg"})
		require.NoError(t, err)
		require.EqualValues(t, len(content), written.Size)
		require.NotEmpty(t, written.ETag)
		require.NotContains(t, written.ETag, `"`)

		head, err := client.Head(t.Context(), bucket, "a/b.jpg", "")
		require.NoError(t, err)
		require.Equal(t, written.ETag, head.ETag)
		require.EqualValues(t, len(content), head.Size)
		require.Equal(t, "image/jpeg", head.ContentType)
		require.False(t, head.Modified.IsZero())

		body, info, err := client.Get(t.Context(), bucket, "a/b.jpg", "")
		require.NoError(t, err)
		read, err := io.ReadAll(body)
		require.NoError(t, err)
		require.NoError(t, body.Close())
		require.Equal(t, content, string(read))
		require.Equal(t, head, info)
	}
}

func testKeys(t *testing.T, client *objects.Client, bucket string) {
	want := []string{
		"a b+c%2F&=?#.jpg", "brücke/日本/🙂.png", "dots/..a/b...c", "plain", "quote'\"<>.txt", "tab\tand\nline",
		"z/" + strings.Repeat("long/", 150),
	}
	want[len(want)-1] += "x"
	for _, key := range want {
		put(t, client, bucket, key, key)
	}
	require.Equal(t, want, keys(t, client, bucket, ""))
	for _, key := range want {
		content, _, err := client.GetBytes(t.Context(), bucket, key, "", 2000)
		require.NoError(t, err)
		require.Equal(t, key, string(content))
	}
}

func testOverwrite(t *testing.T, client *objects.Client, bucket string) {
	first := put(t, client, bucket, "key", "one")
	second := put(t, client, bucket, "key", "three")
	require.NotEqual(t, first.ETag, second.ETag)
	content, info, err := client.GetBytes(t.Context(), bucket, "key", "", 10)
	require.NoError(t, err)
	require.Equal(t, "three", string(content))
	require.Equal(t, second.ETag, info.ETag)
}

func testMissing(t *testing.T, client *objects.Client, bucket string) {
	_, _, err := client.Get(t.Context(), bucket, "nothing", "")
	require.ErrorIs(t, err, objects.ErrNotFound)
	require.ErrorContains(t, err, "s3://"+bucket+"/nothing")
	_, err = client.Head(t.Context(), bucket, "nothing", "")
	require.ErrorIs(t, err, objects.ErrNotFound)

	absent := "objectstest-" + uuid.NewString()
	_, _, err = client.Get(t.Context(), absent, "nothing", "")
	require.ErrorIs(t, err, objects.ErrNoBucket)
	_, err = client.Put(t.Context(), absent, "key", strings.NewReader("x"), objects.PutOptions{})
	require.ErrorIs(t, err, objects.ErrNoBucket)
	for _, err := range client.List(t.Context(), absent, "") {
		require.ErrorIs(t, err, objects.ErrNoBucket)
	}
}

func testLimit(t *testing.T, client *objects.Client, bucket string) {
	put(t, client, bucket, "ten", "0123456789")
	_, info, err := client.GetBytes(t.Context(), bucket, "ten", "", 9)
	require.ErrorIs(t, err, objects.ErrTooLarge)
	require.EqualValues(t, 10, info.Size)
	content, _, err := client.GetBytes(t.Context(), bucket, "ten", "", 10)
	require.NoError(t, err)
	require.Len(t, content, 10)
}

func testDelete(t *testing.T, client *objects.Client, bucket string) {
	put(t, client, bucket, "a/b", "x")
	require.NoError(t, client.Delete(t.Context(), bucket, "a/b"))
	require.NoError(t, client.Delete(t.Context(), bucket, "a/b"))
	require.Empty(t, keys(t, client, bucket, ""))
}

func testDeletePrefix(t *testing.T, client *objects.Client, bucket string) {
	for _, key := range []string{"run/1/a", "run/1/b/c", "run/10", "run/2/a"} {
		put(t, client, bucket, key, "x")
	}
	require.NoError(t, client.DeletePrefix(t.Context(), bucket, "run/1/"))
	require.Equal(t, []string{"run/10", "run/2/a"}, keys(t, client, bucket, ""))
	require.NoError(t, client.DeletePrefix(t.Context(), bucket, "nothing/"))
	require.ErrorIs(t, client.DeletePrefix(t.Context(), bucket, ""), objects.ErrInvalidURI)
}

func testList(t *testing.T, client *objects.Client, bucket string) {
	for i := range 12 {
		put(t, client, bucket, fmt.Sprintf("p/%02d", i), strings.Repeat("x", i))
	}
	put(t, client, bucket, "q", "x")
	i := 0
	for object, err := range client.List(t.Context(), bucket, "p/") {
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("p/%02d", i), object.Key)
		require.EqualValues(t, i, object.Size)
		require.NotEmpty(t, object.ETag)
		require.False(t, object.Modified.IsZero())
		i++
	}
	require.Equal(t, 12, i)
	for _, err := range client.List(t.Context(), bucket, "") {
		require.NoError(t, err)
		break // leaving early is fine
	}
}

func testLarge(t *testing.T, client *objects.Client, bucket string) {
	content := make([]byte, 20<<20+7)
	for i := range content {
		content[i] = byte(i * i >> 8)
	}
	source := io.MultiReader(bytes.NewReader(content)) // hides length and seeking
	written, err := client.Put(t.Context(), bucket, "large", source, objects.PutOptions{})
	require.NoError(t, err)
	require.EqualValues(t, len(content), written.Size)
	require.Contains(t, written.ETag, "-", "written in parts")
	read, info, err := client.GetBytes(t.Context(), bucket, "large", "", 1<<30)
	require.NoError(t, err)
	require.Equal(t, written.ETag, info.ETag)
	require.Equal(t, sha256.Sum256(content), sha256.Sum256(read))
}

func testBrokenSource(t *testing.T, client *objects.Client, bucket string) {
	broken := errors.New("disk on fire")
	for _, size := range []int64{100, 18 << 20} {
		source := io.MultiReader(io.LimitReader(zeros{}, size), iotest.ErrReader(broken))
		_, err := client.Put(t.Context(), bucket, "broken", source, objects.PutOptions{})
		require.ErrorIs(t, err, broken)
		require.NotErrorIs(t, err, objects.ErrUnavailable)
		_, err = client.Head(t.Context(), bucket, "broken", "")
		require.ErrorIs(t, err, objects.ErrNotFound, "whole or not at all")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func testEnsureTwice(t *testing.T, client *objects.Client, bucket string) {
	put(t, client, bucket, "key", "kept")
	require.NoError(t, client.EnsureBucket(t.Context(), bucket))
	require.Equal(t, []string{"key"}, keys(t, client, bucket, ""))
}

func testInvalid(t *testing.T, client *objects.Client, bucket string) {
	for _, place := range []objects.URI{
		{Bucket: bucket}, {Key: "key"}, {Bucket: "../x", Key: "key"}, {Bucket: "Upper", Key: "key"},
		{Bucket: bucket, Key: "../../outside"}, {Bucket: bucket, Key: "a/./b"}, {Bucket: bucket, Key: "\xff"},
		{Bucket: bucket, Key: strings.Repeat("k", 1025)},
	} {
		_, _, err := client.Get(t.Context(), place.Bucket, place.Key, "")
		require.ErrorIs(t, err, objects.ErrInvalidURI, place)
		_, err = client.Put(t.Context(), place.Bucket, place.Key, strings.NewReader("x"), objects.PutOptions{})
		require.ErrorIs(t, err, objects.ErrInvalidURI, place)
		require.ErrorIs(t, client.Delete(t.Context(), place.Bucket, place.Key), objects.ErrInvalidURI, place)
	}
}

func testCancelled(t *testing.T, client *objects.Client, bucket string) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := client.Get(ctx, bucket, "key", "")
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, objects.ErrUnavailable)
}
