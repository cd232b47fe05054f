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

func TestDecodeReusesItsMemory(t *testing.T) {
	d, file := newDecoder(), photo(t, 1200, 900)
	bytesPerRun := func(n uint64) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range n {
			p, err := d.Decode(context.Background(), file, Size{})
			require.NoError(t, err)
			p.Release()
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / n
	}
	bytesPerRun(1)
	// The result alone has 3 MB; what the decoder allocates anew each time, jpegMemory counts.
	h, err := Inspect(file)
	require.NoError(t, err)
	require.Less(t, bytesPerRun(30), uint64(jpegMemory(h))+300_000)
}
