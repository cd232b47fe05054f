package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"golang.org/x/sync/errgroup"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

// fleet are the models of a server, as a program sees them that uses an AWS SDK.
type fleet struct {
	*rig.Server
	rek                *rekognition.Client
	minUnits, maxUnits int32
	picture            []byte
}

func (b *bench) fleet(s *rig.Server) (*fleet, error) {
	pictures, err := files(b.pictures())
	if err != nil {
		return nil, err
	}
	return &fleet{s, rekognition.NewFromConfig(s.AWS), int32(b.minUnits), int32(b.maxUnits), pictures[0]}, nil
}

// version is one model of the fleet.
type version struct{ project, projectARN, name, arn string }

// find gives the version that prepare has trained in a project.
func (f *fleet) find(ctx context.Context, project string) (version, error) {
	found, err := f.rek.DescribeProjects(ctx, &rekognition.DescribeProjectsInput{ProjectNames: []string{project}})
	if err != nil {
		return version{}, err
	}
	if len(found.ProjectDescriptions) == 0 {
		return version{}, fmt.Errorf("there is no project %s", project)
	}
	v := version{project: project, projectARN: *found.ProjectDescriptions[0].ProjectArn, name: rig.VersionName}
	d, err := f.describe(ctx, v)
	if err != nil {
		return v, err
	}
	v.arn = *d.ProjectVersionArn
	return v, nil
}

func (f *fleet) describe(ctx context.Context, v version) (d types.ProjectVersionDescription, err error) {
	got, err := f.rek.DescribeProjectVersions(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: &v.projectARN, VersionNames: []string{v.name}})
	if err != nil {
		return d, err
	}
	if len(got.ProjectVersionDescriptions) == 0 {
		return d, fmt.Errorf("there is no version %s/%s", v.project, v.name)
	}
	return got.ProjectVersionDescriptions[0], nil
}

// pollEvery is how often a state is asked for.
const pollEvery = 5 * time.Millisecond

// reach asks for the state of a version until it is the wanted one.
func (f *fleet) reach(ctx context.Context, v version, want types.ProjectVersionStatus) error {
	for {
		d, err := f.describe(ctx, v)
		switch {
		case err != nil:
			return err
		case d.Status == want:
			return nil
		case d.Status == types.ProjectVersionStatusFailed || d.Status == types.ProjectVersionStatusCopyingFailed:
			return fmt.Errorf("%s/%s is %s: %s", v.project, v.name, d.Status, aws.ToString(d.StatusMessage))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// copy makes a version of the same content beside another one.
func (f *fleet) copy(ctx context.Context, v version, name string) (version, error) {
	c, err := f.rek.CopyProjectVersion(ctx, &rekognition.CopyProjectVersionInput{
		SourceProjectArn: &v.projectARN, SourceProjectVersionArn: &v.arn, DestinationProjectArn: &v.projectARN, VersionName: &name,
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String("ownsight-pictures-" + f.Client.Account), S3KeyPrefix: aws.String(v.project + "/copies/" + name)}})
	if err != nil {
		return version{}, err
	}
	made := version{project: v.project, projectARN: v.projectARN, name: name, arn: *c.ProjectVersionArn}
	return made, f.reach(ctx, made, types.ProjectVersionStatusCopyingCompleted)
}

// start runs a version with the units asked for, unless it runs.
func (f *fleet) start(ctx context.Context, v version) error {
	d, err := f.describe(ctx, v)
	if err != nil || d.Status == types.ProjectVersionStatusRunning {
		return err
	}
	if err := f.begin(ctx, v); err != nil {
		return err
	}
	return f.reach(ctx, v, types.ProjectVersionStatusRunning)
}

func (f *fleet) begin(ctx context.Context, v version) error {
	in := &rekognition.StartProjectVersionInput{ProjectVersionArn: &v.arn, MinInferenceUnits: &f.minUnits}
	if f.maxUnits > 0 {
		in.MaxInferenceUnits = &f.maxUnits
	}
	_, err := f.rek.StartProjectVersion(ctx, in)
	return err
}

func (f *fleet) stop(ctx context.Context, v version) error {
	if _, err := f.rek.StopProjectVersion(ctx, &rekognition.StopProjectVersionInput{ProjectVersionArn: &v.arn}); err != nil {
		return err
	}
	return f.reach(ctx, v, types.ProjectVersionStatusStopped)
}

// ask gives the best label of a picture.
func (f *fleet) ask(ctx context.Context, v version, picture []byte) (a contest.Answer, err error) {
	got, err := f.rek.DetectCustomLabels(ctx, &rekognition.DetectCustomLabelsInput{
		ProjectVersionArn: &v.arn, Image: &types.Image{Bytes: picture}, MinConfidence: new(float32)})
	if err != nil {
		return a, err
	}
	if len(got.CustomLabels) == 0 {
		return a, errors.New("no label, although the least confidence is 0")
	}
	return contest.Answer{Label: *got.CustomLabels[0].Name, Score: *got.CustomLabels[0].Confidence / 100}, nil
}

// twin is a copy of a version by a name, an earlier run's where there is one.
func (f *fleet) twin(ctx context.Context, of version, name string) (version, error) {
	v := of
	v.name = name
	if d, err := f.describe(ctx, v); err == nil {
		v.arn = *d.ProjectVersionArn
		return v, nil
	}
	return f.copy(ctx, of, name)
}

// atOnce is how many copies are made at the same time.
const atOnce = 8

// fill lets so many copies of a version run.
func (f *fleet) fill(ctx context.Context, of version, n int) ([]version, error) {
	made := make([]version, n)
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i := range made {
		all.Go(func() (err error) {
			if made[i], err = f.copy(ctx, of, fmt.Sprintf("c%04d", i)); err != nil {
				return err
			}
			return f.start(ctx, made[i])
		})
	}
	return made, all.Wait()
}
