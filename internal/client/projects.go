package client

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"ownsight"
)

// Project is a project as lists show it.
type Project struct {
	Name     string    `json:"project"`
	ARN      string    `json:"projectArn"`
	Created  time.Time `json:"created"`
	Datasets []Dataset `json:"datasets"` // the training dataset first; without their labels
	Models   int       `json:"models"`
	Running  int       `json:"runningModels"`
}

// Projects lists the projects, newest first, or the one of a name; it is an error when that is not there.
func (c *Client) Projects(ctx context.Context, name string) ([]Project, error) {
	found, err := c.projects(ctx, name)
	if err != nil {
		return nil, err
	}
	list := make([]Project, 0, len(found))
	for _, p := range found {
		shown, err := c.showProject(ctx, p)
		if isA[*types.ResourceNotFoundException](err) && name == "" {
			continue // it was deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		list = append(list, shown)
	}
	return list, nil
}

func (c *Client) showProject(ctx context.Context, p project) (Project, error) {
	arn, err := ownsight.ParseProjectARN(p.arn)
	if err != nil {
		return Project{}, err
	}
	shown := Project{Name: p.name, ARN: p.arn, Created: time.UnixMilli(arn.Created), Datasets: []Dataset{}}
	for _, kind := range kinds {
		if p.datasets[kind] == "" {
			continue
		}
		d, err := c.describeDataset(ctx, p, kind)
		if err != nil {
			return shown, err
		}
		shown.Datasets = append(shown.Datasets, d)
	}
	pages := rekognition.NewDescribeProjectVersionsPaginator(c.rek, &rekognition.DescribeProjectVersionsInput{ProjectArn: &p.arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return shown, err
		}
		for _, v := range page.ProjectVersionDescriptions {
			shown.Models++
			if v.Status == types.ProjectVersionStatusRunning {
				shown.Running++
			}
		}
	}
	return shown, nil
}

// ProjectNames lists the names of the projects, newest first.
func (c *Client) ProjectNames(ctx context.Context) ([]string, error) {
	found, err := c.projects(ctx, "")
	names := make([]string, 0, len(found))
	for _, p := range found {
		names = append(names, p.name)
	}
	return names, err
}

// CreateProject makes a project without datasets and models.
func (c *Client) CreateProject(ctx context.Context, name string) (Project, error) {
	made, err := c.rek.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: &name})
	if err != nil {
		return Project{}, err
	}
	return c.showProject(ctx, project{arn: aws.ToString(made.ProjectArn), name: name})
}

// DeleteProject stops and deletes the models of a project, then its datasets, then the project, and waits until it is gone. What
// lies in S3 stays. A project with a model that is being trained or copied is left as it is, with an error.
func (c *Client) DeleteProject(ctx context.Context, name string, follow func(Progress)) error {
	found, err := c.projects(ctx, name)
	if err != nil {
		return err
	}
	p := found[0]
	models, err := c.Versions(ctx, name)
	if err != nil {
		return err
	}
	for _, v := range models {
		switch types.ProjectVersionStatus(v.Status) {
		case types.ProjectVersionStatusTrainingInProgress, types.ProjectVersionStatusCopyingInProgress:
			return fmt.Errorf("%s/%s is %s and cannot be deleted before that has ended; nothing is deleted", v.Project, v.Name, v.Status)
		}
	}
	for n, v := range models {
		detailed := func(now Progress) {
			now.Detail = fmt.Sprintf("%s, %d of %d", v.Name, n+1, len(models))
			follow(now)
		}
		if err := c.deleteModel(ctx, v, detailed); err != nil {
			return fmt.Errorf("%s/%s: %w", v.Project, v.Name, err)
		}
	}
	for _, kind := range kinds {
		if arn := p.datasets[kind]; arn != "" {
			follow(Progress{What: "deleting the datasets"})
			if err := c.deleteDataset(ctx, arn); err != nil {
				return err
			}
		}
	}
	follow(Progress{What: "deleting the project"})
	if _, err := c.rek.DeleteProject(ctx, &rekognition.DeleteProjectInput{ProjectArn: &p.arn}); err != nil {
		return err
	}
	return poll(ctx, func() (bool, error) {
		left, err := c.rek.DescribeProjects(ctx, &rekognition.DescribeProjectsInput{ProjectNames: []string{name}})
		if err != nil {
			return false, err
		}
		for _, d := range left.ProjectDescriptions {
			if aws.ToString(d.ProjectArn) == p.arn {
				return false, nil
			}
		}
		return true, nil
	})
}

// deleteModel deletes a version, which is stopped before if it runs.
func (c *Client) deleteModel(ctx context.Context, v Version, follow func(Progress)) error {
	d, err := c.settleVersion(ctx, v.Project, v.Name, follow)
	if err != nil {
		return err
	}
	if d.Status == types.ProjectVersionStatusRunning {
		if _, err := c.Stop(ctx, v, follow); err != nil {
			return err
		}
	}
	return c.Delete(ctx, v, follow)
}
