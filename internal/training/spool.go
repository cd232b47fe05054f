package training

import (
	"fmt"
	"os"
	"sync"
)

// spool holds the maps of pictures' views in a file, in half precision.
type spool struct {
	file    *os.File
	length  int // numbers of one map
	views   int // of a picture
	buffers sync.Pool
}

func newSpool(file *os.File, length, views int) *spool {
	s := &spool{file: file, length: length, views: views}
	s.buffers.New = func() any { b := make([]byte, 2*length); return &b }
	return s
}

// add appends the maps of pictures.
func (s *spool) add(maps []byte) error {
	if _, err := s.file.Write(maps); err != nil {
		return fmt.Errorf("maps: %w", err)
	}
	return nil
}

// read writes the map of a view to dst. It may be called concurrently.
func (s *spool) read(picture, view int, dst []float32) error {
	b := s.buffers.Get().(*[]byte)
	defer s.buffers.Put(b)
	at := int64(picture*s.views+view) * int64(2*s.length)
	if _, err := s.file.ReadAt(*b, at); err != nil {
		return fmt.Errorf("maps: %w", err)
	}
	halves(*b, dst)
	return nil
}

func (s *spool) close() error { return s.file.Close() }
