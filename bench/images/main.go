// Command images copies a disk of some GiB between two regions, each with an S3 server of its own, beside a plain parallel
// upload of the same bytes by the AWS CLI to the same destination; then the same disk with 1 % changed. It tells rates, bytes
// that moved, CPU time and memory.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ownsight/bench/internal/rig"
	"ownsight/internal/client"
)

const (
	home, away = "us-east-1", "eu-central-1"
	bucket     = "bench-disks"
)

func main() { rig.Main(run, "OWNSIGHT", "AWS-CLI", "FOLDER", "GIB") }

// bench is three servers: two that hold the objects of a region each, and the catalogue that copies between them.
type bench struct {
	folder  string
	cli     string
	storage map[string]*rig.Server
	main    *rig.Server
	home    *client.Client
	disk    string // a file
	size    int64
}

func run(ctx context.Context, args []string) (err error) {
	gib, err := strconv.ParseInt(args[3], 10, 64)
	if err != nil || gib < 1 {
		return fmt.Errorf("GIB: %q is not a whole number of GiB", args[3])
	}
	b := &bench{folder: args[2], cli: args[1], storage: map[string]*rig.Server{}, size: gib << 30}
	if err := os.RemoveAll(b.folder); err != nil {
		return err
	}
	if err := os.MkdirAll(b.folder, 0o700); err != nil {
		return err
	}
	b.disk = filepath.Join(b.folder, "disk.raw")
	defer func() { err = errors.Join(err, os.RemoveAll(b.folder)) }()
	defer func() { err = errors.Join(err, b.stop()) }()
	if err := b.serve(ctx, args[0]); err != nil {
		return err
	}
	fmt.Printf("### A disk of %d GiB, two regions\n\n%s, load %s before.\n\n", gib, rig.Now(), rig.Load())
	return b.measure(ctx)
}

func (b *bench) serve(ctx context.Context, binary string) (err error) {
	config := "limits: {images: 0, image-copies: 0, image-updates: 0}\nplaces:\n"
	for _, region := range []string{home, away} {
		at := rig.Folder(filepath.Join(b.folder, region))
		if err := os.MkdirAll(string(at), 0o700); err != nil {
			return err
		}
		s, err := rig.Serve(ctx, binary, at.Data(), at.Log(), "0,1")
		if err != nil {
			return err
		}
		b.storage[region] = s
		key, err := s.AWS.Credentials.Retrieve(ctx)
		if err != nil {
			return err
		}
		config += fmt.Sprintf("  %s: {endpoint: %q, region: us-east-1, access-key: %q, secret-key: %q, bucket: images}\n", region, s.Endpoint, key.AccessKeyID, key.SecretAccessKey)
		if _, err := s3.NewFromConfig(s.AWS, pathStyle).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
			return err
		}
	}
	file := filepath.Join(b.folder, "ownsight.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	at := rig.Folder(b.folder)
	if b.main, err = rig.Serve(ctx, binary, at.Data(), at.Log(), "0,1", "--config", file); err != nil {
		return err
	}
	b.home, err = client.Connect(ctx, client.Target{Endpoint: b.main.Endpoint, Data: at.Data(), Region: home})
	return err
}

func pathStyle(o *s3.Options) { o.UsePathStyle = true }

func (b *bench) stop() (err error) {
	for _, s := range []*rig.Server{b.main, b.storage[home], b.storage[away]} {
		if s != nil {
			err = errors.Join(err, s.Stop())
		}
	}
	return err
}

func (b *bench) measure(ctx context.Context) error {
	if err := writeDisk(b.disk, b.size); err != nil {
		return err
	}
	fmt.Println("| what | s | MiB/s | moved | CPU s, all servers | peak memory of the catalogue's server |")
	fmt.Println("|---|---|---|---|---|---|")
	var rates []float64
	for range 2 {
		took, err := b.upload(ctx, away)
		if err != nil {
			return err
		}
		b.row("AWS CLI, upload to the destination", took, b.size, 0, 0)
		rates = append(rates, float64(b.size)/took.Seconds())
	}
	copied, err := b.version(ctx, "first", "copy")
	if err != nil {
		return err
	}
	if err := patch(b.disk, b.size); err != nil {
		return err
	}
	again, err := b.version(ctx, "second", "copy after 1 % was changed")
	if err != nil {
		return err
	}
	fmt.Printf("\nThe copy's rate is %.2f of the upload's (the better of two). The second copy moved %.2f %% of the disk.\n",
		float64(b.size)/copied.took.Seconds()/max(rates[0], rates[1]), 100*float64(again.moved)/float64(b.size))
	return nil
}

