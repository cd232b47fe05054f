package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/training/report"
)

// Unusable is a picture that training had to leave out.
type Unusable struct {
	Picture string `json:"picture"` // s3://BUCKET/KEY
	Reason  string `json:"reason"`
}

// readOutput reads what a training left in its output location, be it done or failed.
func (c *Client) readOutput(ctx context.Context, d *types.ProjectVersionDescription, t *Trained) error {
	t.Bucket, t.Prefix = aws.ToString(d.OutputConfig.S3Bucket), aws.ToString(d.OutputConfig.S3KeyPrefix)
	if d.TrainingEndTimestamp != nil && d.CreationTimestamp != nil {
		t.Seconds = d.TrainingEndTimestamp.Sub(*d.CreationTimestamp).Seconds()
	}
	for _, validation := range validations(d) {
		file, err := c.read(ctx, validation)
		if err != nil {
			return err
		}
		t.Unusable = append(t.Unusable, unusable(file)...)
	}
	if d.EvaluationResult == nil || d.EvaluationResult.Summary == nil {
		return nil
	}
	var err error
	if t.Report, err = c.read(ctx, d.EvaluationResult.Summary.S3Object); err != nil {
		return err
	}
	if t.Card, err = c.readOurs(ctx, t, ownsight.ModelCard); err != nil {
		return err
	}
	t.page, err = c.readOurs(ctx, t, ownsight.EvaluationReport)
	return err
}

// readOurs reads a file that only Ownsight leaves, AWS does not. It is nil where there is none.
func (c *Client) readOurs(ctx context.Context, t *Trained, o ownsight.Output) ([]byte, error) {
	at, err := t.output(o)
	if err != nil {
		return nil, err
	}
	content, err := c.read(ctx, &types.S3Object{Bucket: &at.Bucket, Name: &at.Key})
	if isA[*s3types.NoSuchKey](err) {
		return nil, nil
	}
	return content, err
}

// output is where one of the training's files lies.
func (t *Trained) output(o ownsight.Output) (ownsight.Location, error) {
	arn, err := ownsight.ParseVersionARN(t.ARN)
	v := ownsight.Version{ARN: arn, Output: ownsight.Location{Bucket: t.Bucket, Key: t.Prefix}}
	return v.OutputAt(o), err
}

// ErrNoPage says that a training left no report to look at: AWS leaves none, nor did earlier versions of Ownsight.
var ErrNoPage = errors.New("the training left no report to look at in a browser")

// SavePage writes the report for people, an HTML file that needs nothing besides itself.
func (t *Trained) SavePage(file string) error {
	if t.page == nil {
		return ErrNoPage
	}
	return os.WriteFile(file, t.page, 0o644)
}

// PagePlace is where the report for people lies, s3://BUCKET/KEY; empty where there is none.
func (t *Trained) PagePlace() string {
	at, err := t.output(ownsight.EvaluationReport)
	if err != nil || t.page == nil {
		return ""
	}
	return manifest.SourceRef(at)
}

// validations are the manifests that name what is wrong with each line.
func validations(d *types.ProjectVersionDescription) (at []*types.S3Object) {
	var assets []types.Asset
	if r := d.TrainingDataResult; r != nil && r.Validation != nil {
		assets = append(assets, r.Validation.Assets...)
	}
	if r := d.TestingDataResult; r != nil && r.Validation != nil {
		assets = append(assets, r.Validation.Assets...)
	}
	for _, a := range assets {
		if a.GroundTruthManifest != nil && a.GroundTruthManifest.S3Object != nil {
			at = append(at, a.GroundTruthManifest.S3Object)
		}
	}
	return at
}

// unusable finds the lines of a validation manifest that have errors.
func unusable(file []byte) (list []Unusable) {
	lines := bufio.NewScanner(bytes.NewReader(file))
	lines.Buffer(nil, 2*manifest.MaxLineChars)
	for lines.Scan() {
		var l struct {
			SourceRef string `json:"source-ref"`
			Errors    []struct{ Message string }
		}
		if json.Unmarshal(lines.Bytes(), &l) != nil || len(l.Errors) == 0 {
			continue
		}
		list = append(list, Unusable{Picture: l.SourceRef, Reason: l.Errors[0].Message})
	}
	return list
}

// maxOutput bounds a file that is read from the output location.
const maxOutput = 1 << 30

func (c *Client) read(ctx context.Context, at *types.S3Object) ([]byte, error) {
	object, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: at.Bucket, Key: at.Name})
	if err != nil {
		return nil, fmt.Errorf("s3://%s/%s: %w", aws.ToString(at.Bucket), aws.ToString(at.Name), err)
	}
	defer object.Body.Close()
	return io.ReadAll(io.LimitReader(object.Body, maxOutput))
}

// Table prints the report for people. There is none before training is done.
func (t *Trained) Table(w io.Writer) error {
	s, err := report.ReadSummary(bytes.NewReader(t.Report))
	if err != nil {
		return err
	}
	facts := report.Facts{Took: time.Duration(t.Seconds * float64(time.Second))}
	if len(t.Card) > 0 {
		var card card
		if err := json.Unmarshal(t.Card, &card); err != nil {
			return fmt.Errorf("model's card: %w", err)
		}
		facts.Candidates, facts.Why = card.candidates(), card.Training.Reason
	}
	return report.Table(w, s, facts)
}

// card is what the report needs to know of a model's card. What was tried is told of models of whole pictures.
type card struct {
	Training struct {
		Candidates []struct {
			Name           string
			Figures, Mixed struct{ Accuracy, LogLoss float64 } // alone, and with the best linear head
		}
		Chosen int
		Share  struct{ Linear float64 }
		Reason string
	}
}

// candidates are the best linear head, and what was tried beside it, each alone or with the head: as it was chosen, or
// whichever is better. A plus sign stands for the head.
func (c card) candidates() (list []report.Candidate) {
	for i, tried := range c.Training.Candidates {
		chosen := i == c.Training.Chosen
		figures, together := tried.Figures, tried.Mixed.LogLoss < tried.Figures.LogLoss
		if chosen {
			together = c.Training.Share.Linear > 0
		}
		if i > 0 && together {
			tried.Name, figures = "+ "+tried.Name, tried.Mixed
		}
		list = append(list, report.Candidate{Name: tried.Name, Accuracy: figures.Accuracy, LogLoss: figures.LogLoss, Chosen: chosen})
	}
	return list
}

// Place is where the training's files lie.
func (t *Trained) Place() string {
	return "s3://" + t.Bucket + "/" + strings.TrimSuffix(t.Prefix, "/") + "/"
}
