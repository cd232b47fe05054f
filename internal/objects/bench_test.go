package objects_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/versity/versitygw/auth"

	"ownsight"
	"ownsight/internal/objects"
)

// BenchmarkGetBytes reads small pictures as a training does: four readers,
// signatures and the embedded server included.
func BenchmarkGetBytes(b *testing.B) {
	const pictures, readers = 200, 4
	client := embedded.Store().As(root(first))
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

// BenchmarkJudge is the time that a judgement takes.
func BenchmarkJudge(b *testing.B) {
	const bucket, shared = "benchmark-judge", "benchmark-judge-policy"
	owner := inside(root(first))
	require.NoError(b, owner.EnsureBucket(b.Context(), bucket))
	require.NoError(b, owner.EnsureBucket(b.Context(), shared))
	reader := user(b, first, "bench", readPhotos, denySecrets)
	setPolicy(b, first, shared, fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":%q},"Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*"}`, reader.ARN(), shared))
	request := map[string][]string{"aws:CurrentTime": {"2026-01-01T00:00:00Z"}, "aws:EpochTime": {"1767225600"}, "aws:SecureTransport": {"false"},
		"aws:SourceIp": {"127.0.0.1"}, "aws:UserAgent": {"aws-sdk-go-v2"}}
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf("arn:aws:s3:::%s/photos/%d", bucket, i))
	}
	for _, c := range []struct {
		name      string
		p         ownsight.Principal
		resources []string
	}{
		{"root", root(first), many[:1]},
		{"user", reader, many[:1]},
		{"root, bucket with a policy", root(first), []string{"arn:aws:s3:::" + shared + "/photos/a"}},
		{"user, bucket with a policy", reader, []string{"arn:aws:s3:::" + shared + "/photos/a"}},
		{"user, 1000 objects", reader, many},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, embedded.Judge(c.p, auth.GetObjectAction, c.resources, request))
			}
		})
	}
}

// BenchmarkGet compares one reader that is a root with one that is a user.
func BenchmarkGet(b *testing.B) {
	const bucket = "benchmark-get"
	owner := inside(root(first))
	require.NoError(b, owner.EnsureBucket(b.Context(), bucket))
	_, err := owner.Put(b.Context(), bucket, "photos/a", bytes.NewReader(make([]byte, 10_000)), objects.PutOptions{})
	require.NoError(b, err)
	for name, p := range map[string]ownsight.Principal{"root": root(first), "user": user(b, first, "bench-get", readPhotos, denySecrets)} {
		b.Run(name, func(b *testing.B) {
			client := inside(p)
			for b.Loop() {
				_, _, err := client.GetBytes(b.Context(), bucket, "photos/a", "", 1<<20)
				require.NoError(b, err)
			}
		})
	}
}
