package manifest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset/manifest"
)

// picture gives a line of picture i with image-level labels.
func picture(t *testing.T, i int, labels ...string) manifest.Line {
	t.Helper()
	line, err := manifest.ImageLine(fmt.Sprintf("s3://photos/%d.jpg", i), labels, when)
	require.NoError(t, err)
	return manifest.Parse([]byte(line))
}

// boxed gives a line of picture i with one box a label.
func boxed(t *testing.T, i int, labels ...string) manifest.Line {
	t.Helper()
	var boxes []manifest.Box
	for _, label := range labels {
		boxes = append(boxes, manifest.Box{Label: label, Left: 1, Top: 1, Width: 9, Height: 9})
	}
	line, err := manifest.BoxLine(fmt.Sprintf("s3://photos/%d.jpg", i), manifest.Size{Width: 640, Height: 480}, boxes, when)
	require.NoError(t, err)
	return manifest.Parse([]byte(line))
}

// maxLabels is how many labels a manifest may have in these tests.
const maxLabels = 250

func tally(lines ...manifest.Line) *manifest.Tally {
	t := manifest.Tally{Limits: ownsight.Limits{Labels: maxLabels}}
	for _, l := range lines {
		t.Add(l)
	}
	return &t
}

func repeat(n int, line func(i int) manifest.Line) []manifest.Line {
	var lines []manifest.Line
	for i := range n {
		lines = append(lines, line(i))
	}
	return lines
}

func codes(problems []manifest.Problem) []manifest.Code {
	list := []manifest.Code{}
	for _, p := range problems {
		list = append(list, p.Code)
	}
	return list
}

func TestAnImportKeepsTheFirstLineOfAPicture(t *testing.T) {
	var tally manifest.Tally
	require.True(t, tally.Add(picture(t, 1, "a")))
	require.False(t, tally.Add(picture(t, 1, "b")))
	require.True(t, tally.Add(picture(t, 2)))
	require.True(t, tally.Add(manifest.Parse([]byte(`{"source-ref":"s3://photos/3.jpg","a":1}`))), "an error within does not drop a line")
	require.False(t, tally.Add(manifest.Parse(nil)))
	require.Equal(t, "photos", tally.Bucket())
}

func TestAnImportFailsAboveAFifthOfDroppedLines(t *testing.T) {
	lines := repeat(8, func(i int) manifest.Line { return picture(t, i, "a") })
	lines = append(lines, picture(t, 0, "a"), manifest.Parse(nil))
	require.NoError(t, tally(lines...).ImportError())

	err := tally(append(lines, manifest.Parse([]byte("{}")))...).ImportError()
	var fileError *manifest.FileError
	require.ErrorAs(t, err, &fileError)
	require.Equal(t, manifest.TooManyRecordsInError, fileError.Code)
	require.Equal(t, "The manifest file has too many terminal errors. (3 of 11 lines)", err.Error())
}

func TestErrorsThatAreShownDoNotFailAnImport(t *testing.T) {
	bad := func(i int) manifest.Line {
		return manifest.Parse(fmt.Appendf(nil, `{"source-ref":"s3://photos/%d.jpg","a":1}`, i))
	}
	lines := repeat(5, bad)
	require.NoError(t, tally(lines...).ImportError())
	require.Contains(t, codes(manifest.Judge(tally(lines...), nil).Training.Errors), manifest.TooManyInvalidRows)
}

func TestAnImportTakesOneBucketAnd250Labels(t *testing.T) {
	other := manifest.Parse([]byte(`{"source-ref":"s3://elsewhere/1.jpg"}`))
	require.EqualError(t, tally(picture(t, 1, "a"), other).ImportError(), "The manifest file contains images from multiple S3 buckets.")

	lines := repeat(maxLabels, func(i int) manifest.Line { return picture(t, i, fmt.Sprint("label ", i)) })
	require.NoError(t, tally(lines...).ImportError())
	require.ErrorContains(t, tally(append(lines, boxed(t, 999, "one more"))...).ImportError(), "too many labels")
}

func TestUseCase(t *testing.T) {
	require.Equal(t, manifest.NotDetermined, tally(picture(t, 1)).UseCase())
	require.Equal(t, manifest.ImageLevel, tally(picture(t, 1, "a"), boxed(t, 2)).UseCase())
	require.Equal(t, manifest.Localization, tally(picture(t, 1, "a"), boxed(t, 2, "b")).UseCase())
}

func TestJudgeAcceptsGoodManifests(t *testing.T) {
	training := tally(picture(t, 1, "a"), picture(t, 2, "b", "c"), picture(t, 3), picture(t, 4, "a"), manifest.Parse(nil), picture(t, 5, "b"))
	testing := tally(picture(t, 6, "a"), picture(t, 7, "c"))
	v := manifest.Judge(training, testing)
	_, failed := v.Failed()
	require.False(t, failed)
	require.Equal(t, manifest.Verdict{
		UseCase:  manifest.ImageLevel,
		Training: manifest.Statistics{UseCase: manifest.ImageLevel, Lines: 6, Valid: 4, Invalid: 1, Ignored: 1, ErrorLines: []int{5}},
		Testing:  manifest.Statistics{UseCase: manifest.ImageLevel, Lines: 2, Valid: 2},
	}, v)
}

