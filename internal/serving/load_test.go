package serving

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/kms"
	"ownsight/internal/model"
	"ownsight/internal/objects"
	"ownsight/internal/store"
	"ownsight/internal/vision"
)

// An S3 server that takes a request and says nothing ends a load in its time, and the next asks again.
func TestALoadFromASilentServerEnds(t *testing.T) {
	var silent atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && silent.Load() {
			<-r.Context().Done()
			return
		}
		_, _ = w.Write([]byte("no model"))
	}))
	defer server.Close()
	bytes, err := objects.NewStore(objects.Config{Endpoint: server.URL, PathStyle: true, Archive: "archive",
		Keys: map[string]objects.Key{ownsight.SystemAccount: {ID: "a", Secret: "b"}}})
	require.NoError(t, err)
	w := newTown(t, 1)
	w.Archive, err = model.OpenArchive(t.Context(), bytes, "archive", &kms.Keyring{})
	require.NoError(t, err)
	w.loaded = newShelf(1<<20, 2, w.load)
	id := w.version("v", 1, 1)
	sum := sha256.Sum256([]byte("no model"))
	w.write(func(tx *store.Tx) error {
		return tx.Versions().SetResult(t.Context(), id, &ownsight.TrainingResult{Files: []ownsight.File{
			{Output: ownsight.ModelFile, Size: 8, SHA256: hex.EncodeToString(sum[:])}}}, time.Now(), 0)
	})
	require.ErrorIs(t, w.loadHere(t.Context(), id), errUnusable, "it was read")
	silent.Store(true)
	w.patience = 300 * time.Millisecond
	require.ErrorIs(t, w.loadHere(t.Context(), id), objects.ErrUnavailable)
	silent.Store(false)
	w.patience = time.Minute
	require.ErrorIs(t, w.loadHere(t.Context(), id), errUnusable, "it was read again")
}

func TestALargeFileMayTakeLonger(t *testing.T) {
	of := func(size int64) time.Duration {
		return lineTime(&ownsight.Version{Result: &ownsight.TrainingResult{Files: []ownsight.File{
			{Output: ownsight.ModelCard, Size: 1 << 40}, {Output: ownsight.ModelFile, Size: size}}}})
	}
	require.Less(t, of(10<<20), 10*time.Second)
	require.Greater(t, of(200<<20), 90*time.Second)
	require.Positive(t, of(model.MaxModel))
	require.Zero(t, lineTime(&ownsight.Version{}))
}

func TestAPanicEndsOneLoad(t *testing.T) {
	panics := true
	s := newShelf(1<<20, 1, func(context.Context, int64) (*held, error) {
		if panics {
			panic("index out of range")
		}
		return newHeld(), nil
	})
	_, _, err := s.get(t.Context(), 1)
	require.ErrorIs(t, err, errUnusable)
	require.ErrorContains(t, err, "index out of range")
	panics = false
	_, putBack, err := s.get(t.Context(), 1)
	require.NoError(t, err)
	putBack()
}

// Models that are loaded ahead do not hold what else is to be looked after, and one that stops does not wait for them.
func TestTheRestGoesOnWhileAModelIsLoaded(t *testing.T) {
	w := newTown(t, 1)
	var loads atomic.Int64
	hang := make(chan struct{})
	defer close(hang)
	w.loaded = newShelf(1<<20, 2, func(context.Context, int64) (*vision.Runner, error) {
		loads.Add(1)
		<-hang
		return nil, context.DeadlineExceeded
	})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	one := w.version("one", 1, 1)
	tend := func() {
		t.Helper()
		done := make(chan error, 1)
		go func() { done <- w.tend(ctx) }()
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(time.Minute):
			t.Fatal("it waits for the load")
		}
	}
	tend()
	require.Eventually(t, func() bool { return loads.Load() == 1 }, time.Minute, time.Millisecond)
	two := w.version("two", 1, 1)
	tend()
	require.Equal(t, map[string]int64{"a": 1}, w.placed(two))
	require.Contains(t, w.turns.loads(), one)
	require.Contains(t, w.turns.loads(), two)
	require.EqualValues(t, 1, loads.Load(), "one at a time")
	stop()
	w.warmers.Wait()
	require.False(t, w.warming.Load())
}
