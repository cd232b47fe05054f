package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

const (
	home, away  = "us-east-1", "eu-central-1"
	disksBucket = "disks"
	imageBucket = "images"
	sendsChunk  = "PUT /" + imageBucket + "/images/" // of either region, to its own storage
)

// catalogue is a server whose two regions keep their images in S3 servers of their own.
type catalogue struct {
	*server.Server
	storage    map[string]*server.Storage
	home, away guide.Images
	files      *s3.Client // of the home region
	random     *rand.Rand
}

// newCatalogue starts one, with an image "gold" of a disk in the home region. OWNSIGHT_SEED repeats a run.
func newCatalogue(t *testing.T, disk []byte, config string) *catalogue {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("OWNSIGHT_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("OWNSIGHT_SEED=%d", seed)
	c := &catalogue{storage: map[string]*server.Storage{home: server.NewStorage(t), away: server.NewStorage(t)}, random: rand.New(rand.NewPCG(seed, 1))}
	file := filepath.Join(t.TempDir(), "ownsight.yaml")
	config += fmt.Sprintf("places:\n  %s: %s\n  %s: %s\n", home, c.storage[home].Place(t, imageBucket), away, c.storage[away].Place(t, imageBucket))
	config += "limits: {images: 0, image-copies: 0, image-updates: 0}\n"
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	c.Server = server.New(t, "--config", file, "--log", "debug")
	c.Restart(t)
	c.home, c.away = guide.ImagesIn(t, c.Server, "default", home), guide.ImagesIn(t, c.Server, "default", away)
	files := guide.Connect(t, c.storage[home].Server, "default")
	c.files = files.S3
	files.Bucket(t, disksBucket)
	files.Put(t, disksBucket, "gold.raw", disk)
	c.home.Import(t, c.home.Register(t, "s3://"+disksBucket+"/gold.raw"), "gold")
	return c
}

// copy begins to copy the image to the other region.
func (c *catalogue) copy(t *testing.T, name string) {
	t.Helper()
	_, err := c.home.CopyImage(t.Context(), &appstream.CopyImageInput{SourceImageName: aws.String("gold"), DestinationImageName: &name, DestinationRegion: aws.String(away)})
	require.NoError(t, err)
}

// requireBytes exports an image of the other region and compares its disk.
func (c *catalogue) requireBytes(t *testing.T, name string, disk []byte) {
	t.Helper()
	d := c.away.Export(t, name)
	bucket, key, _ := strings.Cut(strings.TrimPrefix(d.S3Uri, "s3://"), "/")
	there := guide.Connect(t, c.storage[away].Server, "default").S3
	out, err := there.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	defer out.Body.Close()
	got, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	require.True(t, bytes.Equal(disk, got), "%s has other bytes", name)
	_, err = there.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
}

// check asks for a deep check of all regions and gives what was found, by region.
func (c *catalogue) check(t *testing.T) map[string]checked {
	t.Helper()
	code, out, problems := c.Program(t, "image", "check", "--deep", "--data", c.Dir, "--output", "json")
	require.Zero(t, code, "%s%s", out, problems)
	var list []checked
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	found := map[string]checked{}
	for _, one := range list {
		found[one.Region] = one
	}
	return found
}

// checked is what `ownsight image check` says of a region.
type checked struct {
	Region                            string
	Chunks, Objects, Orphans, Missing int64
}

// requireNothingLeft deletes every image and waits until no object is left in either region.
func (c *catalogue) requireNothingLeft(t *testing.T) {
	t.Helper()
	for _, region := range []guide.Images{c.home, c.away} {
		out, err := region.DescribeImages(t.Context(), nil)
		require.NoError(t, err)
		for _, image := range out.Images {
			_, err := region.DeleteImage(t.Context(), &appstream.DeleteImageInput{Name: image.Name})
			require.NoError(t, err)
		}
	}
	for region, storage := range c.storage {
		files := guide.Connect(t, storage.Server, "default").S3
		server.Eventually(t, server.Patience, "nothing left in "+region, func(ctx context.Context) bool {
			out, err := files.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(imageBucket)})
			return err == nil && len(out.Contents) == 0
		})
	}
}

