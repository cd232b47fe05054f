package rekognition

import (
	"context"

	"ownsight"
	"ownsight/internal/access/policy"
	"ownsight/internal/awswire"
)

func (s Services) putProjectPolicy(ctx context.Context, _ ownsight.Caller, in *PutProjectPolicyRequest) (*PutProjectPolicyResponse, error) {
	arn, err := ownsight.ParseProjectARN(*in.ProjectArn)
	if err != nil {
		return nil, err
	}
	if err := policy.CheckProject(*in.PolicyDocument); err != nil {
		return nil, err
	}
	revision, err := s.Models.PutPolicy(ctx, arn, *in.PolicyName, *in.PolicyDocument, value(in.PolicyRevisionId))
	if err != nil {
		return nil, err
	}
	return &PutProjectPolicyResponse{PolicyRevisionId: &revision}, nil
}

// policyPage is what ListProjectPolicies gives when it is asked for no number, and the most that it gives.
const policyPage = 5

func (s Services) listProjectPolicies(ctx context.Context, c ownsight.Caller, in *ListProjectPoliciesRequest) (*ListProjectPoliciesResponse, error) {
	arn, err := ownsight.ParseProjectARN(*in.ProjectArn)
	if err != nil {
		return nil, err
	}
	selects := *in
	selects.NextToken, selects.MaxResults = nil, nil
	pages := awswire.PagesOf(c, selects)
	after, size, err := pages.Page(in.NextToken, in.MaxResults, policyPage)
	if err != nil {
		return nil, err
	}
	list, next, err := s.Models.Policies(ctx, arn, after, size)
	if err != nil {
		return nil, err
	}
	out := &ListProjectPoliciesResponse{ProjectPolicies: []ProjectPolicy{}, NextToken: pages.Next(next)}
	for _, p := range list {
		out.ProjectPolicies = append(out.ProjectPolicies, ProjectPolicy{
			ProjectArn: in.ProjectArn, PolicyName: new(p.Name), PolicyRevisionId: new(p.Revision), PolicyDocument: new(p.Document),
			CreationTimestamp: new(p.Created), LastUpdatedTimestamp: new(p.Updated),
		})
	}
	return out, nil
}

func (s Services) deleteProjectPolicy(ctx context.Context, _ ownsight.Caller, in *DeleteProjectPolicyRequest) (*DeleteProjectPolicyResponse, error) {
	arn, err := ownsight.ParseProjectARN(*in.ProjectArn)
	if err != nil {
		return nil, err
	}
	return &DeleteProjectPolicyResponse{}, s.Models.DeletePolicy(ctx, arn, *in.PolicyName, value(in.PolicyRevisionId))
}
