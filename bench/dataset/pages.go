package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"

	"ownsight/bench/internal/contest"
)

const rounds = 20

func once(o *rekognition.Options) { o.RetryMaxAttempts = 1 }

// pages asks for the first page with many filters, and for a page of labels.
func (m measurement) pages(ctx context.Context, arn string) error {
	yes, no := aws.Bool(true), aws.Bool(false)
	table := contest.NewTable("ListDatasetEntries, a hundred of 250,000", "entries", "median ms", "slowest ms")
	for _, c := range []struct {
		what string
		in   rekognition.ListDatasetEntriesInput
	}{
		{"all", rekognition.ListDatasetEntriesInput{}},
		{"a label of one in fifty", rekognition.ListDatasetEntriesInput{ContainsLabels: []string{"defect-3"}}},
		{"ten labels", rekognition.ListDatasetEntriesInput{ContainsLabels: []string{"upper-side", "defect-1", "defect-2", "defect-3", "defect-4", "defect-5", "defect-6", "defect-7", "defect-8", "none"}}},
		{"HasErrors", rekognition.ListDatasetEntriesInput{HasErrors: yes}},
		{"not Labeled", rekognition.ListDatasetEntriesInput{Labeled: no}},
		{"not Labeled, with a label (none)", rekognition.ListDatasetEntriesInput{Labeled: no, ContainsLabels: []string{"upper-side"}}},
		{"HasErrors, Labeled, a label", rekognition.ListDatasetEntriesInput{Labeled: yes, HasErrors: yes, ContainsLabels: []string{"upper-side"}}},
		{"SourceRefContains half of them", rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String("line-1")}},
		{"SourceRefContains the last alone", rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String(picture(full - 1)[52:])}},
		{"SourceRefContains a whole URI", rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String(picture(full - 1))}},
		{"SourceRefContains what none has", rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String("zzz")}},
		{"half of them, and a label of the other half (none)", rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String("line-1"), ContainsLabels: []string{"upper-side"}}},
		{"all four (none)", rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String("line-1"), ContainsLabels: []string{"upper-side"}, Labeled: yes, HasErrors: yes}},
	} {
		c.in.DatasetArn, c.in.MaxResults = &arn, aws.Int32(100)
		var entries int
		took, err := timed(func() error {
			out, err := m.rek.ListDatasetEntries(ctx, &c.in, once)
			if err == nil {
				entries = len(out.DatasetEntries)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		table.Row(c.what, fmt.Sprint(entries), contest.Median(took), slices.Max(took))
	}
	took, err := timed(func() error {
		_, err := m.rek.ListDatasetLabels(ctx, &rekognition.ListDatasetLabelsInput{DatasetArn: &arn}, once)
		return err
	})
	if err != nil {
		return err
	}
	table.Row("ListDatasetLabels", fmt.Sprint(labels+1), contest.Median(took), slices.Max(took))
	table.Print()
	return nil
}

// timed does something until it went well some times, and gives the milliseconds of each. On a crowded machine the SDK
// now and then closes a connection itself, when the answer is there before its own goroutine has seen the request go;
// its pause before it asks again would be measured in place of the server.
func timed(do func() error) (took []float64, err error) {
	for tries := 0; len(took) < rounds; tries++ {
		began := time.Now()
		if err := do(); err == nil {
			took = append(took, time.Since(began).Seconds()*1000)
		} else if tries > 2*rounds {
			return nil, err
		}
	}
	return took, nil
}
