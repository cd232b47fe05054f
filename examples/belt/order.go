package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sync/errgroup"

	"ownsight/examples/belt/draw"
)

// order is what to draw and where to put it.
type order struct {
	out         string
	train, test int // pictures for each label
	seed        uint64
}

// drawn is one picture that was written.
type drawn struct {
	file, split, label string // file is relative to the order's folder, with slashes
	boxes              []draw.Box
}

func (o order) pictures() int { return (o.train + o.test) * len(draw.Labels()) }

// fulfil draws and writes everything, on all processors; tick is called after each picture.
func (o order) fulfil(ctx context.Context, tick func()) error {
	if o.train < 0 || o.test < 0 || o.pictures() == 0 {
		return fmt.Errorf("--train %d --test %d: neither may be negative, nor both zero", o.train, o.test)
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	there, err := os.ReadDir(o.out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if len(there) > 0 {
		return fmt.Errorf("--out %s: the folder is not empty; remove it or name another", o.out)
	}
	list, err := o.list()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range list {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			defer tick()
			return o.write(&list[i])
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("%s is not complete: %w", o.out, err)
	}
	return o.writeTables(list)
}

// list names every picture and makes the folders.
func (o order) list() ([]drawn, error) {
	var list []drawn
	for _, part := range []struct {
		split string
		count int
	}{{"train", o.train}, {"test", o.test}} {
		for _, label := range draw.Labels() {
			if part.count > 0 {
				if err := os.MkdirAll(filepath.Join(o.out, part.split, label), 0o755); err != nil {
					return nil, err
				}
			}
			for n := range part.count {
				file := fmt.Sprintf("%s/%s/%03d.jpg", part.split, label, n+1)
				list = append(list, drawn{file: file, split: part.split, label: label})
			}
		}
	}
	return list, nil
}

// write draws one picture. Its randomness comes from the seed and its own name, so no picture depends on the others.
func (o order) write(d *drawn) error {
	name := fnv.New64a()
	name.Write([]byte(d.file))
	rng := rand.New(rand.NewPCG(o.seed, name.Sum64()))
	quality := 84 + rng.IntN(12)
	picture, boxes := draw.Picture(rng, d.label)
	d.boxes = boxes
	var data bytes.Buffer
	if err := jpeg.Encode(&data, picture, &jpeg.Options{Quality: quality}); err != nil {
		return fmt.Errorf("%s: %w", d.file, err)
	}
	return os.WriteFile(filepath.Join(o.out, filepath.FromSlash(d.file)), data.Bytes(), 0o644)
}

func (o order) writeTables(list []drawn) error {
	labels := [][]string{{"file", "split", "label"}}
	boxes := [][]string{{"file", "split", "label", "left", "top", "width", "height", "image_width", "image_height"}}
	for _, d := range list {
		labels = append(labels, []string{d.file, d.split, d.label})
		for _, b := range d.boxes {
			row := []string{d.file, d.split, b.Label}
			for _, n := range []int{b.Min.X, b.Min.Y, b.Dx(), b.Dy(), draw.Size.X, draw.Size.Y} {
				row = append(row, strconv.Itoa(n))
			}
			boxes = append(boxes, row)
		}
	}
	if err := writeTable(filepath.Join(o.out, "labels.csv"), labels); err != nil {
		return err
	}
	return writeTable(filepath.Join(o.out, "boxes.csv"), boxes)
}

func writeTable(path string, rows [][]string) error {
	var data bytes.Buffer
	if err := csv.NewWriter(&data).WriteAll(rows); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, data.Bytes(), 0o644)
}
