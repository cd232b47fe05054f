package page

import (
	"fmt"
	"math"
	"strings"
)

// lossPlot is the plot of training curves, lossWidth x lossHeight units inside its axes.
type lossPlot struct {
	Lines []lossLine
	Ticks []tick // of the loss
	Steps []tick
	More  int
}

type lossLine struct {
	Name, Path string
	Last       float64
}

type tick struct{ At, Text string }

const (
	lossWidth, lossHeight = 640, 220
	mostLines             = 6
	linePoints            = 400
)

func newLossPlot(series []Series) *lossPlot {
	p := &lossPlot{}
	first, last, most := math.MaxInt, math.MinInt, 0.0
	var shown []Series
	for _, s := range series {
		s.Points = finite(s.Points)
		if len(s.Points) < 2 {
			continue
		}
		if len(shown) == mostLines {
			p.More++
			continue
		}
		shown = append(shown, s)
		for _, pt := range s.Points {
			first, last, most = min(first, pt.Step), max(last, pt.Step), max(most, pt.Loss)
		}
	}
	if len(shown) == 0 || last == first {
		return nil
	}
	ceiling, step := niceScale(most)
	for _, s := range shown {
		line := lossLine{Name: name(s.Name), Last: s.Points[len(s.Points)-1].Loss}
		var path strings.Builder
		for i, pt := range thin(s.Points) {
			letter := "L"
			if i == 0 {
				letter = "M"
			}
			x := lossWidth * float64(pt.Step-first) / float64(last-first)
			fmt.Fprintf(&path, "%s%s %s", letter, decimal(x), decimal(lossHeight*(1-pt.Loss/ceiling)))
		}
		line.Path = path.String()
		p.Lines = append(p.Lines, line)
	}
	for v := 0.0; v <= ceiling*1.001; v += step {
		p.Ticks = append(p.Ticks, tick{decimal(lossHeight * (1 - v/ceiling)), fmt.Sprintf("%.3g", v)})
	}
	for i := range 5 {
		share := float64(i) / 4
		p.Steps = append(p.Steps, tick{decimal(lossWidth * share), fmt.Sprint(first + int(share*float64(last-first)))})
	}
	return p
}

// finite drops what cannot be drawn.
func finite(points []Point) (kept []Point) {
	for _, pt := range points {
		if pt.Loss >= 0 && !math.IsInf(pt.Loss, 0) {
			kept = append(kept, pt)
		}
	}
	return kept
}

func thin(points []Point) []Point {
	if len(points) <= linePoints {
		return points
	}
	kept := make([]Point, linePoints)
	for i := range kept {
		kept[i] = points[i*(len(points)-1)/(linePoints-1)]
	}
	return kept
}

// niceScale ends an axis from 0 at a round number above most, in about four steps.
func niceScale(most float64) (ceiling, step float64) {
	if most <= 0 {
		return 1, 0.25
	}
	raw := most / 4
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, f := range []float64{1, 2, 2.5, 5, 10} {
		if step = f * unit; step >= raw {
			break
		}
	}
	return step * math.Ceil(most/step), step
}
