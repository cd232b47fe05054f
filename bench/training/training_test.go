package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func answer(score, seconds float64) record {
	return record{figures: figures{Accuracy: &score, Seconds: seconds}}
}

func TestGoals(t *testing.T) {
	signs, other := pack{"/pictures/cls-signs", "labels"}, pack{"/sets/mine", "labels"}
	tests := map[string]struct {
		row    row
		missed string
	}{
		"reached":         {row{signs, answer(0.985, 75), nil}, ""},
		"wrong and slow":  {row{signs, answer(0.98, 76), nil}, "accuracy, time"},
		"without PyTorch": {row{other, answer(0.1, 1000), nil}, ""},
		"beside its best": {row{other, answer(0.89, 100), []record{answer(0.80, 900), answer(0.90, 400)}}, ""},
		"behind its best": {row{other, answer(0.88, 101), []record{answer(0.90, 400)}}, "PyTorch's best, PyTorch's time"},
		"boxes":           {row{pack{"det-bccd", "boxes"}, record{figures: figures{MAP50: 0.89, MAP75: 0.51}}, nil}, "mAP75"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.missed, goalOf(test.row.pack).misses(test.row))
		})
	}
	require.Equal(t, "PyTorch's best less 1 point, 60 s", goalOf(pack{"multi-fod", "labels"}).String())
}

func TestTheQuickerOfEqualRivalsIsBest(t *testing.T) {
	r := row{rivals: []record{answer(0.9, 20), answer(0.9, 10), answer(0.8, 1)}}
	require.Same(t, &r.rivals[1], r.best())
	require.Nil(t, row{}.best())
}

func TestWhatWasMeasuredIsNotMeasuredAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out", "results.jsonl")
	held := 0
	measure := func(fresh bool, settings string) record {
		book, err := openBook(path, fresh)
		require.NoError(t, err)
		r, err := (&bench{book: book}).measure(sitting{Folder: "f", Settings: settings}, func() ([]byte, error) {
			held++
			return []byte(`{"train_s": 7.5, "accuracy": 0.5}`), nil
		})
		require.NoError(t, err)
		return r
	}
	first := measure(false, "a")
	require.Equal(t, 7.5, first.figures.Seconds)
	require.Equal(t, first.figures, measure(false, "a").figures)
	require.Equal(t, 1, held)
	measure(false, "b")
	measure(true, "a")
	require.Equal(t, 3, held)
}

func TestWhatIsMissing(t *testing.T) {
	folder := t.TempDir()
	mine := filepath.Join(folder, "mine")
	require.NoError(t, os.Mkdir(mine, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(mine, "boxes.csv"), nil, 0o600))

	_, missing, err := (&bench{}).choose([]string{"mine"})
	require.NoError(t, err)
	require.NotEmpty(t, missing)

	packs, missing, err := (&bench{pictures: folder}).choose([]string{"mine", mine + ":boxes"})
	require.NoError(t, err)
	require.Empty(t, missing)
	require.Equal(t, []pack{{mine, "boxes"}, {mine, "boxes"}}, packs)

	_, _, err = (&bench{pictures: folder}).choose([]string{"mine:labels"})
	require.ErrorContains(t, err, "labels.csv")
}