func TestJudgeIgnoresLinesOfTheOtherUseCase(t *testing.T) {
	both := manifest.Parse([]byte(`{` + goodLabel + `,` + boxLine(annotated(goodBox), oneObject+`,`+classMap+`,`+boxesAbout)[1:]))
	v := manifest.Judge(tally(picture(t, 1, "a"), boxed(t, 2, "nut"), both), nil)
	require.Equal(t, manifest.Localization, v.UseCase)
	require.Equal(t, manifest.Statistics{UseCase: manifest.Localization, Lines: 3, Valid: 2, Ignored: 1}, v.Training)
}

// A brand is found in pictures though it was learned from its logo alone.
func TestJudgeTakesPicturesOfLogos(t *testing.T) {
	logos := []manifest.Line{picture(t, 1, "nut"), picture(t, 2, "bolt"), picture(t, 3)}
	v := manifest.Judge(tally(logos...), tally(boxed(t, 4, "nut", "bolt"), picture(t, 5)))
	require.True(t, v.Logos)
	require.Equal(t, manifest.Localization, v.UseCase)
	require.Equal(t, manifest.Statistics{UseCase: manifest.Localization, Lines: 3, Valid: 2, Ignored: 1}, v.Training)
	require.Equal(t, manifest.Statistics{UseCase: manifest.Localization, Lines: 2, Valid: 1, Ignored: 1}, v.Testing)
	_, failed := v.Failed()
	require.False(t, failed)

	one := manifest.Judge(tally(picture(t, 1, "nut")), tally(boxed(t, 4, "nut")))
	_, failed = one.Failed()
	require.False(t, failed, "one label is enough to be found")

	// A label of a whole picture among the test lines, or a box among the training lines, makes it an ordinary case.
	mixed := manifest.Judge(tally(logos...), tally(boxed(t, 4, "nut", "bolt"), picture(t, 5, "nut"), picture(t, 6, "bolt")))
	require.False(t, mixed.Logos)
	require.Equal(t, manifest.ImageLevel, mixed.UseCase)
	natural := manifest.Judge(tally(append(logos, boxed(t, 7, "nut", "bolt"))...), tally(boxed(t, 4, "nut", "bolt")))
	require.False(t, natural.Logos)
	require.Equal(t, 1, natural.Training.Valid)
}

func TestJudgeFindsEveryFault(t *testing.T) {
	elsewhere := manifest.Parse([]byte(`{"source-ref":"s3://elsewhere/1.jpg",` + goodLabel + `}`))
	many := repeat(maxLabels+1, func(i int) manifest.Line { return picture(t, i, fmt.Sprint(i)) })
	two := []manifest.Line{picture(t, 1, "a"), picture(t, 2, "b")}
	cases := []struct {
		name                    string
		training, testing       *manifest.Tally
		inTraining, inTest, all []manifest.Code
	}{
		{"invalid rows", tally(append(two, manifest.Parse(nil))...), nil, []manifest.Code{manifest.TooManyInvalidRows}, nil, nil},
		{"ignored rows are no excuse", tally(append(two, manifest.Parse(nil), picture(t, 3), picture(t, 4), picture(t, 5))...), nil,
			[]manifest.Code{manifest.TooManyInvalidRows}, nil, nil},
		{"buckets", tally(append(two, elsewhere)...), tally(two...), []manifest.Code{manifest.SeveralBuckets}, nil, nil},
		{"too many labels", tally(many...), tally(many...), []manifest.Code{manifest.TooManyLabels}, []manifest.Code{manifest.TooManyLabels}, nil},
		{"one label", tally(picture(t, 1, "a")), nil, []manifest.Code{manifest.TooFewLabels}, nil, nil},
		{"one label of boxes", tally(boxed(t, 1, "a")), nil, nil, nil, nil},
		{"no label", tally(picture(t, 1)), nil, []manifest.Code{manifest.TooFewLabels}, nil, nil},
		{"half overlap", tally(two...), tally(picture(t, 3, "b")), nil, nil, nil},
		{"overlap", tally(append(two, picture(t, 3, "c"))...), tally(picture(t, 4, "c")), nil, nil, []manifest.Code{manifest.InsufficientLabelOverlap}},
		{"usable overlap", tally(boxed(t, 1, "a"), picture(t, 2, "b")), tally(picture(t, 3, "a"), picture(t, 4, "b")), nil, nil,
			[]manifest.Code{manifest.InsufficientUsableLabelOverlap}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := manifest.Judge(c.training, c.testing)
			require.ElementsMatch(t, c.inTraining, codes(v.Training.Errors))
			require.ElementsMatch(t, c.inTest, codes(v.Testing.Errors))
			require.ElementsMatch(t, c.all, codes(v.Errors))
			_, failed := v.Failed()
			require.Equal(t, len(c.inTraining)+len(c.inTest)+len(c.all) > 0, failed)
		})
	}
	overlap, _ := manifest.Judge(tally(two...), tally(picture(t, 3, "z"))).Failed()
	require.Equal(t, "Less than 50% label overlap between the training and testing manifest files.", overlap.Message)
}
