package client

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"ownsight"
)

// project is a project with the datasets it has.
type project struct {
	arn, name string
	datasets  map[types.DatasetType]string // ARNs
}

// ensureProject finds or makes a project.
func (c *Client) ensureProject(ctx context.Context, name string) (*project, error) {
	made, err := c.rek.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: &name})
	if err == nil {
		return &project{arn: aws.ToString(made.ProjectArn), name: name}, nil
	}
	if !isA[*types.ResourceInUseException](err) {
		return nil, err
	}
	found, err := c.projects(ctx, name)
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

// projects lists the projects, or the one of a name; it is an error when that is not there.
func (c *Client) projects(ctx context.Context, name string) (list []project, err error) {
	in := &rekognition.DescribeProjectsInput{}
	if name != "" {
		in.ProjectNames = []string{name}
	}
	pages := rekognition.NewDescribeProjectsPaginator(c.rek, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, d := range page.ProjectDescriptions {
			arn, err := ownsight.ParseProjectARN(aws.ToString(d.ProjectArn))
			if err != nil {
				return nil, err
			}
			p := project{arn: arn.String(), name: arn.Name, datasets: map[types.DatasetType]string{}}
			for _, set := range d.Datasets {
				p.datasets[set.DatasetType] = aws.ToString(set.DatasetArn)
			}
			list = append(list, p)
		}
	}
	if name != "" && len(list) == 0 {
		return nil, fmt.Errorf("there is no project %q; `ownsight model list` shows what there is", name)
	}
	return list, nil
}

// Version is a model version as lists show it.
type Version struct {
	Project  string    `json:"project"`
	Name     string    `json:"version"`
	ARN      string    `json:"versionArn"`
	Status   string    `json:"status"`
	Message  string    `json:"statusMessage,omitempty"`
	F1       *float32  `json:"f1,omitempty"`
	MinUnits int32     `json:"minInferenceUnits,omitempty"`
	MaxUnits int32     `json:"maxInferenceUnits,omitempty"`
	Created  time.Time `json:"created"`
}

func versionOf(d types.ProjectVersionDescription) (Version, error) {
	arn, err := ownsight.ParseVersionARN(aws.ToString(d.ProjectVersionArn))
	if err != nil {
		return Version{}, err
	}
	v := Version{
		Project: arn.Project, Name: arn.Name, ARN: arn.String(), Status: string(d.Status), Message: aws.ToString(d.StatusMessage),
		MinUnits: aws.ToInt32(d.MinInferenceUnits), MaxUnits: aws.ToInt32(d.MaxInferenceUnits), Created: aws.ToTime(d.CreationTimestamp),
	}
	if d.EvaluationResult != nil {
		v.F1 = d.EvaluationResult.F1Score
	}
	return v, nil
}

// Versions lists the versions of a project, or of every project when the name is empty, newest first in each.
func (c *Client) Versions(ctx context.Context, project string) ([]Version, error) {
	projects, err := c.projects(ctx, project)
	if err != nil {
		return nil, err
	}
	list := []Version{}
	for _, p := range projects {
		pages := rekognition.NewDescribeProjectVersionsPaginator(c.rek, &rekognition.DescribeProjectVersionsInput{ProjectArn: &p.arn})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, d := range page.ProjectVersionDescriptions {
				v, err := versionOf(d)
				if err != nil {
					return nil, err
				}
				list = append(list, v)
			}
		}
	}
	return list, nil
}

// Model finds the version that a model's name means: the ARN of a version, PROJECT/VERSION, or PROJECT, which means
// its newest version in one of the states (an error where none are given).
func (c *Client) Model(ctx context.Context, model string, states ...types.ProjectVersionStatus) (Version, error) {
	project, version, exact := strings.Cut(model, "/")
	means := func(v Version) bool { return v.Name == version }
	switch {
	case strings.HasPrefix(model, "arn:"):
		arn, err := ownsight.ParseVersionARN(model)
		if err != nil {
			return Version{}, err
		}
		project, exact = arn.Project, true
		means = func(v Version) bool { return v.ARN == model }
	case !exact && len(states) == 0:
		return Version{}, fmt.Errorf("%s names a project; say which of its models: %s/VERSION", model, model)
	case !exact:
		means = func(v Version) bool { return slices.Contains(states, types.ProjectVersionStatus(v.Status)) }
	}
	list, err := c.Versions(ctx, project)
	if err != nil {
		return Version{}, err
	}
	if i := slices.IndexFunc(list, means); i >= 0 {
		return list[i], nil
	}
	if exact {
		return Version{}, fmt.Errorf("there is no model %s; `ownsight model list %s` shows what there is", model, project)
	}
	return Version{}, none(project, states, list)
}

// none says that a project has no version in the wanted states, and what to do about it.
func none(project string, wanted []types.ProjectVersionStatus, list []Version) error {
	if len(list) == 0 {
		return fmt.Errorf("project %s has no model yet; train one with `ownsight train`", project)
	}
	if slices.Contains(wanted, types.ProjectVersionStatusRunning) {
		for _, v := range list {
			if slices.Contains(Startable, types.ProjectVersionStatus(v.Status)) {
				return fmt.Errorf("no model of project %s is running; start one with `ownsight model start %s/%s`", project, project, v.Name)
			}
		}
	}
	return fmt.Errorf("project %s has no model that is %v; its newest, %s/%s, is %s", project, wanted, project, list[0].Name, list[0].Status)
}
