package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// What a page shows at most of lists that may be long.
const (
	mostCandidates = 60
	mostConfused   = 20
	mostBoxes      = 300 // over one picture
	mostTold       = 12  // labels below one picture
	mostNamed      = 200 // wrong labels beyond those that are shown
)

// view is a page as its template needs it: all that is counted, cut and drawn beforehand.
type view struct {
	Page
	Title       string
	Headline    []tile
	Findings    []finding
	Rows        []labelRow // best first
	Plots       []curvePlot
	MorePlots   []curvePlot // beside those that stand open
	Matrix      *matrix
	Reliable    *reliabilityPlot
	Tried       []triedRow
	MoreTried   int
	LossPlot    *lossPlot
	Mistakes    []mistakeCard
	MoreWrong   int // mistakes that are left out
	WrongLabels []wrongCard
	NamedOnly   []WrongLabel // beside those
	MoreSuspect int          // that are left out of both lists
}

// tile is one of the large figures.
type tile struct{ Name, Value, Range, Note string }

// labelRow is a label's line in the table.
type labelRow struct {
	Label
	Shown             string // name
	PrecisionInterval whisker
	RecallInterval    whisker
	Positives         int
	TrueAt, FalseAt   string // the sweep, numbers parted by spaces
}

type triedRow struct {
	Candidate
	Figures []string
}

type mistakeCard struct {
	Picture       *thumbnail
	Frame         *frame // nil for no boxes
	Truth         []string
	Wrong, Missed []told
}

// told is how often a label was answered wrongly or missed in one picture, with the highest score.
type told struct {
	Answer
	Times int
}

// tell counts answers by label, in the order that labels first come up in.
func tell(answers []Answer) (list []told) {
	for _, a := range answers {
		at := slices.IndexFunc(list, func(t told) bool { return t.Label == a.Label })
		if at < 0 {
			at, list = len(list), append(list, told{Answer: a})
		}
		list[at].Times++
		list[at].Score = max(list[at].Score, a.Score)
	}
	return list[:min(mostTold, len(list))]
}

type wrongCard struct {
	WrongLabel
	Picture *thumbnail
	Frame   *frame // nil for no boxes
}

func newView(p Page) (*view, error) {
	v := &view{Page: p}
	v.Title = "Evaluation results: " + name(strings.TrimSuffix(p.Model.Project+" "+p.Model.Version, " "))
	v.Headline = headline(p.Figures)
	v.Rows = labelRows(p.Labels)
	v.Plots, v.MorePlots = curvePlots(p.Labels)
	if p.Confusion != nil {
		m, err := newMatrix(*p.Confusion)
		if err != nil {
			return nil, err
		}
		v.Matrix = m
	}
	if v.Reliable = newReliabilityPlot(p.Reliability); v.Reliable != nil {
		v.Reliable.Boxes = p.Task == Boxes
	}
	v.Tried, v.MoreTried = tried(p.Search)
	v.LossPlot = newLossPlot(p.Losses)
	for _, m := range p.Mistakes[:min(MostMistakes, len(p.Mistakes))] {
		card := mistakeCard{Picture: newThumbnail(m.Picture), Wrong: tell(m.Wrong), Missed: tell(m.Missed)}
		card.Truth = m.Truth[:min(mostTold, len(m.Truth))]
		card.Frame = newFrame(m.Boxes, card.Picture)
		v.Mistakes = append(v.Mistakes, card)
	}
	v.MoreWrong = len(p.Mistakes) - len(v.Mistakes)
	shown := min(MostWrongLabels, len(p.WrongLabels))
	for _, w := range p.WrongLabels[:shown] {
		card := wrongCard{WrongLabel: w, Picture: newThumbnail(w.Picture)}
		card.Frame = newFrame(w.Boxes, card.Picture)
		v.WrongLabels = append(v.WrongLabels, card)
	}
	v.NamedOnly = p.WrongLabels[shown:]
	v.NamedOnly = v.NamedOnly[:min(mostNamed, len(v.NamedOnly))]
	v.MoreSuspect = len(p.WrongLabels) - shown - len(v.NamedOnly)
	v.Findings = v.stands()
	return v, nil
}

func headline(f Figures) []tile {
	tiles := []tile{
		{"F1 score", figure(f.F1.Value), f.F1.Interval.text(), "harmonic mean of precision and recall, mean over labels"},
		{"Precision", figure(f.Precision.Value), f.Precision.Interval.text(), "of what was answered, the share that is right"},
		{"Recall", figure(f.Recall.Value), f.Recall.Interval.text(), "of what is there, the share that was answered"},
	}
	for _, n := range f.Further {
		tiles = append(tiles, tile{name(n.Name), figure(n.Value), n.Interval.text(), n.Note})
	}
	return tiles
}

func (i *Interval) text() string {
	if i == nil {
		return ""
	}
	return fmt.Sprintf("%.2f–%.2f", i.Low, i.High)
}

// labelRows are sorted as in the evaluation summary: best first, then by name.
func labelRows(labels []Label) []labelRow {
	var rows []labelRow
	for _, l := range labels {
		r := labelRow{Label: l, Shown: name(l.Name), Positives: l.TruePositives + l.FalseNegatives,
			PrecisionInterval: newWhisker(l.Precision), RecallInterval: newWhisker(l.Recall)}
		if l.Sweep != nil {
			r.TrueAt, r.FalseAt = numbers(l.Sweep.TruePositives[:]), numbers(l.Sweep.FalsePositives[:])
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b labelRow) int {
		return cmp.Or(cmp.Compare(b.F1, a.F1), cmp.Compare(a.Name, b.Name))
	})
	return rows
}

func numbers(list []int) string { return strings.Trim(fmt.Sprint(list), "[]") }

// HasSweeps says whether the slider can work: every label must be countable.
func (v *view) HasSweeps() bool {
	return len(v.Rows) > 0 && !slices.ContainsFunc(v.Rows, func(r labelRow) bool { return r.Sweep == nil })
}

func tried(s Search) (rows []triedRow, more int) {
	for _, c := range s.Candidates {
		// What was chosen is always shown.
		if len(rows) >= mostCandidates && !c.Chosen {
			more++
			continue
		}
		r := triedRow{Candidate: c}
		for i := range s.Measures {
			text := "–"
			if i < len(c.Values) && !math.IsNaN(c.Values[i]) {
				text = fmt.Sprintf("%.4f", c.Values[i])
			}
			r.Figures = append(r.Figures, text)
		}
		rows = append(rows, r)
	}
	return rows, more
}

// CountsPictures says whether it is known how many pictures judged the candidates.
func (v *view) CountsPictures() bool {
	return slices.ContainsFunc(v.Search.Candidates, func(c Candidate) bool { return c.Pictures > 0 })
}

// PicturesDiffer says whether candidates were judged by more and by fewer pictures.
func (v *view) PicturesDiffer() bool {
	return slices.ContainsFunc(v.Search.Candidates, func(c Candidate) bool {
		return c.Pictures > 0 && v.Search.Candidates[0].Pictures > 0 && c.Pictures != v.Search.Candidates[0].Pictures
	})
}

// TakesTime says whether any candidate's time was measured.
func (v *view) TakesTime() bool {
	return slices.ContainsFunc(v.Search.Candidates, func(c Candidate) bool { return c.Took > 0 })
}

// Decider names the measure that candidates were compared by.
func (v *view) Decider() string {
	if at := v.Search.DecidedBy; at >= 0 && at < len(v.Search.Measures) {
		return strings.ToLower(name(v.Search.Measures[at]))
	}
	return ""
}
