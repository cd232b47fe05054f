package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

// start measures from StartProjectVersion to the first right answer while many fine-tuned models run.
func (b *bench) start(ctx context.Context) (err error) {
	heading("From StartProjectVersion to the first right answer", "%d times, %d fine-tuned models running beside it; "+
		"the state is asked for every %s, then the model.", b.starting, b.running, pollEvery)
	f, err := b.crowd(ctx, "start")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Stop()) }()
	of, err := f.find(ctx, tailProject)
	if err != nil {
		return err
	}
	if err := f.start(ctx, of); err != nil {
		return err
	}
	right, err := f.ask(ctx, of, f.picture)
	if err != nil {
		return err
	}
	table := contest.NewTable("running models", "to RUNNING, median ms", "to the first right answer, p50 ms", "p90 ms", "p99 ms",
		"most ms", "server's memory, MB")
	if err := f.startTable(ctx, table, of, right, 0, b.starting); err != nil {
		return err
	}
	crowd, err := f.fill(ctx, of, b.running)
	if err != nil {
		return err
	}
	for _, v := range crowd { // each has been asked once, so that it is there
		if _, err := f.ask(ctx, v, f.picture); err != nil {
			return err
		}
	}
	if err := f.startTable(ctx, table, of, right, b.running, b.starting); err != nil {
		return err
	}
	table.Print()
	return nil
}

// crowd is a server on a copy of the prepared folder, for what is added to it to be thrown away.
func (b *bench) crowd(ctx context.Context, name string) (*fleet, error) {
	p, err := b.prepare(ctx, "")
	if err != nil {
		return nil, err
	}
	copied := prepared{Folder: rig.Folder(filepath.Join(b.out, name)), front: p.front, card: p.card}
	// By a program that copies extended attributes too, in which the embedded S3 server keeps what it knows of objects.
	script := `rm -rf "$2" && mkdir -p "$2" && cp -a "$1" "$2/data"`
	if out, err := exec.CommandContext(ctx, "sh", "-c", script, "sh", p.Data(), string(copied.Folder)).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	s, err := b.serve(ctx, copied, bothCores)
	if err != nil {
		return nil, err
	}
	f, err := b.fleet(s)
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return f, nil
}

// startTable stops and starts a version many times, and adds a row.
func (f *fleet) startTable(ctx context.Context, table *contest.Table, v version, right contest.Answer, running, times int) error {
	var started, answered []float64
	for range times {
		if err := f.stop(ctx, v); err != nil {
			return err
		}
		began := time.Now()
		if err := f.begin(ctx, v); err != nil {
			return err
		}
		if err := f.reach(ctx, v, "RUNNING"); err != nil {
			return err
		}
		started = append(started, time.Since(began).Seconds())
		got, err := f.ask(ctx, v, f.picture)
		if err != nil {
			return err
		}
		answered = append(answered, time.Since(began).Seconds())
		if err := rig.Same(got, right); err != nil {
			return err
		}
	}
	held, err := f.Processes().Memory()
	if err != nil {
		return err
	}
	table.Row(running+1, 1000*contest.Median(started), milliseconds(answered, 0.5), milliseconds(answered, 0.9), milliseconds(answered, 0.99),
		milliseconds(answered, 1), float64(held)/1e6)
	return nil
}
