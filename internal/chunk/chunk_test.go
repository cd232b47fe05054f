package chunk

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

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
