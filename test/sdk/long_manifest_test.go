package sdk

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/guide"
	"ownsight/test/server"
)

// A manifest that is written in several transactions keeps its order, and of pictures that come again long after the
// first line that has them.
func TestLongManifest(t *testing.T) {
	t.Parallel()
	const each = 4200 // of two labels
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, bucket)
	again := lines(500, "b", "a") // in another order
	arn := c.Dataset(t, c.Project(t, "long"), types.DatasetTypeTrain, bucket, joined(lines(each, "a", "b"), again))
	d := c.DescribeIt(t, arn)
	require.EqualValues(t, 2*each, *d.DatasetStats.TotalEntries)
	require.EqualValues(t, 2*each, *d.DatasetStats.LabeledEntries)

	want, n := lines(each, "a", "b"), 0
	pages := rekognition.NewListDatasetEntriesPaginator(c, &rekognition.ListDatasetEntriesInput{DatasetArn: arn, SourceRefContains: aws.String("none/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, line := range page.DatasetEntries {
			if own, _ := strings.CutSuffix(want[n], "}"); !strings.HasPrefix(line, own) {
				t.Fatalf("entry %d is %s in place of %s", n, line, want[n])
			}
			n++
		}
	}
	require.Equal(t, 2*each, n)
	require.Empty(t, s.Complaints())
}
