package linear_test

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/linear"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/picture"
)

// pictures finds a set of labelled photographs, which are not part of the repository.
func pictures(t *testing.T, set string) (folder string, rows [][]string) {
	t.Helper()
	folder = os.Getenv("OWNSIGHT_PICTURES")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "..", "shared", "pictures")
	}
	folder = filepath.Join(folder, set)
	file, err := os.Open(filepath.Join(folder, "labels.csv"))
	if err != nil {
		t.Skipf("the pictures %s are not here: set OWNSIGHT_PICTURES to their folder", set)
	}
	defer file.Close()
	rows, err = csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	return folder, rows[1:] // file, split, label
}

// features takes the features of some views of every picture: [picture][view].
func features(t *testing.T, b *backbone.Backbone, folder string, rows [][]string, views []picture.View) [][][]float32 {
	t.Helper()
	decoder := picture.NewDecoder(picture.NewBudget(picture.DefaultBudget))
	size := picture.Square(224)
	all := make([][][]float32, len(rows))
	group, ctx := errgroup.WithContext(context.Background())
	group.SetLimit(2)
	for i, row := range rows {
		group.Go(func() error {
			file, err := os.ReadFile(filepath.Join(folder, row[0]))
			if err != nil {
				return err
			}
			decoded, err := decoder.Decode(ctx, file, size)
			if err != nil {
				return err
			}
			in := b.NewInput()
			for _, view := range views {
				b.Draw(decoded, view, in)
				f, err := b.Look(ctx, in, nil)
				if err != nil {
					return err
				}
				all[i] = append(all[i], f[0].Float32)
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	return all
}

func TestItLearnsRealPictures(t *testing.T) {
	for set, least := range map[string]struct {
		task                           model.Task
		every                          int // so manieth picture
		options                        linear.Options
		accuracy, f1, averagePrecision float64 // on the test pictures
	}{
		"cls-cookies": {model.SingleLabel, 1, linear.Options{}, 0.95, 0.95, 0.95},
		"multi-fod":   {model.MultiLabel, 3, linear.Options{Folds: 2, Strengths: []float64{0.1}}, 0.7, 0.8, 0.92},
	} {
		t.Run(set, func(t *testing.T) {
			report, choice := learn(t, set, least.task, least.every, least.options)
			require.GreaterOrEqual(t, report.Whole.Accuracy, least.accuracy)
			require.GreaterOrEqual(t, report.F1, least.f1)
			require.GreaterOrEqual(t, report.MeanAveragePrecision, least.averagePrecision)
			require.GreaterOrEqual(t, choice.Validated.F1, least.f1)
		})
	}
}

// learn trains on every so manieth of a set's training pictures and evaluates on as many of the others.
func learn(t *testing.T, set string, task model.Task, every int, o linear.Options) (*evaluate.Report, *linear.Choice) {
	folder, all := pictures(t, set)
	var rows [][]string
	for i := 0; i < len(all); i += every {
		rows = append(rows, all[i])
	}
	b, err := backbone.Open(backbone.Options{})
	if err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	defer b.Close()
	mirrored := picture.Identity()
	mirrored.Flip = true
	views := []linear.View{linear.Plain, linear.Flipped}
	seen := features(t, b, folder, rows, []picture.View{picture.Identity(), mirrored})

	data := linear.Data{Width: backbone.FeatureCount, Task: task}
	for _, row := range rows {
		data.Labels = append(data.Labels, strings.Split(row[2], "|")...)
	}
	slices.Sort(data.Labels)
	data.Labels = slices.Compact(data.Labels)
	test := evaluate.Predictions{Task: task, Labels: data.Labels}
	var unseen [][]float32
	for i, row := range rows {
		var truth []int
		for _, label := range strings.Split(row[2], "|") {
			truth = append(truth, slices.Index(data.Labels, label))
		}
		if row[1] == "test" {
			test.Truth = append(test.Truth, truth)
			unseen = append(unseen, seen[i][0])
			continue
		}
		for v, f := range seen[i] {
			data.Features = append(data.Features, f...)
			data.Rows = append(data.Rows, linear.Row{Picture: len(data.Truth), View: views[v]})
		}
		data.Truth = append(data.Truth, truth)
	}
	head, choice, err := linear.Train(context.Background(), data, o)
	require.NoError(t, err)
	for _, f := range unseen {
		test.Scores = append(test.Scores, head.Scores(f, make([]float32, len(data.Labels)))...)
	}
	report, err := evaluate.Evaluate(test, choice.Thresholds)
	require.NoError(t, err)
	t.Logf("mean average precision %.4f, F1 %.4f, accuracy %.4f; foretold %.4f, %.4f", report.MeanAveragePrecision, report.F1, report.Whole.Accuracy,
		choice.Validated.F1, choice.Validated.Accuracy)
	return report, choice
}
