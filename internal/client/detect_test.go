package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/internal/client"
)

func TestDetect(t *testing.T) {
	c, dir := connect(t), t.TempDir()
	drawSplit(t, dir, 1, 6)
	trained, err := c.Train(t.Context(), client.TrainOptions{Folder: dir, Project: "detect", Version: "v1", Start: true}, quiet)
	require.NoError(t, err)
	text := filepath.Join(dir, "notes.txt")
	require.NoError(t, os.WriteFile(text, []byte("no picture"), 0o644))

	pictures, err := c.PicturesIn(t.Context(), []string{filepath.Join(dir, "test", "crack"), filepath.Join(dir, "test", "rust", "1.jpg")}, quiet)
	require.NoError(t, err)
	require.Len(t, pictures, 7)
	pictures = append(pictures, "s3://ownsight-pictures-111122223333/detect/pictures/test/rust/2.jpg",
		text, dir, "/nowhere.jpg", "s3://ownsight-pictures-111122223333/nothing")
	var answers []client.Answer
	most := int32(2)
	everything := client.DetectOptions{MinConfidence: new(float32), MaxResults: &most}
	collect := func(a client.Answer) error { answers = append(answers, a); return nil }
	require.NoError(t, c.Detect(t.Context(), trained.Version, pictures, everything, collect))
	require.Len(t, answers, len(pictures))
	for i, a := range answers {
		require.Equal(t, pictures[i], a.Picture, "in the order of the question")
		if i < 8 {
			require.Empty(t, a.Error)
			require.Len(t, a.Labels, 2)
			require.GreaterOrEqual(t, a.Labels[0].Confidence, a.Labels[1].Confidence)
			require.Positive(t, a.Milliseconds)
		}
	}
	for i, complaint := range []string{"neither JPEG nor PNG", "is a folder", "no such file", "Unable to get object metadata from S3"} {
		require.Contains(t, answers[8+i].Error, complaint)
	}

	heard.busy.Store(16) // more for each picture than the SDK would repeat it
	answers = nil
	require.NoError(t, c.Detect(t.Context(), trained.Version, pictures[:4], everything, collect), "a server without room is waited for")
	require.Len(t, answers, 4)
	require.Negative(t, heard.busy.Load())

	bulk(t, c, trained.Version)

	stopped, err := c.Stop(t.Context(), trained.Version, quiet)
	require.NoError(t, err)
	require.Equal(t, "STOPPED", stopped.Status)
	err = c.Detect(t.Context(), stopped, pictures[:3], everything, collect)
	require.ErrorContains(t, err, "`ownsight model start detect/v1`")

	running := types.ProjectVersionStatusRunning
	for model, want := range map[string]string{
		"detect":                               "no model of project detect is running; start one with `ownsight model start detect/v1`",
		"detect/v2":                            "there is no model detect/v2",
		"nothing":                              `there is no project "nothing"`,
		"arn:aws:s3:::b":                       "is not the ARN of a project version",
		trained.ARN[:len(trained.ARN)-1] + "x": "is not the ARN of a project version",
	} {
		_, err := c.Model(t.Context(), model, running)
		require.ErrorContains(t, err, want, model)
	}
	_, err = c.Model(t.Context(), "detect")
	require.ErrorContains(t, err, "detect/VERSION")
	for _, model := range []string{"detect/v1", trained.ARN} {
		found, err := c.Model(t.Context(), model, running)
		require.NoError(t, err, "a model that is named is found in any state")
		require.Equal(t, trained.ARN, found.ARN)
	}
	found, err := c.Model(t.Context(), "detect", client.Startable...)
	require.NoError(t, err)
	require.Equal(t, "v1", found.Name)

	started, err := c.Start(t.Context(), found, 2, quiet)
	require.NoError(t, err)
	require.Equal(t, int32(2), started.MinUnits)
	err = c.Delete(t.Context(), started, quiet)
	require.ErrorContains(t, err, "RUNNING")
	require.NotContains(t, client.Explain(err), "https response error")
	require.Contains(t, client.Explain(err), "(DeleteProjectVersion)")
	stopped, err = c.Stop(t.Context(), started, quiet)
	require.NoError(t, err)
	require.NoError(t, c.Delete(t.Context(), stopped, quiet))
	list, err := c.Versions(t.Context(), "detect")
	require.NoError(t, err)
	require.Empty(t, list)
	_, err = c.Model(t.Context(), "detect", running)
	require.ErrorContains(t, err, "train one with")
}

func TestConnectSaysWhatToDo(t *testing.T) {
	for complaint, target := range map[string]client.Target{
		"start one with `ownsight serve`": {Endpoint: "http://127.0.0.1:1", Data: data},
		"holds no keys":                   {Endpoint: front.URL, Data: t.TempDir()},
		`there is no profile "lab"`:       {Endpoint: front.URL, Data: data, Profile: "lab"},
		"there are no keys":               {Endpoint: front.URL},
	} {
		t.Setenv("HOME", t.TempDir()) // of a user without AWS files
		_, err := client.Connect(t.Context(), target)
		require.ErrorContains(t, err, complaint)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIANOBODY")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "nothing")
	_, err := client.Connect(t.Context(), client.Target{Endpoint: front.URL})
	require.ErrorContains(t, err, "does not accept the keys of the AWS variables and files")
	c, err := client.Connect(t.Context(), client.Target{Endpoint: front.URL + "/", Data: data})
	require.NoError(t, err, "a data folder that is named comes before the variables")
	require.Equal(t, "111122223333", c.Account)
}

// bulk asks about what lies below a prefix, and goes on after an interruption.
func bulk(t *testing.T, c *client.Client, v client.Version) {
	pictures, err := c.PicturesIn(t.Context(), []string{"s3://ownsight-pictures-111122223333/detect/pictures/test/"}, quiet)
	require.NoError(t, err)
	require.Len(t, pictures, 12)
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	ask := func(ctx context.Context, stopAfter int) (asked int) {
		file, err := client.OpenAnswers(path, v.ARN)
		require.NoError(t, err)
		defer func() { require.NoError(t, file.Close()) }()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		missing, err := file.Missing(pictures)
		require.NoError(t, err)
		err = c.Detect(ctx, v, missing, client.DetectOptions{}, func(a client.Answer) error {
			require.Empty(t, a.Error)
			require.NoError(t, file.Add(a))
			if asked++; asked == stopAfter {
				cancel()
			}
			return nil
		})
		require.Equal(t, stopAfter > 0, errors.Is(err, context.Canceled), "%v", err)
		return asked
	}
	first := ask(t.Context(), 5)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"picture":"s3://own`) // as a machine leaves it whose power was cut
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Equal(t, len(pictures)-first, ask(t.Context(), 0))
	require.Zero(t, ask(t.Context(), 0), "nothing is asked twice")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		var a struct {
			client.Answer
			Model string
		}
		require.NoError(t, json.Unmarshal([]byte(line), &a), line)
		require.False(t, seen[a.Picture], a.Picture)
		require.Equal(t, v.ARN, a.Model)
		seen[a.Picture] = true
	}
	require.Len(t, seen, len(pictures))

	other := v
	other.ARN += "0"
	_, err = client.OpenAnswers(path, other.ARN)
	require.ErrorContains(t, err, "another model")
	require.NoError(t, os.WriteFile(path, []byte("my notes\n"), 0o644))
	_, err = client.OpenAnswers(path, v.ARN)
	require.ErrorContains(t, err, "line 1 is no answer")
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "my notes\n", string(kept), "what is not ours stays as it is")
}
