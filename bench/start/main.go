// Command start measures how long it takes from StartProjectVersion to the first right answer, as a program sees it
// that asks for the state every 10 ms and then detects.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
	"ownsight/internal/client"
)

const (
	times = 10
	every = 10 * time.Millisecond
)

func main() { rig.Main(run, "OWNSIGHT", "FOLDER") }

func run(ctx context.Context, args []string) (err error) {
	folder := rig.Folder(args[1])
	fmt.Printf("### From StartProjectVersion to the first right answer\n\n%s, %d times, load %s before.\n\n", rig.Now(), times, rig.Load())
	server, err := rig.Serve(ctx, args[0], folder.Data(), folder.Log(), "0,1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	m := measurement{server: server, rek: rekognition.NewFromConfig(server.AWS)}
	if m.version, err = server.Model(ctx); err != nil {
		return err
	}
	if err := server.EnsureRunning(ctx, m.version); err != nil {
		return err
	}
	if m.picture, err = rig.FirstPicture(folder.Pictures("1024x768")); err != nil {
		return err
	}
	if m.right, err = server.Ask(ctx, m.version, m.picture); err != nil {
		return err
	}
	var started, answered []float64
	for range times {
		running, first, err := m.once(ctx)
		if err != nil {
			return err
		}
		started, answered = append(started, running.Seconds()), append(answered, first.Seconds())
	}
	table := contest.NewTable("from StartProjectVersion to", "median s", "least s", "most s")
	table.Row("RUNNING", contest.Median(started), slices.Min(started), slices.Max(started))
	table.Row("first right answer", contest.Median(answered), slices.Min(answered), slices.Max(answered))
	table.Print()
	return nil
}

type measurement struct {
	server  *rig.Server
	rek     *rekognition.Client
	version client.Version
	picture string
	right   contest.Answer
}

// once stops the model, starts it and asks.
func (m measurement) once(ctx context.Context) (running, answered time.Duration, err error) {
	if _, err := m.rek.StopProjectVersion(ctx, &rekognition.StopProjectVersionInput{ProjectVersionArn: &m.version.ARN}); err != nil {
		return 0, 0, err
	}
	if err := m.wait(ctx, types.ProjectVersionStatusStopped); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	_, err = m.rek.StartProjectVersion(ctx, &rekognition.StartProjectVersionInput{ProjectVersionArn: &m.version.ARN, MinInferenceUnits: aws.Int32(1)})
	if err != nil {
		return 0, 0, err
	}
	if err := m.wait(ctx, types.ProjectVersionStatusRunning); err != nil {
		return 0, 0, err
	}
	running = time.Since(began)
	answer, err := m.server.Ask(ctx, m.version, m.picture)
	if err != nil {
		return 0, 0, err
	}
	return running, time.Since(began), rig.Same(answer, m.right)
}

// wait asks for the state until it is the wanted one.
func (m measurement) wait(ctx context.Context, want types.ProjectVersionStatus) error {
	projects, err := m.rek.DescribeProjects(ctx, &rekognition.DescribeProjectsInput{ProjectNames: []string{rig.Project}})
	if err != nil {
		return err
	}
	for {
		got, err := m.rek.DescribeProjectVersions(ctx, &rekognition.DescribeProjectVersionsInput{
			ProjectArn: projects.ProjectDescriptions[0].ProjectArn, VersionNames: []string{rig.VersionName}})
		if err != nil {
			return err
		}
		switch got.ProjectVersionDescriptions[0].Status {
		case want:
			return nil
		case types.ProjectVersionStatusFailed:
			return errors.New("the model failed to start")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(every):
		}
	}
}
