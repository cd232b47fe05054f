package kms

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"ownsight"
)

const testARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// newKey makes a keyring of one key, and the file that holds it.
func newKey(t testing.TB) (*Keyring, *Key, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keyset.json")
	require.NoError(t, Create(file))
	ring, err := Open([]KeyConfig{{ARN: testARN, Keyset: file}})
	require.NoError(t, err)
	key, err := ring.Key(testARN)
	require.NoError(t, err)
	return ring, key, file
}

func seal(t testing.TB, key *Key, content []byte, context string) []byte {
	t.Helper()
	r, err := key.Seal(bytes.NewReader(content), context)
	require.NoError(t, err)
	stored, err := io.ReadAll(r)
	require.NoError(t, err)
	return stored
}

func unseal(ring *Keyring, stored io.Reader, context string) ([]byte, error) {
	r, err := ring.Unseal(stored, context)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func TestSealAndUnseal(t *testing.T) {
	ring, key, _ := newKey(t)
	first, others := segment-streamHeader-tag, segment-tag
	for _, size := range []int{0, 1, 1000, first - 1, first, first + 1, first + others, first + others + 1, 3*segment + 5} {
		content := random(size)
		stored := seal(t, key, content, "bucket/key")
		require.EqualValues(t, len(stored), SealedSize(testARN, int64(size)), size)
		plain, ok := PlainSize(testARN, int64(len(stored)))
		require.True(t, ok, size)
		require.EqualValues(t, size, plain)
		if size > 16 {
			require.NotContains(t, string(stored), string(content[:16]))
		}
		require.LessOrEqual(t, int64(len(stored)), MaxSealedSize(int64(size)))
		inMemory, err := ring.UnsealBytes(stored, "bucket/key")
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, inMemory), size)
		_, err = ring.UnsealBytes(stored, "bucket/other")
		require.ErrorIs(t, err, ErrDamaged, size)
		for name, source := range map[string]io.Reader{
			"whole": bytes.NewReader(stored), "halves": iotest.HalfReader(bytes.NewReader(stored)),
			"data with the error": iotest.DataErrReader(bytes.NewReader(stored)),
		} {
			got, err := unseal(ring, source, "bucket/key")
			require.NoError(t, err, name)
			require.Equal(t, content, got, name)
		}
	}
}

func TestPlainSizeRefusesWhatSealingNeverGives(t *testing.T) {
	least := SealedSize(testARN, 0)
	for _, size := range []int64{-1, 0, least - 1, least + segment - streamHeader - tag + 1, least + segment - streamHeader - tag + tag} {
		_, ok := PlainSize(testARN, size)
		require.False(t, ok, size)
	}
	for plain := int64(0); plain < 4*segment; plain += 13 {
		got, ok := PlainSize(testARN, SealedSize(testARN, plain))
		require.True(t, ok)
		require.Equal(t, plain, got)
	}
}

func TestUnsealedContentIsUnchanged(t *testing.T) {
	ring, _, _ := newKey(t)
	for _, content := range []string{"", "\x89", magic[:7], "plain", strings.Repeat("picture ", 90_000)} {
		got, err := unseal(ring, strings.NewReader(content), "bucket/key")
		require.NoError(t, err)
		require.Equal(t, content, string(got))
		got, err = ring.UnsealBytes([]byte(content), "bucket/key")
		require.NoError(t, err)
		require.Equal(t, content, string(got))
	}
}

func TestDamage(t *testing.T) {
	ring, key, _ := newKey(t)
	content := random(3*segment + 100)
	stored := seal(t, key, content, "bucket/key")
	damaged := func(name string, stored []byte, context string) {
		t.Helper()
		got, err := unseal(ring, bytes.NewReader(stored), context)
		require.ErrorIs(t, err, ErrDamaged, name)
		require.Empty(t, ownsight.CodeOf(err), name)
		require.ErrorContains(t, err, context, name)
		require.True(t, bytes.HasPrefix(content, got), "%s: what was read before is genuine", name)
	}
	damaged("another place", stored, "bucket/other")
	for _, at := range []int{len(header(testARN)) + 1, len(header(testARN)) + 36, 5000, segment + 500, len(stored) - 1} {
		changed := bytes.Clone(stored)
		changed[at] ^= 1
		damaged(fmt.Sprintf("changed at %d", at), changed, "bucket/key")
	}
	start := len(header(testARN))
	for _, size := range []int{len(magic), len(magic) + 1, start - 1, start, start + 1, start + 40, start + segment, start + 2*segment, start + 2*segment + 20, len(stored) - 1} {
		damaged(fmt.Sprintf("cut to %d", size), stored[:size], "bucket/key")
	}
	damaged("longer", append(bytes.Clone(stored), 0), "bucket/key")
	swapped := bytes.Clone(stored)
	copy(swapped[start+segment:start+2*segment], stored[start+2*segment:start+3*segment])
	damaged("a segment twice", swapped, "bucket/key")
	damaged("no key named", []byte(magic+"\x03abc"), "bucket/key")
}

