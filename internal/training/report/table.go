package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Facts is how a training went.
type Facts struct {
	Candidates []Candidate
	Why        string // the chosen one was chosen, in a sentence; may be empty
	Took       time.Duration
}

// Candidate is one way to train that was tried inside the training pictures.
type Candidate struct {
	Name     string
	Accuracy float64 // on held-out training pictures, 0..1
	LogLoss  float64 // on the same; less is better
	Chosen   bool
}

const (
	columns         = 80
	labelWidth      = 28 // two of them and a figure fit into 80 columns
	candidateWidth  = 50 // with its figures it does
	namedConfusions = 5
)

// Table tells people how a version did and how it was trained, in at most 80 columns of plain text.
func Table(w io.Writer, s Summary, f Facts) error {
	var out strings.Builder
	fmt.Fprintf(&out, "Evaluated on %s\n\n%s\n", Count(s.TestingPictures, "test picture"), labelTable(s))
	if s.Detection != nil {
		fmt.Fprintf(&out, "\nMean average precision %s, mean average recall %s\n", figure(s.Detection.AveragePrecision), figure(s.Detection.AverageRecall))
	}
	if mistakes := s.mistakes(); len(mistakes) > 0 {
		out.WriteString("\nMost often mistaken\n\n" + mistakeTable(mistakes) + "\n")
	}
	fmt.Fprintf(&out, "\nTrained on %s in %s\n", Count(s.TrainingPictures, "picture"), Duration(f.Took))
	if len(f.Candidates) > 0 {
		out.WriteString("\n" + candidateTable(f) + "\n")
	}
	if f.Why != "" {
		out.WriteString("\n")
		for line := range strings.Lines(text.WrapSoft(printable(f.Why, longest), columns)) {
			out.WriteString(strings.TrimRight(line, " \n") + "\n")
		}
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

func labelTable(s Summary) string {
	t := newTable(right(2), right(3), right(4), right(5), right(6))
	t.AppendHeader(table.Row{"Label", "Pictures", "Precision", "Recall", "F1", "Threshold"})
	for _, l := range s.ranked() {
		t.AppendRow(table.Row{printable(l.Label, labelWidth), l.Pictures, figure(l.Precision), figure(l.Recall), figure(l.F1), figure(l.Threshold)})
	}
	t.AppendFooter(table.Row{"All labels", s.TestingPictures, figure(s.Precision), figure(s.Recall), figure(s.F1), ""})
	return t.Render()
}

// mistakes gives the confusions of two different labels, the most frequent first.
func (s Summary) mistakes() []Confusion {
	list := slices.DeleteFunc(slices.Clone(s.Confusion), func(c Confusion) bool { return c.Truth == c.Predicted || c.Rate <= 0 })
	slices.SortFunc(list, func(a, b Confusion) int {
		return cmp.Or(cmp.Compare(b.Rate, a.Rate), cmp.Compare(a.Truth, b.Truth), cmp.Compare(a.Predicted, b.Predicted))
	})
	return list[:min(len(list), namedConfusions)]
}

func mistakeTable(mistakes []Confusion) string {
	t := newTable(right(3))
	t.AppendHeader(table.Row{"Label", "Taken for", "Of its pictures"})
	for _, c := range mistakes {
		t.AppendRow(table.Row{printable(c.Truth, labelWidth), printable(c.Predicted, labelWidth), fmt.Sprintf("%.1f %%", 100*c.Rate)})
	}
	return t.Render()
}

func candidateTable(f Facts) string {
	t := newTable(right(2), right(3))
	t.AppendHeader(table.Row{"Candidate", "Accuracy", "Log loss", ""})
	for _, c := range f.Candidates {
		chosen := ""
		if c.Chosen {
			chosen = "chosen"
		}
		t.AppendRow(table.Row{printable(c.Name, candidateWidth), figure(c.Accuracy), figure(c.LogLoss), chosen})
	}
	return t.Render()
}

func newTable(columns ...table.ColumnConfig) table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true, SeparateFooter: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header, style.Format.Footer = text.FormatDefault, text.FormatDefault
	t.SetStyle(style)
	t.SetColumnConfigs(columns)
	t.SuppressTrailingSpaces()
	return t
}

func right(column int) table.ColumnConfig {
	return table.ColumnConfig{Number: column, Align: text.AlignRight, AlignHeader: text.AlignRight, AlignFooter: text.AlignRight}
}

// longest is how much of a sentence is printed.
const longest = 400

// printable keeps what users named from steering the terminal, and short enough for its place.
func printable(name string, width int) string {
	shown := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
	return text.Snip(shown, width, "…")
}

func figure(f float64) string { return fmt.Sprintf("%.3f", f) }

// Count tells a number of things in words: 1 picture, 2 pictures, 3 boxes.
func Count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "x"):
		return fmt.Sprintf("%d %ses", n, noun)
	default:
		return fmt.Sprintf("%d %ss", n, noun)
	}
}

// Duration tells a time as people do: 0.8 s, 42 s, 3 min 20 s, 1 h 5 min.
func Duration(d time.Duration) string {
	switch seconds := int(d.Round(time.Second).Seconds()); {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case seconds < 60:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%d min %d s", seconds/60, seconds%60)
	default:
		return fmt.Sprintf("%d h %d min", seconds/3600, seconds%3600/60)
	}
}
