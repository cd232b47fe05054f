package faults

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	_ "github.com/mattn/go-sqlite3" // the driver named sqlite3
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
	config     string     // its file
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
	c.config = file
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
	code, out, problems := c.Program(t, "image", "check", "--deep", "--data", c.Dir, "--config", c.config, "--output", "json")
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
			var never *s3types.NoSuchBucket
			return errors.As(err, &never) || err == nil && len(out.Contents) == 0
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

// TestKilledImageCopies kills the server in the middle of copies, up to three times each: at first when what has arrived is
// written down, then at moments that chance chooses. Every copy ends well, with the right bytes; chunks that are written down
// are not sent again; in the end nothing is left.
func TestKilledImageCopies(t *testing.T) {
	t.Parallel()
	disk := corpus.Disk(40<<20, 7)
	c := newCatalogue(t, disk, "image-rate: 4000000\n")
	for kills, most := 0, rounds(3); kills < most; {
		name := fmt.Sprintf("copy-%d", kills)
		sent := &sending{arrived: map[string]bool{}, kept: map[string]bool{}}
		c.storage[away].Intercept(sent.watch)
		due, goOn := sent.after(22+c.random.IntN(8)), sent.stop()
		t.Cleanup(goOn)
		c.copy(t, name)
		server.Eventually(t, server.Patience, "what has arrived is written down", func(context.Context) bool {
			return sent.written(c.writtenDown(t)) >= 16 // of more than 20, if none is sent twice
		})
		<-due
		for again := c.random.IntN(3); ; again-- {
			c.Kill()
			goOn()
			sent.settle(c.writtenDown(t))
			kills++
			if due = sent.after(1 + c.random.IntN(6)); again == 0 {
				break
			}
			c.Restart(t)
			select {
			case <-due:
			case <-time.After(10 * time.Second): // it has less than that left to send
			}
		}
		c.Restart(t)
		image := c.away.Settled(t, name)
		require.Equal(t, types.ImageStateAvailable, image.State, "%+v", image.StateChangeReason)
		require.Empty(t, sent.again(), "sent twice")
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

// writtenDown reads which chunks the server knows to have arrived in the other region, by the path of their objects.
func (c *catalogue) writtenDown(t *testing.T) map[string]bool {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(c.Dir, "state.db")+"?_busy_timeout=60000")
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT lower(hex(digest)), id FROM chunks WHERE region = ? AND stored", away)
	require.NoError(t, err)
	defer rows.Close()
	paths := map[string]bool{}
	for rows.Next() {
		var digest string
		var id int64
		require.NoError(t, rows.Scan(&digest, &id))
		paths[fmt.Sprintf("/%s/images/%s/chunks/%s/%s-%d", imageBucket, away, digest[:2], digest, id)] = true
	}
	require.NoError(t, rows.Err())
	return paths
}

// sending watches the chunks that one copy sends.
type sending struct {
	mu      sync.Mutex
	arrived map[string]bool // by path
	kept    map[string]bool // that were written down at a kill
	twice   []string        // of them, those that were sent again
	left    int             // requests until due
	due     chan struct{}
	stopped chan struct{} // requests that are due, and those after them, wait until it is closed and are dropped then; nil for none
}

func (s *sending) watch(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	if !strings.HasPrefix(r.Method+" "+r.URL.Path, sendsChunk) {
		pass.ServeHTTP(w, r)
		return
	}
	s.mu.Lock()
	if s.kept[r.URL.Path] {
		s.twice = append(s.twice, r.URL.Path)
	}
	if s.left--; s.left == 0 {
		close(s.due)
	}
	stopped := s.stopped
	if s.left > 0 {
		stopped = nil
	}
	s.mu.Unlock()
	if stopped != nil {
		<-stopped
		return
	}
	pass.ServeHTTP(w, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived[r.URL.Path] = true
}

// after gives a channel that is closed at the n-th chunk from now on.
func (s *sending) after(n int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, s.due = n, make(chan struct{})
	return s.due
}

// stop lets nothing arrive from the one that is due on, until its result is called: by then its sender has been killed.
func (s *sending) stop() (undo func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stopped := make(chan struct{})
	s.stopped = stopped
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stopped = nil
		close(stopped)
	})
}

