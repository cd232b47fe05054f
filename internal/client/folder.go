package client

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Picture is a labelled file of a folder.
type Picture struct {
	Path  string // on this machine
	Name  string // below the folder, with slashes
	Label string
}

// Folder is a set of labelled pictures: a subfolder for each label, or the same below train/ and test/.
type Folder struct {
	Training []Picture
	Testing  []Picture // empty: the server sets a fifth of the training pictures aside
	Skipped  []string  // files and folders that should perhaps have been used
}

// ReadFolder finds the pictures below a folder.
func ReadFolder(dir string) (Folder, error) {
	var f Folder
	parts, err := f.parts(dir)
	if err != nil {
		return f, err
	}
	if f.Training, err = f.read(dir, parts[0]); err != nil {
		return f, err
	}
	if len(parts) > 1 {
		if f.Testing, err = f.read(dir, parts[1]); err != nil {
			return f, err
		}
	}
	labels := labelsOf(f.Training)
	if len(labels) < 2 {
		return f, fmt.Errorf("%s has pictures of %d labels, and at least 2 are needed; it should look like %[3]s/good/1.jpg, %[3]s/broken/2.jpg",
			dir, len(labels), filepath.Base(dir))
	}
	for _, l := range labelsOf(f.Testing) {
		if !slices.Contains(labels, l) {
			return f, fmt.Errorf("%s has no counterpart among the training pictures; remove it, or add pictures in %s",
				filepath.Join(dir, "test", l), filepath.Join(dir, "train", l))
		}
	}
	return f, nil
}

// parts says below which folders the labels lie: train and perhaps test, where train has folders of its own, else the
// folder itself.
func (f *Folder) parts(dir string) ([]string, error) {
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
			f.Skipped = append(f.Skipped, filepath.Join(dir, name)+string(filepath.Separator))
		}
	}
	return parts, nil
}

// read finds the pictures of dir/part, whose label is the name of the first folder below it.
func (f *Folder) read(dir, part string) (pictures []Picture, err error) {
	root := filepath.Join(dir, part)
	labels, err := folders(root)
	if err != nil {
		return nil, err
	}
	for _, label := range labels {
		// A label may be a link to a folder elsewhere, which WalkDir would not enter.
		start, err := filepath.EvalSymlinks(filepath.Join(root, label))
		if err != nil {
			return nil, err
		}
		found, skipped, err := walk(start)
		if err != nil {
			return nil, err
		}
		f.Skipped = append(f.Skipped, skipped...)
		for _, path := range found {
			below, err := filepath.Rel(start, path)
			if err != nil {
				return nil, err
			}
			name := filepath.ToSlash(filepath.Join(part, label, below))
			pictures = append(pictures, Picture{Path: path, Name: name, Label: label})
		}
	}
	loose, err := os.ReadDir(root)
	for _, e := range loose {
		if !e.IsDir() && isPicture(e.Name()) {
			f.Skipped = append(f.Skipped, filepath.Join(root, e.Name())) // a picture without a label
		}
	}
	return pictures, err
}

// walk lists the pictures in a folder and below, and the files that are none by their names. Hidden ones are left out.
func walk(root string) (pictures, others []string, err error) {
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

// isPicture goes by the name; the server looks into the file.
func isPicture(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jpg", ".jpeg", ".png":
		return !strings.HasPrefix(filepath.Base(name), ".")
	}
	return false
}

// folders names the folders in dir, links to folders too, hidden ones not.
func folders(dir string) (names []string, err error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder; give a folder that has one subfolder of pictures for each label", dir)
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err == nil && info.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// labelsOf lists the labels of pictures, each once, sorted.
func labelsOf(pictures []Picture) []string {
	seen := map[string]bool{}
	var labels []string
	for _, p := range pictures {
		if !seen[p.Label] {
			seen[p.Label] = true
			labels = append(labels, p.Label)
		}
	}
	slices.Sort(labels)
	return labels
}
