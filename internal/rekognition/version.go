package rekognition

import (
	"context"

	"ownsight"
	"ownsight/internal/model"
)

func (s Services) createProjectVersion(ctx context.Context, _ ownsight.Caller, in *CreateProjectVersionRequest) (*CreateProjectVersionResponse, error) {
	project, err := ownsight.ParseProjectARN(*in.ProjectArn)
	if err != nil {
		return nil, err
	}
	switch {
	case in.TrainingData != nil || in.TestingData != nil:
		return nil, ownsight.Errorf(ownsight.NotServed, "TrainingData and TestingData are not served by this version of Ownsight; create datasets in the project with CreateDataset.")
	case in.FeatureConfig != nil && in.FeatureConfig.ContentModeration != nil:
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "FeatureConfig.ContentModeration does not fit a project for custom labels.")
	case in.OutputConfig.S3Bucket == nil:
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "OutputConfig.S3Bucket is missing.")
	}
	n := model.NewVersion{
		Project: project, Name: *in.VersionName,
		Output: ownsight.Location{Bucket: *in.OutputConfig.S3Bucket},
		Tags:   in.Tags,
	}
	if in.OutputConfig.S3KeyPrefix != nil {
		n.Output.Key = *in.OutputConfig.S3KeyPrefix
	}
	if in.VersionDescription != nil {
		n.Description = *in.VersionDescription
	}
	if in.KmsKeyId != nil {
		return nil, ownsight.Errorf(ownsight.NotServed, "KmsKeyId is not served by this version of Ownsight; leave it out.")
	}
	arn, err := s.Training.Create(ctx, n)
	if err != nil {
		return nil, err
	}
	return &CreateProjectVersionResponse{ProjectVersionArn: new(arn.String())}, nil
}

func (s Services) describeProjectVersions(ctx context.Context, c ownsight.Caller, in *DescribeProjectVersionsRequest) (*DescribeProjectVersionsResponse, error) {
	project, err := ownsight.ParseProjectARN(*in.ProjectArn)
	if err != nil {
		return nil, err
	}
	selects := *in
	selects.NextToken, selects.MaxResults = nil, nil
	pages := listOf(c, selects)
	after, size, err := pages.page(in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	versions, next, err := s.Models.Versions(ctx, project, in.VersionNames, after, size)
	if err != nil {
		return nil, err
	}
	out := &DescribeProjectVersionsResponse{ProjectVersionDescriptions: []ProjectVersionDescription{}, NextToken: pages.next(next)}
	for i := range versions {
		out.ProjectVersionDescriptions = append(out.ProjectVersionDescriptions, versionDescription(&versions[i]))
	}
	return out, nil
}

func versionDescription(v *ownsight.Version) ProjectVersionDescription {
	d := ProjectVersionDescription{
		ProjectVersionArn:  new(v.ARN.String()),
		CreationTimestamp:  new(v.Created),
		Status:             new(ProjectVersionStatus(v.Status)),
		StatusMessage:      text(v.Message),
		OutputConfig:       &OutputConfig{S3Bucket: new(v.Output.Bucket), S3KeyPrefix: text(v.Output.Key)},
		KmsKeyId:           text(v.KMSKey),
		VersionDescription: text(v.Description),
		Feature:            new(CustomizationFeatureCustomLabels),
		TrainingDataResult: &TrainingDataResult{Input: &TrainingData{}},
		TestingDataResult:  &TestingDataResult{Input: &TestingData{AutoCreate: new(v.Inputs.AutoCreate)}},
	}
	if v.Inputs.AutoCreate {
		d.TestingDataResult.Input.Assets = []Asset{}
	}
	if v.MinUnits > 0 {
		d.MinInferenceUnits = new(int32(v.MinUnits))
	}
	if v.MaxUnits > 0 {
		d.MaxInferenceUnits = new(int32(v.MaxUnits))
	}
	if !v.Ended.IsZero() {
		d.TrainingEndTimestamp = new(v.Ended)
	}
	if v.Result != nil {
		describeResult(&d, v)
	}
	return d
}

// describeResult adds what a finished training left, of success or of failure.
func describeResult(d *ProjectVersionDescription, v *ownsight.Version) {
	r := v.Result
	d.ManifestSummary = manifestAt(r.ManifestSummary)
	if assets := assetsAt(r.TrainingOutput); assets != nil {
		d.TrainingDataResult.Output = &TrainingData{Assets: assets}
	}
	if assets := assetsAt(r.TestingOutput); assets != nil {
		d.TestingDataResult.Output = &TestingData{Assets: assets, AutoCreate: new(v.Inputs.AutoCreate)}
	}
	if assets := assetsAt(r.TrainingValidation); assets != nil {
		d.TrainingDataResult.Validation = &ValidationData{Assets: assets}
	}
	if assets := assetsAt(r.TestingValidation); assets != nil {
		d.TestingDataResult.Validation = &ValidationData{Assets: assets}
	}
	if r.F1 != nil {
		d.EvaluationResult = &EvaluationResult{F1Score: new(*r.F1), Summary: &Summary{S3Object: objectAt(r.Summary)}}
		d.BillableTrainingTimeInSeconds = new(int64(v.Billable.Seconds()))
		d.BaseModelVersion = text(r.BaseModel)
	}
}

func objectAt(at ownsight.Location) *S3Object {
	return &S3Object{Bucket: new(at.Bucket), Name: new(at.Key)}
}

func manifestAt(at ownsight.Location) *GroundTruthManifest {
	if at.Key == "" {
		return nil
	}
	return &GroundTruthManifest{S3Object: objectAt(at)}
}

func assetsAt(at ownsight.Location) []Asset {
	if at.Key == "" {
		return nil
	}
	return []Asset{{GroundTruthManifest: manifestAt(at)}}
}

func (s Services) startProjectVersion(ctx context.Context, _ ownsight.Caller, in *StartProjectVersionRequest) (*StartProjectVersionResponse, error) {
	arn, err := ownsight.ParseVersionARN(*in.ProjectVersionArn)
	if err != nil {
		return nil, err
	}
	max := int64(0)
	if in.MaxInferenceUnits != nil {
		max = int64(*in.MaxInferenceUnits)
	}
	if err := s.Serving.Start(ctx, arn, int64(*in.MinInferenceUnits), max); err != nil {
		return nil, err
	}
	return &StartProjectVersionResponse{Status: new(ProjectVersionStatusStarting)}, nil
}

func (s Services) stopProjectVersion(ctx context.Context, _ ownsight.Caller, in *StopProjectVersionRequest) (*StopProjectVersionResponse, error) {
	arn, err := ownsight.ParseVersionARN(*in.ProjectVersionArn)
	if err != nil {
		return nil, err
	}
	if err := s.Serving.Stop(ctx, arn); err != nil {
		return nil, err
	}
	return &StopProjectVersionResponse{Status: new(ProjectVersionStatusStopping)}, nil
}

func (s Services) deleteProjectVersion(ctx context.Context, _ ownsight.Caller, in *DeleteProjectVersionRequest) (*DeleteProjectVersionResponse, error) {
	arn, err := ownsight.ParseVersionARN(*in.ProjectVersionArn)
	if err != nil {
		return nil, err
	}
	if err := s.Models.DeleteVersion(ctx, arn); err != nil {
		return nil, err
	}
	return &DeleteProjectVersionResponse{Status: new(ProjectVersionStatusDeleting)}, nil
}
