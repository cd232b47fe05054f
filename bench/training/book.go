package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// sitting is something to measure: two that are equal give the same figures, but for the time they take.
type sitting struct {
	Folder   string `json:"folder"`
	Task     string `json:"task"`
	Who      string `json:"who"`
	Settings string `json:"settings"` // of the program, as it is told them
	Program  string `json:"program"`  // digest of what was run
}

// figures are what the scripts print, as far as it is shown.
type figures struct {
	Labels int `json:"labels"`
	Train  int `json:"train"`
	Test   int `json:"test"`

	Seconds          float64  `json:"train_s"`
	Accuracy         *float64 `json:"accuracy"` // only where every picture has one label
	AveragePrecision float64  `json:"macro_AP"`
	MAP50            float64  `json:"mAP50"`
	MAP75            float64  `json:"mAP75"`

	// Of PyTorch.
	Torch  string  `json:"torch"` // its version
	Epochs int     `json:"epochs"`
	Busy   float64 `json:"cores_busy"` // CPU time over wall time

	// Of a server's model at its thresholds.
	F1        float64 `json:"reported_f1"`
	Answered  float64 `json:"answered_macro_F1"`
	SameHalf  float64 `json:"same_half_f1"`
	OtherHalf float64 `json:"other_half_f1"`
	ByChance  float64 `json:"by_chance"`
}

// record is what was measured once.
type record struct {
	sitting
	When    string          `json:"when"`
	Load    float64         `json:"load"` // before: processes that wanted a core, a minute's mean
	Printed json.RawMessage `json:"printed"`
	figures figures
}

// book keeps records in a file, a line each.
type book struct {
	path    string
	records []record
}

// openBook reads what was measured before, unless everything is to be measured anew.
func openBook(path string, fresh bool) (*book, error) {
	b := &book{path: path}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if fresh || errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := json.NewDecoder(bufio.NewReader(file))
	for {
		var r record
		err := lines.Decode(&r)
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err == nil {
			err = json.Unmarshal(r.Printed, &r.figures)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		b.records = append(b.records, r)
	}
}

// find gives the latest record of a sitting.
func (b *book) find(s sitting) (record, bool) {
	for _, r := range slices.Backward(b.records) {
		if r.sitting == s {
			return r, true
		}
	}
	return record{}, false
}

func (b *book) add(r record) error {
	b.records = append(b.records, r)
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(b.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	return errors.Join(err, file.Close())
}

// loads are the least and the greatest load before some measurements.
func loads(records []record) string {
	low, high := math.Inf(1), 0.0
	for _, r := range records {
		low, high = min(low, r.Load), max(high, r.Load)
	}
	return fmt.Sprintf("load %.1f to %.1f before", low, high)
}

// digest is that of some files together, its beginning.
func digest(paths ...string) (string, error) {
	sum := sha256.New()
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(sum, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:6]), nil
}