// written is how many of those that have arrived are written down.
func (s *sending) written(paths map[string]bool) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path := range s.arrived {
		if paths[path] {
			n++
		}
	}
	return n
}

// settle says what must not come again. What arrived and was not written down before the kill may come once more.
func (s *sending) settle(paths map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path := range s.arrived {
		if paths[path] {
			s.kept[path] = true
		}
	}
}

func (s *sending) again() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.twice
}

// TestImageCopiesOnABadNetwork lets requests of copies fail in every way: refused, broken off, delayed, with wrong bytes in
// either direction. Every copy ends well with the right bytes, or fails and says why; in the end nothing is left.
func TestImageCopiesOnABadNetwork(t *testing.T) {
	t.Parallel()
	disk := corpus.Disk(40<<20, 8)
	c := newCatalogue(t, disk, "")
	var injected atomic.Int64
	trouble := &trouble{random: c.random, injected: &injected}
	ended := map[types.ImageState]int{}
	for i := 0; injected.Load() < int64(rounds(16)) || ended[types.ImageStateAvailable] == 0; i++ {
		require.Less(t, i, rounds(16), "no copy ends well: %v", ended)
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
	for region, found := range c.check(t) {
		require.Zero(t, found.Missing, "%s: %+v", region, found)
	}
	c.requireNothingLeft(t)
}

// TestKilledImportAndExport kills the server while it takes a disk in, and while it writes one to S3. Both go on where they
// were: what had arrived is neither read nor written again.
func TestKilledImportAndExport(t *testing.T) {
	t.Parallel()
	disk := corpus.Disk(48<<20, 9)
	c := newCatalogue(t, corpus.Disk(4<<20, 7), "")
	_, err := c.files.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(disksBucket), Key: aws.String("big.raw"), Body: bytes.NewReader(disk)})
	require.NoError(t, err)
	registered := c.home.Register(t, "s3://"+disksBucket+"/big.raw")
	chunks := c.killAt(t, home, sendsChunk, 20, func() {
		_, err := c.home.CreateImportedImage(t.Context(), &appstream.CreateImportedImageInput{Name: aws.String("big"), SourceAmiId: &registered.DiskId})
		require.NoError(t, err)
	})
	require.Equal(t, types.ImageStateAvailable, c.home.Settled(t, "big").State)
	stored := c.check(t)[home]
	require.Zero(t, stored.Missing, "%+v", stored)
	require.LessOrEqual(t, chunks.Load(), stored.Objects+16, "no more than the chunks on their way at the kill are sent twice")

	parts := c.killAt(t, home, "PUT /ownsight-exports-", 2, func() {
		go func() { // it ends when the server is back
			_, _ = c.home.CreateExportImageTask(context.WithoutCancel(t.Context()), &appstream.CreateExportImageTaskInput{ImageName: aws.String("big"), AmiName: aws.String("big"),
				IamRoleArn: aws.String("arn:aws:iam::111122223333:role/images")})
		}()
	})
	var task types.ExportImageTask
	server.Eventually(t, server.Patience, "exported", func(ctx context.Context) bool {
		out, err := c.home.ListExportImageTasks(ctx, nil)
		if err != nil || len(out.ExportImageTasks) == 0 {
			return false
		}
		task = out.ExportImageTasks[0]
		return task.State != types.ExportImageTaskStateExporting
	})
	require.Equal(t, types.ExportImageTaskStateCompleted, task.State, "%+v", task.ErrorDetails)
	require.LessOrEqual(t, parts.Load(), int64(3+2+2), "a bucket that may be made twice, three parts, and those on their way at the kill")
	key := aws.String(*task.TaskId + "/big.raw")
	out, err := c.files.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("ownsight-exports-111122223333-" + home), Key: key})
	require.NoError(t, err)
	defer out.Body.Close()
	got, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	require.True(t, bytes.Equal(disk, got))
	c.requireNothingLeft(t)
}

// killAt kills the server at the n-th request from now on that begins with what, restarts it, and counts such requests.
func (c *catalogue) killAt(t *testing.T, region, what string, n int64, begin func()) *atomic.Int64 {
	t.Helper()
	var count atomic.Int64
	due := make(chan struct{})
	c.storage[region].Intercept(func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if strings.HasPrefix(r.Method+" "+r.URL.Path, what) && count.Add(1) == n {
			close(due)
		}
		pass.ServeHTTP(w, r)
	})
	begin()
	select {
	case <-due:
	case <-time.After(server.Patience):
		require.Fail(t, "never", "%d of %s", n, what)
	}
	c.Kill()
	c.Restart(t)
	return &count
}

