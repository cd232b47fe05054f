package rekognition

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ownsight"
	"ownsight/internal/access"
)

// place is a resource that a request names: its ARN, and whose it is and where.
type place struct{ arn, account, region string }

// demand is one right that a request asks for: an action on a resource.
type demand struct {
	action string
	on     place
	shared bool // the resource's project may have policies that say who else may
	away   bool // the resource may lie in another region than the request's
}

// authorize asks access for every right that a request needs, and holds the resources against the region that it is
// signed for.
func (s Services) authorize(ctx context.Context, c ownsight.Caller, operation string, input any) error {
	if err := s.Rates.take(c.Account, operation); err != nil {
		return err
	}
	demands, err := demandsOf(c, operation, input)
	if err != nil {
		return err
	}
	tags, keys := tagsOf(input)
	for _, d := range demands {
		r := access.Request{Action: "rekognition:" + d.action, Resource: d.on.arn, Account: d.on.account, Tags: tags, TagKeys: keys}
		if d.shared {
			if r.Policies, err = s.Models.PolicyDocuments(ctx, input.(*CopyProjectVersionRequest).source()); err != nil {
				return err
			}
		}
		if err := s.Access.Authorize(ctx, c, r); err != nil {
			return err
		}
	}
	for _, d := range demands {
		if !d.away && d.on.region != c.Region {
			return ownsight.Errorf(ownsight.NotFound, "%s is a resource of %s; the request is signed for %s.", d.on.arn, d.on.region, c.Region)
		}
	}
	return nil
}

// resources are the ARNs that a request names, for the audit. What is yet to be made has none; the answer names it.
func resources(c ownsight.Caller, operation string, input any) (arns []string) {
	demands, _ := demandsOf(c, operation, input)
	for _, d := range demands {
		if d.on.arn != "*" && !strings.HasSuffix(d.on.arn, unborn) && !slices.Contains(arns, d.on.arn) {
			arns = append(arns, d.on.arn)
		}
	}
	return arns
}

// demandsOf is the table of who must be allowed what: for every operation the action of its name on what its input names,
// and what some members ask for in addition. An ARN that is none is InvalidParameter.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrekognition.html
func demandsOf(c ownsight.Caller, operation string, input any) ([]demand, error) {
	of := func(places ...place) []demand {
		demands := make([]demand, len(places))
		for i, p := range places {
			demands[i] = demand{action: operation, on: p}
		}
		return demands
	}
	one := func(p place, err error) ([]demand, error) { return of(p), err }
	switch in := input.(type) {
	case *CreateProjectRequest:
		demands := of(newPlace(c, "project/"+*in.ProjectName))
		return tagged(demands, in.Tags, demands[0].on), nil
	case *DescribeProjectsRequest:
		return of(place{"*", c.Account, c.Region}), nil
	case *DeleteProjectRequest:
		return one(projectAt(in.ProjectArn))
	case *CreateDatasetRequest:
		return forDataset(in)
	case *DescribeDatasetRequest:
		return one(datasetAt(in.DatasetArn))
	case *UpdateDatasetEntriesRequest:
		return one(datasetAt(in.DatasetArn))
	case *DistributeDatasetEntriesRequest:
		places := make([]place, len(in.Datasets))
		for i, d := range in.Datasets {
			var err error
			if places[i], err = datasetAt(d.Arn); err != nil {
				return nil, err
			}
		}
		return of(places...), nil
	case *ListDatasetEntriesRequest:
		return one(datasetAt(in.DatasetArn))
	case *ListDatasetLabelsRequest:
		return one(datasetAt(in.DatasetArn))
	case *DeleteDatasetRequest:
		return one(datasetAt(in.DatasetArn))
	case *CreateProjectVersionRequest:
		p, err := projectAt(in.ProjectArn)
		return tagged(of(p), in.Tags, newVersionAt(p, *in.VersionName)), err
	case *DescribeProjectVersionsRequest:
		return one(projectAt(in.ProjectArn))
	case *StartProjectVersionRequest:
		return one(versionAt(in.ProjectVersionArn))
	case *StopProjectVersionRequest:
		return one(versionAt(in.ProjectVersionArn))
	case *DeleteProjectVersionRequest:
		return one(versionAt(in.ProjectVersionArn))
	case *DetectCustomLabelsRequest:
		return one(versionAt(in.ProjectVersionArn))
	case *CopyProjectVersionRequest:
		return forCopy(in)
	case *PutProjectPolicyRequest:
		return one(projectAt(in.ProjectArn))
	case *ListProjectPoliciesRequest:
		return one(projectAt(in.ProjectArn))
	case *DeleteProjectPolicyRequest:
		return one(projectAt(in.ProjectArn))
	case *TagResourceRequest:
		return one(anyResource(in.ResourceArn))
	case *UntagResourceRequest:
		return one(anyResource(in.ResourceArn))
	case *ListTagsForResourceRequest:
		return one(anyResource(in.ResourceArn))
	}
	return nil, ownsight.Errorf(ownsight.AccessDenied, "No rule says who may make this request.")
}

