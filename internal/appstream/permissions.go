package appstream

import (
	"context"

	"ownsight"
	"ownsight/internal/awswire"
)

// permissionPage is how many accounts a page has when it is asked for no number.
const permissionPage = 100

func (s Services) describeImagePermissions(ctx context.Context, c ownsight.Caller, in *DescribeImagePermissionsRequest) (*DescribeImagePermissionsResult, error) {
	selects := *in
	selects.NextToken, selects.MaxResults = nil, nil
	pages := awswire.PagesOf(c, selects)
	after, size, err := pages.Page(in.NextToken, in.MaxResults, permissionPage)
	if err != nil {
		return nil, err
	}
	if size == 0 { // which the model allows
		size = permissionPage
	}
	list, next, err := s.Images.Permissions(ctx, image(c, *in.Name), in.SharedAwsAccountIds, after, size)
	if err != nil {
		return nil, unowned(err)
	}
	out := &DescribeImagePermissionsResult{Name: in.Name, SharedImagePermissionsList: []SharedImagePermissions{}, NextToken: pages.Next(next)}
	for _, p := range list {
		out.SharedImagePermissionsList = append(out.SharedImagePermissionsList, SharedImagePermissions{SharedAccountId: &p.Account, ImagePermissions: permissions(p)})
	}
	return out, nil
}

func (s Services) updateImagePermissions(ctx context.Context, c ownsight.Caller, in *UpdateImagePermissionsRequest) (*UpdateImagePermissionsResult, error) {
	if !ownsight.ValidAccount(*in.SharedAccountId) {
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "SharedAccountId %s is not the number of an account, which has twelve digits.", *in.SharedAccountId)
	}
	p := ownsight.ImagePermission{Account: *in.SharedAccountId}
	if f := in.ImagePermissions.AllowFleet; f != nil {
		p.AllowFleet = *f
	}
	if b := in.ImagePermissions.AllowImageBuilder; b != nil {
		p.AllowBuilder = *b
	}
	return &UpdateImagePermissionsResult{}, unowned(s.Images.Share(ctx, image(c, *in.Name), p))
}

func (s Services) deleteImagePermissions(ctx context.Context, c ownsight.Caller, in *DeleteImagePermissionsRequest) (*DeleteImagePermissionsResult, error) {
	return &DeleteImagePermissionsResult{}, unowned(s.Images.Unshare(ctx, image(c, *in.Name), *in.SharedAccountId))
}

// unowned turns what is not permitted into what these operations know: to them an image of nobody's is not there.
func unowned(err error) error {
	if ownsight.CodeOf(err) == ownsight.NotPermitted {
		return ownsight.Errorf(ownsight.NotFound, "%s", err.Error())
	}
	return err
}

func permissions(p ownsight.ImagePermission) *ImagePermissions {
	return &ImagePermissions{AllowFleet: &p.AllowFleet, AllowImageBuilder: &p.AllowBuilder}
}

func (s Services) tagResource(ctx context.Context, _ ownsight.Caller, in *TagResourceRequest) (*TagResourceResponse, error) {
	return &TagResourceResponse{}, s.Tagging.Tag(ctx, *in.ResourceArn, in.Tags)
}

func (s Services) untagResource(ctx context.Context, _ ownsight.Caller, in *UntagResourceRequest) (*UntagResourceResponse, error) {
	return &UntagResourceResponse{}, s.Tagging.Untag(ctx, *in.ResourceArn, in.TagKeys)
}

func (s Services) listTagsForResource(ctx context.Context, _ ownsight.Caller, in *ListTagsForResourceRequest) (*ListTagsForResourceResponse, error) {
	tags, err := s.Tagging.Tags(ctx, *in.ResourceArn)
	return &ListTagsForResourceResponse{Tags: tags}, err
}
