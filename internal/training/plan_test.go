package training

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/vision/evaluate/boxes"
	visionmodel "ownsight/internal/vision/model"
)

// planOf judges manifests as collect does.
func planOf(t *testing.T, training, testing []string) *plan {
	t.Helper()
	p := &plan{lines: map[ownsight.DatasetType][]manifest.Line{}}
	var tallies [2]manifest.Tally
	for i, lines := range [][]string{training, testing} {
		kind := []ownsight.DatasetType{ownsight.Train, ownsight.Test}[i]
		for _, line := range lines {
			parsed := manifest.Parse([]byte(line))
			tallies[i].Add(parsed)
			p.lines[kind] = append(p.lines[kind], parsed)
		}
	}
	p.verdict = manifest.Judge(&tallies[0], &tallies[1])
	p.choose()
	return p
}

func whole(t *testing.T, name string, labels ...string) string {
	t.Helper()
	line, err := manifest.ImageLine("s3://parts/"+name+".jpg", labels, time.Time{})
	require.NoError(t, err)
	return line
}

// boxed is a line of a picture of 200 x 100 pixels with boxes, each in the form LABEL:LEFT,TOP,WIDTH,HEIGHT.
func boxed(t *testing.T, name string, list ...manifest.Box) string {
	t.Helper()
	line, err := manifest.BoxLine("s3://parts/"+name+".jpg", manifest.Size{Width: 200, Height: 100}, list, time.Time{})
	require.NoError(t, err)
	return line
}

func numbers(samples []sample) (list [][]int) {
	for _, s := range samples {
		list = append(list, s.labels)
	}
	return list
}

func TestTheTaskIsWhatUsablePicturesShow(t *testing.T) {
	p := planOf(t,
		[]string{whole(t, "1", "nut"), whole(t, "2", "rust", "bolt"), whole(t, "3"), whole(t, "4", "bolt")},
		[]string{whole(t, "5", "oil", "nut"), whole(t, "6", "oil"), whole(t, "7", "rust")})
	require.Equal(t, []string{"bolt", "nut", "rust"}, p.labels)
	require.Equal(t, [][]int{{1}, {2, 0}, {0}}, numbers(p.training), "a picture that is yet to be labelled is no sample")
	require.Equal(t, [][]int{{1}, {2}}, numbers(p.testing), "a label that is not trained is not judged")
	require.Equal(t, []int{0, 1, 3}, []int{p.training[0].line, p.training[1].line, p.training[2].line})
	require.Equal(t, ownsight.Location{Bucket: "parts", Key: "4.jpg"}, p.training[2].at)
	require.False(t, p.boxed())
	require.Equal(t, visionmodel.MultiLabel, p.task())
	p.training = append(p.training[:1:1], p.training[2]) // the picture with two labels could not be read
	require.Equal(t, visionmodel.SingleLabel, p.task())
}

func TestAPictureThatIsNamedAgainCountsOnce(t *testing.T) {
	p := planOf(t,
		[]string{whole(t, "1", "nut"), whole(t, "2", "bolt"), whole(t, "1", "bolt"), whole(t, "2", "bolt")},
		[]string{whole(t, "3", "nut"), whole(t, "3", "bolt")})
	require.Equal(t, [][]int{{1}, {0}}, numbers(p.training))
	require.Equal(t, [][]int{{1}}, numbers(p.testing))
}

func TestBoxesAreSharesOfTheSides(t *testing.T) {
	p := planOf(t,
		[]string{
			boxed(t, "1", manifest.Box{Label: "nut", Left: 20, Top: 10, Width: 100, Height: 50},
				manifest.Box{Label: "bolt", Left: 0, Top: 0, Width: 200, Height: 100},
				manifest.Box{Label: "nut", Left: 150, Top: 75, Width: 50, Height: 25}),
			boxed(t, "2"),
		},
		[]string{boxed(t, "3", manifest.Box{Label: "bolt", Left: 50, Top: 50, Width: 10, Height: 10})})
	require.True(t, p.boxed())
	require.Equal(t, visionmodel.Boxes, p.task())
	require.Equal(t, []string{"bolt", "nut"}, p.labels)
	require.Equal(t, [][]int{{0, 1}, nil}, numbers(p.training), "each label once")
	require.Equal(t, []boxes.Box{
		{Label: 1, Left: 0.1, Top: 0.1, Width: 0.5, Height: 0.5},
		{Label: 0, Left: 0, Top: 0, Width: 1, Height: 1},
		{Label: 1, Left: 0.75, Top: 0.75, Width: 0.25, Height: 0.25},
	}, p.training[0].boxes)
	require.Empty(t, p.training[1].boxes)
	require.Equal(t, manifest.Size{Width: 200, Height: 100}, p.training[1].size)
	require.Equal(t, []boxes.Box{{Label: 0, Left: 0.25, Top: 0.5, Width: 0.05, Height: 0.1}}, p.testing[0].boxes)
}