// forDataset asks for the project, and for the entries of the dataset that is copied.
func forDataset(in *CreateDatasetRequest) ([]demand, error) {
	p, err := projectAt(in.ProjectArn)
	if err != nil {
		return nil, err
	}
	demands := []demand{{action: "CreateDataset", on: p}}
	if in.DatasetSource != nil && in.DatasetSource.DatasetArn != nil {
		source, err := datasetAt(in.DatasetSource.DatasetArn)
		if err != nil {
			return nil, err
		}
		demands = append(demands, demand{action: "ListDatasetEntries", on: source})
	}
	made := place{p.arn[:strings.LastIndexByte(p.arn, '/')] + "/dataset/" + strings.ToLower(string(*in.DatasetType)) + unborn, p.account, p.region}
	return tagged(demands, in.Tags, made), nil
}

// forCopy asks for the source, where its project's policies count as well, not those of any other project, and for the
// destination, which may lie in another region: the request goes to the source's.
func forCopy(in *CopyProjectVersionRequest) ([]demand, error) {
	source, err := versionAt(in.SourceProjectVersionArn)
	if err != nil {
		return nil, err
	}
	project, err := ownsight.ParseProjectARN(*in.SourceProjectArn)
	if err != nil {
		return nil, err
	}
	version, _ := ownsight.ParseVersionARN(*in.SourceProjectVersionArn) // it has been parsed
	destination, err := projectAt(in.DestinationProjectArn)
	if err != nil {
		return nil, err
	}
	demands := []demand{
		{action: "CopyProjectVersion", on: source, shared: version.Of(project)},
		{action: "CopyProjectVersion", on: destination, away: true},
	}
	if len(in.Tags) > 0 {
		demands = append(demands, demand{action: "TagResource", on: newVersionAt(destination, *in.VersionName), away: true})
	}
	return demands, nil
}

// source is the project whose policies count. It has been parsed before.
func (in *CopyProjectVersionRequest) source() ownsight.ProjectARN {
	arn, _ := ownsight.ParseProjectARN(*in.SourceProjectArn)
	return arn
}

// tagged adds the right to tag what is being made, if it gets tags.
func tagged(demands []demand, tags map[string]string, made place) []demand {
	if len(tags) == 0 {
		return demands
	}
	return append(demands, demand{action: "TagResource", on: made})
}

// tagsOf gives the tags that a request brings, or the keys of those that it takes away.
func tagsOf(input any) (tags map[string]string, keys []string) {
	switch in := input.(type) {
	case *CreateProjectRequest:
		return in.Tags, nil
	case *CreateDatasetRequest:
		return in.Tags, nil
	case *CreateProjectVersionRequest:
		return in.Tags, nil
	case *CopyProjectVersionRequest:
		return in.Tags, nil
	case *TagResourceRequest:
		return in.Tags, nil
	case *UntagResourceRequest:
		return nil, in.TagKeys
	}
	return nil, nil
}

// unborn is the end of the ARN of what is not there yet: the time of its creation is 0.
const unborn = "/0"

// newPlace names what is not there yet.
func newPlace(c ownsight.Caller, resource string) place {
	return place{fmt.Sprintf("arn:%s:rekognition:%s:%s:%s", ownsight.Partition, c.Region, c.Account, resource+unborn), c.Account, c.Region}
}

// newVersionAt names a version of a project that is not there yet.
func newVersionAt(project place, name string) place {
	end := max(strings.LastIndexByte(project.arn, '/'), 0)
	return place{project.arn[:end] + "/version/" + name + unborn, project.account, project.region}
}

func projectAt(arn *string) (place, error) {
	a, err := ownsight.ParseProjectARN(*arn)
	return place{a.String(), a.Account, a.Region}, err
}

func datasetAt(arn *string) (place, error) {
	a, err := ownsight.ParseDatasetARN(*arn)
	return place{a.String(), a.Account, a.Region}, err
}

func versionAt(arn *string) (place, error) {
	a, err := ownsight.ParseVersionARN(*arn)
	return place{a.String(), a.Account, a.Region}, err
}

// anyResource names one of the three kinds that have tags.
func anyResource(arn *string) (place, error) {
	for _, kind := range []func(*string) (place, error){projectAt, datasetAt, versionAt} {
		if p, err := kind(arn); ownsight.CodeOf(err) != ownsight.InvalidParameter {
			return p, err
		}
	}
	return place{}, ownsight.Errorf(ownsight.InvalidParameter, "ResourceArn %q is not the ARN of a project, dataset or project version.", *arn)
}
