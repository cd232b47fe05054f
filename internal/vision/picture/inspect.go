package picture

import (
	"bytes"
	"fmt"
)

// Format is a file format that the service takes.
type Format string

// The two formats of the contract.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
)

// Header is what a picture says about itself before a pixel is decoded.
type Header struct {
	Format      Format
	Stored      Size // as the file stores it
	Size        Size // upright, after Orientation: what users see and what boxes refer to
	Orientation int  // EXIF orientation, 1 to 8; 1 where the file says nothing or nonsense

	coding coding
}

// coding is what a decoder's use of memory depends on.
type coding struct {
	components int  // colour components a pixel
	depth      int  // bits a component
	indexed    bool // the component stands for a colour of a palette
	buffered   bool // cannot be decoded row by row: several scans, or interlaced
	ended      bool // the file's end marker is there
	parts      int  // chunks of a PNG file's compressed pixels
	data       int  // their bytes
}

// Inspect reads the header of a JPEG or PNG file and checks it against the contract's limits. It walks over the
// file's segments once, allocates next to nothing and decodes no pixel. The error wraps [ErrFormat] or [ErrDimensions].
func Inspect(b []byte) (Header, error) {
	h, exif, err := readHeader(b)
	if err != nil {
		return Header{}, err
	}
	if err := checkSides(h.Stored); err != nil {
		return Header{}, err
	}
	h.Orientation = orientation(exif)
	h.Size = h.Stored
	if h.Orientation >= 5 {
		h.Size = h.Stored.turned()
	}
	return h, nil
}

func readHeader(b []byte) (Header, []byte, error) {
	switch {
	case bytes.HasPrefix(b, []byte(jpegSignature)):
		return readJPEGHeader(b)
	case bytes.HasPrefix(b, []byte(pngSignature)):
		return readPNGHeader(b)
	case len(b) == 0:
		return Header{}, nil, fmt.Errorf("%w: the file is empty; use a JPEG or PNG file", ErrFormat)
	}
	return Header{}, nil, fmt.Errorf("%w: neither JPEG nor PNG, whatever the file's name says; convert it to JPEG or PNG", ErrFormat)
}

func checkSides(s Size) error {
	short, long := min(s.Width, s.Height), max(s.Width, s.Height)
	switch {
	case short < MinSide:
		return fmt.Errorf("%w: %d x %d pixels; both sides must have at least %d pixels", ErrDimensions, s.Width, s.Height, MinSide)
	case long > MaxSide:
		return fmt.Errorf("%w: %d x %d pixels; both sides must have at most %d pixels", ErrDimensions, s.Width, s.Height, MaxSide)
	case long > MaxAspect*short:
		return fmt.Errorf("%w: %d x %d pixels; the longer side must be at most %d times the shorter", ErrDimensions, s.Width, s.Height, MaxAspect)
	}
	return nil
}

// damaged is the error for a file that breaks the rules of its own format.
func damaged(f Format, what string) error {
	return fmt.Errorf("%w: damaged %s file (%s); upload it again or save it anew", ErrFormat, f.name(), what)
}

// unsupported is the error for a sound file in a form that is not decoded.
func unsupported(f Format, what, remedy string) error {
	return fmt.Errorf("%w: %s with %s is not supported; %s", ErrFormat, f.name(), what, remedy)
}

func (f Format) name() string {
	if f == PNG {
		return "PNG"
	}
	return "JPEG"
}
