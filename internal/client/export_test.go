package client

import (
	"archive/tar"
	"errors"
	"io"
)

// ArchivedNames gives the names in a project's file that an import takes.
func ArchivedNames(in io.Reader) (names []string, err error) {
	r := tar.NewReader(in)
	if _, err := readContents(r); err != nil {
		return nil, err
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err == nil {
			err = checkHeader(h)
		}
		if err != nil {
			return names, err
		}
		names = append(names, h.Name)
	}
}
