// Package rekognition is the wire's face of Custom Labels: one table of operations, handlers that call one service
// method each, and the words of AWS for what the services answer. Shapes and constraints are generated from the
// service model (shapes_gen.go).
package rekognition

import (
	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/awswire"
	"ownsight/internal/dataset"
	"ownsight/internal/kms"
	"ownsight/internal/meter"
	"ownsight/internal/model"
	"ownsight/internal/objects"
	"ownsight/internal/serving"
	"ownsight/internal/tagging"
	"ownsight/internal/training"
)

// Services is what the handlers call.
type Services struct {
	Access   *access.Service
	Models   *model.Service
	Datasets *dataset.Service
	Training *training.Service
	Serving  *serving.Service
	Meter    *meter.Meter
	Tagging  *tagging.Service
	Objects  *objects.Store
	Keys     *kms.Keyring
	Limits   ownsight.Limits
	Rates    *Rates
}

// New gives the service as awswire serves it.
func New(s Services) awswire.Service {
	return awswire.Service{
		Model: &Model,
		Shed:  s.shed,
		Handlers: []awswire.Handler{
			opCreateProject.Handle(s.createProject),
			opDescribeProjects.Handle(s.describeProjects),
			opDeleteProject.Handle(s.deleteProject),
			opCreateDataset.Handle(s.createDataset),
			opDescribeDataset.Handle(s.describeDataset),
			opUpdateDatasetEntries.Handle(s.updateDatasetEntries),
			opDistributeDatasetEntries.Handle(s.distributeDatasetEntries),
			opListDatasetEntries.Handle(s.listDatasetEntries),
			opListDatasetLabels.Handle(s.listDatasetLabels),
			opDeleteDataset.Handle(s.deleteDataset),
			opCreateProjectVersion.Handle(s.createProjectVersion),
			opDescribeProjectVersions.Handle(s.describeProjectVersions),
			opStartProjectVersion.Handle(s.startProjectVersion),
			opStopProjectVersion.Handle(s.stopProjectVersion),
			opDeleteProjectVersion.Handle(s.deleteProjectVersion),
			opCopyProjectVersion.Handle(s.copyProjectVersion),
			opPutProjectPolicy.Handle(s.putProjectPolicy),
			opListProjectPolicies.Handle(s.listProjectPolicies),
			opDeleteProjectPolicy.Handle(s.deleteProjectPolicy),
			opDetectCustomLabels.Handle(s.detectCustomLabels),
			opTagResource.Handle(s.tagResource),
			opUntagResource.Handle(s.untagResource),
			opListTagsForResource.Handle(s.listTagsForResource),
		},
		MapError:  mapError,
		Authorize: s.authorize,
		Resources: resources,
	}
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
	ownsight.Throttled:        CodeThrottlingException,
	ownsight.MalformedPolicy:  CodeMalformedPolicyDocumentException,
	ownsight.StaleRevision:    CodeInvalidPolicyRevisionIdException,
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

// value gives the empty string for a member that is absent.
func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
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
