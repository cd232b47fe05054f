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
	"ownsight/internal/vision/nn/runtime"
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
			answer = contest.Answer{Label: e.labels[i], Score: score}
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
	rest    *runtime.Session
	labels  []string
	input   backbone.Input
	scores  []float32

	decode, resize, network time.Duration
}

func open(modelPath string) (*engine, error) {
	onnx, err := os.ReadFile(modelPath)
	if err != nil {
		return nil, err
	}
	m, err := model.Read(onnx)
	if err != nil {
		return nil, err
	}
	size := picture.Size{Width: m.Card.Input.Width, Height: m.Card.Input.Height}
	net, err := backbone.Open(backbone.Options{Net: backbone.Of(backbone.Front(m.Card.Backbone.Front)), Outputs: m.Card.Maps, Width: size.Width, Height: size.Height})
	if err != nil {
		return nil, err
	}
	m.Rest.FixDim("N", 1)
	file, err := m.Rest.Bytes()
	if err != nil {
		return nil, err
	}
	rest, err := runtime.NewSession(file, runtime.Options{})
	if err != nil {
		return nil, err
	}
	return &engine{decoder: picture.NewDecoder(picture.NewBudget(picture.DefaultBudget)), net: net,
		size: size, rest: rest, labels: m.Card.Labels, input: net.NewInput(), scores: make([]float32, len(m.Card.Labels))}, nil
}

func (e *engine) look(file []byte) error {
	began := time.Now()
	rgb, err := e.decoder.Decode(context.Background(), file, e.size)
	if err != nil {
		return err
	}
	decoded := time.Now()
	e.net.Draw(rgb, picture.Identity(), e.input)
	rgb.Release()
	resized := time.Now()
	maps, err := e.net.Look(context.Background(), e.input, nil)
	if err != nil {
		return err
	}
	out := []runtime.Tensor{runtime.Floats(e.scores, 1, int64(len(e.scores)))}
	if err := e.rest.Run(context.Background(), maps, out); err != nil {
		return err
	}
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
