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
