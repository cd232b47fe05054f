package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// lockData makes sure that one server at a time works on a data folder.
func lockData(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "server.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another server works on %s; stop it, or choose another folder with --data", dir)
	}
	return f, nil
}

// nodeName gives the name that this data folder's server has among others, made at its first start. The folder's lock
// keeps it unique.
func nodeName(dir string) (string, error) {
	path := filepath.Join(dir, "node")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b = []byte("node-" + rand.Text())
		err = os.WriteFile(path, b, 0o600)
	}
	if err == nil && len(b) == 0 { // the disk was full
		err = fmt.Errorf("%s is empty; remove it and start again", path)
	}
	return string(b), err
}
