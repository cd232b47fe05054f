package dataset

import (
	"bytes"
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
	nowhere, err := objects.NewStore(objects.Config{Endpoint: "http://127.0.0.1:1", Keys: map[string]objects.Key{"111122223333": {ID: "a", Secret: "b"}}})
	require.NoError(t, err)
	f := &fixture{Service: New(s, queue, nowhere, ownsight.DefaultLimits(), time.Now, slog.New(slog.DiscardHandler)), store: s, queue: queue}
	f.arn, err = f.Create(t.Context(), f.project(t, "p"), ownsight.Train, Source{}, nil)
	require.NoError(t, err)
	return f
}

func (f *fixture) project(t *testing.T, name string) ownsight.ProjectARN {
	t.Helper()
	arn := ownsight.ProjectARN{Region: "us-east-1", Account: "111122223333", Name: name, Created: 1}
	require.NoError(t, f.store.Write(t.Context(), func(tx *store.Tx) error {
		return tx.Projects().Create(t.Context(), &ownsight.Project{ARN: arn, Created: time.UnixMilli(1), Status: ownsight.ProjectCreated, Feature: ownsight.CustomLabels})
	}))
	return arn
}

// put writes a dataset in a state and with entries, without any job.
func (f *fixture) put(t *testing.T, project ownsight.ProjectARN, kind ownsight.DatasetType, status ownsight.DatasetStatus, content []byte) ownsight.DatasetARN {
	t.Helper()
	d := &ownsight.Dataset{Created: time.UnixMilli(2), Updated: time.UnixMilli(2), Status: status,
		ARN: ownsight.DatasetARN{Region: project.Region, Account: project.Account, Project: project.Name, Type: kind, Created: 2}}
	var entries []ownsight.Entry
	for line := range bytes.Lines(content) {
		entries = append(entries, manifest.Parse(bytes.TrimSpace(line)).Entry())
	}
	require.NoError(t, f.store.Write(t.Context(), func(tx *store.Tx) error {
		p, err := tx.Projects().ByARN(t.Context(), project)
		require.NoError(t, err)
		d.ProjectID = p.ID
		require.NoError(t, tx.Datasets().Create(t.Context(), d))
		require.NoError(t, tx.Entries().Upsert(t.Context(), d.ID, entries))
		_, err = tx.Entries().RefreshStats(t.Context(), d.ID)
		return err
	}))
	return d.ARN
}

// all lists the lines of a dataset.
func (f *fixture) all(t *testing.T, arn ownsight.DatasetARN) (lines []string) {
	t.Helper()
	entries, next, err := f.Entries(t.Context(), arn, ownsight.EntryFilter{}, "", 100_000)
	require.NoError(t, err)
	require.Empty(t, next)
	for _, e := range entries {
		lines = append(lines, e.Line)
	}
	return lines
}

// run lets the jobs work and gives the dataset once nothing is in progress.
func (f *fixture) run(t *testing.T) *ownsight.Dataset {
	t.Helper()
	require.NoError(t, f.queue.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, f.queue.Stop(context.Background())) })
	return f.settled(t)
}

func (f *fixture) settled(t *testing.T) *ownsight.Dataset {
	t.Helper()
	return f.settledAt(t, f.arn)
}

func (f *fixture) settledAt(t *testing.T, arn ownsight.DatasetARN) (d *ownsight.Dataset) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		d, err = f.Describe(t.Context(), arn)
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

func TestLimitsAreTheOperators(t *testing.T) {
	for what, c := range map[string]struct {
		limits ownsight.Limits
		want   string
	}{
		"lines of a change": {ownsight.Limits{Entries: 3}, "The manifest file has too many rows."},
		"entries in all":    {ownsight.Limits{Entries: 5}, "The manifest file has too many rows."},
		"labels":            {ownsight.Limits{Labels: 1}, "The manifest file has too many labels."},
		"just enough":       {ownsight.Limits{Entries: 6, Labels: 2}, ""},
		"none":              {ownsight.Limits{}, ""},
	} {
		f := newFixture(t)
		f.limits = c.limits
		arn := f.put(t, f.project(t, "q"), ownsight.Train, ownsight.DatasetCreated, lines(t, "bucket", "a", 2))
		require.NoError(t, f.Update(t.Context(), arn, lines(t, "bucket", "b", 4)), what)
		f.run(t)
		d := f.settledAt(t, arn)
		if c.want == "" {
			require.Equal(t, ownsight.DatasetUpdated, d.Status, "%s: %s", what, d.Message)
			require.EqualValues(t, 6, d.Stats.Total, what)
			continue
		}
		require.Equal(t, ownsight.DatasetUpdateFailed, d.Status, what)
		require.Equal(t, c.want, d.Message, what)
		require.EqualValues(t, 2, d.Stats.Total, what)
	}
}
