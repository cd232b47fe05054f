package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/dataset/source"
)

// line is a picture as a dataset names it.
type line struct {
	sourceRef string
	text      string // JSON, without line end
}

// lines describes pictures, those that are to be uploaded by where they will lie.
func lines(bucket, prefix string, pictures []source.Picture) ([]line, error) {
	now := time.Now()
	list := make([]line, 0, len(pictures))
	for _, p := range pictures {
		ref := p.SourceRef
		if ref == "" {
			ref = manifest.SourceRef(ownsight.Location{Bucket: bucket, Key: prefix + p.Name})
		}
		text, err := p.Line(ref, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Path, err)
		}
		list = append(list, line{ref, text})
	}
	return list, nil
}

// said is what a line says of its picture, whoever wrote it and when.
type said struct {
	labels []string
	boxes  []manifest.Box
	size   manifest.Size
}

func saying(text string) (sourceRef string, s said) {
	l := manifest.Parse([]byte(text))
	return l.SourceRef, said{l.Labels, l.Boxes, l.Size}
}

func (s said) equal(other said) bool {
	return s.size == other.size && slices.Equal(s.labels, other.labels) && slices.Equal(s.boxes, other.boxes)
}

// chunk is how much of a manifest one UpdateDatasetEntries takes; the contract allows 5 MiB.
const chunk = 4 << 20

// ensureDataset makes a dataset of a project say just what want says: made anew, left alone, or brought up to date. A
// dataset that holds other people's entries is an error; this command's own under prefix may come and go.
func (c *Client) ensureDataset(ctx context.Context, project *project, kind types.DatasetType, o TrainOptions, want []line) error {
	arn := project.datasets[kind]
	if arn == "" {
		return c.createDataset(ctx, project, kind, o, want)
	}
	status, err := c.settle(ctx, arn)
	if err != nil {
		return err
	}
	if status == types.DatasetStatusCreateFailed {
		return c.replaceDataset(ctx, project, kind, o, want)
	}
	there, err := c.entries(ctx, arn)
	if err != nil {
		return err
	}
	changed, gone, err := compare(there, want, manifest.SourceRef(ownsight.Location{Bucket: o.Bucket, Key: o.pictures()}))
	if err != nil {
		return fmt.Errorf("the %s dataset of project %s %w; name a project of its own with --project", kind, o.Project, err)
	}
	if gone { // no operation removes an entry
		return c.replaceDataset(ctx, project, kind, o, want)
	}
	return c.updateDataset(ctx, arn, changed)
}

// compare says which lines are new or labelled otherwise, and whether entries under prefix are wanted no more.
func compare(there map[string]said, want []line, prefix string) (changed []line, gone bool, err error) {
	wanted := map[string]bool{}
	for _, l := range want {
		wanted[l.sourceRef] = true
		_, wants := saying(l.text)
		if says, ok := there[l.sourceRef]; !ok || !says.equal(wants) {
			changed = append(changed, l)
		}
	}
	for ref := range there {
		if wanted[ref] {
			continue
		}
		if !strings.HasPrefix(ref, prefix) {
			return nil, false, fmt.Errorf("names %s, which is none of this folder's pictures", ref)
		}
		gone = true
	}
	return changed, gone, nil
}

// entries gives what a dataset's entries say by their source-ref.
func (c *Client) entries(ctx context.Context, arn string) (map[string]said, error) {
	there := map[string]said{}
	pages := rekognition.NewListDatasetEntriesPaginator(c.rek, &rekognition.ListDatasetEntriesInput{DatasetArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, text := range page.DatasetEntries {
			ref, says := saying(text)
			there[ref] = says
		}
	}
	return there, nil
}

func (c *Client) createDataset(ctx context.Context, project *project, kind types.DatasetType, o TrainOptions, want []line) error {
	if len(want) == 0 {
		return nil
	}
	key := o.Project + "/manifests/" + strings.ToLower(string(kind)) + "-" + o.Version + ".manifest"
	if _, err := c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &o.Bucket, Key: &key, Body: bytes.NewReader(join(want))}); err != nil {
		return err
	}
	made, err := c.rek.CreateDataset(ctx, &rekognition.CreateDatasetInput{ProjectArn: &project.arn, DatasetType: kind,
		DatasetSource: &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{Bucket: &o.Bucket, Name: &key}}}})
	if err != nil {
		return err
	}
	return c.complete(ctx, aws.ToString(made.DatasetArn))
}

func (c *Client) replaceDataset(ctx context.Context, project *project, kind types.DatasetType, o TrainOptions, want []line) error {
	if err := c.deleteDataset(ctx, project.datasets[kind]); err != nil {
		return err
	}
	return c.createDataset(ctx, project, kind, o, want)
}

// deleteDataset deletes a dataset and waits until it is gone.
func (c *Client) deleteDataset(ctx context.Context, arn string) error {
	if _, err := c.rek.DeleteDataset(ctx, &rekognition.DeleteDatasetInput{DatasetArn: &arn}); err != nil {
		return err
	}
	status, err := c.settle(ctx, arn)
	if isA[*types.ResourceNotFoundException](err) {
		return nil
	}
	return errors.Join(fmt.Errorf("%s was not deleted; it is %s", arn, status), err)
}

func (c *Client) updateDataset(ctx context.Context, arn string, changed []line) error {
	for len(changed) > 0 {
		size, n := 0, 0
		for n < len(changed) && (n == 0 || size+len(changed[n].text) < chunk) {
			size += len(changed[n].text) + 1
			n++
		}
		_, err := c.rek.UpdateDatasetEntries(ctx, &rekognition.UpdateDatasetEntriesInput{DatasetArn: &arn,
			Changes: &types.DatasetChanges{GroundTruth: join(changed[:n])}})
		if err != nil {
			return err
		}
		if err := c.complete(ctx, arn); err != nil {
			return err
		}
		changed = changed[n:]
	}
	return nil
}

func join(list []line) []byte {
	var b bytes.Buffer
	for _, l := range list {
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// settle waits until nothing is in progress on a dataset.
func (c *Client) settle(ctx context.Context, arn string) (status types.DatasetStatus, err error) {
	err = poll(ctx, func() (bool, error) {
		d, err := c.rek.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: &arn})
		if err != nil {
			return false, err
		}
		status = d.DatasetDescription.Status
		return !strings.HasSuffix(string(status), "_IN_PROGRESS"), nil
	})
	return status, err
}

// complete waits until a change of a dataset has ended, and well.
func (c *Client) complete(ctx context.Context, arn string) error {
	status, err := c.settle(ctx, arn)
	if err != nil || status == types.DatasetStatusCreateComplete || status == types.DatasetStatusUpdateComplete {
		return err
	}
	d, err := c.rek.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: &arn})
	if err != nil {
		return err
	}
	return fmt.Errorf("dataset %s: %s: %s", arn, status, aws.ToString(d.DatasetDescription.StatusMessage))
}
