// Package rekognition is the wire's face of Custom Labels: one table of operations, handlers that call one service
// method each, and the words of AWS for what the services answer. Shapes and constraints are generated from the
// service model (shapes_gen.go).
package rekognition

import (
	"context"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/awswire"
	"ownsight/internal/dataset"
	"ownsight/internal/model"
	"ownsight/internal/objects"
	"ownsight/internal/serving"
	"ownsight/internal/training"
)

// Services is what the handlers call.
type Services struct {
	Models   *model.Service
	Datasets *dataset.Service
	Training *training.Service
	Serving  *serving.Service
	Objects  *objects.Store
}

// New gives the service as awswire serves it.
func New(s Services) awswire.Service {
	return awswire.Service{
		Model: &Model,
		Handlers: []awswire.Handler{
			opCreateProject.Handle(s.createProject),
			opDescribeProjects.Handle(s.describeProjects),
			opDeleteProject.Handle(s.deleteProject),
			opCreateDataset.Handle(s.createDataset),
			opDescribeDataset.Handle(s.describeDataset),
			opUpdateDatasetEntries.Handle(s.updateDatasetEntries),
			opListDatasetEntries.Handle(s.listDatasetEntries),
			opListDatasetLabels.Handle(s.listDatasetLabels),
			opDeleteDataset.Handle(s.deleteDataset),
			opCreateProjectVersion.Handle(s.createProjectVersion),
			opDescribeProjectVersions.Handle(s.describeProjectVersions),
			opStartProjectVersion.Handle(s.startProjectVersion),
			opStopProjectVersion.Handle(s.stopProjectVersion),
			opDeleteProjectVersion.Handle(s.deleteProjectVersion),
			opDetectCustomLabels.Handle(s.detectCustomLabels),
		},
		MapError:  mapError,
		Authorize: authorize,
	}
}

// authorize asks access about the resource that the input names. An operation without one acts on the caller's own
// account.
func authorize(_ context.Context, c ownsight.Caller, operation string, input any) error {
	arn, account, region, err := target(input)
	if err != nil || arn == "" {
		return err
	}
	if err := access.Authorize(c, "rekognition:"+operation, arn, account); err != nil {
		return err
	}
	if region != c.Region {
		return ownsight.Errorf(ownsight.NotFound, "%s is a resource of %s; the request is signed for %s.", arn, region, c.Region)
	}
	return nil
}

// target finds which resource an input names.
func target(input any) (arn, account, region string, err error) {
	project := func(s *string) (string, string, string, error) {
		a, err := ownsight.ParseProjectARN(*s)
		return *s, a.Account, a.Region, err
	}
	set := func(s *string) (string, string, string, error) {
		a, err := ownsight.ParseDatasetARN(*s)
		return *s, a.Account, a.Region, err
	}
	version := func(s *string) (string, string, string, error) {
		a, err := ownsight.ParseVersionARN(*s)
		return *s, a.Account, a.Region, err
	}
	switch in := input.(type) {
	case *DeleteProjectRequest:
		return project(in.ProjectArn)
	case *CreateDatasetRequest:
		return project(in.ProjectArn)
	case *CreateProjectVersionRequest:
		return project(in.ProjectArn)
	case *DescribeProjectVersionsRequest:
		return project(in.ProjectArn)
	case *DescribeDatasetRequest:
		return set(in.DatasetArn)
	case *UpdateDatasetEntriesRequest:
		return set(in.DatasetArn)
	case *ListDatasetEntriesRequest:
		return set(in.DatasetArn)
	case *ListDatasetLabelsRequest:
		return set(in.DatasetArn)
	case *DeleteDatasetRequest:
		return set(in.DatasetArn)
	case *StartProjectVersionRequest:
		return version(in.ProjectVersionArn)
	case *StopProjectVersionRequest:
		return version(in.ProjectVersionArn)
	case *DeleteProjectVersionRequest:
		return version(in.ProjectVersionArn)
	case *DetectCustomLabelsRequest:
		return version(in.ProjectVersionArn)
	case *CreateProjectRequest, *DescribeProjectsRequest:
		return "", "", "", nil
	}
	return "", "", "", ownsight.Errorf(ownsight.AccessDenied, "No rule says who may make this request.")
}

// codes are the exceptions for the codes of the domain. A code that is absent is an internal fault.
var codes = map[ownsight.Code]string{
	ownsight.InvalidParameter: CodeInvalidParameterException,
	ownsight.NotFound:         CodeResourceNotFoundException,
	ownsight.InUse:            CodeResourceInUseException,
	ownsight.AlreadyExists:    CodeResourceAlreadyExistsException,
	ownsight.NotReady:         CodeResourceNotReadyException,
	ownsight.LimitExceeded:    CodeLimitExceededException,
	ownsight.QuotaExceeded:    CodeServiceQuotaExceededException,
	ownsight.AccessDenied:     CodeAccessDeniedException,
	ownsight.InvalidPageToken: CodeInvalidPaginationTokenException,
	ownsight.InvalidS3Object:  CodeInvalidS3ObjectException,
	ownsight.PictureTooLarge:  CodeImageTooLargeException,
	ownsight.InvalidPicture:   CodeInvalidImageFormatException,
	ownsight.CapacityExceeded: CodeProvisionedThroughputExceededException,
	ownsight.NotServed:        CodeInvalidParameterException,
}

func mapError(err error) *awswire.Error {
	if code, ok := codes[ownsight.CodeOf(err)]; ok {
		return awswire.Errorf(code, "%s", err.Error())
	}
	return nil
}

// text gives nil for an empty string, so that the member is absent.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// location reads an S3 object of the wire; a bucket or name that is missing is an InvalidParameter error that says so.
func location(o *S3Object, member string) (ownsight.Location, error) {
	switch {
	case o == nil:
		return ownsight.Location{}, ownsight.Errorf(ownsight.InvalidParameter, "%s needs an S3Object.", member)
	case o.Bucket == nil:
		return ownsight.Location{}, ownsight.Errorf(ownsight.InvalidParameter, "%s.S3Object.Bucket is missing.", member)
	case o.Name == nil:
		return ownsight.Location{}, ownsight.Errorf(ownsight.InvalidParameter, "%s.S3Object.Name is missing.", member)
	}
	at := ownsight.Location{Bucket: *o.Bucket, Key: *o.Name}
	if o.Version != nil {
		at.Version = *o.Version
	}
	return at, nil
}
