package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// patience is how often a follower looks whether there is more.
const patience = 200 * time.Millisecond

// Reader reads the records of a folder, while a server writes there and while none does.
type Reader struct {
	Dir    string
	Since  time.Time // the first that is told; zero: all
	Follow bool      // go on with what is written until the context ends
}

// Read hands each record to tell, with the line as written, in the order of writing. Lines that are no records, since a
// full disk or a power cut ended them, are counted. It ends with tell's error, or without one when the context does.
func (r Reader) Read(ctx context.Context, tell func(line []byte, record *Record) error) (spoiled int, err error) {
	day := ""
	for ctx.Err() == nil {
		next, err := r.after(day)
		if err != nil {
			return spoiled, err
		}
		if next == "" && !r.Follow {
			return spoiled, nil
		}
		if next == "" {
			wait(ctx)
			continue
		}
		day = next
		more, err := r.readDay(ctx, day, tell)
		if spoiled += more; err != nil {
			return spoiled, err
		}
	}
	return spoiled, nil
}

// after gives the first day after another that has a file and may have records to tell; empty when there is none.
func (r Reader) after(day string) (string, error) {
	list, err := days(r.Dir)
	if errors.Is(err, fs.ErrNotExist) && r.Follow {
		return "", nil
	}
	since := r.Since.UTC().Format(time.DateOnly)
	for _, d := range list {
		if d > day && d >= since {
			return d, nil
		}
	}
	return "", err
}

// readDay reads one file to its end; a follower, until there is a file of a later day.
func (r Reader) readDay(ctx context.Context, day string, tell func([]byte, *Record) error) (spoiled int, err error) {
	file, err := os.Open(filepath.Join(r.Dir, day+extension))
	if errors.Is(err, fs.ErrNotExist) { // it has just expired
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lines := bufio.NewReaderSize(file, 64<<10)
	var line []byte // as far as it has been written
	over := false   // there is a later day: this file grows no more
	for ctx.Err() == nil {
		part, err := lines.ReadBytes('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			var record Record
			if json.Unmarshal(line, &record) != nil || record.Time == "" {
				spoiled++
			} else if !record.When().Before(r.Since) {
				if err := tell(line, &record); err != nil {
					return spoiled, err
				}
			}
			line = line[:0]
		case !errors.Is(err, io.EOF):
			return spoiled, err
		case !r.Follow || over:
			if len(line) > 0 {
				spoiled++
			}
			return spoiled, nil
		default:
			next, err := r.after(day)
			if over = next != ""; err != nil {
				return spoiled, err
			}
			if !over {
				wait(ctx)
			}
		}
	}
	return spoiled, nil
}

func wait(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(patience):
	}
}
