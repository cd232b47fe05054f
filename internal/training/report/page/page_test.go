package page

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/training/report"
)

// drawn is a JPEG picture; noise makes it as big as it can be.
func drawn(t *testing.T, width, height int, noise bool) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, width, height))
	state := uint32(1)
	for i := range picture.Pix {
		if noise {
			state = state*1664525 + 1013904223
			picture.Pix[i] = uint8(state >> 24)
		} else {
			picture.Set(i%width, i/width, color.Gray{Y: uint8(i)})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, picture, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

// sample is a page with every part of a report on pictures with one label.
func sample(t *testing.T) Page {
	t.Helper()
	small := drawn(t, 40, 30, false)
	var sweep Sweep
	for at := range 101 {
		sweep.TruePositives[at], sweep.FalsePositives[at] = 20-at/10, 10-at/10
	}
	return Page{
		Model: Model{
			Project: "fruit", Version: "v7", ARN: "arn:aws:rekognition:us-east-1:111122223333:project/fruit/version/v7/1",
			Program: "ownsight 1.0", Network: "EfficientNet-Lite0",
		},
		Task: SingleLabel,
		Figures: Figures{
			TestPictures: 41,
			F1:           Figure{0.8312, &Interval{0.79, 0.8666}},
			Precision:    Figure{0.8, &Interval{0.7, 0.9}},
			Recall:       Figure{Value: 0.87},
			Further:      []NamedFigure{{"Accuracy", Figure{Value: 0.9999}, "share of right answers"}},
		},
		Foretold: &Foretold{Folds: 5, Pictures: 120, F1: 0.95},
		Labels: []Label{
			{Name: "pear", TrainingPictures: 7, TestPictures: 20, TruePositives: 15, FalseNegatives: 5, FalsePositives: 3,
				Precision: Figure{0.8333, &Interval{0.61, 0.94}}, Recall: Figure{0.75, &Interval{0.53, 0.89}},
				F1: 0.7895, AveragePrecision: 0.81, Threshold: 0.42,
				Curve: []CurvePoint{{0.1, 1}, {0.75, 0.8333}, {1, 0.5}}, Sweep: &sweep},
			{Name: "apple", TrainingPictures: 113, TestPictures: 21, TruePositives: 20, FalseNegatives: 1, FalsePositives: 5,
				Precision: Figure{0.8, nil}, Recall: Figure{0.952, nil}, F1: 0.87, AveragePrecision: 0.93, Threshold: 0.5,
				Curve: []CurvePoint{{1, 1}}, Sweep: &sweep},
			{Name: "quince", TrainingPictures: 3, Threshold: 0.45, Sweep: &sweep},
		},
		Confusion: &Confusion{
			Labels: []string{"pear", "apple", "quince"},
			Counts: [][]int{{15, 5, 0}, {1, 20, 0}, {0, 0, 0}},
		},
		Reliability: []Bin{{0, 0.5, 0, 0, 0}, {0.5, 0.75, 8, 0.6, 0.5}, {0.75, 1, 33, 0.9, 0.91}},
		Search: Search{
			Measures: []string{"Log loss", "Accuracy"}, Why: "It had the least log loss.",
			Candidates: []Candidate{
				{Name: "linear", Pictures: 120, Values: []float64{0.31, 0.9}, Took: 3 * time.Second},
				{Name: "tail", Pictures: 40, Values: []float64{0.25, math.NaN()}, Took: time.Minute, Chosen: true},
			},
		},
		Losses: []Series{
			{"training", []Point{{0, 2}, {10, 1}, {20, math.NaN()}, {30, 0.4}}},
			{"held out", []Point{{0, 2.1}, {30, 0.6}}},
		},
		Mistakes: []Mistake{{
			Picture: Picture{"s3://b/1.jpg", small}, Truth: []string{"pear"},
			Wrong: []Answer{{"apple", 0.97}}, Missed: []Answer{{"pear", 0.02}},
		}},
		WrongLabels: []WrongLabel{
			{Picture: Picture{"s3://b/2.jpg", small}, Given: "apple", Suggested: "pear", Confidence: 0.9991},
			{Picture: Picture{Name: "s3://b/3.jpg"}, Suggested: "apple", Confidence: 0.96},
			{Picture: Picture{Name: "s3://b/4.jpg"}, Given: "apple", Confidence: 0.955},
		},
		Scarce: []Scarce{{Label: "quince", TrainingPictures: 3, Recall: Interval{0, 1}, FewToLearn: true, FewToTell: true}},
		Method: Method{
			TrainingPictures: 123, Seed: 9, Ended: time.Date(2030, 1, 2, 3, 4, 0, 0, time.UTC), Took: 200 * time.Second,
			Steps:   []Step{{"features", 20 * time.Second}},
			Digests: []Fact{{"data", "abc123"}}, Further: []Fact{{"ONNX Runtime", "1.31.1"}},
		},
	}
}

// found is the detection counterpart: a picture with boxes.
func found(t *testing.T) Page {
	p := sample(t)
	p.Task = Boxes
	for i := range p.Labels {
		p.Labels[i].TestBoxes = p.Labels[i].TruePositives + p.Labels[i].FalseNegatives
	}
	counts := [][]int{{10, 1, 4}, {0, 30, 2}, {5, 0, 0}}
	p.Confusion = &Confusion{Labels: []string{"pear", "apple"}, Counts: counts, Nothing: true}
	p.Mistakes = []Mistake{{Picture: Picture{"s3://b/1.jpg", drawn(t, 40, 30, false)},
		Wrong: []Answer{{"apple", 0.5}, {"apple", 0.9}}, Missed: []Answer{{"pear", 0}},
		Boxes: []Box{
			{Kind: TruthMissed, Label: "pear", Left: 0.25, Top: 0.5, Width: 0.5, Height: 0.25},
			{Kind: AnswerWrong, Label: "apple", Score: 0.9, Left: -0.5, Top: 0.9, Width: 9, Height: math.NaN()},
			{Kind: 99, Label: "no such kind"},
		}}}
	p.WrongLabels[0].Boxes = p.Mistakes[0].Boxes[:1]
	return p
}

func TestItTellsTheFigures(t *testing.T) {
	_, root := written(t, sample(t))
	tiles := tagged(root, "div", "tile")
	require.Len(t, tiles, 4)
	require.Equal(t, "F1 score 0.83 (0.79–0.87) harmonic mean of precision and recall, mean over labels", said(tiles[0]))
	require.Contains(t, said(tiles[2]), "Recall 0.87 of what")
	require.Contains(t, said(tiles[3]), "Accuracy 0.999", "never rounded to perfection")

	rows := tagged(byID(t, root, "table"), "tr", "")
	require.Equal(t, []string{"Label", "F1 score", "Precision", "Recall", "Average precision", "Assumed threshold",
		"Test pictures", "Training pictures"}, cells(rows[0]))
	require.Equal(t, []string{"apple", "0.87", "0.80", "0.95", "0.93", "0.50", "21", "113"}, cells(rows[1]), "best first")
	pear := []string{"pear", "0.79", "0.83 0.61–0.94", "0.75 0.53–0.89", "0.81", "0.42", "20", "7"}
	require.Equal(t, pear, cells(rows[2]))
	require.Equal(t, []string{"quince", "–", "–", "–", "–", "0.45", "0", "3"}, cells(rows[3]))
	require.Equal(t, "20", attribute(rows[2], "data-all"))
	require.Len(t, strings.Fields(attribute(rows[2], "data-true")), 101)

	pairs := tagged(tagged(byID(t, root, "confusion"), "table", "")[0], "tr", "")
	require.Equal(t, []string{"pear", "apple", "5 of 20", "25 %"}, cells(pairs[1]))
	tried := tagged(byID(t, root, "tried"), "tr", "")
	require.Equal(t, []string{"tail", "40", "0.2500", "–", "1 min 0 s", "chosen"}, cells(tried[2]))
	require.Equal(t, []string{"linear", "120", "0.3100", "0.9000", "3.0 s", ""}, cells(tried[1]))
	require.Contains(t, said(byID(t, root, "tried")), "compared by log loss")
	require.Contains(t, said(byID(t, root, "tried")), "Not all were judged by as many pictures")
	require.Contains(t, said(byID(t, root, "mistakes")), "Answered apple 0.97 Truth pear 0.02")
	wrong := tagged(byID(t, root, "wrong"), "li", "card")
	require.Equal(t, "Given apple Suggested pear Confidence 99.9 % s3://b/2.jpg", said(wrong[0]))
	require.Contains(t, said(wrong[1]), "Given – Suggested apple")
	require.Contains(t, said(wrong[2]), "Given apple Seems one too many")
	scarce := tagged(byID(t, root, "scarce"), "tr", "")
	quince := []string{"quince", "3", "0", "0.00–1.00", "more training pictures, more test pictures"}
	require.Equal(t, quince, cells(scarce[1]))
	require.Contains(t, said(byID(t, root, "reliability")), "error 0.03 over 41 answers") // (8*0.1 + 33*0.01) / 41
	method := said(byID(t, root, "method"))
	for _, fact := range []string{"120 pictures in 5 folds", "41 test pictures", "Seed 9", "3 min 20 s (features 20 s)",
		"SHA-256 of data abc123", "ONNX Runtime 1.31.1"} {
		require.Contains(t, method, fact)
	}
	findings := said(byID(t, root, "findings"))
	for _, finding := range []string{
		"On held-out training pictures the F1 score was 0.95, on the test pictures it is 0.83: the test pictures seem harder",
		"The weakest label is pear: F1 score 0.79", "pear is taken for apple, 5 of 20 times, 25 %",
		"3 labels in the training set may be wrong or missing", "1 label has too few training pictures",
		"1 label has too few test pictures",
	} {
		require.Contains(t, findings, finding)
	}
}

func TestItShowsBoxesOverPictures(t *testing.T) {
	_, root := written(t, found(t))
	require.Contains(t, said(byID(t, root, "mistakes")), "Answered apple × 2 0.90 Missed pear")
	over := tagged(root, "svg", "over")[0]
	require.Equal(t, "0 0 400 300", attribute(over, "viewBox"), "the shape of the thumbnail")
	boxes := tagged(over, "rect", "")
	require.Len(t, boxes, 2)
	box := func(i int) (list []string) {
		for _, key := range []string{"class", "x", "y", "width", "height"} {
			list = append(list, attribute(boxes[i], key))
		}
		return append(list, said(boxes[i]))
	}
	require.Equal(t, []string{"box missed", "100", "150", "200", "75", "pear: truth, missed"}, box(0))
	inside := []string{"box false", "0", "270", "400", "0", "apple: answered wrongly, score 0.90"}
	require.Equal(t, inside, box(1), "kept inside the picture")
	rows := tagged(byID(t, root, "table"), "tr", "")
	require.Contains(t, cells(rows[0]), "Test boxes")
	require.Contains(t, said(byID(t, root, "wrong")), "Likely wrong boxes in the training set")
	require.Equal(t, "box missed", attribute(tagged(tagged(byID(t, root, "wrong"), "svg", "over")[0], "rect", "")[0], "class"))
	pairs := said(tagged(byID(t, root, "confusion"), "table", "")[0])
	require.Contains(t, pairs, "(nothing) pear 5 of 15 33 %", "of the answers of that label")
	require.Contains(t, pairs, "pear (nothing) 4 of 15 27 %", "of the true boxes of that label")
}

// One that was tried was compared with nothing.
func TestOneCandidate(t *testing.T) {
	p := sample(t)
	p.Search.Candidates = p.Search.Candidates[:1]
	_, root := written(t, p)
	require.Contains(t, said(byID(t, root, "tried")), "One way to train was tried, on training pictures that were held out; the test set")
	require.NotContains(t, said(byID(t, root, "tried")), "Not all were judged")
}

// A model that was trained for less time is expected to do worse, but not to do better.
func TestWhatWasForetoldModestly(t *testing.T) {
	for f1, want := range map[float64]bool{0.7: false, 0.83: false, 0.95: true} {
		p := sample(t)
		p.Foretold = &Foretold{Folds: 1, Pictures: 40, F1: f1, Modest: true}
		_, root := written(t, p)
		require.Equal(t, want, strings.Contains(said(byID(t, root, "findings")), "the test pictures seem"), f1)
		require.Contains(t, said(byID(t, root, "method")), "40 pictures, each judged by a model that had not seen it")
	}
}

func TestThePageIsTheSameEveryTime(t *testing.T) {
	for _, p := range []Page{sample(t), found(t)} {
		first, _ := written(t, p)
		second, _ := written(t, p)
		require.Equal(t, first, second)
	}
}

func TestPartsMayBeMissing(t *testing.T) {
	_, root := written(t, Page{})
	require.Empty(t, tagged(root, "table", "sortable"))
	for name, drop := range map[string]func(*Page){
		"foretold":    func(p *Page) { p.Foretold = nil },
		"labels":      func(p *Page) { p.Labels = nil },
		"sweeps":      func(p *Page) { p.Labels[0].Sweep = nil },
		"confusion":   func(p *Page) { p.Confusion = nil },
		"no labels":   func(p *Page) { p.Confusion = &Confusion{} },
		"reliability": func(p *Page) { p.Reliability = nil },
		"search":      func(p *Page) { p.Search = Search{} },
		"measures":    func(p *Page) { p.Search.Measures = nil; p.Search.DecidedBy = 7 },
		"losses":      func(p *Page) { p.Losses = []Series{{"a point", []Point{{1, 1}}}} },
		"no losses":   func(p *Page) { p.Losses = []Series{{"all the same", []Point{{1, 0}, {2, 0}}}} },
		"mistakes":    func(p *Page) { p.Mistakes = nil },
		"wrong":       func(p *Page) { p.WrongLabels = nil },
		"scarce":      func(p *Page) { p.Scarce = nil },
		"method":      func(p *Page) { p.Method = Method{} },
		"figures":     func(p *Page) { p.Figures = Figures{} },
		"task":        func(p *Page) { p.Task = MultiLabel },
	} {
		t.Run(name, func(t *testing.T) {
			p := sample(t)
			drop(&p)
			_, root := written(t, p)
			for _, a := range tagged(root, "a", "") { // no link leads nowhere
				byID(t, root, strings.TrimPrefix(attribute(a, "href"), "#"))
			}
		})
	}
}

func TestConfusionThatDoesNotFit(t *testing.T) {
	for _, c := range []Confusion{
		{Labels: []string{"a", "b"}, Counts: [][]int{{1, 0}}},
		{Labels: []string{"a"}, Counts: [][]int{{1, 0}}},
		{Labels: []string{"a"}, Counts: [][]int{{1}}, Nothing: true},
	} {
		require.Error(t, Write(new(bytes.Buffer), Page{Confusion: &c}))
	}
}

func TestNumbersAsPeopleReadThem(t *testing.T) {
	for f, want := range map[float64]string{0: "0.00", 0.0001: "0.001", 0.004: "0.004", 0.125: "0.12", 0.994: "0.99",
		0.9951: "0.995", 0.99999: "0.999", 1 - 1e-15: "1.00", 1: "1.00"} {
		require.Equal(t, want, figure(f), f)
	}
	for share, want := range map[float64]string{0: "0 %", 0.0001: "0.1 %", 0.125: "12 %", 0.9995: "99.9 %", 1: "100 %"} {
		require.Equal(t, want, percent(share), share)
	}
	require.Equal(t, "–", figure(math.NaN()))
	require.Equal(t, "1 picture", report.Count(1, "picture"))
	require.Equal(t, "2 boxes", report.Count(2, "box"))
}