// A key that is named by the header of another key's file opens nothing, even when both have one keyset.
func TestHeaderIsPartOfTheSeal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keyset.json")
	require.NoError(t, Create(file))
	other := strings.Replace(testARN, "1234abcd", "ffffffff", 1)
	ring, err := Open([]KeyConfig{{ARN: testARN, Keyset: file}, {ARN: other, Keyset: file}})
	require.NoError(t, err)
	key, err := ring.Key(testARN)
	require.NoError(t, err)
	stored := bytes.Replace(seal(t, key, []byte("content"), "b/k"), []byte("1234abcd"), []byte("ffffffff"), 1)
	_, err = unseal(ring, bytes.NewReader(stored), "b/k")
	require.ErrorIs(t, err, ErrDamaged)
}

func TestFaultsOfTheSourceStayWhatTheyAre(t *testing.T) {
	ring, key, _ := newKey(t)
	stored := seal(t, key, random(2*segment), "b/k")
	for _, fault := range []error{errors.New("disk on fire"), io.ErrUnexpectedEOF} {
		for _, at := range []int{0, 5, len(header(testARN)) + 10, 1000, segment + 1000, len(stored)} {
			_, err := unseal(ring, io.MultiReader(bytes.NewReader(stored[:at]), iotest.ErrReader(fault)), "b/k")
			require.ErrorIs(t, err, fault, at)
			require.NotErrorIs(t, err, ErrDamaged, at)
		}
		r, err := key.Seal(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(fault)), "b/k")
		require.NoError(t, err)
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, fault)
	}
}

func TestRotation(t *testing.T) {
	ring, key, file := newKey(t)
	old := seal(t, key, []byte("sealed before"), "b/old")
	for want := 2; want <= 3; want++ {
		count, err := Rotate(file)
		require.NoError(t, err)
		require.Equal(t, want, count)
	}
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())

	rotated, err := Open([]KeyConfig{{ARN: testARN, Keyset: file}})
	require.NoError(t, err)
	got, err := unseal(rotated, bytes.NewReader(old), "b/old")
	require.NoError(t, err)
	require.Equal(t, "sealed before", string(got))

	key, err = rotated.Key(testARN)
	require.NoError(t, err)
	fresh := seal(t, key, []byte("sealed after"), "b/new")
	got, err = unseal(rotated, bytes.NewReader(fresh), "b/new")
	require.NoError(t, err)
	require.Equal(t, "sealed after", string(got))
	_, err = unseal(ring, bytes.NewReader(fresh), "b/new")
	require.ErrorIs(t, err, ErrDamaged, "it is sealed with the new key")
}

func FuzzPeekARN(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte(header(testARN) + "stream"))
	f.Add([]byte(magic + "\xff"))
	f.Add([]byte(magic + "\x03abc"))
	ring, key, _ := newKey(f)
	f.Add(seal(f, key, []byte("content"), "b/k"))
	f.Fuzz(func(t *testing.T, content []byte) {
		arn, err := PeekARN(bufio.NewReader(bytes.NewReader(content)))
		sealed := bytes.HasPrefix(content, []byte(magic))
		switch {
		case !sealed:
			require.NoError(t, err)
			require.Empty(t, arn)
		case err != nil:
			require.ErrorIs(t, err, ErrDamaged)
		default:
			require.True(t, bytes.HasPrefix(content, []byte(header(arn))))
		}
		got, err := unseal(ring, bytes.NewReader(content), "another/place")
		if sealed {
			require.Error(t, err)
			require.Empty(t, got)
		} else {
			require.NoError(t, err)
			require.True(t, bytes.Equal(content, got))
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	_, key, _ := newKey(b)
	for _, size := range []int{10_000, 20 << 20} {
		b.Run(fmt.Sprintf("%dkB", size/1000), func(b *testing.B) {
			content := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				r, err := key.Seal(bytes.NewReader(content), "b/k")
				require.NoError(b, err)
				_, err = io.Copy(io.Discard, r)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkUnseal(b *testing.B) {
	ring, key, _ := newKey(b)
	for _, size := range []int{10_000, 20 << 20} {
		stored := seal(b, key, make([]byte, size), "b/k")
		b.Run(fmt.Sprintf("%dkB", size/1000), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				r, err := ring.Unseal(bytes.NewReader(stored), "b/k")
				require.NoError(b, err)
				_, err = io.Copy(io.Discard, r)
				require.NoError(b, err)
			}
		})
	}
}
