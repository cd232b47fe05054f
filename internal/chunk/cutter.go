package chunk

import (
	"errors"
	"io"
)

// Sizes of chunks in bytes. Only the last chunk of a stream is smaller than Min. The average is halfway, but for holes, which
// are cut at Max. They are part of what is stored: with other sizes, no chunk of an image would be found again.
const (
	Min = 512 << 10
	Max = 1536 << 10
)

// Cutter cuts a stream into chunks. Where a chunk ends depends on nothing but the bytes since its beginning: a Cutter of the
// rest of the stream goes on from any boundary as the first one would have. It is not safe for concurrent use and holds
// Max bytes.
type Cutter struct {
	from io.Reader
	rest []byte // read but not given yet
	err  error  // of the stream
}

// New makes a Cutter. It reads ahead by at most Max bytes.
func New(r io.Reader) *Cutter { return &Cutter{from: r, rest: make([]byte, 0, Max)} }

// Next reads the next chunk into buf, whose capacity must be Max at least, and gives the part of it that holds the chunk:
// 1 to Max bytes. At the end of the stream the error is io.EOF, with no chunk. Any other error of the stream comes at once and
// for good, for the bytes before it are not known to be a chunk; a stream that is cut off is never taken for one that ends.
func (c *Cutter) Next(buf []byte) ([]byte, error) {
	if cap(buf) < Max {
		return nil, io.ErrShortBuffer
	}
	buf = buf[:Max]
	n := copy(buf, c.rest)
	c.rest = c.rest[:0]
	if c.err == nil {
		var read int
		read, c.err = fill(buf[n:], c.from)
		n += read
	}
	if c.err != nil && !errors.Is(c.err, io.EOF) {
		return nil, c.err
	}
	if n == 0 {
		return nil, io.EOF
	}
	end := boundary(buf[:n])
	c.rest = append(c.rest, buf[end:n]...)
	return buf[:end], nil
}

// fill reads until buf is full. Unlike [io.ReadFull] it tells the end of a stream from one that was cut off, which readers
// report as io.ErrUnexpectedEOF.
func fill(buf []byte, from io.Reader) (n int, err error) {
	for idle := 0; n < len(buf) && err == nil; {
		var read int
		read, err = from.Read(buf[n:])
		n += read
		if idle++; read > 0 {
			idle = 0
		}
		if idle == 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}
