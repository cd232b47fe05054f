// Command detect trains on a folder of pictures with boxes (boxes.csv, as bench's pictures have it) and measures what the
// network finds on its test pictures.
//
//	detect [-seed N] [-budget 6m] [-front int8] [-onnx FILE] FOLDER
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"ownsight/bench/internal/contest"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/detect"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	seed := flag.Uint64("seed", 1, "seed of the training")
	front := flag.String("front", string(backbone.Int8), "arithmetic of the frozen network, see backbone.Front")
	budget := flag.Duration("budget", detect.DefaultBudget, "of the training, see detect.Options")
	file := flag.String("onnx", "", "file to write the network to")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(ctx, flag.Arg(0), backbone.Front(*front), *file, *seed, *budget); err != nil {
		fmt.Fprintln(os.Stderr, "detect:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string, front backbone.Front, file string, seed uint64, budget time.Duration) error {
	network, err := backbone.Network(front)
	if err != nil {
		return err
	}
	levels, err := front.Levels()
	if err != nil {
		return err
	}
	labels, known, unseen, err := read(folder)
	if err != nil {
		return err
	}
	decoder := picture.NewDecoder(picture.NewBudget(picture.DefaultBudget))
	start := time.Now()
	sum, count := 0.0, 0
	trained, err := detect.Train(ctx, data(folder, labels, known), detect.Options{
		Seed: seed, Budget: budget, Decoder: decoder, Front: network, Levels: levels, Progress: func(p detect.Progress) {
			sum, count = sum+float64(p.Loss), count+1
			if count == 20 || p.Step == p.Steps {
				fmt.Printf("%-8s %4d of %d, loss %.3f, %.0f s\n",
					p.Stage, p.Step, p.Steps, sum/float64(count), time.Since(start).Seconds())
				sum, count = 0, 0
			}
		},
	})
	if err != nil {
		return err
	}
	took, cpu := time.Since(start), contest.OwnCPU()
	start = time.Now()
	precision, err := measure(ctx, folder, file, network, labels, unseen, trained, decoder)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d pictures of %d x %d in %.0f s, %.0f s of CPU; %d to test in %.1f s\n", folder, len(known),
		trained.Size.Width, trained.Size.Height, took.Seconds(), cpu, len(unseen), time.Since(start).Seconds())
	for _, tried := range trained.Tried {
		show(string(tried.Recipe)+", held out", tried.Precision)
		if tried.Integers {
			fmt.Printf("%-17s in 8-bit integers, which lost %.4f of the mean of mAP50 and mAP\n", "", tried.Lost)
		}
	}
	show("test", precision)
	return nil
}

func show(what string, p *boxes.Precision) {
	fmt.Printf("%-17s mAP50 %.3f, mAP75 %.3f, mAP %.3f;", what, p.At50, p.At75, p.Mean)
	for _, l := range p.Labels {
		fmt.Printf(" %s %.3f/%.3f", l.Label, l.At[0], l.At[5])
	}
	fmt.Println()
}

// measure asks the whole network, from the picture to the boxes.
func measure(ctx context.Context, folder, path string, front *nn.Graph, labels []string, entries []detect.Picture,
	t *detect.Trained, decoder *picture.Decoder) (*boxes.Precision, error) {
	graph, err := t.Graph(front)
	if err != nil {
		return nil, err
	}
	file, err := graph.Bytes()
	if err != nil {
		return nil, err
	}
	if path != "" {
		if err := os.WriteFile(path, file, 0o644); err != nil {
			return nil, err
		}
	}
	session, err := runtime.NewSession(file, runtime.Options{})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	set := boxes.Set{Labels: labels}
	tensor := make([]float32, 3*t.Size.Width*t.Size.Height)
	for _, e := range entries {
		file, err := os.ReadFile(filepath.Join(folder, e.Name))
		if err != nil {
			return nil, err
		}
		rgb, err := decoder.Decode(ctx, file, t.Size)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
		picture.Tensor(rgb, picture.Identity(), t.Size, tensor)
		rgb.Release()
		for i, v := range tensor {
			tensor[i] = v*128 + 127
		}
		out := make([]runtime.Tensor, 3)
		in := runtime.Floats(tensor, 1, 3, int64(t.Size.Height), int64(t.Size.Width))
		if err := session.Run(ctx, []runtime.Tensor{in}, out); err != nil {
			return nil, err
		}
		set.Pictures = append(set.Pictures, boxes.Picture{
			Truth: e.Boxes, Detections: detect.Detections(out[0].Float32, out[1].Float32, out[2].Int64),
			Pixels: float64(e.Width * e.Height),
		})
	}
	return boxes.AveragePrecision(set)
}
