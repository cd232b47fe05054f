package catalog

import (
	"context"
	"io"
	"sort"
	"sync"

	"ownsight"
	"ownsight/internal/chunk"
	"ownsight/internal/store"
)

// file reads a content of a region as the file that it was. Safe for use by many goroutines, one of which reads at a time.
type file struct {
	mu      sync.Mutex
	ctx     context.Context //nolint:containedctx // io.ReaderAt has no other way
	service *Service
	from    shelf
	size    int64
	chunks  []ownsight.Chunk
	offsets []int64 // where each begins
	recent  []cached
}

// cached is a chunk that was read lately; the first is the latest.
type cached struct {
	at      int
	content []byte
}

// remembered is how many chunks a file keeps in memory.
const remembered = 4

// open reads the list of a content's chunks.
func (s *Service) open(ctx context.Context, content int64, from shelf) (*file, error) {
	f := &file{ctx: ctx, service: s, from: from}
	err := s.store.Read(ctx, func(tx *store.Tx) error {
		for after := int64(0); ; {
			list, err := tx.Contents().List(ctx, content, after, planned)
			if err != nil {
				return err
			}
			for _, c := range list {
				f.offsets = append(f.offsets, f.size)
				f.chunks = append(f.chunks, c.Chunk)
				f.size += c.Size
				after = c.Seq
			}
			if len(list) < planned {
				return nil
			}
		}
	})
	return f, err
}

// ReadAt reads across chunks; holes are zeros.
func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n < len(p) && off < f.size {
		i := sort.Search(len(f.offsets), func(i int) bool { return f.offsets[i] > off }) - 1
		content, err := f.chunk(i)
		if err != nil {
			return n, err
		}
		copied := len(p) - n
		if content == nil { // a hole
			copied = int(min(int64(copied), f.offsets[i]+f.chunks[i].Size-off))
			clear(p[n : n+copied])
		} else {
			copied = copy(p[n:], content[off-f.offsets[i]:])
		}
		n += copied
		off += int64(copied)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// chunk gives the bytes of a chunk, which stay as they are until the next call; nil for a hole.
func (f *file) chunk(i int) ([]byte, error) {
	if f.chunks[i].ID == 0 {
		return nil, nil
	}
	for k, c := range f.recent {
		if c.at == i {
			copy(f.recent[1:k+1], f.recent[:k])
			f.recent[0] = c
			return c.content, nil
		}
	}
	buffer := f.oldest()
	content, err := f.service.get(f.ctx, f.from, f.chunks[i], buffer)
	if err != nil {
		return nil, err
	}
	f.recent = append([]cached{{i, content}}, f.recent...)
	return content, nil
}

// oldest gives a buffer to read into, that of the chunk that was used least lately once there are enough.
func (f *file) oldest() []byte {
	if len(f.recent) < remembered {
		return make([]byte, chunk.Max)
	}
	last := f.recent[remembered-1]
	f.recent = f.recent[:remembered-1]
	return last.content[:cap(last.content)]
}
