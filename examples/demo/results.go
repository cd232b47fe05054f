package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// results is everything on the page.
type results struct {
	Trained trained
	Labels  []string // sorted
	Answers []answer // wrong ones first, then by label and name
}

// trained is what the page tells of the training.
type trained struct {
	Project string
	Version string
	Seconds float64 `json:"trainingSeconds"`
	F1      float64
	Report  struct {
		EvaluationDetails struct{ NumberOfTrainingImages int }
	}
}

// answer is what the model said of one picture, and what is true.
type answer struct {
	Picture      string
	Labels       []label
	Milliseconds float64
	Error        string

	Name  string // of the file, below the folder of pictures
	Truth string
	Flaw  *box // where the defect was drawn; nil for none
}

type label struct {
	Name       string
	Confidence float64 // 0..100
}

// box is a part of a picture, in per cent of its sides.
type box struct{ Left, Top, Width, Height float64 }

// Best is the label with the highest confidence.
func (a answer) Best() label { return a.Labels[0] }

// Right reports whether the best label is the true one.
func (a answer) Right() bool { return a.Best().Name == a.Truth }

func read(from sources) (*results, error) {
	r := new(results)
	file, err := os.ReadFile(from.trained)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(file, &r.Trained); err != nil {
		return nil, fmt.Errorf("%s: %w", from.trained, err)
	}
	truth, flaws, err := tables(from.pictures)
	if err != nil {
		return nil, err
	}
	if r.Answers, err = readAnswers(from.answers); err != nil {
		return nil, err
	}
	for i := range r.Answers {
		a := &r.Answers[i]
		if a.Error != "" || len(a.Labels) == 0 {
			return nil, fmt.Errorf("no answer about %s: %s", a.Picture, a.Error)
		}
		if a.Name, err = filepath.Rel(from.pictures, a.Picture); err != nil {
			return nil, err
		}
		if a.Truth = truth[a.Name]; a.Truth == "" {
			return nil, fmt.Errorf("labels.csv does not name %s", a.Name)
		}
		a.Flaw = flaws[a.Name]
		if !slices.Contains(r.Labels, a.Truth) {
			r.Labels = append(r.Labels, a.Truth)
		}
	}
	slices.Sort(r.Labels)
	slices.SortFunc(r.Answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Truth, b.Truth), cmp.Compare(a.Name, b.Name))
	})
	return r, nil
}

func rank(a answer) int {
	if a.Right() {
		return 1
	}
	return 0
}

func readAnswers(path string) (list []answer, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := json.NewDecoder(file)
	for {
		var a answer
		err := lines.Decode(&a)
		if errors.Is(err, io.EOF) && len(list) > 0 {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s, answer %d: %w", path, len(list)+1, err)
		}
		list = append(list, a)
	}
}

// tables reads the label of every picture, and the box of every defect.
func tables(dir string) (truth map[string]string, flaws map[string]*box, err error) {
	truth, flaws = map[string]string{}, map[string]*box{}
	rows, err := table(filepath.Join(dir, "labels.csv"))
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows { // file,split,label
		truth[filepath.FromSlash(row[0])] = row[2]
	}
	if rows, err = table(filepath.Join(dir, "boxes.csv")); err != nil {
		return nil, nil, err
	}
	for _, row := range rows { // file,split,label,left,top,width,height,image_width,image_height
		var n [6]float64
		for i := range n {
			if n[i], err = strconv.ParseFloat(row[3+i], 64); err != nil {
				return nil, nil, fmt.Errorf("boxes.csv, %s: %w", row[0], err)
			}
		}
		flaws[filepath.FromSlash(row[0])] = &box{100 * n[0] / n[4], 100 * n[1] / n[5], 100 * n[2] / n[4], 100 * n[3] / n[5]}
	}
	return truth, flaws, nil
}

// table reads the rows below the header.
func table(path string) ([][]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s is not readable or empty: %w", path, err)
	}
	return rows[1:], nil
}

// Right is how many answers are right.
func (r *results) Right() (n int) {
	for _, a := range r.Answers {
		n += rank(a)
	}
	return n
}

// Wrong gives the answers that are not right.
func (r *results) Wrong() []answer { return r.Answers[:len(r.Answers)-r.Right()] }

// Accuracy is the share of right answers, 0..1.
func (r *results) Accuracy() float64 { return float64(r.Right()) / float64(len(r.Answers)) }

// Count is how many pictures of one label were taken for another, or for their own.
func (r *results) Count(truth, said string) (n int) {
	for _, a := range r.Answers {
		if a.Truth == truth && a.Best().Name == said {
			n++
		}
	}
	return n
}

// Of gives the answers about one label's pictures, in the page's order.
func (r *results) Of(truth string) []answer {
	return slices.DeleteFunc(slices.Clone(r.Answers), func(a answer) bool { return a.Truth != truth })
}

// Median is the time of an answer in the middle, in milliseconds.
func (r *results) Median() float64 {
	var times []float64
	for _, a := range r.Answers {
		times = append(times, a.Milliseconds)
	}
	slices.Sort(times)
	return times[len(times)/2]
}
