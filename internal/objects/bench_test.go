package objects_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/objects"
)

// BenchmarkGetBytes reads small pictures as a training does: four readers,
// signatures and the embedded server included.
func BenchmarkGetBytes(b *testing.B) {
	const pictures, readers = 200, 4
	client := embedded.Store().Account(first)
	bucket := "benchmark-get-bytes"
	require.NoError(b, client.EnsureBucket(b.Context(), bucket))
	for _, size := range []int{10_000, 100_000} {
		for i := range pictures {
			_, err := client.Put(b.Context(), bucket, fmt.Sprintf("%d/%d", size, i), bytes.NewReader(make([]byte, size)), objects.PutOptions{})
			require.NoError(b, err)
		}
		b.Run(fmt.Sprintf("%dkB", size/1000), func(b *testing.B) {
			var next atomic.Int64
			done := make(chan error, readers)
			before := processorTime(b)
			b.ResetTimer()
			for range readers {
				go func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						if _, _, err := client.GetBytes(b.Context(), bucket, fmt.Sprintf("%d/%d", size, i%pictures), "", 1<<20); err != nil {
							done <- err
							return
						}
					}
					done <- nil
				}()
			}
			for range readers {
				require.NoError(b, <-done)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pictures/s")
			b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/picture")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
