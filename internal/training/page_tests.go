package training

import (
	"cmp"
	"slices"

	"ownsight/internal/dataset/manifest"
	"ownsight/internal/training/report/page"
	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/evaluate/boxes"
)

// faint is the score below which an answer is left out of the data unless it is true, or its picture's best.
const faint = 0.05

// testLabels adds what was answered for each test picture.
func (w *work) testLabels(d *draft, p evaluate.Predictions) {
	for i, s := range w.plan.testing[:min(page.MostTests, len(w.plan.testing))] {
		row := p.Scores[i*len(p.Labels) : (i+1)*len(p.Labels)]
		ranked := make([]page.Said, len(row))
		for k, score := range row {
			ranked[k] = page.Said{Label: k, Score: float64(score)}
		}
		slices.SortStableFunc(ranked, func(a, b page.Said) int { return cmp.Compare(b.Score, a.Score) })
		t := page.Test{Picture: manifest.SourceRef(s.at), Truth: s.labels}
		for at, said := range ranked {
			if at == 0 || said.Score >= faint && at < page.MostAnswers || slices.Contains(s.labels, said.Label) {
				t.Answers = append(t.Answers, said)
			}
		}
		if d.Confusion != nil { // which there is where every picture has one label
			t.Cells = [][2]int{{s.labels[0], ranked[0].Label}}
		}
		d.Tests = append(d.Tests, t)
	}
}

// testBoxes adds what was found in each test picture.
func (w *work) testBoxes(d *draft, thresholds []float32, set boxes.Set) {
	for i, s := range w.plan.testing[:min(page.MostTests, len(w.plan.testing))] {
		p := set.Pictures[i]
		t := page.Test{Picture: manifest.SourceRef(s.at), Truth: s.labels}
		for _, b := range p.Truth {
			t.Boxes = append(t.Boxes, page.Placed{Label: b.Label, Box: place(b)})
		}
		for k, truth := range p.Matches() {
			found := p.Detections[k]
			if found.Score < faint && found.Score < thresholds[found.Label] {
				continue
			}
			said := page.Said{Label: found.Label, Score: float64(found.Score), Box: new(place(found.Box))}
			if truth >= 0 {
				said.Finds = &truth
			}
			t.Answers = append(t.Answers, said)
		}
		slices.SortStableFunc(t.Answers, func(a, b page.Said) int { return cmp.Compare(b.Score, a.Score) })
		t.Answers = t.Answers[:min(page.MostAnswers, len(t.Answers))]
		for _, a := range p.Answers(thresholds) {
			cell := [2]int{len(set.Labels), len(set.Labels)}
			if a.Truth != evaluate.None {
				cell[0] = p.Truth[a.Truth].Label
			}
			if a.Detection != evaluate.None {
				cell[1] = p.Detections[a.Detection].Label
			}
			t.Cells = append(t.Cells, cell)
		}
		d.Tests = append(d.Tests, t)
	}
}

func place(b boxes.Box) page.Place { return page.Place{b.Left, b.Top, b.Width, b.Height} }
