package client_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/client"
	"ownsight/internal/dataset/source"
)

func TestTrainAgainAndAgain(t *testing.T) {
	c, dir := connect(t), t.TempDir()
	drawSplit(t, dir, 2, 2)
	o := client.TrainOptions{Folder: dir, Project: "again", Version: "one", Start: true}
	heard.uploads()

	var stages []string
	first, err := c.Train(t.Context(), o, func(p client.Progress) { stages = append(stages, p.What) })
	require.NoError(t, err)
	require.Len(t, heard.uploads(), 2*(2+2))
	require.Equal(t, []string{"uploading pictures", "making the datasets"}, slices.Compact(stages)[:2])
	require.Equal(t, "RUNNING", first.Status)
	require.False(t, first.Found)
	require.Positive(t, first.Seconds)
	require.Equal(t, "s3://ownsight-pictures-111122223333/again/output/one/", first.Place())
	var table strings.Builder
	require.NoError(t, first.Table(&table))
	require.Contains(t, table.String(), "Evaluated on 4 test pictures")
	require.Contains(t, table.String(), "Trained on 4 pictures")
	require.Regexp(t, `linear head, .* views +\d\.\d+ +\d\.\d+`, table.String())
	require.Contains(t, table.String(), "chosen")
	require.Equal(t, first.Place()+"EvaluationReport-again-one.html", first.PagePlace())

	again, err := c.Train(t.Context(), o, quiet)
	require.NoError(t, err)
	require.True(t, again.Found, "the same version is not trained twice")
	require.Empty(t, heard.uploads())
	require.Equal(t, first.ARN, again.ARN)
	require.JSONEq(t, string(first.Report), string(again.Report))
	page := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, again.SavePage(page))
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(text), "Tells which one of 2 labels a picture has.")

	// One picture is gone, one is new, one has another label: the datasets follow, and only new bytes are sent.
	require.NoError(t, os.Remove(filepath.Join(dir, "train/rust/1.jpg")))
	drawPicture(t, filepath.Join(dir, "train/rust/9.jpg"), "rust")
	require.NoError(t, os.Rename(filepath.Join(dir, "test/crack/1.jpg"), filepath.Join(dir, "test/rust/8.jpg")))
	o.Version, o.Start = "two", false
	second, err := c.Train(t.Context(), o, quiet)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"train/rust/9.jpg", "test/rust/8.jpg"}, heard.uploads())
	require.Equal(t, "TRAINING_COMPLETED", second.Status)
	var summary struct {
		EvaluationDetails      struct{ NumberOfTrainingImages, NumberOfTestingImages int }
		LabelEvaluationResults []struct {
			Label                 string
			NumberOfTestingImages int
		}
	}
	require.NoError(t, json.Unmarshal(second.Report, &summary))
	require.Equal(t, 4, summary.EvaluationDetails.NumberOfTrainingImages)
	require.Equal(t, 4, summary.EvaluationDetails.NumberOfTestingImages)
	for _, l := range summary.LabelEvaluationResults {
		require.Equal(t, map[string]int{"crack": 1, "rust": 3}[l.Label], l.NumberOfTestingImages, l.Label)
	}

	// Another folder under the same project, without test pictures of its own: the old test set goes.
	other := t.TempDir()
	drawFolder(t, other, 2)
	third, err := c.Train(t.Context(), client.TrainOptions{Folder: other, Project: "again", Version: "three"}, quiet)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(third.Report, &summary))
	require.Equal(t, 2, summary.EvaluationDetails.NumberOfTrainingImages)
	require.Equal(t, 2, summary.EvaluationDetails.NumberOfTestingImages)

	list, err := c.Versions(t.Context(), "again")
	require.NoError(t, err)
	require.Len(t, list, 3)
}

func TestTrainLeavesOtherPeoplesDatasetsAlone(t *testing.T) {
	c, dir := connect(t), t.TempDir()
	drawFolder(t, dir, 2)
	_, err := c.Train(t.Context(), client.TrainOptions{Folder: dir, Project: "shared", Version: "one"}, quiet)
	require.NoError(t, err)
	_, err = c.Train(t.Context(), client.TrainOptions{Folder: dir, Project: "shared", Version: "two", Bucket: "another-bucket"}, quiet)
	require.ErrorContains(t, err, "the TRAIN dataset of project shared names s3://ownsight-pictures-111122223333/shared/pictures/")
	require.ErrorContains(t, err, "--project")
}

