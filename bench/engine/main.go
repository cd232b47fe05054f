// Command engine is the engine alone: decode, resize, network and head on one thread, called as the server calls them,
// without a server. It speaks the protocol of bench/internal/contest, as bench/bare/bare.py does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"ownsight/bench/internal/contest"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/picture"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: engine MODEL.onnx FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

func run(modelPath, folder string) error {
	e, err := open(modelPath)
	if err != nil {
		return err
	}
	defer e.net.Close()
	files, err := read(folder)
	if err != nil {
		return err
	}
	if err := e.look(files[0]); err != nil {
		return err
	}
	answer := contest.Answer{}
	for i, score := range e.scores {
		if score > answer.Score {
			answer = contest.Answer{Label: e.head.Labels[i], Score: score}
		}
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(answer); err != nil {
		return err
	}
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		seconds, err := strconv.ParseFloat(orders.Text(), 64)
		if err != nil {
			return err
		}
		figures, err := e.work(files, time.Duration(seconds*float64(time.Second)))
		if err != nil {
			return err
		}
		if err := out.Encode(figures); err != nil {
			return err
		}
	}
	return orders.Err()
}

func read(folder string) (files [][]byte, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, b)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no pictures", folder)
	}
	return files, nil
}

// engine is what looks at pictures, and the time that each part has taken.
type engine struct {
	decoder *picture.Decoder
	net     *backbone.Backbone
	size    picture.Size
	head    *model.Head
	tensor  []float32
	scores  []float32

	decode, resize, network time.Duration
}

func open(modelPath string) (*engine, error) {
	onnx, err := os.ReadFile(modelPath)
	if err != nil {
		return nil, err
	}
	head, _, err := model.Read(onnx)
	if err != nil {
		return nil, err
	}
	net, err := backbone.Open(backbone.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	return &engine{decoder: picture.NewDecoder(picture.NewBudget(picture.DefaultBudget)), net: net,
		size: picture.Square(net.InputSize()), head: head,
		tensor: make([]float32, backbone.PictureLength), scores: make([]float32, len(head.Labels))}, nil
}

func (e *engine) look(file []byte) error {
	began := time.Now()
	rgb, err := e.decoder.Decode(context.Background(), file, e.size)
	if err != nil {
		return err
	}
	decoded := time.Now()
	picture.Tensor(rgb, picture.Identity(), e.size, e.tensor)
	rgb.Release()
	resized := time.Now()
	features, err := e.net.Features(context.Background(), e.tensor, 1)
	if err != nil {
		return err
	}
	e.head.Scores(features, e.scores)
	e.decode += decoded.Sub(began)
	e.resize += resized.Sub(decoded)
	e.network += time.Since(resized)
	return nil
}

func (e *engine) work(files [][]byte, d time.Duration) (f contest.Figures, err error) {
	e.decode, e.resize, e.network = 0, 0, 0
	began, beganCPU := time.Now(), contest.OwnCPU()
	for time.Since(began) < d {
		if err := e.look(files[f.Pictures%len(files)]); err != nil {
			return f, err
		}
		f.Pictures++
	}
	f.Seconds, f.CPU = time.Since(began).Seconds(), contest.OwnCPU()-beganCPU
	f.Decode, f.Resize, f.Network = e.decode.Seconds(), e.resize.Seconds(), e.network.Seconds()
	return f, nil
}
