package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds of what is read.
const (
	maxFiles      = 1_000_000 // in a folder and below
	maxPictures   = 500_000   // that a set has
	maxBoxes      = 2_000_000 // that a set has
	maxTable      = 1 << 30   // bytes of a manifest, a COCO file or a table
	maxAnnotation = 1 << 20   // bytes of a file about one picture, or of a list of labels
	maxList       = 64 << 20  // bytes of a list of pictures
	maxPicture    = 64 << 20  // bytes of a picture whose size is looked up; the server has a limit of its own
)

const byteOrderMark = "\ufeff" // which tools of one system put before UTF-8

// tree is a folder with everything below it. Nothing outside of it is opened, whatever links say.
type tree struct {
	dir   string
	root  *os.Root
	files []string            // names of all files, with slashes, in lexical order; hidden ones are left out
	known map[string]bool     // the same
	stems map[string][]string // pictures by their name without the extension
}

// open lists a folder.
func open(dir string) (*tree, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder; give a folder of labelled pictures", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	t := &tree{dir: dir, root: root, known: map[string]bool{}, stems: map[string][]string{}}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case !d.Type().IsRegular() && !t.isFile(name):
			return nil // a link out of the folder, a pipe
		case len(t.files) == maxFiles:
			return fmt.Errorf("%s has more than %d files; give a folder of pictures and what labels them", dir, maxFiles)
		}
		t.files = append(t.files, name)
		t.known[name] = true
		if isPicture(name) {
			stem := strings.TrimSuffix(name, path.Ext(name))
			t.stems[stem] = append(t.stems[stem], name)
		}
		return nil
	})
	if err != nil {
		root.Close()
		return nil, err
	}
	return t, nil
}

var (
	errOutside  = errors.New("lies outside of the folder")
	errNotThere = errors.New("is not there")
)

// local cleans a name that a file gives, on whatever system it was written.
func local(name string) (string, error) {
	clean := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if !fs.ValidPath(clean) || !filepath.IsLocal(clean) || strings.ContainsRune(clean, 0) {
		return "", errOutside
	}
	return clean, nil
}

// has reports whether a file is there, be it through a link inside the folder.
func (t *tree) has(name string) bool {
	return t.known[name] || t.isFile(name)
}

func (t *tree) isFile(name string) bool {
	_, err := t.stat(name)
	return err == nil
}

func (t *tree) stat(name string) (fs.FileInfo, error) {
	info, err := t.root.Stat(filepath.FromSlash(name))
	if err != nil {
		return nil, plain(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is no file")
	}
	return info, nil
}

// plain leaves out of an error which call on which path it was.
func plain(err error) error {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		return inner.Err
	}
	return err
}

// reader opens a file of at most most bytes.
func (t *tree) reader(name string, most int64) (io.ReadCloser, error) {
	info, err := t.stat(name) // first: to open what is no file may wait for ever
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, fmt.Errorf("has %d bytes, and at most %d are read", info.Size(), most)
	}
	f, err := t.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, plain(err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(f, most), f}, nil
}

// bytes reads a file of at most most bytes, without a byte order mark.
func (t *tree) bytes(name string, most int64) ([]byte, error) {
	r, err := t.reader(name, most)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, plain(err)
	}
	return bytes.TrimPrefix(b, []byte(byteOrderMark)), nil
}

// path is where a file lies on this machine.
func (t *tree) path(name string) string { return filepath.Join(t.dir, filepath.FromSlash(name)) }

// below gives the files with an extension, those in a folder of the given name only where that is not empty.
func (t *tree) below(folder, extension string) (list []string) {
	for _, name := range t.files {
		if strings.EqualFold(path.Ext(name), extension) && (folder == "" || swapFolder(name, folder, folder) != "") {
			list = append(list, name)
		}
	}
	return list
}

// swapFolder gives the name with its last folder called from, in whatever case, called to; "" where there is none.
func swapFolder(name, from, to string) string {
	parts := strings.Split(name, "/")
	for i := len(parts) - 2; i >= 0; i-- {
		if strings.EqualFold(parts[i], from) {
			parts[i] = to
			return strings.Join(parts, "/")
		}
	}
	return ""
}

// stem is a name without its extension.
func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// isPicture goes by the name; the server looks into the file.
func isPicture(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png":
		return !strings.HasPrefix(path.Base(name), ".")
	}
	return false
}
