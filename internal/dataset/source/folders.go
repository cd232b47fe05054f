package source

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hasFolders reports whether there are at least two folders with pictures, which then are labels.
func hasFolders(t *tree) bool {
	var s Set
	return readFolders(t.dir, &s) == nil
}

// readFolders reads a subfolder for each label, or the same below train/ and test/.
func readFolders(dir string, s *Set) error {
	parts, err := parts(dir, s)
	if err != nil {
		return err
	}
	if s.Training, err = readLabels(dir, parts[0], s); err != nil {
		return err
	}
	if len(parts) > 1 {
		if s.Testing, err = readLabels(dir, parts[1], s); err != nil {
			return err
		}
	}
	labels := labelsOf(s.Training)
	if len(labels) < 2 {
		return fmt.Errorf("%s has pictures of %d labels, and at least 2 are needed; "+
			"it should look like %[3]s/good/1.jpg, %[3]s/broken/2.jpg", dir, len(labels), filepath.Base(dir))
	}
	for _, l := range labelsOf(s.Testing) {
		if !slices.Contains(labels, l) {
			return fmt.Errorf("%s has no counterpart among the training pictures; remove it, or add pictures in %s",
				filepath.Join(dir, "test", l), filepath.Join(dir, "train", l))
		}
	}
	return nil
}

// parts says below which folders the labels lie: train and perhaps test, where train has folders of its own, else the
// folder itself.
func parts(dir string, s *Set) ([]string, error) {
	top, err := folders(dir)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(top, "train") {
		return []string{""}, nil
	}
	if below, err := folders(filepath.Join(dir, "train")); err != nil || len(below) == 0 {
		return []string{""}, err
	}
	parts := []string{"train"}
	for _, name := range top {
		switch name {
		case "train":
		case "test":
			parts = append(parts, name)
		default:
			s.Skipped = append(s.Skipped, filepath.Join(dir, name)+string(filepath.Separator))
		}
	}
	return parts, nil
}

// readLabels finds the pictures of dir/part, whose label is the name of the first folder below it.
func readLabels(dir, part string, s *Set) (pictures []Picture, err error) {
	root := filepath.Join(dir, part)
	labels, err := folders(root)
	if err != nil {
		return nil, err
	}
	for _, label := range labels {
		// A label may be a link to a folder elsewhere, which WalkDir would not enter. Who made it may read what is there.
		start, err := filepath.EvalSymlinks(filepath.Join(root, label))
		if err != nil {
			return nil, err
		}
		found, skipped, err := Walk(start)
		if err != nil {
			return nil, err
		}
		s.Skipped = append(s.Skipped, skipped...)
		for _, path := range found {
			below, err := filepath.Rel(start, path)
			if err != nil {
				return nil, err
			}
			name := filepath.ToSlash(filepath.Join(part, label, below))
			pictures = append(pictures, Picture{Path: path, Name: name, Labels: []string{label}})
		}
	}
	loose, err := os.ReadDir(root)
	for _, e := range loose {
		if !e.IsDir() && isPicture(e.Name()) {
			s.Skipped = append(s.Skipped, filepath.Join(root, e.Name())) // a picture without a label
		}
	}
	return pictures, err
}

// Walk lists the pictures in a folder and below, and the files that are none by their names. Hidden ones are left out.
func Walk(root string) (pictures, others []string, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
		case isPicture(path):
			pictures = append(pictures, path)
		default:
			others = append(others, path)
		}
		return nil
	})
	return pictures, others, err
}

// folders names the folders in dir, links to folders too, hidden ones not.
func folders(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err == nil && info.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}
