package app

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// How slowly a client may send the body of a request: it may be waited for so long, and every second's worth of bytes gives a
// second back, but never more than it had at first. An upload over a bad line is faster; what is slower only holds a place
// that others need.
const (
	bodyGrace = time.Minute
	bodyRate  = 1 << 10
)

// steady ends requests whose bodies come too slowly, or not at all.
func steady(h http.Handler, grace time.Duration, rate int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			h.ServeHTTP(w, r)
			return
		}
		b := &steadyBody{ReadCloser: r.Body, control: http.NewResponseController(w), grace: grace, rate: rate, left: grace}
		b.wait() // also for what the handler leaves: net/http waits for it before it sends the answer
		defer b.leave()
		r = r.WithContext(r.Context()) // net/http looks at the body of its own request: was it asked for, is it too long to wait for
		r.Body = b
		h.ServeHTTP(w, r)
	})
}

// steadyBody sets the deadline of a request's connection for each read of its body. Between reads the deadline of the last
// one stays, and matters to nobody: net/http takes it away as soon as the body has been read to its end.
type steadyBody struct {
	io.ReadCloser
	control *http.ResponseController
	grace   time.Duration
	rate    int64 // bytes a second

	mu   sync.Mutex
	left time.Duration // that the client may be waited for
	last time.Time     // at which that is over anyway; zero: there is no such time
	over bool          // the deadline is net/http's again
}

func (b *steadyBody) Read(p []byte) (int, error) {
	began := time.Now()
	b.wait()
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left-time.Since(began)+time.Duration(n)*time.Second/time.Duration(b.rate), b.grace)
	if err == io.EOF && !b.over {
		b.over = true
		_ = b.control.SetReadDeadline(time.Time{}) // the handler may take its time now
	}
	return n, err
}

// Close may read what is left of the body, under the deadline as it is.
func (b *steadyBody) Close() error {
	b.leave()
	return b.ReadCloser.Close()
}

// SetReadDeadline bounds the wait for the rest of the body, however well it comes.
func (b *steadyBody) SetReadDeadline(at time.Time) error {
	b.mu.Lock()
	b.last = at
	b.mu.Unlock()
	b.wait()
	return nil
}

func (b *steadyBody) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return
	}
	due := time.Now().Add(b.left)
	if !b.last.IsZero() && b.last.Before(due) {
		due = b.last
	}
	_ = b.control.SetReadDeadline(due) // fails where the connection has none
}

// leave is for when nobody reads through here any more. A read that outlives its handler, as one of a proxy may, must not
// touch the deadline: the connection may serve the next request by then.
func (b *steadyBody) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
}
