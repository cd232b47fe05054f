// Package appstream is the wire's face of the image catalogue of AppStream 2.0: one table of operations, handlers that call
// one service method each, and the words of AWS for what the catalogue answers. Shapes and constraints are generated from
// the service model (shapes_gen.go). What AppStream has no operation for, the disks that images are imported from, has
// operations of its own (disks.go).
package appstream

import (
	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/awswire"
	"ownsight/internal/catalog"
	"ownsight/internal/tagging"
)

// Services is what the handlers call.
type Services struct {
	Access  *access.Service
	Images  *catalog.Service
	Tagging *tagging.Service
}

// New gives the service as awswire serves it.
func New(s Services) awswire.Service {
	return awswire.Service{
		Model: &Model,
		Handlers: []awswire.Handler{
			opCopyImage.Handle(s.copyImage),
			opDescribeImages.Handle(s.describeImages),
			opDeleteImage.Handle(s.deleteImage),
			opDescribeImagePermissions.Handle(s.describeImagePermissions),
			opUpdateImagePermissions.Handle(s.updateImagePermissions),
			opDeleteImagePermissions.Handle(s.deleteImagePermissions),
			opCreateImportedImage.Handle(s.createImportedImage),
			opCreateUpdatedImage.Handle(s.createUpdatedImage),
			opCreateExportImageTask.Handle(s.createExportImageTask),
			opGetExportImageTask.Handle(s.getExportImageTask),
			opListExportImageTasks.Handle(s.listExportImageTasks),
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
	ownsight.InvalidParameter:   awswire.CodeValidation,
	ownsight.InvalidPageToken:   awswire.CodeValidation,
	ownsight.NotFound:           CodeResourceNotFoundException,
	ownsight.InUse:              CodeResourceInUseException,
	ownsight.AlreadyExists:      CodeResourceAlreadyExistsException,
	ownsight.NotReady:           CodeResourceNotAvailableException,
	ownsight.LimitExceeded:      CodeLimitExceededException,
	ownsight.QuotaExceeded:      CodeLimitExceededException,
	ownsight.AccessDenied:       awswire.CodeAccessDenied,
	ownsight.NotPermitted:       CodeOperationNotPermittedException,
	ownsight.Conflict:           CodeConcurrentModificationException,
	ownsight.Incompatible:       CodeIncompatibleImageException,
	ownsight.InvalidS3Object:    CodeResourceNotFoundException,
	ownsight.InvalidRole:        CodeInvalidRoleException,
	ownsight.DryRun:             CodeDryRunOperationException,
	ownsight.InvalidCombination: CodeInvalidParameterCombinationException,
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
func value[T ~string](s *T) string {
	if s == nil {
		return ""
	}
	return string(*s)
}
