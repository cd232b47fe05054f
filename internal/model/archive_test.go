package model

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/kms"
	"ownsight/internal/objects"
)

// nobody has a key: the server is only used from inside.
type nobody struct{}

func (nobody) S3Key(context.Context, string) (objects.S3Key, error) {
	return objects.S3Key{}, objects.ErrUnknownKey
}

func TestSealedFiles(t *testing.T) {
	const arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd"
	keyset := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, kms.Create(keyset))
	ring, err := kms.Open([]kms.KeyConfig{{ARN: arn, Keyset: keyset}})
	require.NoError(t, err)

	dir := t.TempDir()
	embedded, err := objects.NewEmbedded(objects.EmbeddedConfig{Dir: dir, Keys: nobody{}})
	require.NoError(t, err)
	require.NoError(t, embedded.Start(t.Context()))
	defer func() { require.NoError(t, embedded.Stop()) }()
	archive, err := OpenArchive(t.Context(), embedded.Store(), "archive", ring)
	require.NoError(t, err)
	version := &ownsight.Version{ID: 7, ARN: ownsight.VersionARN{Account: ownsight.DefaultAccount, Region: "us-east-1", Created: 1}}
	files := archive.Of(version)
	under := *version
	under.KMSKey = "1234abcd"
	sealed := archive.Of(&under)
	stored := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, "s3", "archive", "versions", "7-1", name))
		require.NoError(t, err)
		return string(b)
	}

	content := strings.Repeat("picture ", 100_000)
	require.NoError(t, files.Put(t.Context(), "plain", []byte(content)))
	require.Equal(t, content, stored("plain"), "without a key nothing changes")
	require.NoError(t, sealed.Put(t.Context(), "put", []byte(content)))
	require.NoError(t, sealed.Write(t.Context(), "written", io.MultiReader(strings.NewReader(content))))
	for _, name := range []string{"put", "written"} {
		require.NotContains(t, stored(name), "picture")
		require.Contains(t, stored(name), arn)
	}
	for _, name := range []string{"plain", "put", "written"} {
		got, err := files.Get(t.Context(), name, int64(len(content)))
		require.NoError(t, err)
		require.Equal(t, content, string(got))
		_, err = files.Get(t.Context(), name, int64(len(content)-1))
		require.ErrorIs(t, err, objects.ErrTooLarge, name)
		_, err = files.Get(t.Context(), name, 10)
		require.ErrorIs(t, err, objects.ErrTooLarge, name)
		opened, err := files.Open(t.Context(), name)
		require.NoError(t, err)
		got, err = io.ReadAll(opened)
		require.NoError(t, err)
		require.NoError(t, opened.Close())
		require.Equal(t, content, string(got))
		has, err := files.Has(t.Context(), name)
		require.NoError(t, err)
		require.True(t, has)
	}
	_, err = files.Get(t.Context(), "nothing", 10)
	require.ErrorIs(t, err, objects.ErrNotFound)
	broken := errors.New("disk on fire")
	require.ErrorIs(t, sealed.Write(t.Context(), "broken", errorReader{broken}), broken)

	require.NoError(t, files.Put(t.Context(), "moved", []byte(stored("put"))))
	_, err = files.Get(t.Context(), "moved", int64(len(content)))
	require.ErrorIs(t, err, kms.ErrDamaged)

	archive, err = OpenArchive(t.Context(), embedded.Store(), "archive", &kms.Keyring{})
	require.NoError(t, err)
	files = archive.Of(&under)
	require.Equal(t, ownsight.InvalidParameter, ownsight.CodeOf(files.Put(t.Context(), "put", nil)), "the key is gone")
	_, err = files.Get(t.Context(), "put", 1<<20)
	require.Equal(t, ownsight.AccessDenied, ownsight.CodeOf(err))
	_, err = files.Open(t.Context(), "put")
	require.Equal(t, ownsight.AccessDenied, ownsight.CodeOf(err))
	got, err := files.Get(t.Context(), "plain", 1<<20)
	require.NoError(t, err)
	require.Equal(t, content, string(got))
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestOutputsAreHeldAgainstTheRecord(t *testing.T) {
	embedded, err := objects.NewEmbedded(objects.EmbeddedConfig{Dir: t.TempDir(), Keys: nobody{}})
	require.NoError(t, err)
	require.NoError(t, embedded.Start(t.Context()))
	defer func() { require.NoError(t, embedded.Stop()) }()
	archive, err := OpenArchive(t.Context(), embedded.Store(), "archive", &kms.Keyring{})
	require.NoError(t, err)
	v := &ownsight.Version{ID: 1, ARN: ownsight.VersionARN{Created: 1}}
	_, err = archive.Read(t.Context(), v, ownsight.ModelFile)
	require.ErrorContains(t, err, "no Model.onnx on record")
	v.Result = &ownsight.TrainingResult{Files: []ownsight.File{
		{Output: ownsight.ModelCard}, {Output: ownsight.ModelFile, SHA256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"},
	}}
	_, err = archive.Read(t.Context(), v, ownsight.ModelFile)
	require.ErrorContains(t, err, "Model.onnx is missing or damaged")
	require.NoError(t, archive.Of(v).Put(t.Context(), string(ownsight.ModelFile), []byte("foo")))
	content, err := archive.Read(t.Context(), v, ownsight.ModelFile)
	require.NoError(t, err)
	require.Equal(t, "foo", string(content))
	require.NoError(t, archive.Of(v).Put(t.Context(), string(ownsight.ModelFile), []byte("fop")))
	_, err = archive.Read(t.Context(), v, ownsight.ModelFile)
	require.Equal(t, ownsight.NotReady, ownsight.CodeOf(err))
}
