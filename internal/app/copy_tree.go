package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// copyTree brings a folder up to date with another one that others may change meanwhile: what goes away under its hands is left
// out, and nothing is removed. Files that have the same size and time of change are taken for the same. Extended attributes
// come along, in which the S3 server keeps what it knows of objects; owners too, for who may give files away. Skip names files of the
// top folder.
func copyTree(ctx context.Context, from, to string, skip map[string]bool) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		way, away := filepath.Rel(from, path)
		if err == nil && away == nil {
			if skip[way] {
				if entry.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			err = copyOne(path, filepath.Join(to, way), entry)
		}
		if errors.Is(err, fs.ErrNotExist) && path != from {
			if _, gone := os.Lstat(path); errors.Is(gone, fs.ErrNotExist) {
				return nil
			}
		}
		return errors.Join(err, away)
	})
}

// copyOne copies a folder without what is in it, or a file. What is neither is left out.
func copyOne(from, to string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		if err := os.Mkdir(to, info.Mode().Perm()); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	case info.Mode().IsRegular():
		there, err := os.Lstat(to)
		if err == nil && there.Mode().IsRegular() && there.Size() == info.Size() && there.ModTime().Equal(info.ModTime()) {
			break
		}
		// Its folder may have come back since it was found to be gone.
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), copyFile(from, to)); err != nil {
			return err
		}
	default:
		return nil
	}
	if err := copyAttributes(from, to); err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		return os.Lchown(to, int(owner.Uid), int(owner.Gid))
	}
	return nil
}

// copyFile replaces a file by a whole copy of another, with its mode and time.
func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	target, err := os.CreateTemp(filepath.Dir(to), ".copy-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(target.Name())
		}
	}()
	_, err = io.Copy(target, source) // by the kernel, without a second copy where the file system can
	if err = errors.Join(err, target.Chmod(info.Mode().Perm()), target.Close()); err != nil {
		return err
	}
	// Of what grew meanwhile the time is that of before, so the next pass takes it again.
	if err := os.Chtimes(target.Name(), time.Time{}, info.ModTime()); err != nil {
		return err
	}
	return os.Rename(target.Name(), to)
}

// copyAttributes makes the extended attributes of a file or folder those of another.
func copyAttributes(from, to string) error {
	wanted, err := attributes(from)
	if err != nil {
		return err
	}
	there, err := attributes(to)
	if err != nil {
		return err
	}
	for name, value := range wanted {
		if old, ok := there[name]; ok && bytes.Equal(old, value) {
			continue
		}
		if err := unix.Lsetxattr(to, name, value, 0); err != nil {
			return fmt.Errorf("attribute %s of %s: %w", name, to, err)
		}
	}
	for name := range there {
		if _, ok := wanted[name]; !ok {
			if err := unix.Lremovexattr(to, name); err != nil {
				return fmt.Errorf("attribute %s of %s: %w", name, to, err)
			}
		}
	}
	return nil
}

// maxAttribute is the kernel's bound on the list of names, and on each value (xattr(7)).
const maxAttribute = 64 << 10

// attributes are the extended ones that a user may give, by name. A file system that has none has none of them.
func attributes(path string) (map[string][]byte, error) {
	room := make([]byte, maxAttribute)
	n, err := unix.Llistxattr(path, room)
	if errors.Is(err, unix.ENOTSUP) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("attributes of %s: %w", path, err)
	}
	found := map[string][]byte{}
	for name := range strings.SplitSeq(string(room[:n]), "\x00") {
		if !strings.HasPrefix(name, "user.") {
			continue
		}
		value := make([]byte, maxAttribute)
		size, err := unix.Lgetxattr(path, name, value)
		if errors.Is(err, unix.ENODATA) { // removed meanwhile
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("attribute %s of %s: %w", name, path, err)
		}
		found[name] = value[:size]
	}
	return found, nil
}
