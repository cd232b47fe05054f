package training

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/training/report/page"
	"ownsight/internal/vision/classify"
	"ownsight/internal/vision/detect"
	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/linear"
	visionmodel "ownsight/internal/vision/model"
	"ownsight/internal/vision/tail"
)

// named are pictures by their labels.
func pictured(set string, labels ...[]int) (list []sample) {
	for i, of := range labels {
		list = append(list, sample{at: ownsight.Location{Bucket: "parts", Key: fmt.Sprintf("%s/%d.jpg", set, i)}, labels: of})
	}
	return list
}

// drafted is the page of a plan whose model gave those answers.
func drafted(t *testing.T, p *plan, learnt *trained, how any, a *answers) (*draft, judgement) {
	t.Helper()
	w := &work{plan: p, version: &ownsight.Version{ARN: ownsight.VersionARN{Region: "us-east-1", Account: "111122223333", Project: "gears", Name: "v1", Created: 1}}}
	w.state.Steps = []stepTime{{"look", 2 * time.Second}}
	learnt.Card.Program, learnt.Card.Task, learnt.Card.Labels = "ownsight test", p.task(), p.labels
	learnt.Card.Backbone = visionmodel.Backbone{Name: "lite0", Front: "int8", Digest: "ab12"}
	var err error
	learnt.Card.Training, err = json.Marshal(how)
	require.NoError(t, err)
	v, err := w.verdictOn(learnt, a)
	require.NoError(t, err)
	d, err := w.draft(learnt, v)
	require.NoError(t, err)
	require.InDelta(t, v.f1(), d.Figures.F1.Value, 0)
	require.LessOrEqual(t, d.Figures.F1.Interval.Low, v.f1())
	require.GreaterOrEqual(t, d.Figures.F1.Interval.High, v.f1())
	require.Equal(t, page.Model{Project: "gears", Version: "v1", ARN: w.version.ARN.String(), Program: "ownsight test", Network: "lite0"}, d.Model)
	require.Equal(t, []page.Step{{Name: "looking at pictures", Took: 2 * time.Second}}, d.Method.Steps)
	require.Contains(t, d.Method.Digests, page.Fact{Name: "pretrained network", Value: "ab12"})
	require.Len(t, d.mistaken, len(d.Mistakes))
	require.Len(t, d.doubted, len(d.WrongLabels))
	var file bytes.Buffer
	require.NoError(t, page.Write(&file, d.Page))
	require.Contains(t, file.String(), fmt.Sprintf("%.2f", v.f1()))

	again, err := w.draft(learnt, v)
	require.NoError(t, err)
	require.Equal(t, d, again, "the same every time")
	return d, v
}

