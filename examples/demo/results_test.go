package main

import (
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// drawn makes a folder as examples/belt and the two commands leave it, with two right answers of three.
func drawn(t *testing.T) sources {
	t.Helper()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		return path
	}
	write("labels.csv", "file,split,label\na.jpg,test,good\nb.jpg,test,rust\nc.jpg,test,rust\n")
	write("boxes.csv", "file,split,label,left,top,width,height,image_width,image_height\nb.jpg,test,rust,20,10,40,30,80,64\n")
	var answers strings.Builder
	for name, labels := range map[string]string{"a.jpg": `"good","confidence":90`, "b.jpg": `"good","confidence":61.5`, "c.jpg": `"rust","confidence":99`} {
		f, err := os.Create(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NoError(t, jpeg.Encode(f, image.NewRGBA(image.Rect(0, 0, 80, 64)), nil))
		require.NoError(t, f.Close())
		answers.WriteString(`{"picture":"` + filepath.Join(dir, name) + `","labels":[{"name":` + labels + `}],"milliseconds":5}` + "\n")
	}
	return sources{
		pictures: dir,
		trained:  write("trained.json", `{"project":"belt","version":"<v>","f1":0.97,"trainingSeconds":12.4,"report":{"EvaluationDetails":{"NumberOfTrainingImages":350}}}`),
		answers:  write("answers.jsonl", answers.String()),
	}
}

func TestPage(t *testing.T) {
	r, err := read(drawn(t))
	require.NoError(t, err)
	require.Equal(t, 2, r.Right())
	require.InDelta(t, 2.0/3, r.Accuracy(), 1e-12)
	require.Equal(t, "b.jpg", r.Answers[0].Name, "wrong answers come first")
	require.Equal(t, &box{25, 15.625, 50, 46.875}, r.Answers[0].Flaw)
	require.Equal(t, 1, r.Count("rust", "good"))
	require.Len(t, r.Wrong(), 1)
	require.Len(t, r.Of("rust"), 2)
	require.Equal(t, 5.0, r.Median())

	var out strings.Builder
	require.NoError(t, r.write(&out))
	require.Contains(t, out.String(), "66.7 % of 3 unseen pictures right")
	require.Equal(t, 4, strings.Count(out.String(), `src="data:image/jpeg;base64,`), "every picture, and the wrong one twice")
	require.Contains(t, out.String(), "left: 25.00%; top: 15.62%")
	require.Contains(t, out.String(), "&lt;v&gt;")
	require.NotContains(t, out.String(), "ZgotmplZ", "what the template finds unsafe")
	require.NotContains(t, out.String(), "http", "nothing comes from elsewhere")
}

func TestTooFewRightAnswersFail(t *testing.T) {
	from := drawn(t)
	for least, complaint := range map[string]string{"0.6": "", "0.7": "less than 70 %"} {
		cmd := command()
		cmd.SetArgs([]string{"--pictures", from.pictures, "--trained", from.trained, "--answers", from.answers,
			"--out", filepath.Join(from.pictures, "page.html"), "--least", least})
		cmd.SetOut(new(strings.Builder))
		if complaint == "" {
			require.NoError(t, cmd.Execute())
		} else {
			require.ErrorContains(t, cmd.Execute(), complaint)
		}
	}
}

func TestAnAnswerThatIsMissingFails(t *testing.T) {
	from := drawn(t)
	require.NoError(t, os.WriteFile(from.answers, []byte(`{"picture":"a.jpg","labels":[],"error":"no such file"}`), 0o644))
	_, err := read(from)
	require.ErrorContains(t, err, "no answer about a.jpg: no such file")
	require.NoError(t, os.WriteFile(from.answers, nil, 0o644))
	_, err = read(from)
	require.ErrorContains(t, err, "answer 1")
}
