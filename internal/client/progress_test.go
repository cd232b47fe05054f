package client

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProgressOf(t *testing.T) {
	const training = "The model is being trained"
	for message, want := range map[string]Progress{
		"":                                   {What: "waiting for the training to begin"},
		training + ".":                       {What: "waiting for the training to begin"},
		training + ": reading the datasets.": {What: "reading the datasets"},
		training + ": looking at pictures, 3 of 1500.":                     {What: "looking at pictures", Done: 3, Total: 1500},
		training + ": looking at pictures, 640 of 1500, about 1m12s left.": {What: "looking at pictures", Done: 640, Total: 1500, Left: 72 * time.Second},
		training + ": looking at pictures, 640 of 1500, about 12 s left.":  {What: "looking at pictures", Done: 640, Total: 1500, Left: 12 * time.Second},
		training + ": cross-validating plain, varied views, strength 0.01, pass 14.": {
			What: "cross-validating plain, varied views", Detail: "strength 0.01, pass 14"},
		training + ": cross-validating plain views, rare labels weighted, strength 0.1, pass 1.": {
			What: "cross-validating plain views, rare labels weighted", Detail: "strength 0.1, pass 1"},
	} {
		require.Equal(t, want, progressOf(message), message)
	}
}

func TestCompare(t *testing.T) {
	there := map[string][]string{"s3://b/p/1": {"a"}, "s3://b/p/2": {"a"}, "s3://b/p/3": {"a", "b"}}
	one, two, three := line{"s3://b/p/1", "a", ""}, line{"s3://b/p/2", "b", ""}, line{"s3://b/p/3", "a", ""}
	changed, gone, err := compare(there, []line{one, two, three, {"s3://b/p/4", "a", ""}}, "s3://b/p/")
	require.NoError(t, err)
	require.False(t, gone)
	require.Equal(t, []line{two, three, {"s3://b/p/4", "a", ""}}, changed)

	_, gone, err = compare(there, []line{one, two}, "s3://b/p/")
	require.NoError(t, err)
	require.True(t, gone)

	_, _, err = compare(there, []line{one, two}, "s3://b/other/")
	require.ErrorContains(t, err, "names s3://b/p/3")
}

func TestCardTellsWhatWasTried(t *testing.T) {
	card := card{}
	card.Training.recipe = recipe{Varied: true, Balanced: true}
	require.Equal(t, "plain, varied views, weighted", card.Training.String())
	require.Empty(t, card.candidates())
}
