package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

const (
	// What the first read brings: the magic bytes, both tables of partitions, and most often all of a small qcow2's tables.
	headSize = 256 << 10
	// What the second brings, where the end matters: a VHD's footer, the backup of a GPT.
	tailSize = 64 << 10
	// How much of a table is read at a time.
	runSize = 1 << 20
	// How many reads are made ahead of what is being looked at.
	readAhead = 6
)

// file is a disk file: offsets and lengths in bytes.
type file struct {
	r    io.ReaderAt
	size uint64
	head []byte // its first bytes
	tail []byte // its last bytes
}

// span is a part of a file.
type span struct{ at, length uint64 }

func (s span) end() uint64 { return s.at + s.length }

func open(ctx context.Context, r io.ReaderAt, size int64) (*file, error) {
	f := &file{r: r, size: uint64(size)}
	var err error
	if f.head, err = f.read(ctx, span{0, min(headSize, f.size)}); err != nil {
		return nil, err
	}
	// A qcow2 says all at its beginning.
	if string(f.head[:min(len(f.head), len(qcow2Magic))]) == qcow2Magic {
		return f, nil
	}
	length := min(tailSize, f.size)
	f.tail, err = f.read(ctx, span{f.size - length, length})
	return f, err
}

// last gives the last n bytes of a file, at most tailSize, or nil of a shorter one or where they were not read.
func (f *file) last(n int) []byte {
	if len(f.tail) < n {
		return nil
	}
	return f.tail[len(f.tail)-n:]
}

// holds says whether a part that the file claims to have lies inside it.
func (f *file) holds(s span) bool { return s.length <= f.size && s.at <= f.size-s.length }

// read gives a part of the file, which must hold it.
func (f *file) read(ctx context.Context, s span) ([]byte, error) {
	if s.end() <= uint64(len(f.head)) {
		return f.head[s.at:s.end()], nil
	}
	if start := f.size - uint64(len(f.tail)); s.at >= start {
		return f.tail[s.at-start : s.end()-start], nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := make([]byte, s.length)
	if n, err := f.r.ReadAt(b, int64(s.at)); n < len(b) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("reading %d bytes of the disk file at byte %d: %w", s.length, s.at, err)
	}
	return b, nil
}

// stream reads spans some at a time and shows them in their order.
func (f *file) stream(ctx context.Context, spans []span, visit func(i int, b []byte) error) error {
	type result struct {
		b   []byte
		err error
	}
	var readers sync.WaitGroup
	defer readers.Wait() // for the caller may close what they read from
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	results := make(chan chan result, readAhead)
	readers.Go(func() {
		defer close(results)
		for _, s := range spans {
			got := make(chan result, 1)
			select {
			case results <- got:
			case <-ctx.Done():
				return
			}
			readers.Go(func() {
				b, err := f.read(ctx, s)
				got <- result{b, err}
			})
		}
	})
	i := 0
	for got := range results {
		r := <-got
		if r.err != nil {
			return r.err
		}
		if err := visit(i, r.b); err != nil {
			return err
		}
		i++
	}
	return ctx.Err()
}

// streamRuns reads a part in runs, shown with their offsets from its beginning.
func (f *file) streamRuns(ctx context.Context, whole span, visit func(from uint64, b []byte) error) error {
	var runs []span
	for from := uint64(0); from < whole.length; from += runSize {
		runs = append(runs, span{whole.at + from, min(runSize, whole.length-from)})
	}
	return f.stream(ctx, runs, func(i int, b []byte) error { return visit(uint64(i)*runSize, b) })
}

func roundUp(n, unit uint64) uint64 { return (n + unit - 1) / unit * unit }
