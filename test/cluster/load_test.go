package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
)

const bucket = "parts"

// load is what the clients do, all at once, until they are told to end.
type load struct {
	clients
	t        *testing.T
	cluster  *cluster
	origin   time.Time // of the times in histories
	ledger   ledger
	pictures []corpus.Picture // one of each label
	manifest []byte           // of a training dataset
	lines    int              // in it
	base     types.ProjectVersionDescription
	source   *string // the project of base
	copies   *string // the project that copies go to
	running  []model // that run all the time
	names    struct {
		sync.Mutex
		next int
	}

	ended atomic.Bool // nothing new is begun

	mu        sync.Mutex
	histories []*history
	wrong     []string       // answers that are not what they were at first
	waits     []wait         // from the loss of a node to a right answer
	strays    map[string]int // errors that clients were told, after what the SDK repeats
}

// model is a running one, and what it answers.
type model struct {
	version *string
	answers []string // to each picture
}

// prepare makes what the clients work on while nothing is wrong yet.
func prepare(t *testing.T, c *cluster, models int) *load {
	t.Helper()
	l := &load{clients: newClients(t, c), t: t, cluster: c, origin: time.Now(), strays: map[string]int{}}
	g := l.guide
	g.Bucket(t, bucket)
	training, testing := corpus.Pictures("train/", 12, corpus.Labels...), corpus.Pictures("test/", 4, corpus.Labels...)
	g.Upload(t, bucket, training)
	g.Upload(t, bucket, testing)
	l.pictures, l.manifest, l.lines = testing[:len(corpus.Labels)], corpus.Manifest(bucket, training), len(training)
	l.source = g.Project(t, "source")
	g.Dataset(t, l.source, types.DatasetTypeTrain, bucket, l.manifest)
	g.Dataset(t, l.source, types.DatasetTypeTest, bucket, corpus.Manifest(bucket, testing))
	l.base = g.Train(t, l.source, "base", bucket, "out")
	l.copies = g.Project(t, "copies")
	for i := range models {
		version := l.beginCopy(t.Context(), fmt.Sprintf("running-%d", i))
		require.NotNil(t, version)
		v := g.SettledVersion(t, l.copies, fmt.Sprintf("running-%d", i))
		require.Equal(t, types.ProjectVersionStatusCopyingCompleted, v.Status, aws.ToString(v.StatusMessage))
		g.Run(t, l.copies, v)
		m := model{version: version}
		for _, p := range l.pictures {
			labels := g.Detect(t, version, p.File, aws.Float32(0))
			require.NotEmpty(t, labels)
			m.answers = append(m.answers, words(labels))
		}
		l.running = append(l.running, m)
	}
	disk := corpus.Disk(3<<20, 7)
	g.Put(t, bucket, "gold.raw", disk)
	_, err := l.home.CreateImportedImage(t.Context(), &appstream.CreateImportedImageInput{Name: aws.String("gold"), SourceAmiId: aws.String(l.registerDisk(t, "s3://"+bucket+"/gold.raw"))})
	require.NoError(t, err)
	c.await("the image is imported", func(ctx context.Context) bool { return l.imageState(ctx, l.home, "gold") == "AVAILABLE" })
	return l
}

// words are an answer as one string.
func words(labels []types.CustomLabel) string {
	var b strings.Builder
	for _, l := range labels {
		fmt.Fprintf(&b, "%s %.2f; ", *l.Name, *l.Confidence)
	}
	return b.String()
}

// name gives a new one.
func (l *load) name(kind string) string {
	l.names.Lock()
	defer l.names.Unlock()
	l.names.next++
	return fmt.Sprintf("%s-%d", kind, l.names.next)
}

// run lets the clients work until ctx ends, and returns when their last calls have ended.
func (l *load) run(ctx context.Context, seed uint64) {
	defer context.AfterFunc(ctx, func() { l.ended.Store(true) })()
	var all sync.WaitGroup
	for i, work := range []func(context.Context, *rand.Rand){
		l.keepProjects, l.keepProjects, l.train, l.train, l.copyVersions, l.copyImages, l.detect, l.detect, l.disputeProjects, l.disputeVersions,
	} {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		all.Go(func() {
			for ctx.Err() == nil {
				// What has begun ends: a client that goes away half-way has no history.
				work(context.WithoutCancel(ctx), random)
				rest(ctx, time.Duration(50+random.IntN(200))*time.Millisecond)
			}
		})
	}
	all.Wait()
}

// rest waits for a while, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// done notes how a client's call ended, and reports whether it ended well.
func (l *load) done(what string, err error) bool {
	l.ledger.count(what)
	if err == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.strays[what+": "+varying.ReplaceAllString(lastWords(err), "#")]++
	return false
}

// lastWords are what an error says in the end.
func lastWords(err error) string {
	var told smithy.APIError
	if errors.As(err, &told) {
		return told.ErrorCode() + ": " + told.ErrorMessage()
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}

func (l *load) mistake(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}

// passing are the states that end by themselves.
var passing = map[string]bool{
	"TRAINING_IN_PROGRESS": true, "COPYING_IN_PROGRESS": true, "STARTING": true, "STOPPING": true, "DELETING": true,
	"CREATE_IN_PROGRESS": true, "UPDATE_IN_PROGRESS": true, "DELETE_IN_PROGRESS": true,
	"IMPORTING": true, "VALIDATING": true, "COPYING": true, "PENDING": true,
}
