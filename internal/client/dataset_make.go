package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"ownsight/internal/dataset/manifest"
)

// DatasetSource is what a dataset is made of: a manifest in S3, another dataset, or nothing.
type DatasetSource struct {
	Manifest string // s3://BUCKET/KEY
	Dataset  string // ARN, or the name of a project that has one of the same kind
}

// CreateDataset makes the dataset of a kind, TRAIN or TEST, and waits until it is there.
func (c *Client) CreateDataset(ctx context.Context, projectName, kind string, from DatasetSource, follow func(Progress)) (Dataset, error) {
	found, err := c.projects(ctx, projectName)
	if err != nil {
		return Dataset{}, err
	}
	in := &rekognition.CreateDatasetInput{ProjectArn: &found[0].arn, DatasetType: types.DatasetType(kind)}
	switch {
	case from.Manifest != "":
		at, ok := manifest.ParseSourceRef(from.Manifest)
		if !ok {
			return Dataset{}, fmt.Errorf("%q is no s3://BUCKET/KEY", from.Manifest)
		}
		in.DatasetSource = &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{Bucket: &at.Bucket, Name: &at.Key}}}
	case from.Dataset != "":
		arn := from.Dataset
		if !strings.HasPrefix(arn, "arn:") {
			d, err := c.oneDataset(ctx, arn, kind)
			if err != nil {
				return Dataset{}, err
			}
			arn = d.ARN
		}
		in.DatasetSource = &types.DatasetSource{DatasetArn: &arn}
	}
	follow(Progress{What: "making the dataset"})
	made, err := c.rek.CreateDataset(ctx, in)
	if err != nil {
		return Dataset{}, err
	}
	if err := c.complete(ctx, aws.ToString(made.DatasetArn)); err != nil {
		return Dataset{}, err
	}
	return c.oneDataset(ctx, projectName, kind)
}

// UpdateDataset adds the entries of a manifest to a dataset, in place of those of the same pictures, in as many calls as their size
// takes. Entries whose pictures are not in the manifest stay as they are.
func (c *Client) UpdateDataset(ctx context.Context, projectName, kind string, text io.Reader, follow func(Progress)) (Dataset, error) {
	d, err := c.oneDataset(ctx, projectName, kind)
	if err != nil {
		return d, err
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, chunk)
	var batch []line
	size, done := 0, 0
	send := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := c.updateDataset(ctx, d.ARN, batch); err != nil {
			return fmt.Errorf("%d lines are in the dataset, the next ones are not: %w", done, err)
		}
		done += len(batch)
		batch, size = batch[:0], 0
		follow(Progress{What: "changing the dataset", Detail: fmt.Sprintf("%d lines", done)})
		return nil
	}
	n := 1
	for ; lines.Scan(); n++ {
		entry := strings.TrimSpace(lines.Text())
		if entry == "" {
			continue
		}
		ref, _ := saying(entry)
		if ref == "" {
			return d, fmt.Errorf("line %d has no source-ref, so it is none of a manifest; %d lines before it are in the dataset", n, done)
		}
		if size+len(entry) >= chunk {
			if err := send(); err != nil {
				return d, err
			}
		}
		batch, size = append(batch, line{ref, entry}), size+len(entry)+1
	}
	if err := lines.Err(); err != nil { // a line of more than a call can take, or a file that cannot be read
		return d, fmt.Errorf("line %d: %w; %d lines before it are in the dataset", n, err, done)
	}
	if err := send(); err != nil {
		return d, err
	}
	return c.oneDataset(ctx, projectName, kind)
}

// DeleteDataset deletes a dataset, and waits until it is gone. The pictures stay.
func (c *Client) DeleteDataset(ctx context.Context, d Dataset, follow func(Progress)) error {
	follow(Progress{What: "deleting the dataset"})
	return c.deleteDataset(ctx, d.ARN)
}

// SplitDataset moves a fifth of the training dataset's entries to the test dataset, which is made where there is none and must be
// empty where there is one (DistributeDatasetEntries), and waits for the end.
func (c *Client) SplitDataset(ctx context.Context, projectName string, follow func(Progress)) ([]Dataset, error) {
	train, err := c.oneDataset(ctx, projectName, string(types.DatasetTypeTrain))
	if err != nil {
		return nil, err
	}
	found, err := c.projects(ctx, projectName)
	if err != nil {
		return nil, err
	}
	test := found[0].datasets[types.DatasetTypeTest]
	if test == "" {
		made, err := c.CreateDataset(ctx, projectName, string(types.DatasetTypeTest), DatasetSource{}, follow)
		if err != nil {
			return nil, err
		}
		test = made.ARN
	}
	follow(Progress{What: "distributing the entries"})
	_, err = c.rek.DistributeDatasetEntries(ctx, &rekognition.DistributeDatasetEntriesInput{
		Datasets: []types.DistributeDataset{{Arn: &train.ARN}, {Arn: &test}}})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(c.complete(ctx, train.ARN), c.complete(ctx, test)); err != nil {
		return nil, err
	}
	return c.Datasets(ctx, projectName, "")
}

// oneDataset is the dataset of a kind; it is an error when there is none.
func (c *Client) oneDataset(ctx context.Context, projectName, kind string) (Dataset, error) {
	list, err := c.Datasets(ctx, projectName, kind)
	if err != nil {
		return Dataset{}, err
	}
	return list[0], nil
}
