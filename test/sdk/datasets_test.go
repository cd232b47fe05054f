package sdk

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
)

// tellDatasets makes the datasets that everything after stands on.
func tellDatasets(t *testing.T, s *story) {
	training := corpus.Pictures("train/", 16, corpus.Labels...)
	s.pictures = corpus.Pictures("test/", 8, corpus.Labels...)
	s.client.Upload(t, bucket, slices.Concat(training, s.pictures))
	bad := unusable(training[0])
	for _, p := range bad {
		if p.File != nil {
			s.client.Put(t, bucket, p.Key, p.File)
		}
	}
	// One line without a label, one that names no label attribute: kept, told of in listings.
	manifest := slices.Concat(corpus.Manifest(bucket, training), corpus.Manifest(bucket, bad),
		[]byte(`{"source-ref":"s3://parts/unlabelled.jpg"}`+"\n"), []byte(`{"source-ref":"s3://parts/half.jpg","part-0":1}`+"\n"))
	s.train = s.client.Dataset(t, s.project, types.DatasetTypeTrain, bucket, manifest)
	s.test = s.client.Dataset(t, s.project, types.DatasetTypeTest, bucket, corpus.Manifest(bucket, s.pictures))

	d := s.client.DescribeIt(t, s.train)
	require.Equal(t, "The dataset was successfully created from the manifest file.", *d.StatusMessage)
	require.Equal(t, types.DatasetStatusMessageCodeSuccess, d.StatusMessageCode)
	require.EqualValues(t, len(training)+len(bad)+2, *d.DatasetStats.TotalEntries)
	require.EqualValues(t, len(training)+len(bad), *d.DatasetStats.LabeledEntries)
	require.EqualValues(t, 4, *d.DatasetStats.TotalLabels)
	require.EqualValues(t, 1, *d.DatasetStats.ErrorEntries)
	tellListings(t, s, len(training)+len(bad)+2)

	out, err := s.client.DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{ProjectNames: []string{"gears"}})
	require.NoError(t, err)
	require.Len(t, out.ProjectDescriptions[0].Datasets, 2)
	for _, listed := range out.ProjectDescriptions[0].Datasets {
		require.Equal(t, types.DatasetStatusCreateComplete, listed.Status)
	}
	var exists *types.ResourceAlreadyExistsException
	_, err = s.client.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: s.project, DatasetType: types.DatasetTypeTest})
	require.ErrorAs(t, err, &exists)
}

// tellListings reads a dataset through every filter and in pages of several sizes.
func tellListings(t *testing.T, s *story, total int) {
	list := func(in rekognition.ListDatasetEntriesInput) (lines []string) {
		in.DatasetArn = s.train
		pages := rekognition.NewListDatasetEntriesPaginator(s.client, &in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			lines = append(lines, page.DatasetEntries...)
		}
		return lines
	}
	everything := list(rekognition.ListDatasetEntriesInput{})
	require.Len(t, everything, total)
	require.Equal(t, everything, list(rekognition.ListDatasetEntriesInput{MaxResults: aws.Int32(7)}))
	for _, c := range []struct {
		in    rekognition.ListDatasetEntriesInput
		count int
	}{
		{rekognition.ListDatasetEntriesInput{ContainsLabels: corpus.Labels[:1]}, 18},
		{rekognition.ListDatasetEntriesInput{ContainsLabels: corpus.Labels[1:]}, 34},
		{rekognition.ListDatasetEntriesInput{ContainsLabels: []string{"none"}}, 0},
		{rekognition.ListDatasetEntriesInput{Labeled: aws.Bool(true)}, 53},
		{rekognition.ListDatasetEntriesInput{Labeled: aws.Bool(false)}, 2},
		{rekognition.ListDatasetEntriesInput{HasErrors: aws.Bool(true)}, 1},
		{rekognition.ListDatasetEntriesInput{HasErrors: aws.Bool(false)}, 55},
		{rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String("s3://parts/bad/")}, 5},
		{rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String("%")}, 0},
		{rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String("/bad/"), ContainsLabels: corpus.Labels[:1], Labeled: aws.Bool(true)}, 2},
	} {
		require.Len(t, list(c.in), c.count, "%+v", c.in)
	}
	half := list(rekognition.ListDatasetEntriesInput{HasErrors: aws.Bool(true)})[0]
	require.Equal(t, `{"source-ref":"s3://parts/half.jpg","part-0":1,"cl-metadata":{"is_labeled":false},`+
		`"cl-errors":[{"code":"ERROR_NO_LABEL_ATTRIBUTES","message":"No label attributes found."}]}`, half)

	labels, err := s.client.ListDatasetLabels(t.Context(), &rekognition.ListDatasetLabelsInput{DatasetArn: s.train, MaxResults: aws.Int32(2)})
	require.NoError(t, err)
	require.Len(t, labels.DatasetLabelDescriptions, 2)
	require.Nil(t, labels.DatasetLabelDescriptions[0].LabelStats.BoundingBoxCount)
	var foreign *types.InvalidPaginationTokenException
	_, err = s.client.ListDatasetLabels(t.Context(), &rekognition.ListDatasetLabelsInput{DatasetArn: s.test, NextToken: labels.NextToken})
	require.ErrorAs(t, err, &foreign, "a token of another dataset")
	_, err = s.client.DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{NextToken: labels.NextToken})
	require.ErrorAs(t, err, &foreign, "a token of another operation")
	rest, err := s.client.ListDatasetLabels(t.Context(), &rekognition.ListDatasetLabelsInput{DatasetArn: s.train, NextToken: labels.NextToken})
	require.NoError(t, err)
	require.Len(t, rest.DatasetLabelDescriptions, 2)
	require.Nil(t, rest.NextToken)
}
