// Command wire measures what a call costs that does next to nothing: DescribeProjects, signed with Signature Version 4,
// beside the server's own GET /healthz, which has neither a signature nor JSON nor a database.
package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/load"
	"ownsight/bench/internal/rig"
)

const (
	rounds   = 20
	turn     = 500 * time.Millisecond
	projects = 10 // in the account, and so in each answer
)

func main() { rig.Main(run, "OWNSIGHT", "FOLDER") }

func run(ctx context.Context, args []string) (err error) {
	folder := rig.Folder(args[1])
	server, err := rig.Serve(ctx, args[0], filepath.Join(args[1], "wire"), folder.Log(), "0,1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	client := rekognition.NewFromConfig(server.AWS)
	for i := range projects {
		if _, err := client.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: aws.String(fmt.Sprintf("p%d", i))}); err != nil {
			return err
		}
	}
	keys, err := server.AWS.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("### Calls of DescribeProjects (%d projects), server and load generator on the same two cores\n\n%s, %d rounds of %s in turn, load %s before.\n\n",
		projects, rig.Now(), rounds, turn, rig.Load())
	bare, asked := []load.Request{{}}, []load.Request{load.Call("DescribeProjects", []byte("{}"))}
	results, err := contest.Play(ctx, rounds, turn, load.New(server, 1, keys, bare), load.New(server, 1, keys, asked),
		load.New(server, 8, keys, bare), load.New(server, 8, keys, asked))
	if err != nil {
		return err
	}
	report([]string{"GET /healthz, 1 connection", "DescribeProjects, 1 connection", "GET /healthz, 8 connections", "DescribeProjects, 8 connections"}, results)
	return nil
}

func report(names []string, results [][]contest.Figures) {
	table := contest.NewTable("what", "a second", "p50 ms", "p99 ms", "CPU ms each", "client's CPU ms")
	for i, r := range results {
		table.Row(names[i], contest.Over(r, contest.Figures.Rate),
			contest.Over(r, func(f contest.Figures) float64 { return f.Quantile(0.5) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.Quantile(0.99) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.CPU) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.ClientCPU) }))
	}
	table.Print()
}
