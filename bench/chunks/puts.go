package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

const (
	inFlight = 8
	stored   = 512 * mib // what is put into S3 in objects of each size
)

var objectSizes = []int{mib / 4, mib / 2, mib, 2 * mib, 4 * mib, 8 * mib}

// puts measures what objects of each size cost in the embedded S3 server, beside an upload by the AWS CLI.
func puts(ctx context.Context, folder, binary, cli string, rounds int) (err error) {
	log := filepath.Join(folder, "server.log")
	server, err := rig.Serve(ctx, binary, filepath.Join(folder, "data"), log, "0,1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	client := s3.NewFromConfig(server.AWS, func(o *s3.Options) {
		o.UsePathStyle = true
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	})
	content := make([]byte, stored)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	best := map[int][2]cost{} // of putting and getting objects of a size
	upload := cost{wall: math.Inf(1), server: math.Inf(1), own: math.Inf(1)}
	for range rounds {
		for _, size := range objectSizes {
			put, got, err := objects(ctx, server, client, folder, content, size)
			if err != nil {
				return err
			}
			if was, ok := best[size]; ok {
				put, got = put.least(was[0]), got.least(was[1])
			}
			best[size] = [2]cost{put, got}
		}
		if cli != "" {
			took, err := uploadByCLI(ctx, server, folder, cli, content)
			if err != nil {
				return err
			}
			upload = upload.least(took)
		}
	}
	const amount = stored / mib
	table := contest.NewTable("objects", "put MB/s", "server's CPU ms a MiB", "both sides' CPU ms a MiB", "got MB/s", "both sides' CPU ms a MiB")
	for _, size := range objectSizes {
		put, got := best[size][0], best[size][1]
		table.Row(fmt.Sprintf("%d KiB", size/kib), stored/1e6/put.wall, 1e3*put.server/amount, 1e3*(put.server+put.own)/amount,
			stored/1e6/got.wall, 1e3*(got.server+got.own)/amount)
	}
	if cli != "" {
		table.Row("AWS CLI, parts of 8 MiB", stored/1e6/upload.wall, 1e3*upload.server/amount, 1e3*(upload.server+upload.own)/amount, "", "")
	}
	table.Print()
	return nil
}

// objects puts and gets everything in objects of that size, and removes them.
func objects(ctx context.Context, server *rig.Server, client *s3.Client, folder string, content []byte, size int) (put, got cost, err error) {
	bucket := fmt.Sprintf("chunks-%d", size)
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		return put, got, err
	}
	put, err = timed(server, func() error {
		return transfer(size, func(at int) error {
			_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(fmt.Sprintf("%016x", at)),
				Body: bytes.NewReader(content[at : at+size])})
			return err
		})
	})
	if err != nil {
		return put, got, err
	}
	got, err = timed(server, func() error {
		return transfer(size, func(at int) error {
			out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String(fmt.Sprintf("%016x", at))})
			if err != nil {
				return err
			}
			defer out.Body.Close()
			_, err = io.Copy(io.Discard, out.Body)
			return err
		})
	})
	return put, got, errors.Join(err, os.RemoveAll(filepath.Join(folder, "data", "s3", bucket)))
}

func uploadByCLI(ctx context.Context, server *rig.Server, folder, cli string, content []byte) (cost, error) {
	file := filepath.Join(folder, "upload")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return cost{}, err
	}
	s3 := func(args ...string) (float64, error) {
		cmd := exec.CommandContext(ctx, cli, append([]string{"s3", "--endpoint-url", server.Endpoint}, args...)...)
		cmd.Env = append(os.Environ(), "AWS_CONFIG_FILE="+filepath.Join(folder, "data", "config"),
			"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(folder, "data", "credentials"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			return 0, fmt.Errorf("%s: %w: %s", cli, err, out)
		}
		return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), nil
	}
	if _, err := s3("mb", "s3://by-cli"); err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(filepath.Join(folder, "data", "s3", "by-cli"))
	var own float64
	took, err := timed(server, func() (err error) {
		own, err = s3("cp", "--no-progress", file, "s3://by-cli/upload")
		return err
	})
	took.own += own
	return took, err
}

func transfer(size int, one func(at int) error) error {
	var group errgroup.Group
	group.SetLimit(inFlight)
	for at := 0; at < stored; at += size {
		group.Go(func() error { return one(at) })
	}
	return group.Wait()
}

// cost is in seconds; own is the processor time of this program.
type cost struct{ wall, server, own float64 }

// least takes the best of each figure: what others do on the machine only adds.
func (c cost) least(d cost) cost {
	return cost{min(c.wall, d.wall), min(c.server, d.server), min(c.own, d.own)}
}

func timed(server *rig.Server, do func() error) (cost, error) {
	before, err := server.CPU()
	if err != nil {
		return cost{}, err
	}
	own, began := spent(everyThread), time.Now()
	if err := do(); err != nil {
		return cost{}, err
	}
	took := cost{wall: time.Since(began).Seconds(), own: (spent(everyThread) - own).Seconds()}
	after, err := server.CPU()
	took.server = after - before
	return took, err
}
