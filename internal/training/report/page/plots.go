package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// whisker is an interval drawn on a track 100 units long, with a mark 2 units wide.
type whisker struct {
	From, Length, At float64
	Text             string
}

func newWhisker(f Figure) whisker {
	w := whisker{At: 98 * within(f.Value), Text: f.Interval.text()}
	if f.Interval != nil {
		w.From = 100 * within(f.Interval.Low)
		w.Length = 100*within(f.Interval.High) - w.From
	}
	return w
}

// within keeps a number in 0..1; what is none becomes 0.
func within(f float64) float64 {
	if math.IsNaN(f) {
		return 0
	}
	return max(0, min(1, f))
}

// A small plot's inner square, in the units of its drawing.
const (
	plotLeft, plotTop = 26, 6
	plotSide          = 110
)

const (
	openPlots   = 12  // curves that are shown at once
	curvePoints = 101 // of one curve
)

// curvePlot is the precision-recall curve of one label.
type curvePlot struct {
	Name             string
	AveragePrecision float64
	Path             string
	X, Y             string // of what the threshold gives
	Threshold        float64
	Recall           float64
	Precision        float64
}

// curvePlots draws the curves, the label with the least average precision first.
func curvePlots(labels []Label) (open, more []curvePlot) {
	labels = slices.DeleteFunc(slices.Clone(labels), func(l Label) bool { return len(l.Curve) == 0 })
	slices.SortStableFunc(labels, func(a, b Label) int {
		return cmp.Or(cmp.Compare(a.AveragePrecision, b.AveragePrecision), cmp.Compare(a.Name, b.Name))
	})
	for _, l := range labels {
		open = append(open, newCurvePlot(l))
	}
	if len(open) > openPlots+4 {
		return open[:openPlots], open[openPlots:]
	}
	return open, nil
}

func newCurvePlot(l Label) curvePlot {
	p := curvePlot{Name: name(l.Name), AveragePrecision: l.AveragePrecision, Threshold: l.Threshold,
		Recall: l.Recall.Value, Precision: l.Precision.Value, X: plotX(l.Recall.Value), Y: plotY(l.Precision.Value)}
	var path strings.Builder
	points := l.Curve
	last := len(points) - 1
	for i := range min(len(points), curvePoints) {
		at := points[i]
		if len(points) > curvePoints {
			at = points[i*last/(curvePoints-1)]
		}
		if i == 0 { // from no recall on, precision is that of the first answers
			fmt.Fprintf(&path, "M%s %s", plotX(0), plotY(at.Precision))
		}
		fmt.Fprintf(&path, "L%s %s", plotX(at.Recall), plotY(at.Precision))
	}
	p.Path = path.String()
	return p
}

func plotX(share float64) string { return decimal(plotLeft + plotSide*within(share)) }
func plotY(share float64) string { return decimal(plotTop + plotSide*(1-within(share))) }

// decimal writes a coordinate with at most one digit after the point.
func decimal(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") }

// reliabilityPlot is a reliability diagram 300 units wide and high, with a strip of counts below.
type reliabilityPlot struct {
	Bars    []reliabilityBar
	Answers int
	Error   float64 // expected calibration error
	Boxes   bool    // answers of boxes
}

type reliabilityBar struct {
	Bin
	X, Width              string
	Top, Height           string // of the share that is right
	ScoreX, ScoreY        string // where it should end: the mean score
	StripTop, StripHeight string
	Few                   bool // so few answers that the bar says little
}

const (
	reliabilitySide = 300
	stripHeight     = 40
	stripBase       = reliabilitySide + 10 + stripHeight
	fewAnswers      = 10
)

func newReliabilityPlot(bins []Bin) *reliabilityPlot {
	p := &reliabilityPlot{}
	most := 0
	for _, b := range bins {
		p.Answers += b.Answers
		most = max(most, b.Answers)
	}
	if p.Answers == 0 {
		return nil
	}
	for _, b := range bins {
		if b.Answers == 0 {
			continue
		}
		p.Error += float64(b.Answers) * math.Abs(b.Score-b.Right) / float64(p.Answers)
		height := reliabilitySide * within(b.Right)
		strip := max(1, stripHeight*float64(b.Answers)/float64(most))
		p.Bars = append(p.Bars, reliabilityBar{
			Bin: b, X: decimal(reliabilitySide*within(b.Low) + 1), Width: decimal(reliabilitySide*within(b.High-b.Low) - 2),
			Top: decimal(reliabilitySide - height), Height: decimal(height),
			ScoreX: decimal(reliabilitySide * within(b.Score)), ScoreY: decimal(reliabilitySide * (1 - within(b.Right))),
			StripTop: decimal(stripBase - strip), StripHeight: decimal(strip), Few: b.Answers < fewAnswers,
		})
	}
	return p
}

// frame is where boxes are drawn: over a picture, or in its place.
type frame struct {
	Width, Height int
	Boxes         []drawnBox
	More          int
}

type drawnBox struct {
	Class            string
	X, Y, Wide, High string
	Says             string
}

// boxClasses name the kinds of boxes to the style sheet, boxWords to people.
var (
	boxClasses = [...]string{TruthFound: "found", TruthMissed: "missed", AnswerRight: "right", AnswerWrong: "false"}
	boxWords   = [...]string{
		TruthFound: "truth, found", TruthMissed: "truth, missed",
		AnswerRight: "answered rightly", AnswerWrong: "answered wrongly",
	}
)

func newFrame(boxes []Box, t *thumbnail) *frame {
	if len(boxes) == 0 {
		return nil
	}
	f := &frame{Width: 400, Height: 300, More: max(0, len(boxes)-mostBoxes)}
	if t.Width > 0 && t.Height > 0 {
		f.Height = max(1, 400*t.Height/t.Width)
	}
	for _, b := range boxes[:len(boxes)-f.More] {
		if b.Kind < 0 || int(b.Kind) >= len(boxClasses) {
			continue
		}
		width, height := float64(f.Width), float64(f.Height)
		left, top := within(b.Left), within(b.Top)
		d := drawnBox{Class: boxClasses[b.Kind], X: decimal(left * width), Y: decimal(top * height),
			Wide: decimal(max(0, within(b.Left+b.Width)-left) * width),
			High: decimal(max(0, within(b.Top+b.Height)-top) * height)}
		d.Says = name(b.Label) + ": " + boxWords[b.Kind]
		if b.Kind == AnswerRight || b.Kind == AnswerWrong {
			d.Says += ", score " + figure(b.Score)
		}
		f.Boxes = append(f.Boxes, d)
	}
	return f
}
