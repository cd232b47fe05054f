package client

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Answers is a file of a model's answers, one JSON object a line and one line a picture, to which those of later calls are
// added: what has been answered in it is not asked again. One process at a time may write it.
type Answers struct {
	path  string
	model string // ARN, or what tells a model's file from others
	file  *os.File
	there map[string]bool // pictures that have a line, and whether it is an answer rather than a complaint
}

// keptAnswer is a line of the file.
type keptAnswer struct {
	Answer
	Model string `json:"model"` // ARN of the version that said it, or the file
}

// mostLine bounds a line of the file, in bytes: an answer has at most some hundred labels.
const mostLine = 4 << 20

// OpenAnswers opens or begins the file at path for the answers of a model. A last line that was cut off is removed. Errors: the
// file holds something else, or answers of another model; another process is writing it.
func OpenAnswers(path, model string) (*Answers, error) {
	a := &Answers{path: path, model: model, there: map[string]bool{}}
	if err := a.open(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

func (a *Answers) open() (err error) {
	if a.file, err = os.OpenFile(a.path, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return errors.Unwrap(err)
	}
	if err = own(a.file); err == nil {
		err = a.begin()
	}
	if err != nil {
		err = errors.Join(err, a.file.Close())
	}
	return err
}

// own keeps other processes from the file until it is closed or this process ends, however it does.
func own(file *os.File) error {
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return errors.New("another `ownsight detect` is writing it; name another file")
	}
	return nil // where there are no locks, it is for its user to call once
}

// begin reads what is there, and goes to where the next line comes.
func (a *Answers) begin() error {
	end, err := a.read()
	if err != nil {
		return err
	}
	if err := a.file.Truncate(end); err != nil {
		return err
	}
	_, err = a.file.Seek(end, io.SeekStart)
	return err
}

// read learns what is in the file, and gives where its last whole line ends.
func (a *Answers) read() (end int64, err error) {
	err = eachLine(a.file, func(n int, text []byte) error {
		var line keptAnswer
		switch {
		case len(text) > mostLine || json.Unmarshal(text, &line) != nil || line.Picture == "" || line.Model == "":
			return fmt.Errorf("line %d is no answer of a model; name another file", n)
		case line.Model != a.model:
			return fmt.Errorf("line %d is an answer of another model, %s; name another file", n, line.Model)
		}
		a.there[line.Picture] = line.Error == ""
		end += int64(len(text))
		return nil
	})
	return end, err
}

// eachLine gives the lines of a file, from 1 and with their ends. What has no end was cut off and is no line.
func eachLine(file io.Reader, tell func(n int, text []byte) error) error {
	lines := bufio.NewReaderSize(file, 1<<16)
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = tell(n, text)
		}
		if err != nil {
			return err
		}
	}
}

// Missing gives those of the pictures that have no answer yet, each once and in their order. Pictures that were complained about
// are among them, and the complaints are taken out of the file: there will be another line.
func (a *Answers) Missing(pictures []string) ([]string, error) {
	missing, again := make([]string, 0, len(pictures)), map[string]bool{}
	asked := make(map[string]struct{}, len(pictures))
	for _, p := range pictures {
		answered, there := a.there[p]
		if _, twice := asked[p]; twice || answered {
			continue
		}
		asked[p] = struct{}{}
		missing = append(missing, p)
		if there {
			again[p] = true
		}
	}
	if len(again) == 0 {
		return missing, nil
	}
	if err := a.leaveOut(again); err != nil {
		return nil, fmt.Errorf("%s: %w", a.path, err)
	}
	return missing, nil
}

// leaveOut replaces the file by one without the lines of some pictures.
func (a *Answers) leaveOut(pictures map[string]bool) error {
	if _, err := a.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	err := save(a.path, func(to *os.File) error {
		out := bufio.NewWriter(to)
		err := eachLine(a.file, func(_ int, text []byte) error {
			var line keptAnswer
			if err := json.Unmarshal(text, &line); err != nil || pictures[line.Picture] {
				return err
			}
			_, err := out.Write(text)
			return err
		})
		return errors.Join(err, out.Flush(), to.Sync())
	})
	if err != nil {
		return err
	}
	old := a.file
	a.there = map[string]bool{}
	return errors.Join(a.open(), old.Close())
}

// Add writes an answer. It is in the file when Add returns, whatever becomes of the program.
func (a *Answers) Add(answer Answer) error {
	text, err := json.Marshal(keptAnswer{answer, a.model})
	if err != nil {
		return err
	}
	_, err = a.file.Write(append(text, '\n'))
	return err
}

// Close makes the file last a crash of the machine, and closes it.
func (a *Answers) Close() error { return errors.Join(a.file.Sync(), a.file.Close()) }
