package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// How long an S3 server may stand still: neither take more of a request nor
// give more of its answer. boto3 waits as long, so a slower server is of use to
// nobody. But where the parts of an object are joined, some servers copy them
// all before they say a word.
const (
	stillFor   = time.Minute
	joiningFor = time.Hour
)

// stillError is what a request to a server that stood still ends with.
type stillError struct {
	limit   time.Duration
	joining bool
}

func (e *stillError) Error() string {
	return fmt.Sprintf("the S3 server has not gone on for %s", e.limit)
}

func (e *stillError) Unwrap() error { return ErrUnavailable }

// RetryableError has the SDK try again, over another connection: not what took
// an hour, and may have been done.
func (e *stillError) RetryableError() bool { return !e.joining }

// watchful ends the requests to a server that stands still.
type watchful struct{ http.RoundTripper }

func (t watchful) RoundTrip(r *http.Request) (*http.Response, error) {
	still := &stillError{limit: stillFor}
	if r.Method == http.MethodPost && r.URL.Query().Has("uploadId") { // CompleteMultipartUpload
		still = &stillError{joiningFor, true}
	}
	ctx, end := context.WithCancelCause(r.Context())
	w := &watch{ctx: ctx, end: end, limit: still.limit}
	w.timer = time.AfterFunc(still.limit, func() { end(still) })
	r = r.WithContext(ctx)
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &sent{r.Body, w}
	}
	answer, err := t.RoundTripper.RoundTrip(r)
	w.stop()
	if err != nil {
		err = w.explain(err)
		end(nil)
		return nil, err
	}
	answer.Body = &received{answer.Body, w}
	return answer, nil
}

// watch is over one request.
type watch struct {
	ctx   context.Context
	end   context.CancelCauseFunc
	limit time.Duration

	mu       sync.Mutex
	timer    *time.Timer
	answered bool
}

// took notes that the server has taken more of the request. It may do so, and
// no longer has to, when it answers.
func (w *watch) took() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.answered {
		w.timer.Reset(w.limit)
	}
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered = true
	w.timer.Stop()
}

// explain gives the reason of an error if that is the watch.
func (w *watch) explain(err error) error {
	if still := (*stillError)(nil); errors.As(context.Cause(w.ctx), &still) {
		return still
	}
	return err
}

// sent is the body of a request: it is asked for more when the server has taken
// what there was.
type sent struct {
	io.ReadCloser
	watch *watch
}

func (b *sent) Read(p []byte) (int, error) {
	b.watch.took()
	return b.ReadCloser.Read(p)
}

// received is the body of an answer. Who reads it may take any time between two
// reads.
type received struct {
	io.ReadCloser
	watch *watch
}

func (b *received) Read(p []byte) (int, error) {
	b.watch.timer.Reset(b.watch.limit)
	n, err := b.ReadCloser.Read(p)
	b.watch.timer.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.watch.explain(err)
	}
	return n, err
}

func (b *received) Close() error {
	err := b.ReadCloser.Close()
	b.watch.end(nil)
	return err
}
