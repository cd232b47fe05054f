package chunk

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// noise is AES in counter mode: the same bytes in every version of Go.
func noise(key byte, size int) []byte {
	block, err := aes.NewCipher(bytes.Repeat([]byte{key}, 16))
	if err != nil {
		panic(err) // the key has a valid length
	}
	b := make([]byte, size)
	cipher.NewCTR(block, make([]byte, 16)).XORKeyStream(b, b)
	return b
}

// disk has noise, a hole, text and a tail that is no sector.
func disk() []byte {
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, "%d: the same words, and a number\n", i)
	}
	return bytes.Join([][]byte{noise(1, 6<<20), make([]byte, 5<<20), []byte(text.String()), noise(2, 2<<20+77)}, nil)
}

func cut(t testing.TB, r io.Reader) (chunks [][]byte) {
	t.Helper()
	c, buf := New(r), make([]byte, Max)
	for {
		chunk, err := c.Next(buf)
		if errors.Is(err, io.EOF) {
			require.Empty(t, chunk)
			return chunks
		}
		require.NoError(t, err)
		chunks = append(chunks, bytes.Clone(chunk))
	}
}

func sizes(chunks [][]byte) (list []int) {
	for _, c := range chunks {
		list = append(list, len(c))
	}
	return list
}

// Boundaries are part of what is stored: an image must be cut in the same way by every machine and release.
func TestGolden(t *testing.T) {
	chunks := cut(t, bytes.NewReader(disk()))
	assert.Equal(t, []int{970944, 632026, 1157107, 1291391, 1099319, 980356, 1572864, 1572864, 1572864, 912702, 1529341, 1507208, 1414634,
		527367, 479468}, sizes(chunks))
	assert.Equal(t, "c4a6eef324ab32d01881c521933c61b645c961e6c56f4821ff3ff443ababbcb0", fmt.Sprintf("%x", sha256.Sum256(chunks[0])))
}

func TestWhateverTheReader(t *testing.T) {
	content := disk()[5<<20 : 13<<20]
	want := cut(t, bytes.NewReader(content))
	require.True(t, bytes.Equal(content, bytes.Join(want, nil)))
	for name, r := range map[string]io.Reader{"halves": iotest.HalfReader(bytes.NewReader(content)),
		"end with the data": iotest.DataErrReader(bytes.NewReader(content)),
		"a few bytes":       &few{content}} {
		assert.Equal(t, sizes(want), sizes(cut(t, r)), name)
	}
}

// few reads 1 to 1000 bytes at a time.
type few struct{ left []byte }

func (f *few) Read(b []byte) (int, error) {
	if len(f.left) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), len(f.left)*7%1000+1)], f.left)
	f.left = f.left[n:]
	return n, nil
}

func TestRestart(t *testing.T) {
	content := disk()
	whole := sizes(cut(t, bytes.NewReader(content)))
	at, buf := 0, make([]byte, Max)
	for i, size := range whole {
		c := New(bytes.NewReader(content[at:]))
		for _, want := range whole[i:min(i+2, len(whole))] {
			chunk, err := c.Next(buf)
			require.NoError(t, err)
			require.Equal(t, want, len(chunk), "chunk %d", i)
		}
		at += size
	}
}

func TestSizes(t *testing.T) {
	for _, size := range []int{0, 1, window, Min - 1, Min, Min + 1, Min + 2, Min + 3, Min + 4, Min + 5, Max - 1, Max, Max + 1, 8 << 20} {
		for _, content := range [][]byte{noise(3, size), make([]byte, size), bytes.Repeat([]byte{0xff}, size)} {
			chunks := cut(t, bytes.NewReader(content))
			require.Equal(t, size, len(bytes.Join(chunks, nil)))
			for i, c := range chunks {
				assert.LessOrEqual(t, len(c), Max)
				assert.True(t, len(c) >= Min || i == len(chunks)-1 && len(c) > 0, "chunk %d of %d bytes is too small", i, len(c))
			}
		}
	}
}

// What moves by any number of bytes is found again: at most a few chunks around the place are new.
func TestShifted(t *testing.T) {
	content := noise(4, 12<<20)
	known := map[[32]byte]bool{}
	for _, c := range cut(t, bytes.NewReader(content)) {
		known[sha256.Sum256(c)] = true
	}
	for _, shift := range []int{1, 512, 65536, 1 << 20} {
		added := bytes.Join([][]byte{content[:4<<20], noise(5, shift), content[4<<20:]}, nil)
		lost := 0
		for _, c := range cut(t, bytes.NewReader(added)) {
			if !known[sha256.Sum256(c)] {
				lost += len(c)
			}
		}
		assert.Less(t, lost, shift+4*Max, "%d bytes inserted", shift)
	}
}

