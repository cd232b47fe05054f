package appstream

import (
	"context"
	"strconv"
	"time"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/catalog"
	"ownsight/internal/store"
)

// imagePage is how many images a page has when it is asked for no number, and the most that it has.
const imagePage = 25

// mostNamed is how many images can be asked for by name: the service model sets no bound.
const mostNamed = 100

// image names an image of the caller's.
func image(c ownsight.Caller, name string) ownsight.ImageARN {
	return ownsight.ImageARN{Region: c.Region, Account: c.Account, Name: name}
}

func (s Services) describeImages(ctx context.Context, c ownsight.Caller, in *DescribeImagesRequest) (*DescribeImagesResult, error) {
	if len(in.Names) > 0 && len(in.Arns) > 0 {
		return nil, ownsight.Errorf(ownsight.InvalidCombination, "Names and Arns cannot be given together: Arns are for images that others share, Names for one's own and public ones.")
	}
	if n := len(in.Names) + len(in.Arns); n > mostNamed {
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "%d images are named; %d can be asked for at a time.", n, mostNamed)
	}
	if len(in.Names)+len(in.Arns) > 0 {
		list, err := s.namedImages(ctx, c, in)
		return &DescribeImagesResult{Images: list}, err
	}
	selects := *in
	selects.NextToken, selects.MaxResults = nil, nil
	pages := awswire.PagesOf(c, selects)
	token, size, err := pages.Page(in.NextToken, in.MaxResults, imagePage)
	if err != nil {
		return nil, err
	}
	if size == 0 { // which the model allows
		size = imagePage
	}
	after, _ := strconv.ParseInt(token, 36, 64) // it has a mark of ours
	which := store.Visible{
		Own:    in.Type == nil || *in.Type == VisibilityTypePrivate,
		Shared: in.Type == nil || *in.Type == VisibilityTypeShared,
		Public: in.Type == nil || *in.Type == VisibilityTypePublic,
	}
	images, next, err := s.Images.Visible(ctx, c.Account, c.Region, which, after, size)
	if err != nil {
		return nil, err
	}
	out := &DescribeImagesResult{Images: []Image{}}
	for _, one := range images {
		out.Images = append(out.Images, describe(one))
	}
	if next > 0 {
		out.NextToken = pages.Next(strconv.FormatInt(next, 36))
	}
	return out, nil
}

// namedImages gives the images that a request names. Names are of the caller's own images and of public ones.
func (s Services) namedImages(ctx context.Context, c ownsight.Caller, in *DescribeImagesRequest) ([]Image, error) {
	list := []Image{}
	add := func(one catalog.Seen, named string) error {
		if got := visibility(one); in.Type != nil && *in.Type != got {
			return ownsight.Errorf(ownsight.InvalidCombination, "%s is %s, and Type asks for %s.", named, got, *in.Type)
		}
		list = append(list, describe(one))
		return nil
	}
	for _, name := range in.Names {
		one, err := s.Images.Image(ctx, image(c, name))
		if err == nil {
			err = add(catalog.Seen{Image: *one}, name)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, arn := range in.Arns {
		a, err := ownsight.ParseImageARN(arn)
		if err != nil {
			return nil, ownsight.Errorf(ownsight.NotFound, "%s", err.Error())
		}
		one, err := s.Images.Find(ctx, c.Account, c.Region, a)
		if err == nil {
			err = add(one, arn)
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s Services) deleteImage(ctx context.Context, c ownsight.Caller, in *DeleteImageRequest) (*DeleteImageResult, error) {
	one, err := s.Images.Delete(ctx, image(c, *in.Name))
	if err != nil {
		return nil, err
	}
	return &DeleteImageResult{Image: new(describe(catalog.Seen{Image: *one}))}, nil
}

func (s Services) copyImage(ctx context.Context, c ownsight.Caller, in *CopyImageRequest) (*CopyImageResponse, error) {
	err := s.Images.Copy(ctx, catalog.Copy{
		Source:      image(c, *in.SourceImageName),
		Target:      ownsight.ImageARN{Region: *in.DestinationRegion, Account: c.Account, Name: *in.DestinationImageName},
		Description: in.DestinationImageDescription,
	})
	if ownsight.CodeOf(err) == ownsight.NotPermitted { // what CopyImage calls it
		err = ownsight.Errorf(ownsight.Incompatible, "%s", err.Error())
	}
	return &CopyImageResponse{DestinationImageName: in.DestinationImageName}, err
}

func (s Services) createUpdatedImage(ctx context.Context, c ownsight.Caller, in *CreateUpdatedImageRequest) (*CreateUpdatedImageResult, error) {
	made, err := s.Images.Update(ctx, catalog.Update{
		Source: image(c, *in.ExistingImageName), Target: image(c, *in.NewImageName),
		DisplayName: in.NewImageDisplayName, Description: in.NewImageDescription, Tags: in.NewImageTags,
		DryRun: in.DryRun != nil && *in.DryRun,
	})
	if err != nil {
		return nil, err
	}
	out := &CreateUpdatedImageResult{CanUpdateImage: new(true)}
	if made != nil {
		out.Image = new(describe(catalog.Seen{Image: *made}))
	}
	return out, nil
}

func visibility(one catalog.Seen) VisibilityType {
	switch {
	case one.ARN.Account == "":
		return VisibilityTypePublic
	case one.Permission != nil:
		return VisibilityTypeShared
	}
	return VisibilityTypePrivate
}

// describe gives an image as the wire has it.
func describe(one catalog.Seen) Image {
	d := one.Details
	out := Image{
		Name: &one.ARN.Name, Arn: new(one.ARN.String()), BaseImageArn: text(d.Base), DisplayName: text(d.DisplayName),
		State: new(ImageState(one.State)), Visibility: new(visibility(one)), ImageBuilderSupported: new(false),
		Platform: new(PlatformType(d.Platform)), Description: text(d.Description), CreatedTime: new(one.Created),
		AppstreamAgentVersion: text(d.AgentVersion), Applications: applications(d.Applications),
		DynamicAppProvidersEnabled: new(DynamicAppProvidersEnabledDisabled), ImageSharedWithOthers: new(ImageSharedWithOthersFalse),
		ManagedSoftwareIncluded: new(false), ImageType: new(ImageTypeCustom),
	}
	if one.Sharers > 0 && one.Permission == nil {
		out.ImageSharedWithOthers = new(ImageSharedWithOthersTrue)
	}
	if p := one.Permission; p != nil {
		out.ImagePermissions = permissions(*p)
	}
	if d.Released != 0 {
		out.PublicBaseImageReleasedDate = new(time.UnixMilli(d.Released).UTC())
	}
	if r := one.Reason; r != (ownsight.ImageReason{}) {
		out.StateChangeReason = &ImageStateChangeReason{Message: &r.Message}
		if r.Code != "" {
			out.StateChangeReason.Code = new(ImageStateChangeReasonCode(r.Code))
		}
	}
	if one.State == ownsight.ImageFailed {
		out.ImageErrors = []ResourceError{{ErrorCode: new(FleetErrorCodeInternalServiceError), ErrorMessage: &one.Reason.Message,
			ErrorTimestamp: new(time.UnixMilli(d.FailureMoment).UTC())}}
	}
	return out
}

func applications(list []ownsight.ImageApplication) []Application {
	out := []Application{}
	for _, a := range list {
		out = append(out, Application{
			Name: &a.Name, DisplayName: text(a.DisplayName), LaunchPath: &a.Path, LaunchParameters: text(a.Parameters),
			WorkingDirectory: text(a.WorkingDirectory), Enabled: new(true),
		})
	}
	return out
}