func TestPageOfOneLabelAPicture(t *testing.T) {
	bolt, nut := []int{0}, []int{1}
	p := &plan{labels: []string{"bolt", "nut"}, views: 4, testing: pictured("test", bolt, bolt, bolt, nut, nut),
		training: slices.Concat(pictured("bolts", slices.Repeat([][]int{bolt}, 12)...), pictured("nuts", slices.Repeat([][]int{nut}, 8)...))}
	learnt := &trained{Card: visionmodel.Card{Thresholds: []float32{0.6, 0.4}}}
	learnt.Held = heldOut{F1: 0.9, Folds: 3, Scores: evaluate.Predictions{Task: visionmodel.SingleLabel, Labels: p.labels}}
	for i := range 20 {
		at := 19 - i // held out in another order
		learnt.Held.Pictures = append(learnt.Held.Pictures, at)
		learnt.Held.Scores.Truth = append(learnt.Held.Scores.Truth, p.training[at].labels)
		row := []float32{0.9, 0.1}
		if at >= 12 {
			row = []float32{0.1, 0.9}
		}
		if at == 3 { // a bolt that looks like a nut
			row = []float32{0.01, 0.99}
		}
		learnt.Held.Scores.Scores = append(learnt.Held.Scores.Scores, row...)
	}
	tuned := tail.Recipe{Cut: "m", Peak: 0.001, Epochs: 6}
	how := classify.Choice{Reason: "For it is better.", Tail: &tuned, Chosen: 1, Share: classify.Mixture{Linear: 0.5, Tail: 0.5},
		Linear: &linear.Choice{Validated: &linear.Validation{Folds: 5, Pictures: 20, Candidates: []linear.Tried{
			{Trials: []linear.Trial{{LogLoss: 0.5, Accuracy: 0.7}, {LogLoss: 0.4, Accuracy: 0.8}}}}}},
		Candidates: []classify.Candidate{{Name: "linear head", Folds: 5, Pictures: 20},
			{Name: tuned.String(), Folds: 3, Pictures: 12, Figures: classify.Figures{LogLoss: 0.3}, Mixed: classify.Figures{LogLoss: 0.2}}}}
	d, _ := drafted(t, p, learnt, how, &answers{Scores: [][]float32{{0.9, 0.1}, {0.7, 0.3}, {0.2, 0.8}, {0.1, 0.9}, {0.55, 0.45}}})

	require.Equal(t, page.SingleLabel, d.Task)
	require.Equal(t, &page.Foretold{Folds: 3, Pictures: 20, F1: 0.9}, d.Foretold)
	b := d.Labels[0]
	require.Equal(t, []int{12, 3, 2, 0, 1}, []int{b.TrainingPictures, b.TestPictures, b.TruePositives, b.FalsePositives, b.FalseNegatives})
	require.InDelta(t, 2./3, b.Recall.Value, 1e-9)
	require.InDelta(t, 0.6, b.Threshold, 1e-6)
	require.Equal(t, 3, b.Sweep.TruePositives[10])
	require.NotEmpty(t, b.Curve)
	require.Equal(t, &page.Confusion{Labels: p.labels, Counts: [][]int{{2, 1}, {1, 1}}}, d.Confusion)
	require.Equal(t, d.Confusion.Counts, cells(d.Tests, 2))
	require.Equal(t, page.Test{Picture: "s3://parts/test/2.jpg", Truth: bolt, Cells: [][2]int{{0, 1}},
		Answers: []page.Said{{Label: 1, Score: float64(float32(0.8))}, {Label: 0, Score: float64(float32(0.2))}}}, d.Tests[2])
	require.Equal(t, "Accuracy", d.Figures.Further[1].Name)
	require.InDelta(t, 0.6, d.Figures.Further[1].Value, 1e-9)
	require.Equal(t, page.Mistake{Picture: page.Picture{Name: "s3://parts/test/2.jpg"}, Truth: []string{"bolt"},
		Wrong: []page.Answer{{Label: "nut", Score: float64(float32(0.8))}}, Missed: []page.Answer{{Label: "bolt", Score: float64(float32(0.2))}}}, d.Mistakes[0])
	require.Len(t, d.Mistakes, 2)
	require.Equal(t, p.testing[2], d.mistaken[0])
	require.Len(t, d.WrongLabels, 1)
	require.Equal(t, p.training[3], d.doubted[0], "by its place in the plan, not among the held-out ones")
	require.Equal(t, []string{"bolt", "nut"}, []string{d.WrongLabels[0].Given, d.WrongLabels[0].Suggested})
	require.Equal(t, []page.Scarce{
		{Label: "bolt", TrainingPictures: 12, TestPictures: 3, Recall: page.Interval(evaluate.Wilson(2, 3)), FewToTell: true},
		{Label: "nut", TrainingPictures: 8, TestPictures: 2, Recall: page.Interval(evaluate.Wilson(2, 2)), FewToLearn: true, FewToTell: true},
	}, d.Scarce)
	require.Equal(t, page.Search{Measures: []string{"Log loss", "Accuracy", "Mean average precision"}, Why: "For it is better.",
		Candidates: []page.Candidate{
			{Name: "linear head, plain views", Pictures: 20, Values: []float64{0.4, 0.8, 0}},
			{Name: tuned.String(), Pictures: 12, Values: []float64{0.3, 0, 0}},
			{Name: tuned.String() + ", with the linear head", Pictures: 12, Values: []float64{0.2, 0, 0}, Chosen: true},
		}}, d.Search)
}

