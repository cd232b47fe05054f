//go:build !race

package picture

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTensorAllocatesNothing(t *testing.T) {
	p, dst := formula(512, 384), make([]float32, 3*224*224)
	require.Zero(t, testing.AllocsPerRun(20, func() { Tensor(p, Identity(), Square(224), dst) }))
}

func TestInspectAllocatesNothing(t *testing.T) {
	file := photo(t, 300, 200)
	require.Zero(t, testing.AllocsPerRun(20, func() { _, _ = Inspect(file) }))
}

// bytesPerDecode is how much memory is new each time that a file is decoded.
func bytesPerDecode(t *testing.T, file []byte) uint64 {
	d := newDecoder()
	decode := func() {
		p, err := d.Decode(context.Background(), file, Size{})
		require.NoError(t, err)
		p.Release()
	}
	decode()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 30 {
		decode()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / 30
}

func TestDecodeReusesItsMemory(t *testing.T) {
	file := photo(t, 1200, 900)
	// The result alone has 3 MB; what the decoder allocates anew each time, jpegMemory counts.
	h, err := Inspect(file)
	require.NoError(t, err)
	require.Less(t, bytesPerDecode(t, file), uint64(jpegMemory(h))+300_000)
}