// TestImageCheck takes a chunk's object away, spoils another one, and leaves an old object that nobody needs. A check names
// the images that are hurt and removes what is nobody's; copying the same bytes there again heals what is missing.
func TestImageCheck(t *testing.T) {
	t.Parallel()
	disk := corpus.Disk(12<<20, 10)
	c := newCatalogue(t, disk, "")
	c.copy(t, "hurt")
	require.Equal(t, types.ImageStateAvailable, c.away.Settled(t, "hurt").State)
	folder := filepath.Join(c.storage[away].Dir, "s3", imageBucket, "images", away, "chunks")
	objects, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	require.NoError(t, err)
	require.Greater(t, len(objects), 5)
	require.NoError(t, os.Remove(objects[0]))
	spoilt, err := os.ReadFile(objects[1])
	require.NoError(t, err)
	spoil(spoilt)
	require.NoError(t, os.WriteFile(objects[1], spoilt, 0o600))
	orphan := filepath.Join(folder, "00", strings.Repeat("00", 32)+"-4711")
	require.NoError(t, os.MkdirAll(filepath.Dir(orphan), 0o700))
	require.NoError(t, os.WriteFile(orphan, []byte("nobody's"), 0o600))
	old := time.Now().Add(-2 * time.Hour)
	require.NoError(t, os.Chtimes(orphan, old, old))

	for range 2 { // what is missing stays missing until somebody brings it
		code, out, problems := c.Program(t, "image", "check", "--deep", "--data", c.Dir, "--config", c.config)
		require.Equal(t, 1, code, "%s%s", out, problems)
		require.Contains(t, problems, away+": 2 chunks are missing or damaged, of arn:aws:appstream:"+away+":111122223333:image/hurt")
		require.NoFileExists(t, orphan)
	}

	c.copy(t, "again")
	require.Equal(t, types.ImageStateAvailable, c.away.Settled(t, "again").State)
	for region, found := range c.check(t) {
		require.Zero(t, found.Missing, "%s: %+v", region, found)
	}
	c.requireBytes(t, "hurt", disk)
	c.requireNothingLeft(t)
}

// TestPlacesStay starts a server whose region has images with another place for it: it refuses, and says what to do.
func TestPlacesStay(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t, corpus.Disk(2<<20, 12), "")
	c.Kill()
	original, err := os.ReadFile(c.config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(c.config, nil, 0o600))
	code, said := c.Run(t)
	require.Equal(t, 1, code)
	require.Contains(t, said, "the images of "+home+" lie in http://127.0.0.1:")
	require.Contains(t, said, "and the configuration says the embedded S3 server/ownsight-system: put its place back, or delete its images first")
	require.NoError(t, os.WriteFile(c.config, original, 0o600))
	c.Restart(t)
	c.requireNothingLeft(t)
	c.Kill()
	require.NoError(t, os.WriteFile(c.config, nil, 0o600))
	c.Restart(t) // a region without images may move
}

// TestDamagedSource spoils an object that a copy needs: the copy fails, says which, and leaves nothing behind.
func TestDamagedSource(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t, corpus.Disk(6<<20, 11), "")
	objects, err := filepath.Glob(filepath.Join(c.storage[home].Dir, "s3", imageBucket, "images", home, "chunks", "*", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, objects)
	spoilt, err := os.ReadFile(objects[0])
	require.NoError(t, err)
	spoil(spoilt)
	require.NoError(t, os.WriteFile(objects[0], spoilt, 0o600))
	c.copy(t, "broken")
	image := c.away.Settled(t, "broken")
	require.Equal(t, types.ImageStateFailed, image.State)
	require.Equal(t, types.ImageStateChangeReasonCodeImageCopyFailure, image.StateChangeReason.Code)
	require.Contains(t, *image.StateChangeReason.Message, filepath.Base(objects[0])+" has other bytes than its name says")
	c.requireNothingLeft(t)
}
