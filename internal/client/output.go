package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

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
	card := t.Prefix + "/Model-" + t.Project + "-" + t.Name + ".json"
	t.Card, err = c.read(ctx, &types.S3Object{Bucket: &t.Bucket, Name: &card})
	if isA[*s3types.NoSuchKey](err) { // AWS keeps its models to itself
		return nil
	}
	return err
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
		facts.Chosen, facts.Candidates = card.Training.String(), card.candidates()
	}
	return report.Table(w, s, facts)
}

// card is what the report needs to know of a model's card.
type card struct {
	Training struct {
		recipe
		Validated struct {
			Candidates []struct {
				recipe
				Trials []struct{ Accuracy, LogLoss float64 }
			}
		}
	}
}

// recipe says what a head was trained on besides the plain pictures.
type recipe struct{ Varied, Flipped, Balanced bool }

func (r recipe) String() string {
	text := "plain"
	if r.Varied {
		text += ", varied"
	}
	if r.Flipped {
		text += ", flipped"
	}
	text += " views"
	if r.Balanced {
		text += ", weighted"
	}
	return text
}

// candidates gives the best trial of each recipe.
func (c card) candidates() (list []report.Candidate) {
	for _, tried := range c.Training.Validated.Candidates {
		best := report.Candidate{Name: tried.String()}
		for i, trial := range tried.Trials {
			if i == 0 || trial.LogLoss < best.LogLoss {
				best.Accuracy, best.LogLoss = trial.Accuracy, trial.LogLoss
			}
		}
		list = append(list, best)
	}
	return list
}

// Place is where the training's files lie.
func (t *Trained) Place() string {
	return "s3://" + t.Bucket + "/" + strings.TrimSuffix(t.Prefix, "/") + "/"
}
