package catalog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
)

func TestKeysReadBack(t *testing.T) {
	s := shelf{prefix: "images/eu-west-1/chunks/"}
	digest := [32]byte{0xab, 0x01}
	key := s.key(4711, digest)
	require.Equal(t, "images/eu-west-1/chunks/ab/ab01000000000000000000000000000000000000000000000000000000000000-4711", key)
	id, got, ok := parseKey(key)
	require.True(t, ok)
	require.Equal(t, []any{int64(4711), digest}, []any{id, got})
	for _, strange := range []string{"", "x", "images/eu-west-1/chunks/ab/ab01-1", key[:len(key)-5], key + "x", key[:len(key)-4]} {
		_, _, ok := parseKey(strange)
		require.False(t, ok, strange)
	}
}

// TestParts cuts disks of any size into parts that S3 takes: the same every time, every chunk in one of them, all but the last
// of 5 MiB at least, and no more than 10,000.
func TestParts(t *testing.T) {
	for _, chunks := range []int{0, 1, 11, 5000, 3_000_000} {
		list := make([]ownsight.Chunk, chunks)
		var size int64
		for i := range list {
			list[i].Size = 512<<10 + int64(i*7919%(1<<20))
			size += list[i].Size
		}
		all := parts(list, size)
		require.LessOrEqual(t, len(all), 10_000)
		var sum int64
		count := 0
		for i, p := range all {
			require.EqualValues(t, i+1, p.number)
			if i < len(all)-1 {
				require.GreaterOrEqual(t, p.size, int64(5<<20))
			}
			sum += p.size
			count += len(p.chunks)
		}
		require.Equal(t, []any{size, chunks}, []any{sum, count})
	}
}

func TestProgress(t *testing.T) {
	now := time.Unix(1000, 0)
	m := newMeter(func() time.Time { return now })
	p := m.progress("Copying", 10<<30, 2<<30) // two GiB were done before this attempt
	require.Equal(t, "Copying: 2.0 GiB of 10 GiB (20 %)", p.String())
	require.EqualValues(t, 1, m.Figures().Jobs)
	now = now.Add(10 * time.Second)
	p.done.Add(2 << 30)
	require.Equal(t, "Copying: 4.0 GiB of 10 GiB (40 %), 205 MiB/s, 30s left", p.String())
	require.EqualValues(t, 6<<30, m.Figures().Left)
	p.end()
	require.Zero(t, m.Figures())
	require.Equal(t, "Copying: 0 B of 0 B (100 %)", m.progress("Copying", 0, 0).String())
}