// A picture that was looked over and has no box shows what is not to be found. One whose boxes are wrong shows nothing,
// nor does one that is yet to be labelled, nor one that is labelled as a whole.
func TestPicturesWithoutBoxes(t *testing.T) {
	nut := manifest.Box{Label: "nut", Left: 20, Top: 10, Width: 100, Height: 50}
	p := planOf(t,
		[]string{
			boxed(t, "box", nut),
			boxed(t, "none"),
			whole(t, "unlabelled"),
			whole(t, "labelled", "nut"),
			boxed(t, "off the frame", manifest.Box{Label: "nut", Left: 190, Top: 10, Width: 100, Height: 50}),
		},
		[]string{
			boxed(t, "unknown label", manifest.Box{Label: "oil", Left: 20, Top: 10, Width: 100, Height: 50}),
			boxed(t, "none either"),
			boxed(t, "both", nut, manifest.Box{Label: "oil", Left: 20, Top: 10, Width: 100, Height: 50}),
		})
	names := func(samples []sample) (list []string) {
		for _, s := range samples {
			list = append(list, s.at.Key)
		}
		return list
	}
	require.Equal(t, []string{"box.jpg", "none.jpg"}, names(p.training))
	require.Equal(t, []string{"none either.jpg", "both.jpg"}, names(p.testing), "what is there of an unknown label is not known to be empty")
	require.Len(t, p.testing[1].boxes, 1)
}

func TestLabelsWithoutAUsablePictureAreNotTrained(t *testing.T) {
	numbered := func(labels ...[]int) (list []sample) {
		for i, of := range labels {
			s := sample{line: i, labels: of}
			for _, l := range of {
				s.boxes = append(s.boxes, boxes.Box{Label: l, Width: 0.5, Height: float64(l+1) / 8})
			}
			list = append(list, s)
		}
		return list
	}
	all := numbered([]int{0, 1}, []int{3}, []int{1}, nil)
	p := &plan{labels: []string{"bolt", "nut", "oil", "rivet"}, training: all, testing: numbered([]int{2}, []int{3, 2}, []int{0}, []int{2}, nil)}
	p.dropUnseen()
	require.Equal(t, []string{"bolt", "nut", "rivet"}, p.labels)
	require.Equal(t, [][]int{{0, 1}, {2}, {1}, nil}, numbers(p.training), "pictures without objects stay")
	require.Equal(t, [][]int{{2}, {0}, nil}, numbers(p.testing))
	require.Equal(t, []int{1, 2, 4}, []int{p.testing[0].line, p.testing[1].line, p.testing[2].line})
	require.Equal(t, []boxes.Box{{Label: 2, Width: 0.5, Height: 0.5}}, p.testing[0].boxes, "its other box is of a label that is not trained")
	require.Equal(t, []int{3}, all[1].labels, "the samples that others still hold are as they were")
	require.Equal(t, 3, all[1].boxes[0].Label)
	require.Equal(t, []string{"rivet", "bolt"}, p.named([]int{2, 0}))
}

// The more pictures, the fewer looks at each; linear heads see no view that is not looked at.
func TestFewerLooksAtMorePictures(t *testing.T) {
	before := 8
	for _, pictures := range []int{1, 600, 601, 2_000, 2_001, 5_000, 5_001, 20_000, 20_001, 250_000} {
		t.Run(fmt.Sprint(pictures), func(t *testing.T) {
			rows, views := looks(pictures)
			require.LessOrEqual(t, views, before)
			require.LessOrEqual(t, len(rows), views)
			require.GreaterOrEqual(t, len(rows), 1)
			before = views
		})
	}
}

func TestWhatATrainingLacksIsTold(t *testing.T) {
	some := []sample{{labels: []int{0}}}
	two := []string{"bolt", "nut"}
	require.Empty(t, (&plan{labels: two, training: some, testing: some}).lacks())
	require.Contains(t, (&plan{labels: two, testing: some}).lacks(), "No labelled training picture")
	require.Contains(t, (&plan{training: some, testing: some}).lacks(), "No labelled training picture")
	require.Contains(t, (&plan{labels: two[:1], training: some, testing: some}).lacks(), "Only one label")
	require.Contains(t, (&plan{labels: two, training: some}).lacks(), "No test picture")
	boxed := &plan{labels: two[:1], training: some, testing: some, verdict: manifest.Verdict{UseCase: manifest.Localization}}
	require.Empty(t, boxed.lacks(), "one label is enough to look for")
}
