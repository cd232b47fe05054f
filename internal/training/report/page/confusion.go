package page

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// nothing is the name of what is not there or was not answered.
const nothing = "(nothing)"

const (
	shades      = 6    // of a matrix
	mostTitled  = 1500 // cells that tell on hovering what they are
	mostWritten = 25   // labels up to which counts are written into the cells and names beside them
)

// matrix is a confusion matrix to draw: true labels downwards, answers to the right.
type matrix struct {
	Names      []string
	Side       int // of a cell, in the units of the drawing
	Margin     int // room for names
	Width      int // of the whole drawing
	Height     int
	Right      [shades]string // paths over the cells of right answers, the palest first
	Wrong      [shades]string
	Cells      []cell // those that tell what they are
	Written    bool
	Pairs      []cell // of two different labels, those of the most answers first
	MorePairs  int
	NothingRow bool
}

// cell is one pair of labels.
type cell struct {
	Truth, Answer string
	Count, Of     int // answers, and what there is of Truth, or of Answer where there is nothing
	Right         bool
	Missed, False bool // Answer is nothing, Truth is nothing
	X, Y          int
	Dark          bool // so dark that a number on it must be pale
}

// Share is how much of the true label got this answer.
func (c cell) Share() float64 { return float64(c.Count) / float64(c.Of) }

// String says what happened, in words.
func (c cell) String() string {
	switch {
	case c.Right:
		return fmt.Sprintf("%s is answered rightly, %d of %d times", c.Truth, c.Count, c.Of)
	case c.Missed:
		return fmt.Sprintf("%s is missed, %d of %d times", c.Truth, c.Count, c.Of)
	case c.False:
		return fmt.Sprintf("%s is answered where nothing is, %d of %d answers", c.Answer, c.Count, c.Of)
	default:
		return fmt.Sprintf("%s is taken for %s, %d of %d times", c.Truth, c.Answer, c.Count, c.Of)
	}
}

func newMatrix(c Confusion) (*matrix, error) {
	m := &matrix{NothingRow: c.Nothing}
	for _, l := range c.Labels {
		m.Names = append(m.Names, name(l))
	}
	if c.Nothing {
		m.Names = append(m.Names, nothing)
	}
	n := len(m.Names)
	if len(c.Counts) != n || slices.ContainsFunc(c.Counts, func(row []int) bool { return len(row) != n }) {
		return nil, errors.New("report: the confusion matrix does not fit its labels")
	}
	if n == 0 {
		return nil, nil
	}
	m.Written = n <= mostWritten
	m.Side = max(3, min(34, 720/n))
	m.Margin = 24
	if m.Written {
		for _, label := range m.Names {
			m.Margin = max(m.Margin, 16+7*utf8.RuneCountInString(m.Short(label)))
		}
	}
	m.Height = m.Margin + n*m.Side + 1
	m.Width = m.Height
	if m.Written {
		m.Width += m.Margin // the last name slants to the right
	}
	m.fill(c)
	return m, nil
}

// fill sorts the cells into shades and lists.
func (m *matrix) fill(c Confusion) {
	var right, wrong [shades]strings.Builder
	var filled []cell
	rows, columns := sums(c.Counts)
	last := len(m.Names) - 1
	for t, row := range c.Counts {
		for a, n := range row {
			if n <= 0 {
				continue
			}
			at := cell{Truth: m.Names[t], Answer: m.Names[a], Count: n, Of: rows[t], Right: t == a,
				X: m.Margin + a*m.Side, Y: m.Margin + t*m.Side}
			if c.Nothing {
				at.Missed, at.False = a == last, t == last
			}
			if at.False {
				at.Of = columns[a]
			}
			shade := min(shades-1, int(math.Sqrt(at.Share())*shades)) // the root, so that rare mistakes show
			at.Dark = shade >= shades-2
			paths := &wrong
			if at.Right {
				paths = &right
			}
			fmt.Fprintf(&paths[shade], "M%d %dh%dv%dh-%dz", at.X, at.Y, m.Side, m.Side, m.Side)
			filled = append(filled, at)
			if !at.Right {
				m.Pairs = append(m.Pairs, at)
			}
		}
	}
	for s := range shades {
		m.Right[s], m.Wrong[s] = right[s].String(), wrong[s].String()
	}
	most := func(a, b cell) int { return cmp.Compare(b.Count, a.Count) }
	slices.SortStableFunc(m.Pairs, func(a, b cell) int { return cmp.Or(most(a, b), cmp.Compare(b.Share(), a.Share())) })
	m.MorePairs = max(0, len(m.Pairs)-mostConfused)
	m.Pairs = m.Pairs[:len(m.Pairs)-m.MorePairs]
	slices.SortStableFunc(filled, most)
	m.Cells = filled[:min(mostTitled, len(filled))]
}

// sums adds up what is true of each label and what was answered.
func sums(counts [][]int) (rows, columns []int) {
	rows, columns = make([]int, len(counts)), make([]int, len(counts))
	for t, row := range counts {
		for a, n := range row {
			rows[t] += max(0, n)
			columns[a] += max(0, n)
		}
	}
	return rows, columns
}

// All is the side of the matrix without its names.
func (m *matrix) All() int { return len(m.Names) * m.Side }

// Middle is half a cell.
func (m *matrix) Middle() int { return m.Side / 2 }

// Place is where label i begins.
func (m *matrix) Place(i int) int { return m.Margin + i*m.Side }

// Short makes a name fit beside the matrix.
func (m *matrix) Short(label string) string { return clip(label, 18) }
