package browser

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestStored has pictures that lie in S3, in a folder for each label, become both datasets of a project. People rename one label and
// remove another. Of the pictures to test with one lies in the wrong folder.
func TestStored(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, bucket)
	const misplaced = "rust-002.jpg"
	each := map[string]int{"train": 16, "test": 4}
	want := map[types.DatasetType]map[string][]string{types.DatasetTypeTrain: {}, types.DatasetTypeTest: {}}
	for split, n := range each {
		kind := map[string]types.DatasetType{"train": types.DatasetTypeTrain, "test": types.DatasetTypeTest}[split]
		for _, p := range corpus.Pictures("stored "+split+"/", n, corpus.Labels...) {
			label, name := p.Label, filepath.Base(p.Key)
			if split == "test" && name == misplaced {
				label = corpus.Labels[0]
			}
			key := "belt/" + split + "/" + label + "/" + name
			c.Put(t, bucket, key, p.File)
			want[kind][key] = map[string][]string{"good": {"good"}, "rust": {"rusty"}}[label]
		}
	}
	c.Put(t, bucket, "belt/read-me.txt", []byte("Of the night shift."))
	c.Put(t, bucket, "belts/good/of-another-folder.jpg", corpus.Pictures("other/", 1, corpus.Labels[0])[0].File)

	play(t, s, chapter{
		program: "stored.mjs",
		environ: []string{"ADDRESS=s3://" + bucket + "/belt", "TRAINING=" + strconv.Itoa(each["train"]), "TESTING=" + strconv.Itoa(each["test"]), "MISPLACED=" + misplaced},
		deeds:   map[string]func(){"train": func() { c.Train(t, find(t, s, "belt").ProjectArn, "v1", bucket, "out") }},
	})
	for _, d := range find(t, s, "belt").Datasets {
		require.Equal(t, want[d.DatasetType], labelled(t, c, d.DatasetArn), d.DatasetType)
	}
}

// labelled gives what is said of each picture of a dataset, by its key.
func labelled(t *testing.T, c guide.Client, arn *string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	pages := rekognition.NewListDatasetEntriesPaginator(c, &rekognition.ListDatasetEntriesInput{DatasetArn: arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, line := range page.DatasetEntries {
			key, labels := said(t, line)
			found[key] = labels
		}
	}
	return found
}
