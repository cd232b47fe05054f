package objects_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/kms"
	"ownsight/internal/objects"
)

// BenchmarkSealed writes and reads with a key and without, signatures and the
// embedded server included: a picture and a model.
func BenchmarkSealed(b *testing.B) {
	keyset := filepath.Join(b.TempDir(), "key.json")
	require.NoError(b, kms.Create(keyset))
	ring, err := kms.Open([]kms.KeyConfig{{ARN: keyARN, Keyset: keyset}})
	require.NoError(b, err)
	sealing, err := ring.Key(keyARN)
	require.NoError(b, err)
	require.NoError(b, embedded.Stop())
	server, err := objects.NewEmbedded(objects.EmbeddedConfig{Dir: b.TempDir(), Keys: keys, Sealed: ring})
	require.NoError(b, err)
	require.NoError(b, server.Start(b.Context()))
	b.Cleanup(func() {
		require.NoError(b, server.Stop())
		require.NoError(b, embedded.Start(context.Background()))
	})
	client := server.Store().As(ownsight.Principal{Account: first})
	require.NoError(b, client.EnsureBucket(b.Context(), "bench"))
	for name, key := range map[string]*kms.Key{"plain": nil, "sealed": sealing} {
		for _, size := range []int{100_000, 20 << 20} {
			content := make([]byte, size)
			b.Run(fmt.Sprintf("put/%dkB/%s", size/1000, name), func(b *testing.B) {
				b.SetBytes(int64(size))
				before := processorTime(b)
				for b.Loop() {
					_, err := client.Put(b.Context(), "bench", name, bytes.NewReader(content), objects.PutOptions{Key: key})
					require.NoError(b, err)
				}
				b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
			b.Run(fmt.Sprintf("get/%dkB/%s", size/1000, name), func(b *testing.B) {
				b.SetBytes(int64(size))
				before := processorTime(b)
				for b.Loop() {
					body, _, err := client.Get(b.Context(), "bench", name, "")
					require.NoError(b, err)
					_, err = io.Copy(io.Discard, body)
					require.NoError(b, err)
					require.NoError(b, body.Close())
				}
				b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}
