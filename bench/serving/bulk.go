package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

// bulkPictures is how many one call asks about: a few seconds' work.
const bulkPictures = 1500

// collector is `ownsight detect --recursive` as a rival: one call a turn, however long that is.
type collector struct {
	server *rig.Server
	binary string
	model  string // a running one, or a file that the call asks itself
	data   string
	from   string // a folder, or s3://BUCKET/PREFIX/
	to     string // the file of answers
}

func (c collector) Work(ctx context.Context, _ time.Duration) (f contest.Figures, err error) {
	if err := os.Remove(c.to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return f, err
	}
	before, err := c.server.CPU()
	if err != nil {
		return f, err
	}
	cmd := exec.CommandContext(ctx, c.binary, "detect", c.model, "--recursive", c.from, "--to", c.to, "--endpoint", c.server.Endpoint, "--data", c.data)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return f, fmt.Errorf("%w: %.500s", err, out)
	}
	f.Seconds = time.Since(began).Seconds()
	after, err := c.server.CPU()
	if err != nil {
		return f, err
	}
	answers, err := os.ReadFile(c.to)
	if err != nil {
		return f, err
	}
	if f.Pictures = bytes.Count(answers, []byte("\n")); f.Pictures != bulkPictures {
		return f, fmt.Errorf("%d answers to %d pictures", f.Pictures, bulkPictures)
	}
	f.CPU = after - before
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	f.ClientCPU = time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
	return f, nil
}

// bulk holds calls that ask about very many pictures against the engine without a server.
func (b *bench) bulk(ctx context.Context) (err error) {
	heading("Very many pictures", "%d rounds in turn: `ownsight detect --recursive` about %d pictures, from its start to its end; the engine for %s. "+
		"Server and command share two cores.", b.rounds, bulkPictures, b.turn)
	p, err := b.prepare(ctx, "")
	if err != nil {
		return err
	}
	f, err := b.crowd(ctx, "bulk")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Stop()) }()
	v, err := f.find(ctx, tailProject)
	if err != nil {
		return err
	}
	if err := f.start(ctx, v); err != nil {
		return err
	}
	folder := filepath.Join(b.out, "bulk", "pictures")
	bucket := "ownsight-pictures-" + f.Client.Account
	if err := b.spread(ctx, f, folder, bucket); err != nil {
		return err
	}
	call := collector{server: f.Server, binary: b.server, model: tailProject, data: filepath.Join(b.out, "bulk", "data"), to: filepath.Join(b.out, "bulk", "answers.jsonl")}
	here, there, alone := call, call, call
	here.from, there.from, alone.from = folder, "s3://"+bucket+"/bulk/", folder
	alone.model = p.Model()
	team, err := contest.RunTeam(ctx, []string{"0", "1"}, b.engine, p.Model(), b.pictures())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, team.Close()) }()
	results, err := contest.Play(ctx, b.rounds, b.turn, here, there, alone, team)
	if err != nil {
		return err
	}
	table := contest.NewTable("what", "pictures/s", "server's CPU ms each", "command's CPU ms each", "rate beside the engine")
	for i, name := range []string{"detect, a folder", "detect, s3://BUCKET/PREFIX/", "detect MODEL.onnx, a folder", "Ownsight's engine, no server"} {
		r := results[i]
		table.Row(name, contest.Over(r, contest.Figures.Rate), contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.CPU) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.ClientCPU) }), ratio(r, results[3], contest.Figures.Rate))
	}
	table.Print()
	return nil
}

// spread puts the pictures into a folder and a bucket, each many times.
func (b *bench) spread(ctx context.Context, f *fleet, folder, bucket string) error {
	pictures, err := files(b.pictures())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	objects := s3.NewFromConfig(f.AWS, func(o *s3.Options) { o.UsePathStyle = true })
	for i := range bulkPictures {
		name, file := fmt.Sprintf("%04d.jpg", i), pictures[i%len(pictures)]
		if err := os.WriteFile(filepath.Join(folder, name), file, 0o644); err != nil {
			return err
		}
		key := "bulk/" + name
		if _, err := objects.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(file)}); err != nil {
			return err
		}
	}
	return nil
}
