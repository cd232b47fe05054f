package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/go-json-experiment/json/jsontext"

	"ownsight/internal/dataset/manifest"
)

// kinds are the datasets that a project may have, in the order in which they are shown.
var kinds = []types.DatasetType{types.DatasetTypeTrain, types.DatasetTypeTest}

// Dataset is what a dataset holds.
type Dataset struct {
	Project  string       `json:"project"`
	Type     string       `json:"type"` // TRAIN or TEST
	ARN      string       `json:"datasetArn"`
	Status   string       `json:"status"`
	Message  string       `json:"statusMessage,omitempty"`
	Updated  time.Time    `json:"updated"`
	Pictures int          `json:"pictures"`
	Labelled int          `json:"labelled"`
	Faulty   int          `json:"withErrors"` // pictures whose line has an error
	Labels   []LabelCount `json:"labels,omitempty"`
}

// LabelCount says how often a label is given.
type LabelCount struct {
	Name     string `json:"label"`
	Pictures int    `json:"pictures"`
	Boxes    int    `json:"boxes,omitempty"`
}

// Entry is a picture of a dataset.
type Entry struct {
	Dataset  string         `json:"dataset"`        // TRAIN or TEST
	Line     int            `json:"line,omitempty"` // in what ExportDataset writes, from 1; 0 where only some are listed
	Picture  string         `json:"picture"`        // s3://BUCKET/KEY
	Labelled bool           `json:"labelled"`
	Labels   []string       `json:"labels"` // of the whole picture
	Boxes    []manifest.Box `json:"boxes"`  // in pixels
	Errors   []EntryError   `json:"errors,omitempty"`
}

// EntryError is what is wrong with the line of a picture.
type EntryError struct {
	Code      manifest.Code `json:"code"`
	Text      string        `json:"text"`
	Attribute string        `json:"attribute,omitempty"` // the label attribute concerned
	Remedy    string        `json:"remedy,omitempty"`
}

// EntryFilter says which pictures are listed; its zero value is all of them.
type EntryFilter struct {
	Label      string // those with this label
	Unlabelled bool
	Contains   string // those with this in their source-ref
}

// describeDataset gives what the service counts of a dataset.
func (c *Client) describeDataset(ctx context.Context, p project, kind types.DatasetType) (Dataset, error) {
	arn := p.datasets[kind]
	shown := Dataset{Project: p.name, Type: string(kind), ARN: arn}
	found, err := c.rek.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: &arn})
	if err != nil {
		return shown, err
	}
	d := found.DatasetDescription
	shown.Status, shown.Message, shown.Updated = string(d.Status), aws.ToString(d.StatusMessage), aws.ToTime(d.LastUpdatedTimestamp)
	if s := d.DatasetStats; s != nil {
		shown.Pictures, shown.Labelled, shown.Faulty = int(aws.ToInt32(s.TotalEntries)), int(aws.ToInt32(s.LabeledEntries)), int(aws.ToInt32(s.ErrorEntries))
	}
	return shown, nil
}

