package linear_test

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/linear"
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
	size := picture.Square(b.InputSize())
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
			tensor := make([]float32, backbone.PictureLength)
			for _, view := range views {
				picture.Tensor(decoded, view, size, tensor)
				f, err := b.Features(ctx, tensor, 1)
				if err != nil {
					return err
				}
				all[i] = append(all[i], f)
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	return all
}

func TestItLearnsRealPictures(t *testing.T) {
	folder, rows := pictures(t, "cls-cookies")
	b, err := backbone.Open(backbone.Options{})
	if err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	defer b.Close()
	mirrored := picture.Identity()
	mirrored.Flip = true
	views := []linear.View{linear.Plain, linear.Flipped}
	all := features(t, b, folder, rows, []picture.View{picture.Identity(), mirrored})

	data := linear.Data{Width: backbone.FeatureCount, Labels: []string{"anomaly", "normal"}}
	test := evaluate.Predictions{Labels: data.Labels}
	var unseen [][]float32
	for i, row := range rows {
		label := slices.Index(data.Labels, row[2])
		if row[1] == "test" {
			test.Truth = append(test.Truth, []int{label})
			unseen = append(unseen, all[i][0])
			continue
		}
		for v, f := range all[i] {
			data.Features = append(data.Features, f...)
			data.Rows = append(data.Rows, linear.Row{Picture: len(data.Truth), View: views[v]})
		}
		data.Truth = append(data.Truth, label)
	}
	head, choice, err := linear.Train(context.Background(), data, linear.Options{})
	require.NoError(t, err)
	for _, f := range unseen {
		test.Scores = append(test.Scores, head.Scores(f, make([]float32, 2))...)
	}
	report, err := evaluate.Evaluate(test, choice.Thresholds)
	require.NoError(t, err)
	require.GreaterOrEqual(t, report.Single.Accuracy, 0.95)
	require.GreaterOrEqual(t, report.F1, 0.95)
	require.GreaterOrEqual(t, choice.Validated.Accuracy, 0.95)
}
