package source

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"ownsight/internal/dataset/manifest"
)

const (
	labelsTable = "labels.csv"
	boxesTable  = "boxes.csv"
)

func hasLabelsCSV(t *tree) bool { return t.known[labelsTable] }
func hasBoxesCSV(t *tree) bool  { return t.known[boxesTable] }

// readLabelsCSV reads file,split,label: a row a picture, or several, with labels joined by |.
func readLabelsCSV(t *tree, c *collector) error {
	return c.table(labelsTable, []string{"file", "label"}, func(r row) error {
		e, _, err := r.entry(c)
		if err != nil || e == nil {
			return err
		}
		for label := range strings.SplitSeq(r.field("label"), "|") {
			if label = strings.TrimSpace(label); label != "" && !slices.Contains(e.Labels, label) {
				e.Labels = append(e.Labels, label)
			}
		}
		return nil
	})
}

// readBoxesCSV reads file,split,label,left,top,width,height,image_width,image_height: a row a box, in pixels. A row
// without a label names a picture that has no boxes.
func readBoxesCSV(t *tree, c *collector) error {
	columns := []string{"file", "label", "left", "top", "width", "height", "image_width", "image_height"}
	return c.table(boxesTable, columns, func(r row) error {
		var n [6]float64
		label := strings.TrimSpace(r.field("label"))
		for i, column := range columns[2:] {
			var ok bool
			if n[i], ok = number(r.field(column)); !ok && (label != "" || i > 3) {
				c.tell(r.problem(fmt.Sprintf("%s is %q", column, r.field(column)), "write a number of pixels"))
				return nil
			}
		}
		e, isNew, err := r.entry(c)
		if err != nil || e == nil {
			return err
		}
		size := manifest.Size{Width: int(n[4]), Height: int(n[5])}
		switch {
		case isNew:
			e.Size, e.boxed = size, true
		case e.Size != size:
			c.tell(r.problem(fmt.Sprintf("%s has another size here than in line %d", e.Name, e.said.Line),
				"write the size of the stored picture"))
			return nil
		}
		if label == "" {
			return nil
		}
		if c.boxes++; c.boxes > maxBoxes {
			return errTooMany
		}
		e.Boxes = append(e.Boxes, manifest.Box{Label: label, Left: n[0], Top: n[1], Width: n[2], Height: n[3]})
		return nil
	})
}

// number reads a number that a picture can have to do with.
func number(text string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return f, err == nil && math.Abs(f) <= 1e9
}

// row is a line of a table.
type row struct {
	file    string
	line    int
	columns map[string]int
	fields  []string
}

func (r row) field(column string) string {
	i, ok := r.columns[column]
	if !ok || i >= len(r.fields) {
		return ""
	}
	return r.fields[i]
}

func (r row) problem(text, remedy string) Problem {
	return Problem{File: r.file, Line: r.line, Text: text, Remedy: remedy}
}

// entry gives the picture that a row is about; nil where there is none, of which it tells.
func (r row) entry(c *collector) (e *entry, isNew bool, err error) {
	name, err := local(r.field("file"))
	if err != nil || !isPicture(name) || !c.tree.has(name) {
		c.tell(r.problem(c.missing(r.field("file"), name, err)))
		return nil, false, nil
	}
	s := unsaid
	if word := strings.TrimSpace(r.field("split")); word != "" {
		var ok bool
		if s, ok = splitNamed(word); !ok {
			c.tell(r.problem(fmt.Sprintf("split is %q", word), "write train or test"))
			return nil, false, nil
		}
	}
	e, isNew, err = c.find(entry{Picture: Picture{Name: name}, split: s, said: Problem{File: r.file, Line: r.line}})
	if err == nil && e.split != s {
		c.tell(r.problem(fmt.Sprintf("%s has another split here than in line %d", name, e.said.Line),
			"give each picture one split"))
		return nil, false, nil
	}
	return e, isNew, err
}

// missing says what is wrong with the name of a picture, and what to do.
func (c *collector) missing(given, name string, err error) (text, remedy string) {
	switch {
	case strings.TrimSpace(given) == "":
		return "no picture is named", "write the picture's name, as it is below the folder"
	case errors.Is(err, errOutside):
		return fmt.Sprintf("picture %q %v", given, err), "name pictures in the folder and below"
	case !isPicture(name):
		return fmt.Sprintf("%q is no JPEG or PNG picture by its name", given), "convert it, and name it .jpg or .png"
	}
	if _, linked := c.tree.stat(name); linked != nil && !errors.Is(linked, fs.ErrNotExist) {
		return fmt.Sprintf("picture %q: %v", given, linked), "put it into the folder as a file of its own"
	}
	return fmt.Sprintf("picture %q is not there", given), "put it into the folder, or remove what names it"
}

// table reads a CSV file with a header, row by row. A row that is no CSV is told of, and ends the reading.
func (c *collector) table(file string, needed []string, take func(row) error) error {
	f, err := c.tree.reader(file, maxTable)
	if err != nil {
		return fmt.Errorf("%s %w", file, err)
	}
	defer f.Close()
	source := bufio.NewReader(f)
	if mark, err := source.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		if _, err := source.Discard(len(mark)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	r := csv.NewReader(source)
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s has no header; its first line should be %s", file, strings.Join(needed, ","))
	}
	columns := map[string]int{}
	for i, name := range header {
		columns[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range needed {
		if _, ok := columns[name]; !ok {
			return fmt.Errorf("%s has no column %q; its first line should be %s", file, name, strings.Join(needed, ","))
		}
	}
	r.ReuseRecord = true
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			bad, _ := errors.AsType[*csv.ParseError](err)
			if bad == nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			c.tell(Problem{File: file, Line: bad.Line, Text: bad.Err.Error(),
				Remedy: "correct the line; nothing below it was read"})
			return nil
		}
		line, _ := r.FieldPos(0)
		if err := take(row{file, line, columns, fields}); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
}
