package cluster

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// train makes a project with a dataset, trains on it, runs the model, asks it, and stops it.
func (l *load) train(ctx context.Context, random *rand.Rand) {
	name := l.name("trained")
	project, err := l.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: &name})
	if !l.done("CreateProject", err) || !l.fill(ctx, name, project.ProjectArn) {
		return
	}
	created, err := l.CreateProjectVersion(ctx, &rekognition.CreateProjectVersionInput{ProjectArn: project.ProjectArn, VersionName: aws.String("v1"),
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: aws.String("out")}})
	if !l.done("CreateProjectVersion", err) {
		return
	}
	l.oweVersion("training of "+name, project.ProjectArn, "v1", types.ProjectVersionStatusTrainingCompleted, types.ProjectVersionStatusRunning, types.ProjectVersionStatusStopped)
	if l.settles(ctx, project.ProjectArn, "v1") != types.ProjectVersionStatusTrainingCompleted || l.ended.Load() {
		return
	}
	version := created.ProjectVersionArn
	_, err = l.StartProjectVersion(ctx, &rekognition.StartProjectVersionInput{ProjectVersionArn: version, MinInferenceUnits: aws.Int32(1)})
	if !l.done("StartProjectVersion", err) || l.settles(ctx, project.ProjectArn, "v1") != types.ProjectVersionStatusRunning {
		return
	}
	p := l.pictures[random.IntN(len(l.pictures))]
	seen, err := l.DetectCustomLabels(ctx, &rekognition.DetectCustomLabelsInput{ProjectVersionArn: version, Image: &types.Image{Bytes: p.File},
		MinConfidence: aws.Float32(0), MaxResults: aws.Int32(1)})
	if l.done("DetectCustomLabels of a new model", err) && (len(seen.CustomLabels) != 1 || *seen.CustomLabels[0].Name != p.Label) {
		l.mistake("%s says %s of a picture of %s", name, words(seen.CustomLabels), p.Label)
	}
	_, err = l.StopProjectVersion(ctx, &rekognition.StopProjectVersionInput{ProjectVersionArn: version})
	if l.done("StopProjectVersion", err) {
		l.oweVersion("training of "+name, project.ProjectArn, "v1", types.ProjectVersionStatusStopped)
	}
}

// fill makes a project's training dataset of a manifest, and waits until it is complete.
func (l *load) fill(ctx context.Context, name string, project *string) bool {
	key := name + ".manifest"
	if _, err := l.guide.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: bytes.NewReader(l.manifest)}); err != nil {
		return false // S3 may be away
	}
	out, err := l.CreateDataset(ctx, &rekognition.CreateDatasetInput{ProjectArn: project, DatasetType: types.DatasetTypeTrain,
		DatasetSource: &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{Bucket: aws.String(bucket), Name: &key}}}})
	if !l.done("CreateDataset", err) {
		return false
	}
	complete := func(ctx context.Context) error {
		d, err := l.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: out.DatasetArn})
		if err != nil {
			return err
		}
		if err := differs("its status", types.DatasetStatusCreateComplete, d.DatasetDescription.Status); err != nil {
			return fmt.Errorf("%w (%s)", err, aws.ToString(d.DatasetDescription.StatusMessage))
		}
		return differs("the number of its entries", l.lines, int(aws.ToInt32(d.DatasetDescription.DatasetStats.TotalEntries)))
	}
	l.ledger.owe("dataset of "+name, complete)
	return l.happens(ctx, "a dataset", func(ctx context.Context) bool { return complete(ctx) == nil })
}

// happens waits for what begins by itself.
func (l *load) happens(ctx context.Context, what string, ask func(context.Context) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	ok := until(ctx, 200*time.Millisecond, ask)
	if !ok {
		l.mistake("%s is not there after %s", what, settleWithin)
	}
	return ok
}

// oweVersion is that a version ends in one of some states.
func (l *load) oweVersion(what string, project *string, name string, states ...types.ProjectVersionStatus) {
	l.ledger.owe(what, func(ctx context.Context) error {
		v, err := l.version(ctx, project, name)
		if err == nil && !slices.Contains(states, v.Status) {
			err = fmt.Errorf("it is %s (%s)", v.Status, aws.ToString(v.StatusMessage))
		}
		return err
	})
}

func (l *load) version(ctx context.Context, project *string, name string) (v types.ProjectVersionDescription, err error) {
	out, err := l.DescribeProjectVersions(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: project, VersionNames: []string{name}})
	if err == nil {
		err = differs("the number of versions "+name, 1, len(out.ProjectVersionDescriptions))
	}
	if err == nil {
		v = out.ProjectVersionDescriptions[0]
	}
	return v, err
}

// settles waits until nothing is in progress on a version, and gives its state.
func (l *load) settles(ctx context.Context, project *string, name string) (state types.ProjectVersionStatus) {
	l.happens(ctx, "the end of what is done to "+name, func(ctx context.Context) bool {
		v, err := l.version(ctx, project, name)
		state = v.Status
		return err == nil && !passing[string(state)]
	})
	return state
}

// beginCopy begins to copy the model, and gives the copy, or nil.
func (l *load) beginCopy(ctx context.Context, name string) *string {
	out, err := l.CopyProjectVersion(ctx, &rekognition.CopyProjectVersionInput{SourceProjectArn: l.source, SourceProjectVersionArn: l.base.ProjectVersionArn,
		DestinationProjectArn: l.copies, VersionName: &name, OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: aws.String("out")}})
	if !l.done("CopyProjectVersion", err) {
		return nil
	}
	l.oweVersion("copy "+name, l.copies, name, types.ProjectVersionStatusCopyingCompleted, types.ProjectVersionStatusRunning, types.ProjectVersionStatusStopped)
	return out.ProjectVersionArn
}

// copyVersions copies the model again and again.
func (l *load) copyVersions(ctx context.Context, _ *rand.Rand) {
	name := l.name("copy")
	if l.beginCopy(ctx, name) != nil {
		l.settles(ctx, l.copies, name)
	}
}

// disputeVersions has three clients start, stop and describe a copy.
func (l *load) disputeVersions(ctx context.Context, random *rand.Rand) {
	name := l.name("disputed")
	version := l.beginCopy(ctx, name)
	if version == nil || l.settles(ctx, l.copies, name) != types.ProjectVersionStatusCopyingCompleted {
		return
	}
	h := &history{name: "version " + name, model: versionModel}
	l.dispute(h, func(_ int, random *rand.Rand) {
		began := time.Now()
		switch random.IntN(4) {
		case 0:
			_, err := l.once.StartProjectVersion(ctx, &rekognition.StartProjectVersionInput{ProjectVersionArn: version, MinInferenceUnits: aws.Int32(1)})
			h.record(l.origin, call{what: "start"}, began, outcome{}, err)
		case 1:
			_, err := l.once.StopProjectVersion(ctx, &rekognition.StopProjectVersionInput{ProjectVersionArn: version})
			h.record(l.origin, call{what: "stop"}, began, outcome{}, err)
		default:
			out, err := l.once.DescribeProjectVersions(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: l.copies, VersionNames: []string{name}})
			told := outcome{}
			if err == nil && len(out.ProjectVersionDescriptions) > 0 {
				told.state = string(out.ProjectVersionDescriptions[0].Status)
			}
			h.record(l.origin, call{what: "describe"}, began, told, err)
		}
	}, random)
}