func TestTrainThatIsCutOffIsSeenThrough(t *testing.T) {
	c, dir := connect(t), t.TempDir()
	drawSplit(t, dir, 1, 1)
	o := client.TrainOptions{Folder: dir, Project: "cut", Version: "v"}
	stages := []string{"uploading pictures", "making the datasets"}
	for _, at := range append(stages, "training") {
		ctx, cancel := context.WithCancel(t.Context())
		trained, err := c.Train(ctx, o, func(p client.Progress) {
			if p.What == at || at == "training" && !slices.Contains(stages, p.What) { // whatever it is at already when it is asked first
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled, at)
		require.Equal(t, at == "training", trained.ARN != "", at)
	}
	trained, err := c.Train(t.Context(), o, quiet)
	require.NoError(t, err)
	require.True(t, trained.Found)
	require.Equal(t, "TRAINING_COMPLETED", trained.Status)
}

func TestTrainNamesWhatItCouldNotUse(t *testing.T) {
	c, dir := connect(t), t.TempDir()
	drawSplit(t, dir, 1, 6)
	for name, content := range map[string]string{"test/rust/broken.jpg": "no picture", "train/rust/notes.txt": "", "test/loose.jpg": "", "list.csv": ""} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	trained, err := c.Train(t.Context(), client.TrainOptions{Folder: dir, Project: "unusable"}, quiet)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{filepath.Join(dir, "train/rust/notes.txt"), filepath.Join(dir, "test/loose.jpg")}, trained.Skipped)
	require.Len(t, trained.Unusable, 1)
	require.Equal(t, "s3://ownsight-pictures-111122223333/unusable/pictures/test/rust/broken.jpg", trained.Unusable[0].Picture)
	require.NotEmpty(t, trained.Unusable[0].Reason)
	require.Regexp(t, `^\d{8}-\d{6}$`, trained.Name, "a version without a name gets the time")
}

func TestTrainOfATable(t *testing.T) {
	c, dir := connect(t), t.TempDir()
	drawSplit(t, dir, 1, 1)
	require.NoError(t, os.Rename(filepath.Join(dir, "train"), filepath.Join(dir, "pictures")))
	table := "file,split,label\npictures/crack/1.jpg,train,crack\npictures/rust/1.jpg,train,rust|wet\n" +
		"test/crack/1.jpg,test,crack\ntest/rust/1.jpg,test,rust\ngone.jpg,train,rust\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "labels.csv"), []byte(table), 0o644))
	heard.uploads()
	o := client.TrainOptions{Folder: dir, Layout: source.LabelsCSV, Project: "table"}
	trained, err := c.Train(t.Context(), o, quiet)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"pictures/crack/1.jpg", "pictures/rust/1.jpg", "test/crack/1.jpg", "test/rust/1.jpg"}, heard.uploads())
	require.Equal(t, source.LabelsCSV, trained.Layout)
	require.Equal(t, []source.Problem{{File: "labels.csv", Line: 6, Text: `picture "gone.jpg" is not there`,
		Remedy: "put it into the folder, or remove what names it"}}, trained.Problems)
	var summary struct {
		EvaluationDetails struct{ Labels []string }
	}
	require.NoError(t, json.Unmarshal(trained.Report, &summary))
	require.Equal(t, []string{"crack", "rust", "wet"}, summary.EvaluationDetails.Labels)

	_, err = c.Train(t.Context(), client.TrainOptions{Folder: dir, Layout: source.VOC, Project: "table"}, quiet)
	require.ErrorContains(t, err, "has no labelled picture to train on (voc)")
}

func TestTrainingThatFailsSaysWhy(t *testing.T) {
	c, dir := connect(t), t.TempDir()
	drawFolder(t, dir, 1)
	_, err := c.Train(t.Context(), client.TrainOptions{Folder: dir, Project: "too-few"}, quiet)
	require.ErrorContains(t, err, "the training failed: ")
}
