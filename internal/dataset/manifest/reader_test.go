package manifest_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"ownsight/internal/dataset/manifest"
)

// maxRows is how many rows these tests allow.
const maxRows = 250_000

// rows reads everything and gives what was read before the end or the error.
func rows(r io.Reader) ([]manifest.Row, error) {
	var list []manifest.Row
	for reader := manifest.NewReader(r, maxRows); ; {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			if _, again := reader.Next(); !errors.Is(again, err) {
				return list, errors.New("an error is not final")
			}
			return list, err
		}
		list = append(list, row)
	}
}

func TestReaderCountsEveryRow(t *testing.T) {
	want := []manifest.Row{{Number: 1, Bytes: []byte("one")}, {Number: 2, Bytes: []byte{}}, {Number: 3, Bytes: []byte(" three")}}
	for _, text := range []string{"one\n\n three", "one\n\n three\n", "one\r\n\r\n three\r\n", "\xef\xbb\xbfone\n\n three"} {
		got, err := rows(iotest.OneByteReader(strings.NewReader(text)))
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
}

func TestReaderSkipsLinesThatAreTooLong(t *testing.T) {
	longest := strings.Repeat("ä", manifest.MaxLineChars)
	huge := strings.Repeat("x", 3<<20)
	got, err := rows(strings.NewReader(longest + "\n" + longest + "x\r\n" + huge + "\nlast\n" + huge))
	require.NoError(t, err)
	require.Equal(t, []manifest.Row{
		{Number: 1, Bytes: []byte(longest)}, {Number: 2, TooLong: true}, {Number: 3, TooLong: true},
		{Number: 4, Bytes: []byte("last")}, {Number: 5, TooLong: true},
	}, got)
	require.True(t, manifest.Parse(got[1].Bytes).Dropped())
}

func TestReaderFileErrors(t *testing.T) {
	utf16 := "\xff\xfe{\x00\"\x00"
	cases := []struct {
		name    string
		file    io.Reader
		rows    int
		code    manifest.Code
		message string
	}{
		{"empty", strings.NewReader(""), 0, "", "The manifest file is empty."},
		{"only a mark", strings.NewReader("\xef\xbb\xbf"), 0, "", "The manifest file is empty."},
		{"UTF-16", strings.NewReader(utf16), 0, manifest.UnsupportedManifest, "The manifest file extension or contents are invalid."},
		{"picture", strings.NewReader("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), 0, manifest.UnsupportedManifest, "The manifest file extension or contents are invalid."},
		{"rows", &endless{row: []byte("{}\n"), size: 3 * (maxRows + 1)}, maxRows, manifest.TooManyRows, "The manifest file has too many rows."},
		{"bytes", &endless{row: bytes.Repeat([]byte("x"), 1<<20), size: manifest.MaxBytes + 1}, 0, manifest.ManifestTooLarge, "The manifest file size exceeds the maximum supported size."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := rows(c.file)
			var fileError *manifest.FileError
			require.ErrorAs(t, err, &fileError)
			require.Len(t, got, c.rows)
			require.Equal(t, c.code, fileError.Code)
			require.Equal(t, c.message, fileError.Message)
		})
	}
}

func TestReaderTakesTheLargestFile(t *testing.T) {
	got, err := rows(&endless{row: []byte("{}\n"), size: 3 * maxRows})
	require.NoError(t, err)
	require.Len(t, got, maxRows)
}

func TestReaderWithoutALimit(t *testing.T) {
	reader := manifest.NewReader(&endless{row: []byte("{}\n"), size: 3 * (maxRows + 1)}, 0)
	for range maxRows + 1 {
		_, err := reader.Next()
		require.NoError(t, err)
	}
	_, err := reader.Next()
	require.ErrorIs(t, err, io.EOF)
}

func TestReaderPassesOnErrorsOfItsSource(t *testing.T) {
	broken := errors.New("connection lost")
	for _, before := range []string{"", "one\ntwo"} {
		_, err := rows(io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken)
		var fileError *manifest.FileError
		require.False(t, errors.As(err, &fileError))
	}
}

// endless repeats a row up to a size in bytes.
type endless struct {
	row     []byte
	size    int
	written int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && e.written < e.size {
		k := copy(p[n:], e.row[e.written%len(e.row):])
		k = min(k, e.size-e.written)
		n, e.written = n+k, e.written+k
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
