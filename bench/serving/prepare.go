package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"ownsight/bench/internal/rig"
	"ownsight/examples/belt/draw"
	"ownsight/internal/client"
	"ownsight/internal/vision/model"
)

// Pictures as those of the trials, of some 206 kB, and smaller ones of the same shape to train on.
const (
	measured        = 8 // pictures
	measuredQuality = 97
	trainedQuality  = 90
)

var (
	measuredSize = image.Pt(1024, 576)
	trainedSize  = image.Pt(512, 288)
)

// The projects of a prepared server, each with a version of rig.VersionName. With so many pictures a label the training
// chooses to fine-tune by a wide margin; with fewer it does not try, and with many more a linear head does as well.
const (
	tailProject, tailEach     = rig.Project, 20
	linearProject, linearEach = "linear", 8
)

func (b *bench) pictures() string { return filepath.Join(b.out, "pictures") }

// draw makes the pictures that the server is asked about.
func (b *bench) draw() error {
	for i := range measured {
		label := draw.Labels()[i%len(draw.Labels())]
		if err := write(filepath.Join(b.pictures(), fmt.Sprintf("%d.jpg", i)), label, uint64(i), measuredSize, measuredQuality); err != nil {
			return err
		}
	}
	return nil
}

// write draws a picture file that is not there yet.
func write(path, label string, seed uint64, size image.Point, quality int) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	picture, _ := draw.PictureOf(rand.New(rand.NewPCG(seed, 1)), label, size)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture, &jpeg.Options{Quality: quality}); err != nil {
		return err
	}
	return os.WriteFile(path, file.Bytes(), 0o644)
}

// prepared is the folder of a server that has trained the models.
type prepared struct {
	rig.Folder
	front string // of the settings; empty is what suits the machine
	card  model.Card
}

// prepare lets a real server train the models, or finds those of an earlier run, and makes sure that they are what is wanted.
func (b *bench) prepare(ctx context.Context, front string) (p prepared, err error) {
	name := front
	if name == "" {
		name = "own"
	}
	p = prepared{Folder: rig.Folder(filepath.Join(b.out, name)), front: front}
	if _, err := os.Stat(p.Model()); errors.Is(err, fs.ErrNotExist) {
		if err := b.train(ctx, p); err != nil {
			return p, err
		}
	}
	file, err := os.ReadFile(p.Model())
	if err != nil {
		return p, err
	}
	m, err := model.Read(file)
	if err != nil {
		return p, err
	}
	p.card = m.Card
	if !fineTuned(p.card) {
		return p, fmt.Errorf("%s: the training chose a linear head; other pictures are needed: %.2000s", p.Model(), p.card.Training)
	}
	return p, nil
}

// fineTuned tells whether a part of the model is a tail.
func fineTuned(card model.Card) bool {
	var choice struct {
		Tail  json.RawMessage `json:"tail"`
		Share struct {
			Tail float64 `json:"tail"`
		} `json:"share"`
	}
	return json.Unmarshal(card.Training, &choice) == nil && choice.Tail != nil && choice.Share.Tail > 0
}

func (b *bench) train(ctx context.Context, p prepared) (err error) {
	fmt.Fprintf(os.Stderr, "serving: training in %s\n", p.Folder)
	if err := os.RemoveAll(string(p.Folder)); err != nil {
		return err
	}
	if err := os.MkdirAll(string(p.Folder), 0o755); err != nil {
		return err
	}
	s, err := b.serve(ctx, p, bothCores)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if _, err := p.learn(ctx, s, linearProject, linearEach); err != nil {
		return err
	}
	done, err := p.learn(ctx, s, tailProject, tailEach)
	if err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(p.Data(), "*", done.Bucket, done.Prefix, "*.onnx"))
	if err != nil || len(found) != 1 {
		return errors.Join(err, fmt.Errorf("the exported model is not where it should be: %q", found))
	}
	file, err := os.ReadFile(found[0])
	if err != nil {
		return err
	}
	return os.WriteFile(p.Model(), file, 0o644)
}

// learn trains a version on so many pictures a label.
func (p prepared) learn(ctx context.Context, s *rig.Server, project string, each int) (*client.Trained, error) {
	folder := filepath.Join(string(p.Folder), "training", project)
	for i, label := range draw.Labels() {
		for j := range each {
			if err := write(filepath.Join(folder, label, fmt.Sprintf("%d.jpg", j)), label, uint64(1000*(i+1)+j), trainedSize, trainedQuality); err != nil {
				return nil, err
			}
		}
	}
	return s.Client.Train(ctx, client.TrainOptions{Folder: folder, Project: project, Version: rig.VersionName}, func(client.Progress) {})
}

const bothCores = "0,1"

// settings take away the quotas of an account, for what is measured is the machine.
const settings = "limits: {projects: 0, versions: 0, inference-units: 0, running-models: 0, copies: 0}\n"

// serve starts a server on a prepared folder.
func (b *bench) serve(ctx context.Context, p prepared, cores string) (*rig.Server, error) {
	text := settings
	if p.front != "" {
		text += "front: " + p.front + "\n"
	}
	file := filepath.Join(string(p.Folder), "settings.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	return rig.Serve(ctx, b.server, p.Data(), p.Log(), cores, "--config", file)
}
