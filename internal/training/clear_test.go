package training

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// What a training has shown of itself goes when it is given up, also where nothing of it ended as it should.
func TestAGivenUpTrainingIsShownNoMore(t *testing.T) {
	site := newSite(t)
	onBoth(t, func(t *testing.T, db *store.Store) {
		p := site.newPair(t, db, root)
		queue, err := jobs.New(db, jobs.Options{Node: "a", Queues: map[string]int{dataset.Queue: 1}, Poll: 10 * time.Millisecond})
		require.NoError(t, err)
		p.a.jobs = queue
		ended := make(chan string, 8)
		watch := func(name string, run func(context.Context, *jobs.Run) error) func(context.Context, *jobs.Run) error {
			return func(ctx context.Context, r *jobs.Run) error {
				err := run(ctx, r)
				ended <- name
				return err
			}
		}
		queue.Register(
			jobs.Kind{Name: trainJob, Queue: dataset.Queue, Fail: p.a.fail, Run: watch(trainJob, func(context.Context, *jobs.Run) error {
				return jobs.Permanent(errors.New("memory ran out"))
			})},
			jobs.Kind{Name: clearJob, Queue: dataset.Queue, Run: watch(clearJob, p.a.runClear)},
		)
		version := p.looker.version
		at := version.OutputAt(liveOutput)
		shown := site.objects.As(root)
		_, err = shown.Put(t.Context(), at.Bucket, at.Key, strings.NewReader("{}"), objects.PutOptions{})
		require.NoError(t, err)
		require.NoError(t, db.Write(t.Context(), func(tx *store.Tx) error {
			return queue.Enqueue(t.Context(), tx, trainJob, jobs.Resource(version.ID), nil)
		}))
		require.NoError(t, queue.Start(t.Context()))
		defer func() { require.NoError(t, queue.Stop(context.Background())) }()
		for _, want := range []string{trainJob, clearJob} {
			select {
			case name := <-ended:
				require.Equal(t, want, name)
			case <-time.After(patience):
				t.Fatalf("%s has not come to an end", want)
			}
		}
		_, err = shown.Head(t.Context(), at.Bucket, at.Key, "")
		require.ErrorIs(t, err, objects.ErrNotFound)
		require.NoError(t, db.Read(t.Context(), func(tx *store.Tx) error {
			v, err := tx.Versions().ByID(t.Context(), version.ID)
			if err == nil {
				require.Equal(t, ownsight.VersionTrainingFailed, v.Status)
			}
			return err
		}))
	})
}