// rounds is how often something is tried: a few times in the tests, OWNSIGHT_ROUNDS times in a soak.
func rounds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("OWNSIGHT_ROUNDS")); err == nil {
		return n
	}
	return few
}

// TestKilledImageCopies kills the server in the middle of copies, up to three times each, at moments that chance chooses. Every
// copy ends well, with the right bytes; chunks that had arrived are not sent again; in the end nothing is left.
func TestKilledImageCopies(t *testing.T) {
	disk := corpus.Disk(40<<20, 7)
	c := newCatalogue(t, disk, "")
	var sent atomic.Int64
	for kills, most := 0, rounds(4); kills < most; {
		name := fmt.Sprintf("copy-%d", kills)
		sent.Store(0)
		times := 1 + c.random.IntN(3)
		due := make(chan struct{}, 1)
		after := atomic.Int64{}
		c.storage[away].Intercept(func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if strings.HasPrefix(r.Method+" "+r.URL.Path, sendsChunk) {
				sent.Add(1)
				if after.Add(-1) == 0 {
					due <- struct{}{}
				}
			}
			pass.ServeHTTP(w, r)
		})
		after.Store(1 + c.random.Int64N(8))
		c.copy(t, name)
		for range times {
			select {
			case <-due:
			case <-time.After(time.Second): // it was quicker
			}
			c.Kill()
			kills++
			after.Store(1 + c.random.Int64N(8))
			c.Restart(t)
		}
		image := c.away.Settled(t, name)
		require.Equal(t, types.ImageStateAvailable, image.State, "%+v", image.StateChangeReason)
		c.storage[away].Intercept(nil)
		c.requireBytes(t, name, disk)
		_, err := c.away.DeleteImage(t.Context(), &appstream.DeleteImageInput{Name: &name})
		require.NoError(t, err)
	}
	for region, found := range c.check(t) {
		require.Zero(t, found.Missing, "%s: %+v", region, found)
	}
	c.requireNothingLeft(t)
}

// TestImageCopiesOnABadNetwork lets requests of copies fail in every way: refused, broken off, delayed, with wrong bytes in
// either direction. Every copy ends well with the right bytes, or fails and says why; in the end nothing is left.
func TestImageCopiesOnABadNetwork(t *testing.T) {
	disk := corpus.Disk(40<<20, 8)
	c := newCatalogue(t, disk, "")
	var injected atomic.Int64
	trouble := &trouble{random: c.random, injected: &injected}
	ended := map[types.ImageState]int{}
	for i := 0; injected.Load() < int64(rounds(30)); i++ {
		name := fmt.Sprintf("copy-%d", i)
		for _, storage := range c.storage {
			storage.Intercept(trouble.meet)
		}
		c.copy(t, name)
		image := c.away.Settled(t, name)
		for _, storage := range c.storage {
			storage.Intercept(nil)
		}
		ended[image.State]++
		if image.State == types.ImageStateAvailable {
			c.requireBytes(t, name, disk)
		} else {
			require.NotEmpty(t, aws.ToString(image.StateChangeReason.Message))
			require.Equal(t, types.ImageStateChangeReasonCodeImageCopyFailure, image.StateChangeReason.Code)
		}
		_, err := c.away.DeleteImage(t.Context(), &appstream.DeleteImageInput{Name: &name})
		require.NoError(t, err)
	}
	t.Logf("%d faults; %v", injected.Load(), ended)
	require.NotZero(t, ended[types.ImageStateAvailable])
	for region, found := range c.check(t) {
		require.Zero(t, found.Missing, "%s: %+v", region, found)
	}
	c.requireNothingLeft(t)
}
