package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// lines are n lines of a manifest from number first on; nobody looks for their pictures.
func lines(first, n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(corpus.Line("parts", fmt.Sprintf("%06d.jpg", first+i), fmt.Sprintf("label-%d", i%3)) + "\n")
	}
	return b.Bytes()
}

// TestKilledDatasetJobs kills the server while a dataset is made, changed and removed.
func TestKilledDatasetJobs(t *testing.T) {
	t.Parallel()
	const imported, changed = 6_000, 6_000
	s := server.Start(t, "--log", "debug")
	c := guide.Connect(t, s, "default")
	c.Bucket(t, "parts")
	killed := func(when string) {
		t.Helper()
		server.Eventually(t, server.Patience, when, func(context.Context) bool { return strings.Contains(s.Life(), when) })
		s.Kill()
		s.Restart(t)
	}

	arn := c.BeginDataset(t, c.Project(t, "gears"), types.DatasetTypeTrain, "parts", lines(0, imported))
	killed(`msg="entries written"`)
	d := c.SettledDataset(t, arn)
	require.Equal(t, types.DatasetStatusCreateComplete, d.Status)
	require.EqualValues(t, imported, *d.DatasetStats.TotalEntries)
	require.EqualValues(t, 3, *d.DatasetStats.TotalLabels)

	_, err := c.UpdateDatasetEntries(t.Context(), &rekognition.UpdateDatasetEntriesInput{DatasetArn: arn,
		Changes: &types.DatasetChanges{GroundTruth: lines(imported/2, changed)}})
	require.NoError(t, err)
	killed("operation=UpdateDatasetEntries")
	d = c.SettledDataset(t, arn)
	require.Equal(t, types.DatasetStatusUpdateComplete, d.Status)
	require.EqualValues(t, imported/2+changed, *d.DatasetStats.TotalEntries)

	_, err = c.DeleteDataset(t.Context(), &rekognition.DeleteDatasetInput{DatasetArn: arn})
	require.NoError(t, err)
	killed(`msg="entries removed"`)
	server.Eventually(t, server.Patience, "dataset gone", func(ctx context.Context) bool {
		_, err := c.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: arn})
		var gone *types.ResourceNotFoundException
		return errors.As(err, &gone)
	})
	require.Empty(t, s.Complaints())
}

// TestKilledCopyAndDistribution kills the server while a dataset is made from another and while entries are distributed.
func TestKilledCopyAndDistribution(t *testing.T) {
	t.Parallel()
	const count = 6_000
	s := server.Start(t, "--log", "debug")
	c := guide.Connect(t, s, "default")
	c.Bucket(t, "parts")
	source := c.Dataset(t, c.Project(t, "source"), types.DatasetTypeTrain, "parts", lines(0, count))
	killed := func(when string) {
		t.Helper()
		server.Eventually(t, server.Patience, when, func(context.Context) bool { return strings.Contains(s.Life(), when) })
		s.Kill()
		s.Restart(t)
	}

	s.Kill() // so that what is logged from here on is of the copy
	s.Restart(t)
	project := c.Project(t, "gears")
	out, err := c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: project, DatasetType: types.DatasetTypeTrain,
		DatasetSource: &types.DatasetSource{DatasetArn: source}})
	require.NoError(t, err)
	killed(`msg="entries written"`)
	train := out.DatasetArn
	d := c.SettledDataset(t, train)
	require.Equal(t, types.DatasetStatusCreateComplete, d.Status)
	require.EqualValues(t, count, *d.DatasetStats.TotalEntries)
	all := entries(t, c, source)
	require.Equal(t, all, entries(t, c, train))

	test := c.Dataset(t, project, types.DatasetTypeTest, "parts", nil)
	_, err = c.DistributeDatasetEntries(t.Context(), &rekognition.DistributeDatasetEntriesInput{Datasets: []types.DistributeDataset{{Arn: train}, {Arn: test}}})
	require.NoError(t, err)
	killed("operation=DistributeDatasetEntries")
	for arn, want := range map[*string]int32{train: count * 4 / 5, test: count / 5} {
		d := c.SettledDataset(t, arn)
		require.Equal(t, types.DatasetStatusUpdateComplete, d.Status)
		require.Equal(t, want, *d.DatasetStats.TotalEntries)
		require.EqualValues(t, 3, *d.DatasetStats.TotalLabels)
	}
	require.ElementsMatch(t, all, append(entries(t, c, train), entries(t, c, test)...))
	require.Empty(t, s.Complaints())
}

// entries lists a dataset in whole.
func entries(t *testing.T, c guide.Client, arn *string) (all []string) {
	t.Helper()
	pages := rekognition.NewListDatasetEntriesPaginator(c, &rekognition.ListDatasetEntriesInput{DatasetArn: arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		all = append(all, page.DatasetEntries...)
	}
	return all
}