func TestPageOfSeveralLabelsAPicture(t *testing.T) {
	p := &plan{labels: []string{"bolt", "nut", "oil"}, training: pictured("train", []int{0, 1}, []int{2}), testing: pictured("test", []int{0, 1}, []int{2}, nil)}
	d, _ := drafted(t, p, &trained{Card: visionmodel.Card{Thresholds: []float32{0.5, 0.5, 0.5}}}, classify.Choice{Linear: &linear.Choice{}, Reason: "Nothing else."},
		&answers{Scores: [][]float32{{0.9, 0.1, 0.7}, {0.1, 0.1, 0.6}, {0.8, 0, 0}}})
	require.Equal(t, page.MultiLabel, d.Task)
	require.Nil(t, d.Foretold)
	require.Nil(t, d.Confusion)
	require.Equal(t, page.Search{Measures: d.Search.Measures, Why: "Nothing else."}, d.Search)
	require.Empty(t, d.WrongLabels)
	require.Len(t, d.Mistakes, 2, "one a picture")
	require.Equal(t, "s3://parts/test/0.jpg", d.Mistakes[0].Picture.Name, "what is missed with 0.1 is worse than what is wrong with 0.8")
	require.Equal(t, []string{"bolt", "nut"}, d.Mistakes[0].Truth)
	require.Equal(t, []page.Answer{{Label: "oil", Score: float64(float32(0.7))}}, d.Mistakes[0].Wrong)
	require.Equal(t, []page.Answer{{Label: "nut", Score: float64(float32(0.1))}}, d.Mistakes[0].Missed)
	require.InDelta(t, 1./3, d.Figures.Further[1].Value, 1e-9)
	require.Contains(t, d.Figures.Further[1].Note, "right and complete")
}

// cells adds up those of all test pictures.
func cells(tests []page.Test, side int) [][]int {
	counts := make([][]int, side)
	for i := range counts {
		counts[i] = make([]int, side)
	}
	for _, test := range tests {
		for _, c := range test.Cells {
			counts[c[0]][c[1]]++
		}
	}
	return counts
}