// Datasets gives the datasets of a project with their labels, or only the one of a kind, TRAIN or TEST; one at least.
func (c *Client) Datasets(ctx context.Context, projectName, kind string) ([]Dataset, error) {
	found, err := c.projects(ctx, projectName)
	if err != nil {
		return nil, err
	}
	var list []Dataset
	for _, k := range kinds {
		if found[0].datasets[k] == "" || kind != "" && kind != string(k) {
			continue
		}
		d, err := c.describeDataset(ctx, found[0], k)
		if err == nil {
			d.Labels, err = c.countLabels(ctx, d.ARN)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	if len(list) == 0 {
		what := strings.TrimSpace(strings.ToLower(kind) + " dataset")
		return nil, fmt.Errorf("project %s has no %s; `ownsight train DIR --project %[1]s` makes one of a folder", projectName, what)
	}
	return list, nil
}

// countLabels asks for the labels of a dataset. One of which nothing can be listed has none.
func (c *Client) countLabels(ctx context.Context, arn string) ([]LabelCount, error) {
	list := []LabelCount{}
	pages := rekognition.NewListDatasetLabelsPaginator(c.rek, &rekognition.ListDatasetLabelsInput{DatasetArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isA[*types.ResourceNotReadyException](err) || isA[*types.ResourceInUseException](err) {
			return list, nil // it is being made, or could not be
		}
		if err != nil {
			return nil, err
		}
		for _, l := range page.DatasetLabelDescriptions {
			count := LabelCount{Name: aws.ToString(l.LabelName)}
			if l.LabelStats != nil {
				count.Pictures, count.Boxes = int(aws.ToInt32(l.LabelStats.EntryCount)), int(aws.ToInt32(l.LabelStats.BoundingBoxCount))
			}
			list = append(list, count)
		}
	}
	return list, nil
}

// listLines gives the lines of a dataset, a page at a time in memory.
func (c *Client) listLines(ctx context.Context, arn string, f EntryFilter, tell func(text string) error) error {
	in := &rekognition.ListDatasetEntriesInput{DatasetArn: &arn}
	if f.Label != "" {
		in.ContainsLabels = []string{f.Label}
	}
	if f.Unlabelled {
		in.Labeled = aws.Bool(false)
	}
	if f.Contains != "" {
		in.SourceRefContains = &f.Contains
	}
	pages := rekognition.NewListDatasetEntriesPaginator(c.rek, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, text := range page.DatasetEntries {
			if err := tell(text); err != nil {
				return err
			}
		}
	}
	return nil
}

// Entries tells of the pictures of a dataset in its order.
func (c *Client) Entries(ctx context.Context, d Dataset, f EntryFilter, tell func(Entry) error) error {
	n := 0
	return c.listLines(ctx, d.ARN, f, func(text string) error {
		e := entryOf(text)
		e.Dataset = d.Type
		if n++; f == (EntryFilter{}) {
			e.Line = n
		}
		return tell(e)
	})
}

func entryOf(text string) Entry {
	l := manifest.Parse([]byte(text))
	e := Entry{Picture: l.SourceRef, Labelled: l.Labeled(), Labels: append([]string{}, l.Labels...), Boxes: append([]manifest.Box{}, l.Boxes...)}
	for _, p := range l.Problems {
		if p.Severity > manifest.Warning {
			e.Errors = append(e.Errors, EntryError{Code: p.Code, Text: p.Message, Attribute: p.Attribute, Remedy: remedies[p.Code]})
		}
	}
	return e
}

// ExportDataset writes a dataset as a manifest that can be imported again, here and by AWS, and gives the number of its lines.
func (c *Client) ExportDataset(ctx context.Context, d Dataset, file string, follow func(Progress)) (lines int, err error) {
	step := counter(follow, "saving lines", d.Pictures)
	return lines, save(file, func(f *os.File) error {
		return c.listLines(ctx, d.ARN, EntryFilter{}, func(text string) error {
			text, err := plain(text, "")
			if err != nil {
				return err
			}
			lines++
			step()
			_, err = io.WriteString(f, text+"\n")
			return err
		})
	})
}

// plain is the line of an entry without what the service adds to it, and with another source-ref unless ref is empty.
func plain(text, ref string) (string, error) {
	d := jsontext.NewDecoder(strings.NewReader(text))
	if t, err := d.ReadToken(); err != nil || t.Kind() != jsontext.KindBeginObject {
		return "", errors.Join(errors.New("a line of the dataset is no JSON object"), err)
	}
	var members []manifest.Member
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return "", fmt.Errorf("a line of the dataset: %w", err)
		}
		m := manifest.Member{Name: name.String()}
		value, err := d.ReadValue()
		if err != nil {
			return "", fmt.Errorf("a line of the dataset: %w", err)
		}
		switch {
		case m.Name == "cl-metadata" || m.Name == "cl-errors":
			continue
		case m.Name == "source-ref" && ref != "":
			m.Value = ref
		default:
			m.Value = value.Clone()
		}
		members = append(members, m)
	}
	return manifest.FormatLine(members...)
}