func TestHoles(t *testing.T) {
	chunks := cut(t, bytes.NewReader(append(noise(6, Min/2), make([]byte, 4*Max)...)))
	zero := 0
	for _, c := range chunks {
		if IsZero(c) {
			zero += len(c)
		}
	}
	assert.GreaterOrEqual(t, zero, 3*Max, "all but the chunk that the hole begins in")
}

// hash is that of a window, by the definition.
func hash(window []byte) (h uint64) {
	for i, v := range window {
		h += gear[v] << (len(window) - 1 - i)
	}
	return h
}

func TestBoundaryIsTheLowestHash(t *testing.T) {
	content := disk()
	for _, at := range []int{6<<20 - Min - 1<<16, len(content) - Min - 1<<16} {
		rest := content[at:min(at+Max, len(content))]
		want, lowest := len(rest), ^uint64(0)
		for end := Min + 1; end <= len(rest); end++ {
			if h := hash(rest[end-window : end]); h < lowest {
				want, lowest = end, h
			}
		}
		require.Equal(t, want, boundary(rest), "at %d", at)
	}
}

func TestBrokenStreams(t *testing.T) {
	buf := make([]byte, Max)
	_, err := New(bytes.NewReader(nil)).Next(buf[: Max-1 : Max-1])
	assert.ErrorIs(t, err, io.ErrShortBuffer)

	_, err = New(iotest.ErrReader(nil)).Next(buf) // gives nothing, for ever
	assert.ErrorIs(t, err, io.ErrNoProgress)

	content := noise(7, Max+Max/2)
	for _, want := range []error{io.ErrUnexpectedEOF, errors.New("lost")} {
		c := New(io.MultiReader(bytes.NewReader(content), iotest.ErrReader(want)))
		at, err := 0, error(nil)
		for chunk := []byte(nil); err == nil; at += len(chunk) {
			chunk, err = c.Next(buf)
		}
		assert.ErrorIs(t, err, want)
		assert.True(t, at > 0 && at < len(content), "what came before a failure is no chunk")
		chunk, err := c.Next(buf)
		assert.ErrorIs(t, err, want, "for good")
		assert.Zero(t, len(chunk))
	}
}

func TestNothingIsAllocatedForAChunk(t *testing.T) {
	c, buf := New(bytes.NewReader(noise(8, 20<<20))), make([]byte, Max)
	assert.Zero(t, testing.AllocsPerRun(8, func() {
		if _, err := c.Next(buf); err != nil {
			t.Error(err)
		}
	}))
}

// Bytes of the fuzzer are repeated with noise and holes between them, for streams of a megabyte are too slow to search in.
func FuzzCutter(f *testing.F) {
	f.Add([]byte("text"), uint32(3*Max), uint32(100), uint8(0))
	f.Add([]byte{0}, uint32(2*Max), uint32(0), uint8(9))
	f.Add(bytes.Repeat([]byte{0xff, 0}, 40), uint32(Min+3), uint32(Min), uint8(255))
	random := noise(9, 3*Max)
	f.Fuzz(func(t *testing.T, pattern []byte, size, hole uint32, step uint8) {
		content := bytes.Clone(random[:size%uint32(len(random))])
		for at := 0; len(pattern) > 0 && at < len(content); at += len(pattern) * (1 + int(step)) {
			copy(content[at:], pattern)
		}
		if len(content) > 0 {
			at := int(hole) % len(content)
			clear(content[at:min(len(content), at+int(step)<<12)])
		}
		chunks := cut(t, iotest.HalfReader(bytes.NewReader(content)))
		if !bytes.Equal(content, bytes.Join(chunks, nil)) {
			t.Fatal("the chunks are not the stream")
		}
		at := 0
		for i, c := range chunks {
			if len(c) > Max || len(c) < Min && i < len(chunks)-1 {
				t.Fatalf("chunk %d has %d bytes", i, len(c))
			}
			if i == len(chunks)/2 {
				require.Equal(t, sizes(chunks[i:]), sizes(cut(t, bytes.NewReader(content[at:]))))
			}
			at += len(c)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	content, buf := noise(10, 64<<20), make([]byte, Max)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		c := New(bytes.NewReader(content))
		for {
			if _, err := c.Next(buf); err != nil {
				break
			}
		}
	}
}