// outcome is what a copy took.
type outcome struct {
	took  time.Duration
	moved int64
}

// version uploads the disk, makes an image of it and copies that to the other region.
func (b *bench) version(ctx context.Context, name, what string) (o outcome, err error) {
	if _, err := b.upload(ctx, home); err != nil {
		return o, err
	}
	disk, err := b.home.RegisterDisk(ctx, "s3://"+bucket+"/disk.raw", "WINDOWS_SERVER_2022", "", "")
	if err != nil {
		return o, err
	}
	began := time.Now()
	before, err := b.counted()
	if err != nil {
		return o, err
	}
	if err := b.settle(b.home.ImportImage(ctx, disk.ID, name, client.ImageWords{}))(ctx); err != nil {
		return o, err
	}
	if err := b.told("import for: "+what, began, before); err != nil {
		return o, err
	}
	if err := b.remove(ctx, home); err != nil {
		return o, err
	}
	if err := b.main.ForgetPeak(); err != nil {
		return o, err
	}
	began = time.Now()
	if before, err = b.counted(); err != nil {
		return o, err
	}
	if err := b.settle(b.home.CopyImage(ctx, name, away, name, nil))(ctx); err != nil {
		return o, err
	}
	o.took = time.Since(began)
	after, err := b.counted()
	o.moved = after.moved - before.moved
	return o, errors.Join(err, b.told(what, began, before))
}

// settle waits until what was begun has ended.
func (b *bench) settle(image client.Image, err error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err == nil {
			image, err = b.home.SettleImage(ctx, image, func(client.Progress) {})
		}
		if err == nil && image.State != "AVAILABLE" {
			err = fmt.Errorf("%s is %s: %s", image.Name, image.State, image.Message)
		}
		return err
	}
}

// counts are what the servers have used, and what was moved.
type counts struct {
	cpu   float64
	moved int64
}

var movedLine = regexp.MustCompile(`(?m)^ownsight_image_bytes_total (\S+)$`)

func (b *bench) counted() (c counts, err error) {
	for _, s := range []*rig.Server{b.main, b.storage[home], b.storage[away]} {
		cpu, err := s.CPU()
		if err != nil {
			return c, err
		}
		c.cpu += cpu
	}
	answer, err := http.Get(b.main.Endpoint + "/metrics") //nolint:noctx // a moment's request to a server of our own
	if err != nil {
		return c, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return c, err
	}
	m := movedLine.FindSubmatch(text)
	if m == nil {
		return c, errors.New("the server has no figure ownsight_image_bytes_total")
	}
	moved, err := strconv.ParseFloat(string(m[1]), 64)
	c.moved = int64(moved)
	return c, err
}

func (b *bench) told(what string, began time.Time, before counts) error {
	took := time.Since(began)
	after, err := b.counted()
	if err != nil {
		return err
	}
	memory, err := b.main.Memory()
	if err != nil {
		return err
	}
	b.row(what, took, after.moved-before.moved, after.cpu-before.cpu, memory.Peak)
	return nil
}

func (b *bench) row(what string, took time.Duration, moved int64, cpu float64, peak int64) {
	extra := " | "
	if peak > 0 {
		extra = fmt.Sprintf("%.1f | %d MiB", cpu, peak>>20)
	}
	fmt.Printf("| %s | %.1f | %.0f | %d MiB | %s |\n", what, took.Seconds(), float64(b.size>>20)/took.Seconds(), moved>>20, extra)
}

// upload writes the disk to a region's S3 server with the AWS CLI, as it comes; but it waits for as long as the server takes to
// put the parts together.
func (b *bench) upload(ctx context.Context, region string) (time.Duration, error) {
	at := b.storage[region]
	folder := filepath.Join(b.folder, region, "data")
	cmd := exec.CommandContext(ctx, b.cli, "--cli-read-timeout", "0", "s3", "cp", "--only-show-errors", b.disk, "s3://"+bucket+"/disk.raw")
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+at.Endpoint, "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(folder, "credentials"),
		"AWS_CONFIG_FILE="+filepath.Join(folder, "config"))
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("AWS CLI: %w", err)
	}
	took := time.Since(began)
	if region == away { // only its time was wanted
		return took, b.remove(ctx, region)
	}
	return took, nil
}

func (b *bench) remove(ctx context.Context, region string) error {
	_, err := s3.NewFromConfig(b.storage[region].AWS, pathStyle).DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("disk.raw")})
	return err
}
