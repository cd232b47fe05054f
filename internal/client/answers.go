package client

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Answers is a file of a model's answers, one JSON object a line, to which those of later calls are added: what has been
// answered in it is not asked again.
type Answers struct {
	model string // ARN
	file  *os.File
	there map[string]struct{} // pictures that have an answer
}

// keptAnswer is a line of the file.
type keptAnswer struct {
	Answer
	Model string `json:"model"` // ARN of the version that said it
}

// mostLine bounds a line of the file, in bytes: an answer has at most some hundred labels.
const mostLine = 4 << 20

// OpenAnswers opens or begins the file at path for the answers of a model. A last line that was cut off is removed. Errors: the
// file holds something else, or answers of another model.
func OpenAnswers(path string, v Version) (*Answers, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	a := &Answers{model: v.ARN, file: file, there: map[string]struct{}{}}
	end, err := a.read()
	if err == nil {
		err = file.Truncate(end)
	}
	if err == nil {
		_, err = file.Seek(end, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return a, nil
}

// read learns what is in the file, and gives where its last whole line ends.
func (a *Answers) read() (end int64, err error) {
	lines := bufio.NewReaderSize(a.file, 1<<16)
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return end, nil // what has no end was cut off
		}
		if err != nil {
			return 0, err
		}
		var line keptAnswer
		switch {
		case len(text) > mostLine || json.Unmarshal(text, &line) != nil || line.Picture == "" || line.Model == "":
			return 0, fmt.Errorf("line %d is no answer of a model; name another file", n)
		case line.Model != a.model:
			return 0, fmt.Errorf("line %d is an answer of another model, %s; name another file", n, line.Model)
		case line.Error == "":
			a.there[line.Picture] = struct{}{}
		}
		end += int64(len(text))
	}
}

// Missing gives those of the pictures that have no answer yet, in their order. Pictures that were complained about are asked
// about again.
func (a *Answers) Missing(pictures []string) []string {
	missing := make([]string, 0, len(pictures))
	for _, p := range pictures {
		if _, there := a.there[p]; !there {
			missing = append(missing, p)
		}
	}
	return missing
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
