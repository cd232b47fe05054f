package app

import (
	"io"
	"net/http"
	"time"
)

// How slowly a client may send the body of a request: after a time to begin, this many bytes a second on average. An
// upload over a bad line is faster; what is slower only holds a place that others need.
const (
	bodyGrace = time.Minute
	bodyRate  = 1 << 10
)

// steady ends requests whose bodies come too slowly.
func steady(h http.Handler, grace time.Duration, rate int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &steadyBody{ReadCloser: r.Body, control: http.NewResponseController(w), began: time.Now(), grace: grace, rate: rate}
		}
		h.ServeHTTP(w, r)
	})
}

type steadyBody struct {
	io.ReadCloser
	control *http.ResponseController
	began   time.Time
	grace   time.Duration
	rate    int64 // bytes a second
	read    int64 // bytes so far
}

func (b *steadyBody) Read(p []byte) (int, error) {
	due := b.began.Add(b.grace + time.Duration(b.read)*time.Second/time.Duration(b.rate))
	_ = b.control.SetReadDeadline(due) // fails where the connection has none
	n, err := b.ReadCloser.Read(p)
	if b.read += int64(n); err != nil {
		_ = b.control.SetReadDeadline(time.Time{}) // the handler may take its time now
	}
	return n, err
}
