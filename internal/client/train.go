package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"ownsight/internal/dataset/source"
)

// TrainOptions say what to make of a folder of pictures.
type TrainOptions struct {
	Folder  string
	Layout  source.Layout // of the folder
	Project string        // default: the folder's name
	Version string        // default: the time
	Bucket  string        // default: ownsight-pictures-ACCOUNT
	Start   bool          // run the model when it is trained
}

// pictures is the prefix that the pictures lie under, output the one of what a training leaves.
func (o TrainOptions) pictures() string { return o.Project + "/pictures/" }
func (o TrainOptions) output() string   { return o.Project + "/output/" + o.Version }

// Trained is how far a call of Train has come; its members are filled in one after the other.
type Trained struct {
	Version                  // its ARN is empty until training has begun
	Found    bool            `json:"found"` // it was there already, from an earlier call
	Seconds  float64         `json:"trainingSeconds"`
	Bucket   string          `json:"outputBucket"` // where report and model lie
	Prefix   string          `json:"outputPrefix"`
	Report   json.RawMessage `json:"report,omitempty"` // the evaluation summary; absent until training is done
	Card     json.RawMessage `json:"card,omitempty"`   // what the model's file says of itself
	page     []byte          // the report for people, HTML
	Unusable []Unusable      `json:"unusablePictures"` // left out by the training
	Skipped  []string        `json:"skippedFiles"`     // not uploaded

	Layout   source.Layout    `json:"layout"`         // of the folder, as it was read
	Problems []source.Problem `json:"folderProblems"` // what of the folder could not be used as it stands
	Untold   int              `json:"moreProblems,omitempty"`
}

// Train makes a project of a folder, uploads its pictures, makes the project's datasets say what the folder says,
// trains a version and, if asked, starts it. What is there from an earlier call is used again, a version of the same
// name too, so a call that was cut off is simply made again. Trained is never nil.
func (c *Client) Train(ctx context.Context, o TrainOptions, follow func(Progress)) (*Trained, error) {
	t := newTrained()
	named := o.Version != ""
	if err := c.fillIn(&o); err != nil {
		return t, err
	}
	folder, err := source.Read(o.Folder, o.Layout)
	t.Layout, t.Untold = folder.Layout, folder.Untold
	t.Skipped, t.Problems = append(t.Skipped, folder.Skipped...), append(t.Problems, folder.Problems...)
	if err != nil {
		return t, err
	}
	project, err := c.ensureProject(ctx, o.Project)
	if err != nil {
		return t, err
	}
	return t, c.learn(ctx, project, named, o, t, follow, func() error { return c.prepare(ctx, project, folder, o, follow) })
}

// TrainProject trains a version of a project's datasets as they are and, if asked, starts it. The rest is as with Train.
func (c *Client) TrainProject(ctx context.Context, o TrainOptions, follow func(Progress)) (*Trained, error) {
	t := newTrained()
	named := o.Version != ""
	if err := c.fillIn(&o); err != nil {
		return t, err
	}
	found, err := c.projects(ctx, o.Project)
	if err != nil {
		return t, err
	}
	return t, c.learn(ctx, &found[0], named, o, t, follow, func() error { return c.ensureBucket(ctx, o.Bucket) })
}

func newTrained() *Trained {
	return &Trained{Unusable: []Unusable{}, Skipped: []string{}, Problems: []source.Problem{}}
}

// learn prepares a training and begins it, unless an earlier call has done so with a version that the caller has named, and
// sees it through.
func (c *Client) learn(ctx context.Context, project *project, named bool, o TrainOptions, t *Trained, follow func(Progress), prepare func() error) error {
	if named {
		switch d, err := c.describe(ctx, project, o.Version); {
		case err == nil:
			t.Found = true
			if t.Version, err = versionOf(*d); err != nil {
				return err
			}
		case !errors.Is(err, errGone):
			return err
		}
	}
	if !t.Found {
		if err := prepare(); err != nil {
			return err
		}
		if err := c.begin(ctx, project, o, t); err != nil {
			return err
		}
	}
	return c.finish(ctx, o, t, follow)
}

var unfit = regexp.MustCompile(`[^a-zA-Z0-9_.\-]+`)

func (c *Client) fillIn(o *TrainOptions) error {
	if o.Project == "" {
		abs, err := filepath.Abs(o.Folder)
		if err != nil {
			return err
		}
		o.Project = strings.Trim(unfit.ReplaceAllString(filepath.Base(abs), "-"), "-")
		if o.Project == "" {
			return fmt.Errorf("the folder's name %q gives no project name; choose one with --project", filepath.Base(abs))
		}
	}
	if o.Version == "" {
		o.Version = time.Now().Format("20060102-150405")
	}
	if o.Bucket == "" {
		o.Bucket = "ownsight-pictures-" + c.Account
	}
	return nil
}

// prepare brings pictures and datasets to the server.
func (c *Client) prepare(ctx context.Context, project *project, f source.Set, o TrainOptions, follow func(Progress)) error {
	if err := c.ensureBucket(ctx, o.Bucket); err != nil {
		return err
	}
	training, err := lines(o.Bucket, o.pictures(), f.Training)
	if err != nil {
		return err
	}
	testing, err := lines(o.Bucket, o.pictures(), f.Testing)
	if err != nil {
		return err
	}
	here := slices.Concat(f.Training, f.Testing)
	here = slices.DeleteFunc(here, func(p source.Picture) bool { return p.SourceRef != "" })
	if len(here) > 0 {
		if err := c.upload(ctx, o.Bucket, o.pictures(), here, counter(follow, "uploading pictures", len(here))); err != nil {
			return err
		}
	}
	follow(Progress{What: "making the datasets"})
	if err := c.ensureDataset(ctx, project, types.DatasetTypeTrain, o, training); err != nil {
		return err
	}
	return c.ensureDataset(ctx, project, types.DatasetTypeTest, o, testing)
}

// begin starts the training.
func (c *Client) begin(ctx context.Context, project *project, o TrainOptions, t *Trained) error {
	_, err := c.rek.CreateProjectVersion(ctx, &rekognition.CreateProjectVersionInput{
		ProjectArn: &project.arn, VersionName: &o.Version,
		OutputConfig: &types.OutputConfig{S3Bucket: &o.Bucket, S3KeyPrefix: aws.String(o.output())}})
	if err != nil {
		return err
	}
	d, err := c.describe(ctx, project, o.Version)
	if err != nil {
		return err
	}
	t.Version, err = versionOf(*d)
	return err
}

// finish waits for the end of the training, reads what it left and starts the model.
func (c *Client) finish(ctx context.Context, o TrainOptions, t *Trained, follow func(Progress)) error {
	d, err := c.settleVersion(ctx, o.Project, o.Version, follow)
	if err != nil {
		return err
	}
	if t.Version, err = versionOf(*d); err != nil {
		return err
	}
	if err := c.readOutput(ctx, d, t); err != nil {
		return err
	}
	if d.Status == types.ProjectVersionStatusTrainingFailed {
		return fmt.Errorf("the training failed: %s", t.Message)
	}
	if !o.Start || d.Status == types.ProjectVersionStatusRunning {
		return nil
	}
	running, err := c.Start(ctx, t.Version, 1, follow)
	if err != nil {
		return fmt.Errorf("the model is trained but does not run: %w", err)
	}
	t.Version = running
	return nil
}
