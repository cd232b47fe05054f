package dataset

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

func TestDistributeMovesAFifthOfEachLabel(t *testing.T) {
	f := newFixture(t)
	p := f.project(t, "q")
	train := f.put(t, p, ownsight.Train, ownsight.DatasetCreated, slices.Concat(lines(t, "bucket", "a", 1500), lines(t, "bucket", "b", 10), lines(t, "bucket", "c", 2)))
	test := f.put(t, p, ownsight.Test, ownsight.DatasetUpdateFailed, nil)
	before := f.all(t, train)

	require.NoError(t, f.Distribute(t.Context(), []ownsight.DatasetARN{test, train}))
	for _, arn := range []ownsight.DatasetARN{train, test} {
		d, err := f.Describe(t.Context(), arn)
		require.NoError(t, err)
		require.Equal(t, ownsight.DatasetUpdating, d.Status)
		require.Equal(t, "The dataset is being updated.", d.Message)
		require.Equal(t, ownsight.Success, d.Outcome)
	}
	f.run(t)
	stats := map[ownsight.DatasetARN]ownsight.DatasetStats{
		train: {Labeled: 1209, Total: 1209, Labels: 3},
		test:  {Labeled: 303, Total: 303, Labels: 3},
	}
	for arn, want := range stats {
		d := f.settledAt(t, arn)
		require.Equal(t, ownsight.DatasetUpdated, d.Status, d.Message)
		require.Equal(t, ownsight.Success, d.Outcome)
		require.Equal(t, want, d.Stats)
	}
	labels, _, err := f.Labels(t.Context(), test, "", 10)
	require.NoError(t, err)
	require.Equal(t, []ownsight.LabelStats{{Name: "a", Entries: 300}, {Name: "b", Entries: 2}, {Name: "c", Entries: 1}}, labels)

	// Every entry is on one side, unchanged, and each side keeps the order.
	stayed, moved := f.all(t, train), f.all(t, test)
	require.ElementsMatch(t, before, slices.Concat(stayed, moved))
	order := map[string]int{}
	for i, line := range before {
		order[line] = i
	}
	for _, side := range [][]string{stayed, moved} {
		require.True(t, slices.IsSortedFunc(side, func(a, b string) int { return order[a] - order[b] }))
	}

	err = f.Distribute(t.Context(), []ownsight.DatasetARN{train, test})
	require.Equal(t, ownsight.InvalidParameter, ownsight.CodeOf(err))
	require.ErrorContains(t, err, "303 entries")
}

func TestADistributionThatFailsLeavesEverythingAsItWas(t *testing.T) {
	unlabelled := []byte(strings.Repeat(`{"source-ref":"s3://bucket/1.jpg"}`+"\n", 1))
	for what, c := range map[string]struct {
		train []byte
		words string
	}{
		"a label with one picture": {slices.Concat(lines(t, "bucket", "a", 9), lines(t, "bucket", "b", 1)), `Label "b" has 1 picture;`},
		"no label at all":          {unlabelled, ""},
	} {
		f := newFixture(t)
		p := f.project(t, "q")
		train, test := f.put(t, p, ownsight.Train, ownsight.DatasetCreated, c.train), f.put(t, p, ownsight.Test, ownsight.DatasetCreated, nil)
		before := f.all(t, train)
		require.NoError(t, f.Distribute(t.Context(), []ownsight.DatasetARN{train, test}), what)
		f.run(t)
		for _, arn := range []ownsight.DatasetARN{train, test} {
			d := f.settledAt(t, arn)
			require.Equal(t, ownsight.DatasetUpdateFailed, d.Status, what)
			require.Equal(t, ownsight.ClientError, d.Outcome, what)
			require.Contains(t, d.Message, "The manifest file doesn't have enough labeled images to distribute the dataset.", what)
			require.Contains(t, d.Message, c.words, what)
		}
		require.Equal(t, before, f.all(t, train), what)
		require.Empty(t, f.all(t, test), what)
	}
}

func TestWhatCannotBeDistributed(t *testing.T) {
	f := newFixture(t)
	full, other := f.project(t, "full"), f.project(t, "other")
	train := f.put(t, full, ownsight.Train, ownsight.DatasetCreated, lines(t, "bucket", "a", 9))
	test := f.put(t, full, ownsight.Test, ownsight.DatasetCreated, lines(t, "bucket", "b", 2))
	empty := f.put(t, other, ownsight.Train, ownsight.DatasetCreated, nil)
	emptyTest := f.put(t, other, ownsight.Test, ownsight.DatasetCreated, nil)
	gone := test
	gone.Created = 77
	for what, c := range map[string]struct {
		pair []ownsight.DatasetARN
		code ownsight.Code
		word string
	}{
		"one":                   {[]ownsight.DatasetARN{train}, ownsight.InvalidParameter, "Datasets"},
		"three":                 {[]ownsight.DatasetARN{train, test, test}, ownsight.InvalidParameter, "Datasets"},
		"the same twice":        {[]ownsight.DatasetARN{train, train}, ownsight.InvalidParameter, "each once"},
		"two to train on":       {[]ownsight.DatasetARN{train, empty}, ownsight.InvalidParameter, "each once"},
		"of two projects":       {[]ownsight.DatasetARN{train, emptyTest}, ownsight.InvalidParameter, "different projects"},
		"one that is not there": {[]ownsight.DatasetARN{train, gone}, ownsight.NotFound, gone.String()},
		"a test set with lines": {[]ownsight.DatasetARN{train, test}, ownsight.InvalidParameter, "2 entries"},
		"nothing to distribute": {[]ownsight.DatasetARN{emptyTest, empty}, ownsight.InvalidParameter, "no entries"},
	} {
		err := f.Distribute(t.Context(), c.pair)
		require.Equal(t, c.code, ownsight.CodeOf(err), what)
		require.ErrorContains(t, err, c.word, what)
	}
}

// A distribution whose attempts are spent frees both datasets.
func TestADistributionThatIsGivenUp(t *testing.T) {
	f := newFixture(t)
	p := f.project(t, "q")
	train, test := f.put(t, p, ownsight.Train, ownsight.DatasetUpdating, nil), f.put(t, p, ownsight.Test, ownsight.DatasetUpdating, nil)
	d, err := f.Describe(t.Context(), train)
	require.NoError(t, err)
	require.NoError(t, f.store.Write(t.Context(), func(tx *store.Tx) error {
		return f.distributeKind().Fail(t.Context(), tx, jobs.Resource(d.ID), nil)
	}))
	for _, arn := range []ownsight.DatasetARN{train, test} {
		d, err := f.Describe(t.Context(), arn)
		require.NoError(t, err)
		require.Equal(t, ownsight.DatasetUpdateFailed, d.Status)
		require.Equal(t, ownsight.ServiceError, d.Outcome)
	}
}
