package rekognition

import (
	"context"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/dataset"
)

func (s Services) createDataset(ctx context.Context, c ownsight.Caller, in *CreateDatasetRequest) (*CreateDatasetResponse, error) {
	project, err := ownsight.ParseProjectARN(*in.ProjectArn)
	if err != nil {
		return nil, err
	}
	source, err := datasetSource(in.DatasetSource)
	if err != nil {
		return nil, err
	}
	source.Requester = c.Principal
	tags, err := s.newTags(in.Tags)
	if err != nil {
		return nil, err
	}
	arn, err := s.Datasets.Create(ctx, project, ownsight.DatasetType(*in.DatasetType), source, tags)
	if err != nil {
		return nil, err
	}
	return &CreateDatasetResponse{DatasetArn: new(arn.String())}, nil
}

// datasetSource reads where a dataset is made from: nothing, a manifest or another dataset.
func datasetSource(in *DatasetSource) (source dataset.Source, err error) {
	switch {
	case in == nil || in.DatasetArn == nil && in.GroundTruthManifest == nil:
		return source, nil
	case in.DatasetArn != nil && in.GroundTruthManifest != nil:
		return source, ownsight.Errorf(ownsight.InvalidParameter, "DatasetSource takes one of GroundTruthManifest and DatasetArn, not both.")
	case in.DatasetArn != nil:
		arn, err := ownsight.ParseDatasetARN(*in.DatasetArn)
		return dataset.Source{Dataset: &arn}, err
	}
	at, err := location(in.GroundTruthManifest.S3Object, "DatasetSource.GroundTruthManifest")
	return dataset.Source{Manifest: &at}, err
}

func (s Services) distributeDatasetEntries(ctx context.Context, _ ownsight.Caller, in *DistributeDatasetEntriesRequest) (*DistributeDatasetEntriesResponse, error) {
	arns := make([]ownsight.DatasetARN, len(in.Datasets))
	for i, d := range in.Datasets {
		var err error
		if arns[i], err = ownsight.ParseDatasetARN(*d.Arn); err != nil {
			return nil, err
		}
	}
	return &DistributeDatasetEntriesResponse{}, s.Datasets.Distribute(ctx, arns)
}

func (s Services) describeDataset(ctx context.Context, _ ownsight.Caller, in *DescribeDatasetRequest) (*DescribeDatasetResponse, error) {
	arn, err := ownsight.ParseDatasetARN(*in.DatasetArn)
	if err != nil {
		return nil, err
	}
	d, err := s.Datasets.Describe(ctx, arn)
	if err != nil {
		return nil, err
	}
	return &DescribeDatasetResponse{DatasetDescription: &DatasetDescription{
		CreationTimestamp:    new(d.Created),
		LastUpdatedTimestamp: new(d.Updated),
		Status:               new(DatasetStatus(d.Status)),
		StatusMessage:        text(d.Message),
		StatusMessageCode:    outcome(d.Outcome),
		DatasetStats: &DatasetStats{
			LabeledEntries: new(int32(d.Stats.Labeled)),
			TotalEntries:   new(int32(d.Stats.Total)),
			TotalLabels:    new(int32(d.Stats.Labels)),
			ErrorEntries:   new(int32(d.Stats.Errors)),
		},
	}}, nil
}

func outcome(o ownsight.Outcome) *DatasetStatusMessageCode {
	if o == "" {
		return nil
	}
	return new(DatasetStatusMessageCode(o))
}

func (s Services) updateDatasetEntries(ctx context.Context, _ ownsight.Caller, in *UpdateDatasetEntriesRequest) (*UpdateDatasetEntriesResponse, error) {
	arn, err := ownsight.ParseDatasetARN(*in.DatasetArn)
	if err != nil {
		return nil, err
	}
	if err := s.Datasets.Update(ctx, arn, in.Changes.GroundTruth); err != nil {
		return nil, err
	}
	return &UpdateDatasetEntriesResponse{}, nil
}

func (s Services) listDatasetEntries(ctx context.Context, c ownsight.Caller, in *ListDatasetEntriesRequest) (*ListDatasetEntriesResponse, error) {
	arn, err := ownsight.ParseDatasetARN(*in.DatasetArn)
	if err != nil {
		return nil, err
	}
	f := ownsight.EntryFilter{AnyLabel: in.ContainsLabels, Labeled: in.Labeled}
	if in.HasErrors != nil && *in.HasErrors { // false asks for no filter, as the samples of the guide do
		f.HasErrors = in.HasErrors
	}
	if in.SourceRefContains != nil {
		f.SourceRefContains = *in.SourceRefContains
	}
	selects := *in
	selects.NextToken, selects.MaxResults = nil, nil
	pages := awswire.PagesOf(c, selects)
	after, size, err := pages.Page(in.NextToken, in.MaxResults, pageSize)
	if err != nil {
		return nil, err
	}
	entries, next, err := s.Datasets.Entries(ctx, arn, f, after, size)
	if err != nil {
		return nil, err
	}
	out := &ListDatasetEntriesResponse{DatasetEntries: []string{}, NextToken: pages.Next(next)}
	for _, e := range entries {
		out.DatasetEntries = append(out.DatasetEntries, e.Line)
	}
	return out, nil
}

func (s Services) listDatasetLabels(ctx context.Context, c ownsight.Caller, in *ListDatasetLabelsRequest) (*ListDatasetLabelsResponse, error) {
	arn, err := ownsight.ParseDatasetARN(*in.DatasetArn)
	if err != nil {
		return nil, err
	}
	selects := *in
	selects.NextToken, selects.MaxResults = nil, nil
	pages := awswire.PagesOf(c, selects)
	after, size, err := pages.Page(in.NextToken, in.MaxResults, pageSize)
	if err != nil {
		return nil, err
	}
	labels, next, err := s.Datasets.Labels(ctx, arn, after, size)
	if err != nil {
		return nil, err
	}
	out := &ListDatasetLabelsResponse{DatasetLabelDescriptions: []DatasetLabelDescription{}, NextToken: pages.Next(next)}
	for _, l := range labels {
		stats := &DatasetLabelStats{EntryCount: new(int32(l.Entries))}
		if l.Boxes > 0 {
			stats.BoundingBoxCount = new(int32(l.Boxes))
		}
		out.DatasetLabelDescriptions = append(out.DatasetLabelDescriptions, DatasetLabelDescription{LabelName: new(l.Name), LabelStats: stats})
	}
	return out, nil
}

func (s Services) deleteDataset(ctx context.Context, _ ownsight.Caller, in *DeleteDatasetRequest) (*DeleteDatasetResponse, error) {
	arn, err := ownsight.ParseDatasetARN(*in.DatasetArn)
	if err != nil {
		return nil, err
	}
	if err := s.Datasets.Delete(ctx, arn); err != nil {
		return nil, err
	}
	return &DeleteDatasetResponse{}, nil
}
