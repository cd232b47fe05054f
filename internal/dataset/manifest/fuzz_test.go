package manifest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"

	"ownsight/internal/dataset/manifest"
)

// FuzzParse checks that no line breaks the parser and that what it renders is JSON that says the same again.
func FuzzParse(f *testing.F) {
	lines, err := os.ReadFile("testdata/lines.manifest")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(lines) {
		f.Add(bytes.TrimSpace(line))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		l := manifest.Parse(bytes.Clone(raw))
		listed, validated := l.Listed(), l.Validated()
		if !json.Valid([]byte(listed)) || !json.Valid([]byte(validated)) {
			t.Fatalf("not JSON: %s\n%s", listed, validated)
		}
		if l.Dropped() {
			return
		}
		again := manifest.Parse([]byte(listed))
		if again.Listed() != listed || again.Validated() != validated {
			t.Fatalf("read back differently:\n%s\n%s", listed, again.Listed())
		}
		if picture, ok := manifest.ParseSourceRef(l.SourceRef); !ok || manifest.SourceRef(picture) != l.SourceRef {
			t.Fatalf("source-ref %q is not that of %+v", l.SourceRef, picture)
		}
		if l.Valid() && !l.Ignored() && !l.Usable(manifest.ImageLevel) && !l.Usable(manifest.Localization) {
			t.Fatalf("good for nothing: %s", listed)
		}
	})
}

// FuzzReader checks that the rows are the file: nothing is lost and nothing added.
func FuzzReader(f *testing.F) {
	f.Add([]byte("one\r\n\n{}"))
	f.Add([]byte("\xef\xbb\xbf{}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var got []byte
		n := 0
		for r := manifest.NewReader(bytes.NewReader(file), 0); ; {
			row, err := r.Next()
			var fileError *manifest.FileError
			if errors.As(err, &fileError) {
				return
			}
			if errors.Is(err, io.EOF) {
				break
			}
			n++
			if err != nil || row.Number != n || bytes.ContainsRune(row.Bytes, '\n') {
				t.Fatalf("row %d: %+v, %v", n, row, err)
			}
			if row.TooLong {
				return
			}
			got = append(append(got, row.Bytes...), '\n')
		}
		want := bytes.ReplaceAll(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")), []byte("\r\n"), []byte("\n"))
		if !bytes.HasSuffix(want, []byte("\n")) {
			want = append(bytes.TrimSuffix(want, []byte("\r")), '\n')
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("got %q of %q", got, want)
		}
	})
}
