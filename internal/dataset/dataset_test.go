package dataset

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
	"ownsight/internal/store/sqlite"
)

// fixture is the service on a real database and queue, with one empty training dataset. No S3 server answers.
type fixture struct {
	*Service
	store *store.Store
	queue *jobs.Client
	arn   ownsight.DatasetARN
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	queue, err := jobs.New(s, jobs.Options{Node: "test", Poll: 10 * time.Millisecond, Queues: map[string]int{Queue: 2}, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	nowhere, err := objects.NewStore(objects.Config{Endpoint: "http://127.0.0.1:1", AccessKey: "a", SecretKey: "b"})
	require.NoError(t, err)
	f := &fixture{Service: New(s, queue, nowhere, time.Now, slog.New(slog.DiscardHandler)), store: s, queue: queue}
	project := ownsight.ProjectARN{Region: "us-east-1", Account: "111122223333", Name: "p", Created: 1}
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
		return tx.Projects().Create(t.Context(), &ownsight.Project{ARN: project, Created: time.UnixMilli(1), Status: ownsight.ProjectCreated, Feature: ownsight.CustomLabels})
	}))
	f.arn, err = f.Create(t.Context(), project, ownsight.Train, nil, nil)
	require.NoError(t, err)
	return f
}

// run lets the jobs work and gives the dataset once nothing is in progress.
func (f *fixture) run(t *testing.T) *ownsight.Dataset {
	t.Helper()
	require.NoError(t, f.queue.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, f.queue.Stop(context.Background())) })
	return f.settled(t)
}

func (f *fixture) settled(t *testing.T) (d *ownsight.Dataset) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		d, err = f.Describe(t.Context(), f.arn)
		require.NoError(t, err)
		return d.Status.Settled()
	}, 10*time.Second, time.Millisecond)
	return d
}

func lines(t *testing.T, bucket, label string, n int) []byte {
	t.Helper()
	var b strings.Builder
	for i := range n {
		line, err := manifest.ImageLine(fmt.Sprintf("s3://%s/%s-%d.jpg", bucket, label, i), []string{label}, time.Unix(0, 0))
		require.NoError(t, err)
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}

func TestNothingHappensToADatasetTwiceAtATime(t *testing.T) {
	f := newFixture(t) // its creation waits in the queue
	_, _, err := f.Entries(t.Context(), f.arn, ownsight.EntryFilter{}, "", 10)
	require.Equal(t, ownsight.NotReady, ownsight.CodeOf(err))
	require.Equal(t, ownsight.InUse, ownsight.CodeOf(f.Update(t.Context(), f.arn, lines(t, "bucket", "a", 1))))
	require.Equal(t, ownsight.InUse, ownsight.CodeOf(f.Delete(t.Context(), f.arn)))

	d := f.run(t)
	require.Equal(t, ownsight.DatasetCreated, d.Status)
	require.Equal(t, ownsight.Success, d.Outcome)
	require.NoError(t, f.Delete(t.Context(), f.arn))
	require.Eventually(t, func() bool {
		_, err := f.Describe(t.Context(), f.arn)
		return ownsight.CodeOf(err) == ownsight.NotFound
	}, 10*time.Second, time.Millisecond)
}

func TestUpdatesMatchOnThePicture(t *testing.T) {
	f := newFixture(t)
	f.run(t)
	require.NoError(t, f.Update(t.Context(), f.arn, lines(t, "bucket", "a", 3)))
	require.Equal(t, ownsight.DatasetStats{Labeled: 3, Total: 3, Labels: 1}, f.settled(t).Stats)

	changed := strings.ReplaceAll(string(lines(t, "bucket", "a", 1)), `"class-name":"a"`, `"class-name":"b"`)
	require.NoError(t, f.Update(t.Context(), f.arn, append([]byte(changed), lines(t, "bucket", "c", 1)...)))
	d := f.settled(t)
	require.Equal(t, ownsight.DatasetUpdated, d.Status)
	require.Equal(t, ownsight.DatasetStats{Labeled: 4, Total: 4, Labels: 3}, d.Stats)
}

func TestARefusedUpdateLeavesTheContentAsItWas(t *testing.T) {
	f := newFixture(t)
	f.run(t)
	require.NoError(t, f.Update(t.Context(), f.arn, lines(t, "bucket", "a", 3)))
	before := f.settled(t).Stats
	for what, bad := range map[string]struct {
		lines []byte
		want  string
	}{
		"another bucket":     {lines(t, "elsewhere", "a", 1), "The manifest file contains images from multiple S3 buckets."},
		"hardly a line good": {[]byte("{\nnothing\n"), "The manifest file has too many terminal errors."},
	} {
		require.NoError(t, f.Update(t.Context(), f.arn, bad.lines), what)
		d := f.settled(t)
		require.Equal(t, ownsight.DatasetUpdateFailed, d.Status, what)
		require.Equal(t, ownsight.ClientError, d.Outcome, what)
		require.Equal(t, bad.want, d.Message, what)
		require.Equal(t, before, d.Stats, what)
	}
	require.NoError(t, f.Update(t.Context(), f.arn, lines(t, "bucket", "b", 1)), "and it can be updated again")
	require.Equal(t, ownsight.DatasetUpdated, f.settled(t).Status)
}
