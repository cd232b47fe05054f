package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxLineBytes is the most that MaxLineChars characters can take.
const maxLineBytes = MaxLineChars * utf8.UTFMax

// sniffed is how much of a file is looked at to tell text from something else.
const sniffed = 512

var byteOrderMark = []byte("\xef\xbb\xbf")

// Row is one line of a file as it stands there.
type Row struct {
	Number  int    // from 1; blank lines count
	Bytes   []byte // without the line end; the caller's to keep. Empty for a blank line and one that is too long
	TooLong bool   // more than MaxLineChars characters, which were skipped
}

// Reader takes a manifest apart into rows, in memory bounded by the longest allowed line.
type Reader struct {
	source *bufio.Reader
	rows   int64 // that are allowed; 0 for any number
	row    int
	bytes  int64
	err    error
}

// NewReader reads the manifest src, which it does not close, up to a number of rows; 0 for any number.
func NewReader(src io.Reader, rows int64) *Reader {
	return &Reader{source: bufio.NewReaderSize(src, 64<<10), rows: rows}
}

// Next gives the next row, or io.EOF after the last one. A file that is empty, too large, has too many rows or is not
// text ends with a *FileError; any other error is that of the source. An error is final.
func (r *Reader) Next() (Row, error) {
	if r.err != nil {
		return Row{}, r.err
	}
	row, err := r.next()
	r.err = err
	return row, err
}

func (r *Reader) next() (Row, error) {
	if r.row == 0 {
		if err := r.begin(); err != nil {
			return Row{}, err
		}
	}
	line, tooLong, err := r.line()
	if err != nil {
		return Row{}, err
	}
	r.row++
	if r.rows > 0 && int64(r.row) > r.rows {
		return Row{}, fileError(TooManyRows, "more than %d", r.rows)
	}
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if tooLong || (len(line) > MaxLineChars && utf8.RuneCount(line) > MaxLineChars) {
		return Row{Number: r.row, TooLong: true}, nil
	}
	return Row{Number: r.row, Bytes: line}, nil
}

// begin looks at the head of the file: a zero byte is in no UTF-8 text worth reading, but in UTF-16, archives and
// pictures.
func (r *Reader) begin() error {
	head, err := r.source.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the manifest: %w", err)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return fileError(UnsupportedManifest, "it is not UTF-8 text")
	}
	if bytes.HasPrefix(head, byteOrderMark) {
		n, err := r.source.Discard(len(byteOrderMark))
		r.bytes += int64(n)
		if err != nil {
			return fmt.Errorf("reading the manifest: %w", err)
		}
	}
	if _, err := r.source.Peek(1); errors.Is(err, io.EOF) {
		return &FileError{Message: emptyManifest}
	}
	return nil
}

// line reads up to a line end or the end of the file. Of a line that cannot be allowed it keeps nothing.
func (r *Reader) line() (line []byte, tooLong bool, err error) {
	for {
		part, err := r.source.ReadSlice('\n')
		r.bytes += int64(len(part))
		if r.bytes > MaxBytes {
			return nil, false, fileError(ManifestTooLarge, "more than %d bytes", MaxBytes)
		}
		if len(line)+len(part) > maxLineBytes+len("\r\n") {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		switch {
		case err == nil:
			return line, tooLong, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && (len(line) > 0 || tooLong):
			return line, tooLong, nil
		case errors.Is(err, io.EOF):
			return nil, false, io.EOF
		default:
			return nil, false, fmt.Errorf("reading line %d of the manifest: %w", r.row+1, err)
		}
	}
}

func fileError(code Code, detail string, args ...any) *FileError {
	e := NewFileError(code)
	e.Detail = fmt.Sprintf(detail, args...)
	return e
}
