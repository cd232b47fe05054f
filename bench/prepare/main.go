// Command prepare fills the folder that the other programs work on: pictures drawn by examples/belt/draw in several
// sizes, and a model that a real server was asked to train on a few of them, running and exported.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"

	"ownsight/bench/internal/rig"
	"ownsight/examples/belt/draw"
	"ownsight/internal/client"
)

// sets are the pictures to measure with. The first size at its quality gives some 200 kB a picture, as cameras do.
var sets = []struct {
	size    image.Point
	quality int
}{
	{image.Pt(1024, 768), 96},
	{image.Pt(1600, 1200), 88},
}

const (
	measured = 8 // pictures of each set
	trained  = 8 // pictures a label
)

func main() { rig.Main(prepare, "OWNSIGHT", "FOLDER") }

func prepare(ctx context.Context, args []string) error {
	binary, folder := args[0], rig.Folder(args[1])
	for _, s := range sets {
		dir := folder.Pictures(fmt.Sprintf("%dx%d", s.size.X, s.size.Y))
		for i := range measured {
			if err := write(filepath.Join(dir, fmt.Sprintf("%d.jpg", i)), draw.Labels()[i%len(draw.Labels())], uint64(i), s.size, s.quality); err != nil {
				return err
			}
		}
	}
	training := filepath.Join(string(folder), "training")
	for i, label := range draw.Labels() {
		for j := range trained {
			if err := write(filepath.Join(training, label, fmt.Sprintf("%d.jpg", j)), label, uint64(1000*(i+1)+j), draw.Size, 90); err != nil {
				return err
			}
		}
	}
	return train(ctx, binary, folder, training)
}

func write(path, label string, seed uint64, size image.Point, quality int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	picture, _ := draw.PictureOf(rand.New(rand.NewPCG(seed, 1)), label, size)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: quality}); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// train leaves a running model in the server's data folder, and its file beside it.
func train(ctx context.Context, binary string, folder rig.Folder, training string) (err error) {
	s, err := rig.Serve(ctx, binary, folder.Data(), folder.Log(), "0,1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	done, err := s.Client.Train(ctx, client.TrainOptions{Folder: training, Project: rig.Project, Version: rig.VersionName, Start: true},
		func(client.Progress) {})
	if err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(folder.Data(), "*", done.Bucket, done.Prefix, "*.onnx"))
	if err != nil || len(found) != 1 {
		return errors.Join(err, fmt.Errorf("the exported model is not where it should be: %q", found))
	}
	model, err := os.ReadFile(found[0])
	if err != nil {
		return err
	}
	return os.WriteFile(folder.Model(), model, 0o644)
}
