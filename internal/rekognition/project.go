package rekognition

import (
	"context"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/model"
	"ownsight/internal/store"
)

// pageSize is what most lists give when they are asked for no number, and the most that they give.
const pageSize = 100

func (s Services) createProject(ctx context.Context, c ownsight.Caller, in *CreateProjectRequest) (*CreateProjectResponse, error) {
	if in.Feature != nil && *in.Feature != CustomizationFeatureCustomLabels {
		return nil, ownsight.Errorf(ownsight.NotServed, "Feature %s is not served; CUSTOM_LABELS is.", *in.Feature)
	}
	if in.AutoUpdate != nil {
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "AutoUpdate is for content moderation adapters only.")
	}
	tags, err := s.newTags(in.Tags)
	if err != nil {
		return nil, err
	}
	arn, err := s.Models.CreateProject(ctx, c, *in.ProjectName, ownsight.CustomLabels, "", tags)
	if err != nil {
		return nil, err
	}
	return &CreateProjectResponse{ProjectArn: new(arn.String())}, nil
}

func (s Services) describeProjects(ctx context.Context, c ownsight.Caller, in *DescribeProjectsRequest) (*DescribeProjectsResponse, error) {
	f := store.ProjectFilter{Account: c.Account, Region: c.Region, Names: in.ProjectNames, Features: []ownsight.Feature{ownsight.CustomLabels}}
	if len(in.Features) > 0 {
		f.Features = nil
		for _, feature := range in.Features {
			f.Features = append(f.Features, ownsight.Feature(feature))
		}
	}
	selects := *in
	selects.NextToken, selects.MaxResults = nil, nil
	pages := awswire.PagesOf(c, selects)
	after, size, err := pages.Page(in.NextToken, in.MaxResults, pageSize)
	if err != nil {
		return nil, err
	}
	projects, next, err := s.Models.Projects(ctx, f, after, size)
	if err != nil {
		return nil, err
	}
	out := &DescribeProjectsResponse{ProjectDescriptions: []ProjectDescription{}, NextToken: pages.Next(next)}
	for _, p := range projects {
		out.ProjectDescriptions = append(out.ProjectDescriptions, projectDescription(p))
	}
	return out, nil
}

func projectDescription(p model.ProjectListing) ProjectDescription {
	d := ProjectDescription{
		ProjectArn:        new(p.ARN.String()),
		CreationTimestamp: new(p.Created),
		Status:            new(ProjectStatus(p.Status)),
		Datasets:          []DatasetMetadata{},
		Feature:           new(CustomizationFeature(p.Feature)),
	}
	for _, set := range p.Datasets {
		d.Datasets = append(d.Datasets, DatasetMetadata{
			CreationTimestamp: new(set.Created),
			DatasetType:       new(DatasetType(set.ARN.Type)),
			DatasetArn:        new(set.ARN.String()),
			Status:            new(DatasetStatus(set.Status)),
			StatusMessage:     text(set.Message),
			StatusMessageCode: outcome(set.Outcome),
		})
	}
	return d
}

func (s Services) deleteProject(ctx context.Context, _ ownsight.Caller, in *DeleteProjectRequest) (*DeleteProjectResponse, error) {
	arn, err := ownsight.ParseProjectARN(*in.ProjectArn)
	if err != nil {
		return nil, err
	}
	if err := s.Models.DeleteProject(ctx, arn); err != nil {
		return nil, err
	}
	return &DeleteProjectResponse{Status: new(ProjectStatusDeleting)}, nil
}
