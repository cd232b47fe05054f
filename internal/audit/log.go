package audit

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"ownsight/internal/awswire"
)

// complaint is how often at most the server's log says that records are lost.
const complaint = time.Minute

// Options say where records go.
type Options struct {
	Dir    string           // for the files; made when absent, mode 0700
	Days   int              // a file is removed when its day lies more than so many back; 0: never
	Now    func() time.Time // clock
	Logger *slog.Logger     // hears when records are lost
}

// Log writes records. A nil Log writes none. It is safe for use by many goroutines.
type Log struct {
	Options
	lost     atomic.Uint64
	expiring sync.WaitGroup

	mu         sync.Mutex
	file       *os.File // nil: to be opened
	day        string   // that the file is for
	complained time.Time
}

// Open makes the folder and today's file, so that a server whose records could not be kept does not start.
func Open(o Options) (*Log, error) {
	l := &Log{Options: o}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.turn(o.Now().UTC()); err != nil {
		return nil, err
	}
	return l, nil
}

// Lost is how many requests were answered without a record.
func (l *Log) Lost() uint64 {
	if l == nil {
		return 0
	}
	return l.lost.Load()
}

// Close ends the log.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	l.expiring.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shut()
}

// Observe records a call. A record that cannot be written is lost and counted: that the disk is full stops nobody.
func (l *Log) Observe(r *http.Request, c awswire.Call) {
	if l == nil {
		return
	}
	record := newRecord(r, c)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now().UTC() // under the lock, so that times only grow in a file
	if err := l.write(now, record); err != nil {
		l.lost.Add(1)
		if now.Sub(l.complained) >= complaint {
			l.complained = now
			l.Logger.Error("requests are answered without a record for the audit", "lost", l.lost.Load(), "err", err)
		}
	}
}

// write appends one record with one write(2), which a killed process has done wholly or not at all.
func (l *Log) write(now time.Time, record *Record) error {
	if err := l.turn(now); err != nil {
		return err
	}
	record.Time = now.Format(timeFormat)
	line, err := json.Marshal(record)
	if err != nil {
		return err
	}
	if _, err = l.file.Write(append(line, '\n')); err != nil {
		_ = l.shut() // opening it again mends what a full disk cut off
	}
	return err
}

// turn opens the day's file, unless it is open. One that somebody has removed is made again.
func (l *Log) turn(now time.Time) error {
	day := now.Format(time.DateOnly)
	if l.file != nil && l.day == day && !removed(l.file) {
		return nil
	}
	_ = l.shut() // a descriptor without anything left to write
	file, err := openFile(l.Dir, day)
	if err != nil {
		return err
	}
	if l.Days > 0 && l.day != day {
		oldest := now.AddDate(0, 0, -l.Days).Format(time.DateOnly)
		l.expiring.Go(func() { l.expire(oldest) })
	}
	l.file, l.day = file, day
	return nil
}

func (l *Log) shut() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

func removed(file *os.File) bool {
	info, err := file.Stat()
	if err != nil {
		return true
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink == 0
}

// extension of the files; a name is the day.
const extension = ".jsonl"

// openFile opens a day's file at its end. A last line that was cut off, by a full disk or a power cut, is ended.
func openFile(dir, day string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, day+extension), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	var last [1]byte
	if end, err := file.Seek(0, io.SeekEnd); err == nil && end > 0 {
		if _, err := file.ReadAt(last[:], end-1); err == nil && last[0] != '\n' {
			_, err = file.WriteString("\n")
			if err != nil {
				file.Close()
				return nil, err
			}
		}
	}
	return file, nil
}

// days lists the files of a folder by day, the oldest first. Other files are not ours.
func days(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		day, ok := strings.CutSuffix(e.Name(), extension)
		if _, err := time.Parse(time.DateOnly, day); ok && err == nil {
			list = append(list, day)
		}
	}
	return list, nil
}

// expire removes the files of days before the oldest to keep.
func (l *Log) expire(oldest string) {
	list, err := days(l.Dir)
	for _, day := range list {
		if day >= oldest {
			break
		}
		if err = os.Remove(filepath.Join(l.Dir, day+extension)); errors.Is(err, fs.ErrNotExist) {
			err = nil // another one expires too
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		l.Logger.Warn("old records of the audit stay", "err", err)
	}
}
