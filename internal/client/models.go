package client

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/dataset/source"
)

// HasReport are the states in which a version has a report and a model.
var HasReport = []types.ProjectVersionStatus{
	types.ProjectVersionStatusTrainingCompleted, types.ProjectVersionStatusStarting, types.ProjectVersionStatusRunning,
	types.ProjectVersionStatusStopping, types.ProjectVersionStatusStopped, types.ProjectVersionStatusFailed,
	types.ProjectVersionStatusCopyingCompleted,
}

// CopyOptions say where a copy of a model goes.
type CopyOptions struct {
	Project string // name, or ARN, of the project that gets it
	Name    string // of the copy; empty for that of the model
	Bucket  string // for what the training left; empty for ownsight-pictures-ACCOUNT
	From    string // ARN of the model's project, needed for the model of another account
}

// CopyModel copies a model into another project, and waits until it is there. The model of another account is named by its ARN,
// and a policy of its project must allow the copy.
func (c *Client) CopyModel(ctx context.Context, model string, o CopyOptions, follow func(Progress)) (v Version, err error) {
	if o.From == "" {
		if v, err = c.Model(ctx, model, HasReport...); err != nil {
			return v, err
		}
		own, err := c.projects(ctx, v.Project)
		if err != nil {
			return v, err
		}
		model, o.From = v.ARN, own[0].arn
	}
	arn, err := ownsight.ParseVersionARN(model)
	if err != nil {
		return v, err
	}
	to, err := c.destination(ctx, o.Project)
	if err != nil {
		return v, err
	}
	o.Name, o.Bucket = cmp.Or(o.Name, arn.Name), cmp.Or(o.Bucket, "ownsight-pictures-"+c.Account)
	if err := c.ensureBucket(ctx, o.Bucket); err != nil {
		return v, err
	}
	at := TrainOptions{Project: to.name, Version: o.Name}
	_, err = c.rek.CopyProjectVersion(ctx, &rekognition.CopyProjectVersionInput{
		SourceProjectArn: &o.From, SourceProjectVersionArn: &model, DestinationProjectArn: &to.arn, VersionName: &o.Name,
		OutputConfig: &types.OutputConfig{S3Bucket: &o.Bucket, S3KeyPrefix: aws.String(at.output())}})
	if err != nil {
		return v, err
	}
	follow(Progress{What: "copying the model"})
	err = poll(ctx, func() (bool, error) {
		d, err := c.describe(ctx, to, o.Name)
		if err != nil {
			return false, err
		}
		v, err = versionOf(*d)
		return d.Status != types.ProjectVersionStatusCopyingInProgress, err
	})
	if err == nil && v.Status != string(types.ProjectVersionStatusCopyingCompleted) {
		err = fmt.Errorf("%s/%s is %s: %s", v.Project, v.Name, v.Status, v.Message)
	}
	return v, err
}

// destination is the project that a copy goes into, by its name or ARN.
func (c *Client) destination(ctx context.Context, name string) (*project, error) {
	if !strings.HasPrefix(name, "arn:") {
		found, err := c.projects(ctx, name)
		if err != nil {
			return nil, err
		}
		return &found[0], nil
	}
	arn, err := ownsight.ParseProjectARN(name)
	return &project{arn: name, name: arn.Name}, err
}

// SetUnits changes the inference units of a running version while it runs. With a largest of 0 they do not grow by themselves.
func (c *Client) SetUnits(ctx context.Context, v Version, least, most int32) (Version, error) {
	in := &rekognition.StartProjectVersionInput{ProjectVersionArn: &v.ARN, MinInferenceUnits: &least}
	if most > 0 {
		in.MaxInferenceUnits = &most
	}
	if _, err := c.rek.StartProjectVersion(ctx, in); err != nil {
		return v, err
	}
	d, err := c.settleVersion(ctx, v.Project, v.Name, func(Progress) {})
	if err != nil {
		return v, err
	}
	return versionOf(*d)
}

// Report reads what the training of a version left. It is an error when that is no report.
func (c *Client) Report(ctx context.Context, v Version) (*Trained, error) {
	t := &Trained{Version: v, Found: true, Unusable: []Unusable{}, Skipped: []string{}, Problems: []source.Problem{}}
	d, err := c.describeModel(ctx, v)
	if err != nil {
		return t, err
	}
	if err := c.readOutput(ctx, d, t); err != nil {
		return t, err
	}
	if t.Report == nil {
		return t, fmt.Errorf("%s/%s is %s and has no report. %s", v.Project, v.Name, v.Status, v.Message)
	}
	return t, nil
}

// describeModel asks for everything that is known of a version.
func (c *Client) describeModel(ctx context.Context, v Version) (*types.ProjectVersionDescription, error) {
	found, err := c.projects(ctx, v.Project)
	if err != nil {
		return nil, err
	}
	d, err := c.describe(ctx, &found[0], v.Name)
	if err == nil && d.OutputConfig == nil {
		err = fmt.Errorf("%s/%s has no output location", v.Project, v.Name)
	}
	return d, err
}

// outputAt is where one of the files of a version lies.
func (c *Client) outputAt(ctx context.Context, v Version, o ownsight.Output) (ownsight.Location, error) {
	d, err := c.describeModel(ctx, v)
	if err != nil {
		return ownsight.Location{}, err
	}
	t := Trained{Version: v, Bucket: aws.ToString(d.OutputConfig.S3Bucket), Prefix: aws.ToString(d.OutputConfig.S3KeyPrefix)}
	return t.output(o)
}

// DownloadModel saves the ONNX file of a version and gives its size in bytes.
func (c *Client) DownloadModel(ctx context.Context, v Version, file string, follow func(Progress)) (size int64, err error) {
	at, err := c.outputAt(ctx, v, ownsight.ModelFile)
	if err != nil {
		return 0, err
	}
	object, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key})
	if isA[*s3types.NoSuchKey](err) {
		return 0, fmt.Errorf("there is no %s: a version that is not trained has no model, nor has what AWS trained", manifest.SourceRef(at))
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", manifest.SourceRef(at), err)
	}
	defer object.Body.Close()
	told := &sending{follow: follow, stage: "downloading the model", total: aws.ToInt64(object.ContentLength), began: time.Now()}
	return told.total, save(file, func(f *os.File) error {
		n, err := io.Copy(f, io.TeeReader(object.Body, told))
		if err == nil && n != told.total {
			err = io.ErrUnexpectedEOF
		}
		return err
	})
}

// Write counts bytes that have come.
func (s *sending) Write(b []byte) (int, error) {
	s.done += int64(len(b))
	s.follow(s.progress(s.done))
	return len(b), nil
}
