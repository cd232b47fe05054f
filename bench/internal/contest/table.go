package contest

import (
	"fmt"
	"slices"
	"strings"
)

// Median of the values; the mean of the two in the middle for an even number of them. 0 without values.
func Median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Over is the median over rounds of a figure.
func Over(rounds []Figures, of func(Figures) float64) float64 {
	values := make([]float64, len(rounds))
	for i, f := range rounds {
		values[i] = of(f)
	}
	return Median(values)
}

// Ratio is the median over rounds of the ratio a/b of a figure, and the quartiles around it.
func Ratio(a, b []Figures, of func(Figures) float64) (median, low, high float64) {
	values := make([]float64, len(a))
	for i := range a {
		values[i] = of(a[i]) / of(b[i])
	}
	slices.Sort(values)
	return Median(values), values[len(values)/4], values[3*len(values)/4]
}

// Table prints rows in Markdown.
type Table struct{ rows [][]string }

// NewTable starts a table with its header.
func NewTable(header ...string) *Table { return &Table{[][]string{header}} }

// Row adds cells: strings as they are, numbers with so many digits that they have about three.
func (t *Table) Row(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = cell(c)
	}
	t.rows = append(t.rows, row)
}

func cell(c any) string {
	f, isFloat := c.(float64)
	switch {
	case !isFloat:
		return fmt.Sprint(c)
	case f == 0:
		return ""
	case f < 10:
		return fmt.Sprintf("%.2f", f)
	case f < 100:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

// Print writes the table to standard output, an empty line after it.
func (t *Table) Print() {
	for i, row := range t.rows {
		fmt.Println("| " + strings.Join(row, " | ") + " |")
		if i == 0 {
			fmt.Println("|" + strings.Repeat("---|", len(row)))
		}
	}
	fmt.Println()
}
