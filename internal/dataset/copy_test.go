package dataset

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

// mixed are lines of every kind that a dataset keeps, more than one transaction takes.
func mixed(t *testing.T) []byte {
	t.Helper()
	return slices.Concat(lines(t, "bucket", "zebra", batch), []byte(`{"source-ref":"s3://bucket/bare.jpg"}
{"source-ref":"s3://bucket/half.jpg","label":1}
`), lines(t, "bucket", "ant", 2*batch))
}

func TestACopyHasTheEntriesOfItsSource(t *testing.T) {
	f := newFixture(t)
	source := f.put(t, f.project(t, "source"), ownsight.Train, ownsight.DatasetUpdated, mixed(t))
	tests := f.project(t, "tests")
	arn, err := f.Create(t.Context(), tests, ownsight.Test, Source{Dataset: &source}, map[string]string{"made": "again"})
	require.NoError(t, err)
	f.run(t)

	d := f.settledAt(t, arn)
	require.Equal(t, ownsight.DatasetCreated, d.Status)
	require.Equal(t, ownsight.Success, d.Outcome)
	require.Equal(t, messageCopied, d.Message)
	require.Equal(t, ownsight.DatasetStats{Labeled: 3 * batch, Total: 3*batch + 2, Labels: 2, Errors: 1}, d.Stats)
	before := f.all(t, source)
	require.Equal(t, before, f.all(t, arn), "in the order of the source")
	labels, _, err := f.Labels(t.Context(), arn, "", 10)
	require.NoError(t, err)
	require.Equal(t, []ownsight.LabelStats{{Name: "ant", Entries: 2 * batch}, {Name: "zebra", Entries: batch}}, labels)

	// They have nothing in common any more.
	require.NoError(t, f.Update(t.Context(), arn, lines(t, "bucket", "bee", 1)))
	require.Equal(t, ownsight.DatasetUpdated, f.settledAt(t, arn).Status)
	require.Equal(t, before, f.all(t, source))
}

func TestACopyOfNothing(t *testing.T) {
	f := newFixture(t)
	f.run(t)
	arn, err := f.Create(t.Context(), f.project(t, "copy"), ownsight.Train, Source{Dataset: &f.arn}, nil)
	require.NoError(t, err)
	d := f.settledAt(t, arn)
	require.Equal(t, ownsight.DatasetCreated, d.Status)
	require.Zero(t, d.Stats.Total)
}

func TestWhatCannotBeCopied(t *testing.T) {
	f := newFixture(t)
	source := f.put(t, f.project(t, "source"), ownsight.Train, ownsight.DatasetCreated, lines(t, "bucket", "a", 3))
	target := f.project(t, "target")
	elsewhere, foreign, gone := source, source, source
	elsewhere.Region, foreign.Account, gone.Created = "eu-west-1", "444455556666", 3
	for what, c := range map[string]struct {
		source Source
		code   ownsight.Code
		word   string
	}{
		"not there":         {Source{Dataset: &gone}, ownsight.NotFound, gone.String()},
		"of another region": {Source{Dataset: &elsewhere}, ownsight.NotFound, "region"},
		"of a stranger":     {Source{Dataset: &foreign}, ownsight.NotFound, "account"},
		"two at a time":     {Source{Dataset: &source, Manifest: &ownsight.Location{Bucket: "b", Key: "k"}}, ownsight.InvalidParameter, "DatasetSource"},
	} {
		_, err := f.Create(t.Context(), target, ownsight.Train, c.source, nil)
		require.Equal(t, c.code, ownsight.CodeOf(err), what)
		require.ErrorContains(t, err, c.word, what)
	}
}

// What an earlier attempt copied does not stay when the source has changed since.
func TestACopyThatIsTakenUpAgain(t *testing.T) {
	f := newFixture(t)
	source := f.put(t, f.project(t, "source"), ownsight.Train, ownsight.DatasetCreated, lines(t, "bucket", "a", 3))
	arn, err := f.Create(t.Context(), f.project(t, "copy"), ownsight.Train, Source{Dataset: &source}, nil)
	require.NoError(t, err)
	require.NoError(t, f.store.Write(t.Context(), func(tx *store.Tx) error {
		d, err := tx.Datasets().ByARN(t.Context(), arn)
		require.NoError(t, err)
		return tx.Entries().Upsert(t.Context(), d.ID, []ownsight.Entry{{SourceRef: "s3://bucket/old.jpg", Line: "{}"}})
	}))
	f.run(t)
	require.EqualValues(t, 3, f.settledAt(t, arn).Stats.Total)
	require.Equal(t, f.all(t, source), f.all(t, arn))
}

func TestASourceThatIsDeletedBeforeItWasCopied(t *testing.T) {
	for _, gone := range []bool{true, false} {
		t.Run(fmt.Sprint(gone), func(t *testing.T) {
			f := newFixture(t)
			source := f.put(t, f.project(t, "source"), ownsight.Train, ownsight.DatasetCreated, nil)
			arn, err := f.Create(t.Context(), f.project(t, "copy"), ownsight.Train, Source{Dataset: &source}, nil)
			require.NoError(t, err)
			require.NoError(t, f.store.Write(t.Context(), func(tx *store.Tx) error {
				d, err := tx.Datasets().ByARN(t.Context(), source)
				require.NoError(t, err)
				if gone {
					return tx.Datasets().Delete(t.Context(), d.ID)
				}
				_, err = tx.Datasets().Move(t.Context(), d.ID, ownsight.DatasetCreated, ownsight.DatasetDeleting, store.DatasetChange{})
				return err
			}))
			f.run(t)
			d := f.settledAt(t, arn)
			require.Equal(t, ownsight.DatasetCreateFailed, d.Status)
			require.Equal(t, ownsight.ClientError, d.Outcome)
			require.Contains(t, d.Message, source.String())
		})
	}
}

// A source that this program does not understand is no reason to make an empty dataset.
func TestSourcesLieInDatabases(t *testing.T) {
	arn := ownsight.DatasetARN{Region: "us-east-1", Account: "111122223333", Project: "p", Type: ownsight.Test, Created: 5}
	for _, s := range []Source{
		{},
		{Manifest: &ownsight.Location{Bucket: "b", Key: "k", Version: "v"}, Requester: ownsight.Principal{Account: "111122223333", User: "ann"}},
		{Dataset: &arn, Requester: ownsight.Principal{Account: "111122223333"}},
	} {
		b, err := s.encode()
		require.NoError(t, err)
		again, err := decodeSource(b)
		require.NoError(t, err)
		require.Equal(t, s, again)
	}
	for _, text := range []string{"", `{"bucket":"b","key":"k"}`, "null and void"} {
		_, err := decodeSource([]byte(text))
		require.Error(t, err, text)
	}
}
