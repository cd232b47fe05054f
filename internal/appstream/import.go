package appstream

import (
	"context"
	"regexp"

	"ownsight"
	"ownsight/internal/catalog"
)

func (s Services) createImportedImage(ctx context.Context, c ownsight.Caller, in *CreateImportedImageRequest) (*CreateImportedImageResult, error) {
	switch {
	case in.SourceAmiId != nil && in.WorkspaceImageId != nil:
		return nil, ownsight.Errorf(ownsight.InvalidCombination, "SourceAmiId and WorkspaceImageId cannot be given together.")
	case in.WorkspaceImageId != nil:
		return nil, ownsight.Errorf(ownsight.NotPermitted, "WorkspaceImageId is not served: there are no WorkSpaces here. Register the disk with `ownsight image register` and give its ami-… as SourceAmiId.")
	case in.SourceAmiId == nil:
		return nil, ownsight.Errorf(ownsight.InvalidCombination, "SourceAmiId is missing: the ami-… that `ownsight image register` gives a disk.")
	}
	if in.IamRoleArn != nil {
		if err := checkRole(c, *in.IamRoleArn); err != nil {
			return nil, err
		}
	}
	made, err := s.Images.Import(ctx, catalog.Import{
		Image: image(c, *in.Name), Disk: *in.SourceAmiId, Tags: in.Tags, Requester: c.Principal, DryRun: in.DryRun != nil && *in.DryRun,
		Details: ownsight.ImageDetails{
			DisplayName: value(in.DisplayName), Description: value(in.Description), AgentVersion: value(in.AgentSoftwareVersion),
			InstanceType: intended(in.RuntimeValidationConfig), Applications: configured(in.AppCatalogConfig),
		},
	})
	if err != nil {
		return nil, err
	}
	return &CreateImportedImageResult{Image: new(describe(catalog.Seen{Image: *made}))}, nil
}

func intended(r *RuntimeValidationConfig) string {
	if r == nil {
		return ""
	}
	return value(r.IntendedInstanceType)
}

func configured(list []ApplicationConfig) (out []ownsight.ImageApplication) {
	for _, a := range list {
		out = append(out, ownsight.ImageApplication{
			Name: value(a.Name), DisplayName: value(a.DisplayName), Path: value(a.AbsoluteAppPath), Icon: value(a.AbsoluteIconPath),
			Manifest: value(a.AbsoluteManifestPath), WorkingDirectory: value(a.WorkingDirectory), Parameters: value(a.LaunchParameters),
		})
	}
	return out
}

var roleARN = regexp.MustCompile(`^arn:[a-z\d-]+:iam::(\d{12}):role/.+$`)

// checkRole takes a role of the caller's account. Roles have no policies here: disks are read and written with the rights
// of the caller.
func checkRole(c ownsight.Caller, arn string) error {
	m := roleARN.FindStringSubmatch(arn)
	switch {
	case m == nil:
		return ownsight.Errorf(ownsight.InvalidRole, "IamRoleArn %q is not the ARN of a role, such as arn:%s:iam::%s:role/images.", arn, ownsight.Partition, c.Account)
	case m[1] != c.Account:
		return ownsight.Errorf(ownsight.InvalidRole, "IamRoleArn %s is a role of another account.", arn)
	}
	return nil
}
