package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"ownsight/internal/dataset/manifest"
)

// hasManifest reports whether there are manifests at the top or in a folder manifests, by their names and first lines.
func hasManifest(t *tree) bool { return len(manifestFiles(t)) > 0 }

func manifestFiles(t *tree) []string {
	return slices.DeleteFunc(slices.Concat(t.below("", ".manifest"), t.below("", ".jsonl")), func(name string) bool {
		folder := path.Dir(name)
		if folder != "." && !strings.EqualFold(folder, "manifests") {
			return true
		}
		r, err := t.reader(name, maxTable)
		if err != nil {
			return true
		}
		defer r.Close()
		first, err := manifest.NewReader(r, 0).Next()
		return err != nil || !bytes.Contains(first.Bytes, []byte(`"source-ref"`))
	})
}

// readManifests reads the manifests of Ground Truth. Pictures lie in S3 or, with a path instead, in the folder. Which
// picture is for what is said by the manifest's name.
func readManifests(t *tree, c *collector) error {
	for _, name := range manifestFiles(t) {
		if err := c.readManifest(name); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) readManifest(name string) error {
	f, err := c.tree.reader(name, maxTable)
	if err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	defer f.Close()
	for r := manifest.NewReader(f, maxPictures); ; {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			c.tell(Problem{File: name, Text: err.Error(), Remedy: "split it"})
			return nil
		}
		if len(row.Bytes) == 0 && !row.TooLong {
			continue
		}
		if err := c.readEntry(row.Bytes, Problem{File: name, Line: row.Number}); err != nil {
			return err
		}
	}
}

// readEntry takes a line of a manifest. Boxes count for more than labels of the whole picture, as they do for the
// service.
func (c *collector) readEntry(raw []byte, said Problem) error {
	l, name, err := parseEntry(raw)
	for _, p := range l.Problems {
		isPath := p.Code == manifest.InvalidSourceRef && err == nil
		if worthTelling(p) && !isPath {
			c.tell(Problem{File: said.File, Line: said.Line, Text: p.Message, Remedy: "correct the line"})
		}
	}
	if err != nil {
		return nil // it is among the problems, as no source-ref
	}
	p := Picture{SourceRef: l.SourceRef, Labels: l.Labels}
	if l.SourceRef == "" {
		if p.Name, err = c.beside(said.File, name); err != nil {
			said.Text, said.Remedy = c.missing(name, p.Name, err)
			c.tell(said)
			return nil
		}
	}
	if len(l.Boxes) > 0 || len(l.Labels) == 0 && l.Size != (manifest.Size{}) {
		p.Labels, p.Boxes, p.Size = nil, l.Boxes, l.Size
	}
	if len(p.Labels) == 0 && p.Size == (manifest.Size{}) {
		return nil // nothing is said of the picture
	}
	return c.add(entry{Picture: p, split: splitOf(said.File, true), said: said, boxed: p.Size != manifest.Size{}})
}

// parseEntry reads a line. The name is that of a picture on this machine, which is no fault here; an error is a line
// that names no picture at all.
func parseEntry(raw []byte) (l manifest.Line, name string, err error) {
	l = manifest.Parse(raw)
	if l.SourceRef != "" {
		return l, "", nil
	}
	var m struct {
		SourceRef string `json:"source-ref"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return l, "", err
	}
	if m.SourceRef == "" || strings.Contains(m.SourceRef, "://") {
		return l, "", errNotThere
	}
	return l, m.SourceRef, nil
}

// beside looks for a picture from where a file lies, and from the folder itself.
func (c *collector) beside(file, given string) (string, error) {
	name, err := local(given)
	if err != nil {
		return "", err
	}
	for _, folder := range []string{path.Dir(file), "."} {
		if at := path.Join(folder, name); isPicture(at) && c.tree.has(at) {
			return at, nil
		}
	}
	return name, errNotThere
}
