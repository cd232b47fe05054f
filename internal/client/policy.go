package client

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
)

// ProjectPolicy lets other accounts copy models out of a project.
type ProjectPolicy struct {
	Name     string    `json:"name"`
	Revision string    `json:"revisionId"`
	Document string    `json:"document"` // JSON
	Updated  time.Time `json:"updated"`
}

// PutProjectPolicy gives a project a policy, or replaces the one of that name, and gives its revision. With a revision, only that one is
// replaced.
func (c *Client) PutProjectPolicy(ctx context.Context, projectName, name, document, revision string) (string, error) {
	found, err := c.projects(ctx, projectName)
	if err != nil {
		return "", err
	}
	in := &rekognition.PutProjectPolicyInput{ProjectArn: &found[0].arn, PolicyName: &name, PolicyDocument: &document}
	if revision != "" {
		in.PolicyRevisionId = &revision
	}
	put, err := c.rek.PutProjectPolicy(ctx, in)
	if err != nil {
		return "", err
	}
	return aws.ToString(put.PolicyRevisionId), nil
}

// ProjectPolicies lists the policies of a project.
func (c *Client) ProjectPolicies(ctx context.Context, projectName string) ([]ProjectPolicy, error) {
	found, err := c.projects(ctx, projectName)
	if err != nil {
		return nil, err
	}
	list := []ProjectPolicy{}
	pages := rekognition.NewListProjectPoliciesPaginator(c.rek, &rekognition.ListProjectPoliciesInput{ProjectArn: &found[0].arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range page.ProjectPolicies {
			list = append(list, ProjectPolicy{Name: aws.ToString(p.PolicyName), Revision: aws.ToString(p.PolicyRevisionId),
				Document: aws.ToString(p.PolicyDocument), Updated: aws.ToTime(p.LastUpdatedTimestamp)})
		}
	}
	return list, nil
}

// DeleteProjectPolicy takes a policy away from a project.
func (c *Client) DeleteProjectPolicy(ctx context.Context, projectName, name string) error {
	found, err := c.projects(ctx, projectName)
	if err != nil {
		return err
	}
	_, err = c.rek.DeleteProjectPolicy(ctx, &rekognition.DeleteProjectPolicyInput{ProjectArn: &found[0].arn, PolicyName: &name})
	return err
}