func TestPageOfBoxes(t *testing.T) {
	at := func(label int, left float64) boxes.Box {
		return boxes.Box{Label: label, Left: left, Top: 0.1, Width: 0.1, Height: 0.2}
	}
	found := func(label int, left float64, score float32) boxes.Detection {
		return boxes.Detection{Box: at(label, left), Score: score}
	}
	p := &plan{labels: []string{"bolt", "nut"}, training: pictured("train", []int{0}, []int{0, 1}, []int{1}), testing: pictured("test", []int{0}, []int{0, 1}, nil)}
	p.verdict.UseCase = manifest.Localization
	for _, set := range [][]sample{p.training, p.testing} {
		for i := range set {
			set[i].size = manifest.Size{Width: 100, Height: 100}
			for _, l := range set[i].labels {
				set[i].boxes = append(set[i].boxes, at(l, 0.2*float64(l)))
			}
		}
	}
	learnt := &trained{Card: visionmodel.Card{Thresholds: []float32{0.5, 0.5}}, Losses: [][]float32{{4, 2}, make([]float32, 250)}}
	learnt.Held = heldOut{Pictures: []int{2, 1}, F1: 0.5, Folds: 1, Boxes: boxes.Set{Labels: p.labels, Pictures: []boxes.Picture{
		p.training[2].found([]boxes.Detection{found(1, 0.2, 0.9)}),
		p.training[1].found([]boxes.Detection{found(0, 0, 0.8), found(0, 0.6, 0.85), found(0, 0.21, 0.9)})}}}
	how := detection{HeldOut: 1, Recipe: detect.Shallow, Tried: []triedRecipe{{detect.Shallow, 0.3, 0.6, 0.2, true, 0.004}}}
	d, v := drafted(t, p, learnt, how, &answers{Found: [][]boxes.Detection{
		{found(0, 0, 0.9)},
		{found(1, 0, 0.8), found(1, 0.2, 0.3), found(1, 0.7, 0.6)}, // a bolt taken for a nut, the nut missed, one that is not there
		{},
	}})
	require.Equal(t, page.Boxes, d.Task)
	require.Equal(t, "It computes with 8-bit integers, by which the mean of both figures falls by 0.004.", d.Search.Why)
	require.True(t, d.Foretold.Modest)
	bolt, nut := d.Labels[0], d.Labels[1]
	require.Equal(t, []int{2, 2, 1, 0, 1}, []int{bolt.TestPictures, bolt.TestBoxes, bolt.TruePositives, bolt.FalsePositives, bolt.FalseNegatives})
	require.Equal(t, []int{1, 1, 0, 2, 1}, []int{nut.TestPictures, nut.TestBoxes, nut.TruePositives, nut.FalsePositives, nut.FalseNegatives})
	require.InDelta(t, v.boxes.Average.Labels[1].At[0], nut.AveragePrecision, 0)
	require.Equal(t, 1, nut.Sweep.TruePositives[30])
	require.Equal(t, &page.Confusion{Labels: p.labels, Nothing: true, Counts: [][]int{{1, 1, 0}, {0, 0, 1}, {0, 1, 0}}}, d.Confusion)

	require.Equal(t, d.Confusion.Counts, cells(d.Tests, 3))
	mixed := d.Tests[1]
	require.Equal(t, []int{0, 1}, mixed.Truth)
	require.Equal(t, []page.Placed{{Label: 0, Box: page.Place{0, 0.1, 0.1, 0.2}}, {Label: 1, Box: page.Place{0.2, 0.1, 0.1, 0.2}}}, mixed.Boxes)
	require.Equal(t, []float64{float64(float32(0.8)), float64(float32(0.6)), float64(float32(0.3))},
		[]float64{mixed.Answers[0].Score, mixed.Answers[1].Score, mixed.Answers[2].Score})
	require.Nil(t, mixed.Answers[0].Finds)
	require.Equal(t, 1, *mixed.Answers[2].Finds, "its box is found, if only below the threshold")
	require.Len(t, d.Mistakes, 1)
	m := d.Mistakes[0]
	require.Equal(t, "s3://parts/test/1.jpg", m.Picture.Name)
	require.Equal(t, []page.Answer{{Label: "bolt"}, {Label: "nut", Score: float64(float32(0.3))}}, m.Missed)
	require.Equal(t, []page.Answer{{Label: "nut", Score: float64(float32(0.8))}, {Label: "nut", Score: float64(float32(0.6))}}, m.Wrong)
	var kinds []page.BoxKind
	for _, b := range m.Boxes {
		kinds = append(kinds, b.Kind)
	}
	require.Equal(t, []page.BoxKind{page.TruthMissed, page.AnswerWrong, page.AnswerWrong, page.TruthMissed}, kinds)
	require.InDelta(t, 0.7, m.Boxes[2].Left, 1e-9)

	require.Len(t, d.WrongLabels, 2)
	require.Equal(t, []string{"nut", "bolt"}, []string{d.WrongLabels[0].Given, d.WrongLabels[0].Suggested}, "another nut is found well, this one is not")
	require.Equal(t, []string{"", "bolt"}, []string{d.WrongLabels[1].Given, d.WrongLabels[1].Suggested})
	require.Len(t, d.WrongLabels[1].Boxes, 3)
	require.Equal(t, page.AnswerWrong, d.WrongLabels[1].Boxes[2].Kind)
	require.Equal(t, p.training[1], d.doubted[0])

	require.Equal(t, []page.Candidate{{Name: recipes[detect.Shallow], Pictures: 1, Values: []float64{0.6, 0.3}, Chosen: true}}, d.Search.Candidates)
	require.Equal(t, []page.Point{{Step: 1, Loss: 4}, {Step: 2, Loss: 2}}, d.Losses[0].Points)
	require.Equal(t, "final training", d.Losses[1].Name)
	require.Len(t, d.Losses[1].Points, 84, "each of three steps")
	require.Equal(t, 250, d.Losses[1].Points[83].Step)
}

// An interrupted training of boxes goes on in the middle of a curve, and one that cannot go on begins its curves anew.
func TestLossesGoOn(t *testing.T) {
	var d detecting
	for _, p := range []detect.Progress{{Stage: "prepare"}, {Stage: "trial", Step: 1, Loss: 3}, {Stage: "trial", Step: 2, Loss: 2}, {Stage: "train", Over: 1, Step: 1, Loss: 4}} {
		d.step(p)
	}
	require.Equal(t, [][]float32{{3, 2}, {4}}, d.Losses)
	d.step(detect.Progress{Stage: "prepare"})
	d.step(detect.Progress{Stage: "train", Over: 1, Step: 2, Loss: 1})
	require.Equal(t, [][]float32{{3, 2}, {4, 1}}, d.Losses)
	d.step(detect.Progress{Stage: "trial", Step: 1, Loss: 9})
	require.Equal(t, [][]float32{{9}}, d.Losses, "of a training that began anew, nothing of the old one stays")
}
