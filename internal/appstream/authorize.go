package appstream

import (
	"context"

	"ownsight"
	"ownsight/internal/access"
)

// demand is one right that a request asks for: an action on an image, or on nothing in particular.
type demand struct {
	action string
	on     ownsight.ImageARN // the zero value: no resource
}

// resource is what policies call it.
func (d demand) resource() string {
	if d.on == (ownsight.ImageARN{}) {
		return "*"
	}
	return d.on.String()
}

// authorize asks access for every right that a request needs. Whom an image is shared with is not asked here: it decides
// what DescribeImages shows, and gives nobody a right to change it.
func (s Services) authorize(ctx context.Context, c ownsight.Caller, operation string, input any) error {
	demands, err := demandsOf(c, operation, input)
	if err != nil {
		return err
	}
	tags, keys := tagsOf(input)
	for _, d := range demands {
		r := access.Request{Action: "appstream:" + d.action, Resource: d.resource(), Account: c.Account, Tags: tags, TagKeys: keys}
		if r.Resource != "*" {
			r.Account = d.on.Account
		}
		if err := s.Access.Authorize(ctx, c, r); err != nil {
			return err
		}
	}
	if in, ok := input.(interface{ resource() string }); ok {
		if a, _ := ownsight.ParseImageARN(in.resource()); a.Region != c.Region { // it has been parsed
			return ownsight.Errorf(ownsight.NotFound, "%s is a resource of %s; the request is signed for %s.", in.resource(), a.Region, c.Region)
		}
	}
	return nil
}

// resources are the ARNs that a request names, for the audit.
func resources(c ownsight.Caller, operation string, input any) (arns []string) {
	demands, _ := demandsOf(c, operation, input)
	for _, d := range demands {
		if d.on != (ownsight.ImageARN{}) {
			arns = append(arns, d.on.String())
		}
	}
	return arns
}

// demandsOf is the table of who must be allowed what: for every operation the action of its name on the images that its
// input names, and the right to tag what gets tags. An ARN that is no image's is NotFound.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonappstream2.0.html
func demandsOf(c ownsight.Caller, operation string, input any) ([]demand, error) {
	of := func(names ...*string) (demands []demand) {
		for _, name := range names {
			demands = append(demands, demand{operation, image(c, *name)})
		}
		return demands
	}
	switch in := input.(type) {
	case *CopyImageRequest:
		target := image(c, *in.DestinationImageName)
		target.Region = *in.DestinationRegion
		return append(of(in.SourceImageName), demand{operation, target}), nil
	case *DescribeImagesRequest, *ListExportImageTasksRequest, *GetExportImageTaskRequest:
		return []demand{{action: operation}}, nil
	case *DeleteImageRequest:
		return of(in.Name), nil
	case *DescribeImagePermissionsRequest:
		return of(in.Name), nil
	case *UpdateImagePermissionsRequest:
		return of(in.Name), nil
	case *DeleteImagePermissionsRequest:
		return of(in.Name), nil
	case *CreateImportedImageRequest:
		return tagged(of(in.Name), in.Tags, image(c, *in.Name)), nil
	case *CreateUpdatedImageRequest:
		return tagged(of(in.ExistingImageName, in.NewImageName), in.NewImageTags, image(c, *in.NewImageName)), nil
	case *CreateExportImageTaskRequest:
		return of(in.ImageName), nil
	case *TagResourceRequest, *UntagResourceRequest, *ListTagsForResourceRequest:
		a, err := ownsight.ParseImageARN(input.(interface{ resource() string }).resource())
		if err != nil { // the ARN of a fleet, say: these operations have no other word for what is not there
			return nil, ownsight.Errorf(ownsight.NotFound, "%s: images have tags here.", err.Error())
		}
		return []demand{{operation, a}}, nil
	}
	return nil, ownsight.Errorf(ownsight.AccessDenied, "No rule says who may make this request.")
}

// tagged adds the right to tag what is being made, if it gets tags.
func tagged(demands []demand, tags map[string]string, made ownsight.ImageARN) []demand {
	if len(tags) == 0 {
		return demands
	}
	return append(demands, demand{"TagResource", made})
}

// tagsOf gives the tags that a request brings, or the keys of those that it takes away.
func tagsOf(input any) (tags map[string]string, keys []string) {
	switch in := input.(type) {
	case *CreateImportedImageRequest:
		return in.Tags, nil
	case *CreateUpdatedImageRequest:
		return in.NewImageTags, nil
	case *TagResourceRequest:
		return in.Tags, nil
	case *UntagResourceRequest:
		return nil, in.TagKeys
	}
	return nil, nil
}

func (in *TagResourceRequest) resource() string         { return *in.ResourceArn }
func (in *UntagResourceRequest) resource() string       { return *in.ResourceArn }
func (in *ListTagsForResourceRequest) resource() string { return *in.ResourceArn }
