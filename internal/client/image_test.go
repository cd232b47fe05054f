package client_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/client"
)

// drawDisk writes a raw disk of some MiB with one partition full of noise.
func drawDisk(t *testing.T, path string, mib int) {
	t.Helper()
	b := make([]byte, mib<<20)
	noise := rand.NewChaCha8([32]byte{byte(mib)})
	_, _ = noise.Read(b[1<<16:])
	copy(b[446:], "\x00\x00\x00\x00\x83\x00\x00\x00\x80\x00\x00\x00\x00\x01\x00\x00") // 256 blocks from the 128th on
	copy(b[510:], "\x55\xaa")
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

// through connects by way of a handler that may do what it wants before a request goes on to the server; true ends it there.
func through(t *testing.T, before func(http.ResponseWriter, *http.Request) bool) *client.Client {
	t.Helper()
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !before(w, r) {
			heard.proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(between.Close)
	c, err := client.Connect(t.Context(), client.Target{Endpoint: between.URL, Data: data})
	require.NoError(t, err)
	return c
}

const platform = "AMAZON_LINUX2"

func TestDisksAreUploadedOnce(t *testing.T) {
	var puts atomic.Int32
	c := through(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, ".img") {
			puts.Add(1)
		}
		return false
	})
	path := filepath.Join(t.TempDir(), "once.img")
	drawDisk(t, path, 17) // more than the transfer manager puts whole
	var stages []string
	place, err := c.UploadDisk(t.Context(), path, "", "", func(p client.Progress) { stages = append(stages, p.What) })
	require.NoError(t, err)
	require.Regexp(t, `^s3://ownsight-disks-111122223333-us-east-1/\d{8}-\d{6}\.\d{9}-17825792/once\.img$`, place)
	require.EqualValues(t, 3, puts.Load(), "parts of 8 MiB")
	require.Equal(t, []string{"checking once.img", "uploading once.img, 17 MiB"}, []string{stages[0], stages[len(stages)-1]})
	again, err := c.UploadDisk(t.Context(), path, "", "raw", quiet)
	require.NoError(t, err)
	require.Equal(t, place, again)
	require.EqualValues(t, 3, puts.Load(), "nothing has changed")

	registered, err := c.RegisterDisk(t.Context(), place, platform, "one", "")
	require.NoError(t, err)
	require.Equal(t, []any{place, "raw", int64(17 << 20), "one"}, []any{registered.URI, registered.Format, registered.Size, registered.Name})
	disks, err := c.Disks(t.Context())
	require.NoError(t, err)
	require.Contains(t, disks, registered)
	require.NoError(t, c.DeregisterDisk(t.Context(), registered.ID))
	err = c.DeregisterDisk(t.Context(), registered.ID)
	require.Equal(t, "There is no disk "+registered.ID+" in us-east-1. (DeregisterDisk)", client.Explain(err))
}

func TestUploadsThatCannotBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "live.img")
	drawDisk(t, path, 1)
	c := through(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/live.img") {
			drawDisk(t, path, 2) // a machine still writes to it
		}
		return false
	})
	_, err := c.UploadDisk(t.Context(), path, "", "", quiet)
	require.ErrorContains(t, err, "live.img was written to while it was uploaded")
	folder := t.TempDir()
	_, err = c.UploadDisk(t.Context(), folder, "", "", quiet)
	require.EqualError(t, err, folder+" is no file")
	_, err = c.UploadDisk(t.Context(), path, "", "vhd", quiet)
	require.ErrorContains(t, err, path+": the file is not a whole VHD file")
}

func TestImagesAreFollowedThroughSilence(t *testing.T) {
	var silent atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := through(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/DescribeImages") {
			return false
		}
		if n := silent.Add(-1); n >= 0 {
			w.WriteHeader(http.StatusBadGateway)
			return true
		} else if n < -1000 {
			cancel()
		}
		return false
	})
	path := filepath.Join(t.TempDir(), "silent.img")
	drawDisk(t, path, 1)
	place, err := c.UploadDisk(ctx, path, "", "", quiet)
	require.NoError(t, err)
	disk, err := c.RegisterDisk(ctx, place, platform, "", "")
	require.NoError(t, err)
	image, err := c.ImportImage(ctx, disk.ID, "silent", client.ImageWords{})
	require.NoError(t, err)
	silent.Store(4) // one more than the SDK tries by itself
	image, err = c.SettleImage(ctx, image, quiet)
	require.NoError(t, err)
	require.Equal(t, "AVAILABLE", image.State)

	silent.Store(-1000)
	_, err = c.SettleImage(ctx, image, quiet)
	require.ErrorIs(t, err, context.Canceled)
	_, err = c.SettleImage(t.Context(), client.Image{Name: "nothing", Region: c.Region}, quiet)
	require.Contains(t, client.Explain(err), "There is no image named nothing in us-east-1. (DescribeImages)")
	_, err = c.DeleteImage(t.Context(), "silent")
	require.NoError(t, err)
}

func TestDisksOfAnotherKindOfServer(t *testing.T) {
	c := through(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Amz-Target") != "OwnsightDisks.DescribeDisks" {
			return false
		}
		http.Error(w, "<html>no such page</html>", http.StatusNotFound)
		return true
	})
	_, err := c.Disks(t.Context())
	require.Equal(t, "404 Not Found (DescribeDisks)", client.Explain(err))
}
