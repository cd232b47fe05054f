package client

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
)

// Startable are the states from which a version can be started.
var Startable = []types.ProjectVersionStatus{
	types.ProjectVersionStatusTrainingCompleted, types.ProjectVersionStatusStopped, types.ProjectVersionStatusFailed,
	types.ProjectVersionStatusCopyingCompleted,
}

// Start runs a version with so many inference units and waits until it answers.
func (c *Client) Start(ctx context.Context, v Version, units int32, follow func(Progress)) (Version, error) {
	_, err := c.rek.StartProjectVersion(ctx, &rekognition.StartProjectVersionInput{ProjectVersionArn: &v.ARN, MinInferenceUnits: &units})
	if err != nil {
		return v, err
	}
	return c.reach(ctx, v, types.ProjectVersionStatusRunning, follow)
}

// Stop ends a running version and waits until it has ended.
func (c *Client) Stop(ctx context.Context, v Version, follow func(Progress)) (Version, error) {
	if _, err := c.rek.StopProjectVersion(ctx, &rekognition.StopProjectVersionInput{ProjectVersionArn: &v.ARN}); err != nil {
		return v, err
	}
	return c.reach(ctx, v, types.ProjectVersionStatusStopped, follow)
}

// Delete removes a version that neither trains nor runs, and waits until it is gone.
func (c *Client) Delete(ctx context.Context, v Version, follow func(Progress)) error {
	if _, err := c.rek.DeleteProjectVersion(ctx, &rekognition.DeleteProjectVersionInput{ProjectVersionArn: &v.ARN}); err != nil {
		return err
	}
	_, err := c.settleVersion(ctx, v.Project, v.Name, follow)
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

// reach waits until nothing is in progress on a version; another state than the wanted one is an error.
func (c *Client) reach(ctx context.Context, v Version, want types.ProjectVersionStatus, follow func(Progress)) (Version, error) {
	d, err := c.settleVersion(ctx, v.Project, v.Name, follow)
	if err != nil {
		return v, err
	}
	if v, err = versionOf(*d); err == nil && d.Status != want {
		err = fmt.Errorf("%s/%s is %s, not %s: %s", v.Project, v.Name, v.Status, want, v.Message)
	}
	return v, err
}

// errGone says that a version is not there, or no longer.
var errGone = errors.New("the model is not there")

// describe finds a version by its name.
func (c *Client) describe(ctx context.Context, project *project, name string) (*types.ProjectVersionDescription, error) {
	found, err := c.rek.DescribeProjectVersions(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: &project.arn, VersionNames: []string{name}})
	if err != nil {
		return nil, err
	}
	if len(found.ProjectVersionDescriptions) == 0 {
		return nil, fmt.Errorf("%s/%s: %w", project.name, name, errGone)
	}
	return &found.ProjectVersionDescriptions[0], nil
}

// settleVersion waits until nothing is in progress on a version, and shows its status message meanwhile.
func (c *Client) settleVersion(ctx context.Context, projectName, name string, follow func(Progress)) (d *types.ProjectVersionDescription, err error) {
	projects, err := c.projects(ctx, projectName)
	if err != nil {
		return nil, err
	}
	err = poll(ctx, func() (bool, error) {
		if d, err = c.describe(ctx, &projects[0], name); err != nil {
			return false, err
		}
		switch d.Status {
		case types.ProjectVersionStatusTrainingInProgress:
			follow(progressOf(aws.ToString(d.StatusMessage)))
		case types.ProjectVersionStatusStarting, types.ProjectVersionStatusStopping, types.ProjectVersionStatusDeleting:
			follow(Progress{What: strings.ToLower(string(d.Status)) + " the model"})
		default:
			return true, nil
		}
		return false, nil
	})
	return d, err
}
