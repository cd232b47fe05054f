package faults

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// trouble makes requests about chunks fail.
type trouble struct {
	mu       sync.Mutex
	random   *rand.Rand
	injected *atomic.Int64
}

// dice gives 0 to n-1.
func (o *trouble) dice(n int) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.random.IntN(n)
}

// meet lets every fourth request about a chunk meet one of six kinds of trouble.
func (o *trouble) meet(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	if !strings.Contains(r.URL.Path, "/chunks/") || o.dice(4) > 0 {
		pass.ServeHTTP(w, r)
		return
	}
	o.injected.Add(1)
	switch o.dice(6) {
	case 0:
		refuse(w, r, http.StatusInternalServerError, "InternalError")
	case 1:
		refuse(w, r, http.StatusServiceUnavailable, "SlowDown")
	case 2: // after the request has done its work, or before
		if o.dice(2) == 0 {
			pass.ServeHTTP(httptest.NewRecorder(), r)
		}
		panic(http.ErrAbortHandler)
	case 3: // an answer that ends in the middle
		answer := httptest.NewRecorder()
		pass.ServeHTTP(answer, r)
		forward(w, answer, answer.Body.Bytes()[:answer.Body.Len()/2])
		panic(http.ErrAbortHandler)
	case 4: // late
		select {
		case <-time.After(time.Duration(o.dice(300)) * time.Millisecond):
			pass.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	case 5: // other bytes, in whatever direction there are some
		sent, _ := io.ReadAll(r.Body)
		spoil(sent)
		r.Body = io.NopCloser(bytes.NewReader(sent))
		answer := httptest.NewRecorder()
		pass.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		if r.Method == http.MethodGet && answer.Code < 300 {
			spoil(body)
		}
		forward(w, answer, body)
	}
}

// spoil changes a byte in the middle.
func spoil(b []byte) {
	if len(b) > 0 {
		b[len(b)/2] ^= 1
	}
}

func refuse(w http.ResponseWriter, r *http.Request, status int, code string) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>made up</Message></Error>")
}

func forward(w http.ResponseWriter, answer *httptest.ResponseRecorder, body []byte) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body)
	_ = http.NewResponseController(w).Flush()
}
