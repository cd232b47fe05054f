package rekognition

import (
	"context"
	"fmt"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/model"
	"ownsight/internal/objects"
)

func (s Services) createProjectVersion(ctx context.Context, c ownsight.Caller, in *CreateProjectVersionRequest) (*CreateProjectVersionResponse, error) {
	if in.FeatureConfig != nil && in.FeatureConfig.ContentModeration != nil {
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "FeatureConfig.ContentModeration does not fit a project for custom labels.")
	}
	n, err := s.newVersion(c, in.ProjectArn, in.VersionName, in.OutputConfig, in.KmsKeyId, in.Tags)
	if err != nil {
		return nil, err
	}
	n.Description = value(in.VersionDescription)
	if n.Inputs, err = manifests(in.TrainingData, in.TestingData); err != nil {
		return nil, err
	}
	arn, err := s.Training.Create(ctx, n)
	if err != nil {
		return nil, err
	}
	return &CreateProjectVersionResponse{ProjectVersionArn: new(arn.String())}, nil
}

func (s Services) copyProjectVersion(ctx context.Context, c ownsight.Caller, in *CopyProjectVersionRequest) (*CopyProjectVersionResponse, error) {
	source, err := ownsight.ParseVersionARN(*in.SourceProjectVersionArn)
	if err != nil {
		return nil, err
	}
	n, err := s.newVersion(c, in.DestinationProjectArn, in.VersionName, in.OutputConfig, in.KmsKeyId, in.Tags)
	if err != nil {
		return nil, err
	}
	arn, err := s.Models.CopyVersion(ctx, model.Copy{NewVersion: n, SourceProject: in.source(), Source: source})
	if err != nil {
		return nil, err
	}
	return &CopyProjectVersionResponse{ProjectVersionArn: new(arn.String())}, nil
}

// newVersion reads what every version is made of.
func (s Services) newVersion(c ownsight.Caller, project, name *string, output *OutputConfig, key *string, tags map[string]string) (n model.NewVersion, err error) {
	if output.S3Bucket == nil {
		return n, ownsight.Errorf(ownsight.InvalidParameter, "OutputConfig.S3Bucket is missing.")
	}
	if prefix := value(output.S3KeyPrefix); prefix != "" && objects.CheckKey(prefix) != nil {
		return n, ownsight.Errorf(ownsight.InvalidParameter, "OutputConfig.S3KeyPrefix %q cannot begin an object's key: it needs UTF-8 text without NUL and without segments . and ...", prefix)
	}
	n = model.NewVersion{
		Name: *name, Requester: c.Principal, KMSKey: value(key),
		Output: ownsight.Location{Bucket: *output.S3Bucket, Key: value(output.S3KeyPrefix)},
	}
	if n.Project, err = ownsight.ParseProjectARN(*project); err != nil {
		return n, err
	}
	if n.KMSKey != "" {
		if _, err := s.Keys.Find(n.Project.Account, n.Project.Region, n.KMSKey); err != nil {
			return n, err
		}
	}
	n.Tags, err = s.newTags(tags)
	return n, err
}

// manifests reads what a version is trained on and tested with; nil for the project's datasets.
func manifests(training *TrainingData, testing *TestingData) (*ownsight.TrainingInputs, error) {
	switch {
	case training == nil && testing == nil:
		return nil, nil
	case training == nil || testing == nil:
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "TrainingData and TestingData go together: give both, or neither to train on the project's datasets.")
	}
	in := &ownsight.TrainingInputs{AutoCreate: testing.AutoCreate != nil && *testing.AutoCreate}
	var err error
	if in.Training, err = manifestsOf(training.Assets, "TrainingData"); err != nil {
		return nil, err
	}
	if in.Testing, err = manifestsOf(testing.Assets, "TestingData"); err != nil {
		return nil, err
	}
	switch {
	case len(in.Training) != 1:
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "TrainingData.Assets needs exactly one manifest; it has %d.", len(in.Training))
	case in.AutoCreate && len(in.Testing) > 0:
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "TestingData takes either Assets or AutoCreate, not both.")
	case !in.AutoCreate && len(in.Testing) != 1:
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "TestingData.Assets needs exactly one manifest, or AutoCreate true; it has %d.", len(in.Testing))
	}
	return in, nil
}

