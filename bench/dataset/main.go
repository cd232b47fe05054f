// Command dataset measures datasets of the largest size through the wire: creating them from a manifest that lies in the
// embedded S3 server, filtered pages, the largest update, deleting; and the memory of the server meanwhile.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

const (
	few   = 10_000
	full  = 250_000 // lines that the contract allows
	every = 10 * time.Millisecond
)

func main() { rig.Main(run, "OWNSIGHT", "FOLDER") }

func run(ctx context.Context, args []string) (err error) {
	if err := os.RemoveAll(args[1]); err != nil {
		return err
	}
	folder := rig.Folder(args[1])
	if err := os.MkdirAll(string(folder), 0o700); err != nil {
		return err
	}
	database := "SQLite"
	if os.Getenv("OWNSIGHT_DATABASE") != "" {
		database = "PostgreSQL"
	}
	fmt.Printf("### Datasets on %s\n\n%s, load %s before.\n\n", database, rig.Now(), rig.Load())
	server, err := rig.Serve(ctx, args[0], folder.Data(), folder.Log(), "0,1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	m := measurement{server: server, rek: rekognition.NewFromConfig(server.AWS), folder: string(folder),
		s3:     s3.NewFromConfig(server.AWS, func(o *s3.Options) { o.UsePathStyle = true }),
		bucket: "bench-datasets"}
	if _, err := m.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &m.bucket}); err != nil {
		return err
	}
	arn, err := m.creations(ctx)
	if err != nil {
		return err
	}
	if err := m.pages(ctx, arn); err != nil {
		return err
	}
	return m.changes(ctx, arn)
}

type measurement struct {
	server *rig.Server
	rek    *rekognition.Client
	s3     *s3.Client
	folder string
	bucket string
}

// creations makes datasets of several sizes and gives the ARN of the full one with labels.
func (m measurement) creations(ctx context.Context) (arn string, err error) {
	table := contest.NewTable("CreateDataset from", "lines", "MB", "s to CREATE_COMPLETE", "lines/s", "server's CPU s",
		"server's peak MB", "above what it had before")
	for _, c := range []struct {
		kind  string
		line  func(n int) string
		lines int
	}{{"labels", labelLine, few}, {"labels", labelLine, full}, {"boxes", boxLine, few}, {"boxes", boxLine, full}} {
		key := fmt.Sprintf("%s-%d.manifest", c.kind, c.lines)
		size, err := m.upload(ctx, key, c.line, c.lines)
		if err != nil {
			return "", err
		}
		made, figures, err := m.create(ctx, fmt.Sprintf("%s-%d-%d", c.kind, c.lines, time.Now().UnixMilli()), key)
		if err != nil {
			return "", err
		}
		if c.kind == "labels" {
			arn = made
		}
		table.Row(c.kind, fmt.Sprint(c.lines), float64(size)/1e6, figures.took.Seconds(), float64(c.lines)/figures.took.Seconds(), figures.cpu,
			figures.peak, figures.peak-figures.before)
	}
	table.Print()
	return arn, nil
}

// upload writes a manifest and gives its size in bytes.
func (m measurement) upload(ctx context.Context, key string, line func(n int) string, lines int) (int64, error) {
	path := filepath.Join(m.folder, key)
	if err := writeManifest(path, line, lines); err != nil {
		return 0, err
	}
	defer os.Remove(path)
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	_, err = m.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &m.bucket, Key: &key, Body: file})
	return info.Size(), err
}

type figures struct {
	took              time.Duration
	cpu, before, peak float64 // seconds, MB
}

func (m measurement) create(ctx context.Context, project, key string) (arn string, f figures, err error) {
	p, err := m.rek.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: &project})
	if err != nil {
		return "", f, err
	}
	memory, err := m.server.Memory()
	if err != nil {
		return "", f, err
	}
	spent, err := m.server.CPU()
	if err != nil {
		return "", f, err
	}
	if err := m.server.ForgetPeak(); err != nil {
		return "", f, err
	}
	began := time.Now()
	d, err := m.rek.CreateDataset(ctx, &rekognition.CreateDatasetInput{ProjectArn: p.ProjectArn, DatasetType: types.DatasetTypeTrain,
		DatasetSource: &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{Bucket: &m.bucket, Name: &key}}}})
	if err != nil {
		return "", f, err
	}
	if err := m.wait(ctx, *d.DatasetArn, types.DatasetStatusCreateComplete); err != nil {
		return "", f, err
	}
	f.took = time.Since(began)
	after, err := m.server.Memory()
	if err != nil {
		return "", f, err
	}
	cpu, err := m.server.CPU()
	f.cpu, f.before, f.peak = cpu-spent, float64(memory.Now)/1e6, float64(after.Peak)/1e6
	return *d.DatasetArn, f, err
}

// wait asks for a dataset's state until it is the wanted one.
func (m measurement) wait(ctx context.Context, arn string, want types.DatasetStatus) error {
	for {
		got, err := m.rek.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: &arn})
		if err != nil {
			return err
		}
		switch d := got.DatasetDescription; d.Status {
		case want:
			return nil
		case types.DatasetStatusCreateFailed, types.DatasetStatusUpdateFailed:
			return fmt.Errorf("%s: %s", d.Status, aws.ToString(d.StatusMessage))
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(every):
		return nil
	}
}

// changes updates the full dataset with as much as one call takes, everywhere, and deletes it.
func (m measurement) changes(ctx context.Context, arn string) error {
	lines, n := largestUpdate()
	began := time.Now()
	_, err := m.rek.UpdateDatasetEntries(ctx, &rekognition.UpdateDatasetEntriesInput{DatasetArn: &arn, Changes: &types.DatasetChanges{GroundTruth: lines}})
	if err != nil {
		return err
	}
	answered := time.Since(began)
	if err := m.wait(ctx, arn, types.DatasetStatusUpdateComplete); err != nil {
		return err
	}
	updated := time.Since(began)
	began = time.Now()
	if _, err := m.rek.DeleteDataset(ctx, &rekognition.DeleteDatasetInput{DatasetArn: &arn}); err != nil {
		return err
	}
	var gone *types.ResourceNotFoundException
	for err = nil; !errors.As(err, &gone); {
		if err = errors.Join(err, pause(ctx)); err != nil {
			return err
		}
		_, err = m.rek.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: &arn})
	}
	table := contest.NewTable("with 250,000 entries", "s")
	table.Row(fmt.Sprintf("UpdateDatasetEntries, %d lines in %.1f MB, answered", n, float64(len(lines))/1e6), answered.Seconds())
	table.Row("the same, until UPDATE_COMPLETE", updated.Seconds())
	table.Row("DeleteDataset, until it is gone", time.Since(began).Seconds())
	table.Print()
	return nil
}
