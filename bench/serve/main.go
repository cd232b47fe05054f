// Command serve measures a real server over HTTP with Signature Version 4 beside the bare runtime: first with the
// server, and each rival, on one core and the load generator on another; then with everything on both.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/load"
	"ownsight/bench/internal/rig"
)

const (
	rounds = 20
	turn   = 500 * time.Millisecond
	size   = "1024x768"
)

func main() { rig.Main(run, "OWNSIGHT", "ENGINE", "PYTHON", "BARE.py", "FOLDER") }

func run(ctx context.Context, args []string) error {
	m := measurement{binary: args[0], engine: args[1], python: args[2], script: args[3], folder: rig.Folder(args[4])}
	fmt.Printf("### Server on core 0, load generator on core 1\n\n%s, %d rounds of %s in turn, load %s before.\n\n", rig.Now(), rounds, turn, rig.Load())
	if err := m.measure(ctx, "0", []string{"0"}, 1, 2, 4); err != nil {
		return err
	}
	fmt.Printf("### Server and load generator share both cores\n\n%s, %d rounds of %s in turn, load %s before. The bare rivals are two processes, one a core.\n\n",
		rig.Now(), rounds, turn, rig.Load())
	return m.measure(ctx, "0,1", []string{"0", "1"}, 4)
}

type measurement struct {
	binary, engine, python, script string
	folder                         rig.Folder
}

// measure runs the server on the cores of serverCores against bare processes on each of cores.
func (m measurement) measure(ctx context.Context, serverCores string, cores []string, connections ...int) (err error) {
	server, err := rig.Serve(ctx, m.binary, m.folder.Data(), m.folder.Log(), serverCores)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	loads, answer, err := m.loads(ctx, server, connections)
	if err != nil {
		return err
	}
	bare, err := m.team(ctx, answer, cores, m.python, m.script)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.Close()) }()
	engine, err := m.team(ctx, answer, cores, m.engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	results, err := contest.Play(ctx, rounds, turn, append([]contest.Rival{bare, engine}, loads...)...)
	if err != nil {
		return err
	}
	names := []string{"bare ONNX Runtime and decoder, no server", "Ownsight's engine, no server"}
	for _, n := range connections {
		names = append(names, fmt.Sprintf("Ownsight over HTTP, %d connections", n))
	}
	report(names, results)
	return nil
}

// loads makes a load generator for each number of connections, and asks the first question.
func (m measurement) loads(ctx context.Context, s *rig.Server, connections []int) (rivals []contest.Rival, first contest.Answer, err error) {
	version, err := s.Model(ctx)
	if err != nil {
		return nil, first, err
	}
	if err := s.EnsureRunning(ctx, version); err != nil {
		return nil, first, err
	}
	path, err := rig.FirstPicture(m.folder.Pictures(size))
	if err != nil {
		return nil, first, err
	}
	if first, err = s.Ask(ctx, version, path); err != nil {
		return nil, first, err
	}
	keys, err := s.AWS.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, first, err
	}
	requests, err := questions(m.folder.Pictures(size), version.ARN)
	for _, n := range connections {
		rivals = append(rivals, load.New(s, n, keys, requests))
	}
	return rivals, first, err
}

// report prints a row for each rival. The first two, without a server, are what the others are held against: by rate, and
// by what they do in a second of CPU time, which other programs on the machine disturb less.
func report(names []string, results [][]contest.Figures) {
	table := contest.NewTable("what", "a second", "p50 ms", "p99 ms", "CPU ms each", "client's CPU ms", "cores busy",
		"rate beside bare", "per CPU second beside bare", "beside the engine")
	perCPU := func(f contest.Figures) float64 { return float64(f.Pictures) / f.CPU }
	for i, r := range results {
		row := []any{names[i], contest.Over(r, contest.Figures.Rate), "", "",
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.CPU) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.ClientCPU) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.CPU / f.Seconds })}
		if r[0].Latencies != nil {
			row[2] = contest.Over(r, func(f contest.Figures) float64 { return f.Quantile(0.5) })
			row[3] = contest.Over(r, func(f contest.Figures) float64 { return f.Quantile(0.99) })
		}
		row = append(row, ratio(r, results[0], contest.Figures.Rate), ratio(r, results[0], perCPU), ratio(r, results[1], perCPU))
		table.Row(row...)
	}
	table.Print()
}

// ratio is the median over rounds, and the middle half of them.
func ratio(a, b []contest.Figures, of func(contest.Figures) float64) string {
	median, low, high := contest.Ratio(a, b, of)
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median, low, high)
}
