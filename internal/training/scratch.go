package training

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// scratch is room for a training's numbers in files of the data folder instead of memory, so that memory is bounded
// however many pictures there are: what is used often stays in the operating system's cache. The files have no name any
// more once they are open, so that nothing is left when the program is killed.
type scratch struct {
	folder string
	maps   [][]byte
}

func (s *scratch) file() (*os.File, error) {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return nil, fmt.Errorf("room for a training: %w", err)
	}
	file, err := os.CreateTemp(s.folder, "training-")
	if err != nil {
		return nil, fmt.Errorf("room for a training: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, fmt.Errorf("room for a training: %w", err)
	}
	return file, nil
}

// floats gives room for so many numbers, all 0, until close.
func (s *scratch) floats(n int) ([]float32, error) {
	if n == 0 {
		return nil, nil
	}
	file, err := s.file()
	if err != nil {
		return nil, err
	}
	defer file.Close() // the mapping stays
	// Reserved, for writing to a page that finds no room on the disk would end the process.
	if err := unix.Fallocate(int(file.Fd()), 0, 0, int64(4*n)); err != nil {
		return nil, fmt.Errorf("room for a training, %d bytes in %s: %w", 4*n, s.folder, err)
	}
	b, err := unix.Mmap(int(file.Fd()), 0, 4*n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("room for a training: %w", err)
	}
	s.maps = append(s.maps, b)
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), n), nil
}

// close gives the room back. Nothing of it may be used any more.
func (s *scratch) close() {
	for _, b := range s.maps {
		_ = unix.Munmap(b) // it was mapped above
	}
	s.maps = nil
}