func manifestsOf(assets []Asset, member string) ([]ownsight.Location, error) {
	list := make([]ownsight.Location, len(assets))
	for i, a := range assets {
		at := fmt.Sprintf("%s.Assets[%d].GroundTruthManifest", member, i)
		if a.GroundTruthManifest == nil {
			return nil, ownsight.Errorf(ownsight.InvalidParameter, "%s is missing.", at)
		}
		var err error
		if list[i], err = location(a.GroundTruthManifest.S3Object, at); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s Services) describeProjectVersions(ctx context.Context, c ownsight.Caller, in *DescribeProjectVersionsRequest) (*DescribeProjectVersionsResponse, error) {
	project, err := ownsight.ParseProjectARN(*in.ProjectArn)
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
	versions, next, err := s.Models.Versions(ctx, project, in.VersionNames, after, size)
	if err != nil {
		return nil, err
	}
	out := &DescribeProjectVersionsResponse{ProjectVersionDescriptions: []ProjectVersionDescription{}, NextToken: pages.Next(next)}
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
		TrainingDataResult: &TrainingDataResult{Input: &TrainingData{Assets: assetsAt(v.Inputs.Training)}},
		TestingDataResult:  &TestingDataResult{Input: &TestingData{Assets: assetsAt(v.Inputs.Testing), AutoCreate: new(v.Inputs.AutoCreate)}},
	}
	if v.Inputs.AutoCreate {
		d.TestingDataResult.Input.Assets = []Asset{}
	}
	if v.Source != (ownsight.VersionARN{}) {
		d.SourceProjectVersionArn = new(v.Source.String())
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
	assets := func(o ownsight.Output) []Asset { return assetsAt([]ownsight.Location{v.OutputAt(o)}) }
	if r.Has(ownsight.ManifestSummary) {
		d.ManifestSummary = manifestAt(v.OutputAt(ownsight.ManifestSummary))
	}
	if r.Has(ownsight.TrainingSnapshot) {
		d.TrainingDataResult.Output = &TrainingData{Assets: assets(ownsight.TrainingSnapshot)}
	}
	if r.Has(ownsight.TestingSnapshot) {
		d.TestingDataResult.Output = &TestingData{Assets: assets(ownsight.TestingSnapshot), AutoCreate: new(v.Inputs.AutoCreate)}
	}
	if r.Has(ownsight.TrainingValidation) {
		d.TrainingDataResult.Validation = &ValidationData{Assets: assets(ownsight.TrainingValidation)}
	}
	if r.Has(ownsight.TestingValidation) {
		d.TestingDataResult.Validation = &ValidationData{Assets: assets(ownsight.TestingValidation)}
	}
	if r.F1 != nil {
		d.EvaluationResult = &EvaluationResult{F1Score: new(*r.F1), Summary: &Summary{S3Object: objectAt(v.OutputAt(ownsight.EvaluationSummary))}}
		if v.Source == (ownsight.VersionARN{}) {
			d.BillableTrainingTimeInSeconds = new(int64(v.Billable.Seconds()))
		}
		d.BaseModelVersion = text(r.BaseModel)
	}
}

func objectAt(at ownsight.Location) *S3Object {
	return &S3Object{Bucket: new(at.Bucket), Name: new(at.Key), Version: text(at.Version)}
}

func manifestAt(at ownsight.Location) *GroundTruthManifest {
	return &GroundTruthManifest{S3Object: objectAt(at)}
}

// assetsAt is absent where there are none.
func assetsAt(at []ownsight.Location) (assets []Asset) {
	for _, manifest := range at {
		assets = append(assets, Asset{GroundTruthManifest: manifestAt(manifest)})
	}
	return assets
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
	status, err := s.Serving.Start(ctx, arn, int64(*in.MinInferenceUnits), max)
	if err != nil {
		return nil, err
	}
	return &StartProjectVersionResponse{Status: new(ProjectVersionStatus(status))}, nil
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
