package chunk

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDigest(t *testing.T) {
	const name = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, appendix B.1
	assert.Equal(t, name, Sum([]byte("abc")).String())
	d, err := Parse(name)
	require.NoError(t, err)
	assert.Equal(t, Sum([]byte("abc")), d)
	for _, bad := range []string{"", name[1:], name + "0", strings.ToUpper(name), "g" + name[1:], " " + name[1:], "../" + name[3:]} {
		_, err := Parse(bad)
		assert.Error(t, err, bad)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(strings.Repeat("0", 64))
	f.Add(strings.Repeat("aF", 32))
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := Parse(s); err == nil {
			assert.Equal(t, s, d.String())
		}
	})
}

func TestIsZero(t *testing.T) {
	for _, size := range []int{0, 1, 2, 63, 64, 65, 4096, Max} {
		chunk := make([]byte, size)
		assert.True(t, IsZero(chunk))
		for _, at := range []int{0, size / 2, size - 1} {
			if size > 0 {
				chunk[at] = 1
				assert.False(t, IsZero(chunk), "%d of %d", at, size)
				chunk[at] = 0
			}
		}
	}
	assert.False(t, IsZero([]byte{7, 7, 7}))
}

func BenchmarkIsZero(b *testing.B) {
	chunk := make([]byte, Max)
	b.SetBytes(Max)
	for b.Loop() {
		if !IsZero(chunk) {
			b.Fatal("zeros are not zero")
		}
	}
}
