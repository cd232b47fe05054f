package awswire

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"sync"
)

// trustedLength is how much memory a Content-Length is given before its bytes have come.
const trustedLength = 1 << 20

// bodies are buffers that bodies have been read into. A fresh one for each picture is what the garbage collector would
// have most of its work with.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// recycle lets another request have a buffer. What is left of its body may be overwritten at once, so nobody may look at
// it any more: not a handler that gave up, for who knows what still runs on its behalf.
func recycle(body *bytes.Buffer) {
	if body.Cap() <= 2*trustedLength { // twice, since buffers grow by doubling
		body.Reset()
		bodies.Put(body)
	}
}

// read takes the body in, up to the limit.
func (h *handler) read(x *exchange, w http.ResponseWriter, r *http.Request) (*bytes.Buffer, error) {
	if r.ContentLength > h.MaxBody {
		return nil, tooLarge(h.MaxBody)
	}
	x.begun = true
	body := bodies.Get().(*bytes.Buffer)
	body.Grow(int(min(max(r.ContentLength, 0), trustedLength)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, h.MaxBody))
	var limit *http.MaxBytesError
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &limit):
		err = tooLarge(h.MaxBody)
	case errors.Is(err, os.ErrDeadlineExceeded):
		x.late = true
		err = Errorf(CodeRequestTimeout, "The request body came too slowly.")
	default:
		err = Errorf(CodeSerialization, "The request body ended early.")
	}
	recycle(body)
	return nil, err
}
