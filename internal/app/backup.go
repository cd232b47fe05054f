package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"ownsight/internal/config"
	"ownsight/internal/store/sqlite"
)

const stateFile = "state.db"

// notCopied are the files of a data folder that are of one server, or of one run of it.
var notCopied = map[string]bool{stateFile: true, stateFile + "-wal": true, stateFile + "-shm": true, "server.lock": true, "node": true, "scratch": true}

// Backup copies the data folder of a server on one machine into a folder, while the server works. What an earlier backup has
// left there is brought up to date, and nothing is removed from it. Say hears of each stage that begins.
//
// Files are written before the rows that speak of them, and removed after these are gone, so objects are copied before and after
// the database: whatever it speaks of was there in the first pass or is there in the second.
func Backup(ctx context.Context, c config.Config, to string, say func(stage string)) error {
	if c.Database != "" {
		return errors.New("the state is in PostgreSQL, which has its own tools: docs/operations.md has the commands")
	}
	if inside, err := within(to, c.Data); err != nil || inside {
		return errors.Join(err, fmt.Errorf("%s lies in the data folder: a backup belongs on another disk", to))
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	say("objects")
	if err := copyTree(ctx, c.Data, to, notCopied); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	say("database")
	fresh := filepath.Join(to, stateFile+".new")
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) { // of one that was cut off
		return fmt.Errorf("backup: %w", err)
	}
	if err := sqlite.Copy(ctx, filepath.Join(c.Data, stateFile), fresh); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	say("check of the database")
	if err := sqlite.Check(ctx, fresh); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := os.Rename(fresh, filepath.Join(to, stateFile)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	say("objects again")
	if err := copyTree(ctx, c.Data, to, notCopied); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return settle(to)
}

// Restore copies a backup into a data folder that does not exist, or is empty. The server that starts there is a new node.
func Restore(ctx context.Context, backup, data string, say func(stage string)) error {
	say("check of the database")
	if err := sqlite.Check(ctx, filepath.Join(backup, stateFile)); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	there, err := os.ReadDir(data)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if len(there) > 0 {
		return fmt.Errorf("%s is not empty: restore into a new folder", data)
	}
	say("files")
	if err := copyTree(ctx, backup, data, nil); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return settle(data)
}

// within reports whether a path is that of a folder or of something in it.
func within(path, folder string) (bool, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return false, err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return false, err
	}
	way, err := filepath.Rel(folder, path)
	return err == nil && way != ".." && !strings.HasPrefix(way, "../"), nil
}

// settle waits until a file system has written everything.
func settle(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("write %s to the disk: %w", folder, err)
	}
	return nil
}
