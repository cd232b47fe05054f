package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/linear"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn/optimizer"
	ort "ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/nn/train"
)

// recipe is one way to tune a tail: cross entropy with smoothing 0.05 and labels weighed by their number to the power of
// -1/2, dropout 0.2, AdamW, one cycle with peak 1e-3 (last layer 5e-3), batch 32.
type recipe struct{ Epochs, Views int }

const perStep = 32

// seeds is how often a tail is trained: one run says little, for a change of rounding alone moves it by points.
const seeds = 4

func learn(ctx context.Context, folder string, r recipe) error {
	entries, names, err := read(folder)
	if err != nil {
		return err
	}
	c := cuts["stride16"]
	f, err := openFront(c)
	if err != nil {
		return err
	}
	defer f.session.Close()
	start := time.Now()
	if err := f.see(ctx, folder, entries, r.Views); err != nil {
		return err
	}
	seen := time.Since(start)
	var known, unseen []entry
	for _, e := range entries {
		if e.test {
			unseen = append(unseen, e)
		} else {
			known = append(known, e)
		}
	}
	start = time.Now()
	plain, err := byLinear(ctx, known, unseen, names)
	if err != nil {
		return err
	}
	linearTime := time.Since(start)
	fmt.Printf("%s: %d pictures, %d to test; %d views and the two plain ones seen in %.1f s\n",
		folder, len(known), len(unseen), r.Views, seen.Seconds())
	fmt.Printf("linear %.3f in %.1f s\n", accuracy(plain, unseen), linearTime.Seconds())
	for seed := range uint64(seeds) {
		start = time.Now()
		tuned, err := byTail(ctx, c, known, unseen, len(names), r, seed+1)
		if err != nil {
			return err
		}
		took := time.Since(start)
		mixed := make([]float32, len(plain))
		for i := range mixed {
			mixed[i] = (plain[i] + tuned[i]) / 2
		}
		fmt.Printf("tail of %d epochs, seed %d: %.3f in %.1f s; mean of both %.3f\n",
			r.Epochs, seed+1, accuracy(tuned, unseen), took.Seconds(), accuracy(mixed, unseen))
	}
	return nil
}

func accuracy(scores []float32, entries []entry) float64 {
	labels, right := len(scores)/len(entries), 0
	for i, e := range entries {
		row := scores[i*labels : (i+1)*labels]
		if slices.Index(row, slices.Max(row)) == e.label {
			right++
		}
	}
	return float64(right) / float64(len(entries))
}

// byLinear gives the scores of the linear head, [entries, labels].
func byLinear(ctx context.Context, known, unseen []entry, names []string) ([]float32, error) {
	data := linear.Data{Task: model.SingleLabel, Width: backbone.FeatureCount, Labels: names}
	for i, e := range known {
		data.Truth = append(data.Truth, []int{e.label})
		for v, l := range e.looks {
			data.Features = append(data.Features, l.features...)
			kind := [...]linear.View{linear.Plain, linear.Flipped, linear.Varied}[min(v, 2)]
			data.Rows = append(data.Rows, linear.Row{Picture: i, View: kind})
		}
	}
	head, _, err := linear.Train(ctx, data, linear.Options{})
	if err != nil {
		return nil, err
	}
	var scores []float32
	for _, e := range unseen {
		scores = append(scores, head.Scores(e.looks[0].features, make([]float32, len(names)))...)
	}
	return scores, nil
}

// byTail tunes the tail and gives its scores, [entries, labels].
func byTail(ctx context.Context, c cut, known, unseen []entry, labels int, r recipe, seed uint64) ([]float32, error) {
	counts := make([]float64, labels)
	for _, e := range known {
		counts[e.label]++
	}
	weights := make([]float32, labels)
	for i, n := range counts {
		weights[i] = float32(1 / math.Sqrt(max(n, 1)))
	}
	network, err := c.tail(make([]float32, labels*1280), make([]float32, labels))
	if err != nil {
		return nil, err
	}
	s, err := c.step(network, perStep, labels, weights, train.Options{Dropout: true, Threads: 2})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	views := len(known[0].looks)
	maps, targets := s.Input(c.maps), s.Input("targets")
	feed := train.Feed{Seed: seed, Count: len(known), Batch: perStep, Example: func(example, epoch, place int) error {
		e := known[example]
		m := e.looks[(example+epoch)%views].maps
		copy(maps[place*len(m):], m)
		row := targets[place*labels : (place+1)*labels]
		clear(row)
		row[e.label] = 1
		return nil
	}}
	dropout := train.Dropout{Seed: seed, Share: 0.2}
	adam := optimizer.NewAdamW(s.Groups(func(name string) (rate, decay float64) {
		switch name {
		case "head/weight", "head/bias":
			return 5, 0.01
		}
		return 1, 0.01
	}), optimizer.Options{MaxNorm: 10})
	cycle := optimizer.OneCycle{Peak: 1e-3, Steps: max(r.Epochs*len(known)/perStep, 1)}
	err = train.Fit(ctx, s, adam, cycle, func(step int) error {
		dropout.Fill(step, s.Input("dropout"))
		return feed.Fill(step)
	}, nil)
	if err != nil {
		return nil, err
	}
	if err := s.Export(s.Weights(), network); err != nil {
		return nil, err
	}
	network.Output("scores", network.Outputs()[0].Softmax(1))
	if network, err = network.Extract(nil, []string{"scores"}); err != nil {
		return nil, err
	}
	tail, err := session(network)
	if err != nil {
		return nil, err
	}
	defer tail.Close()
	var scores []float32
	for _, e := range unseen {
		var sum []float32
		for _, l := range e.looks[:2] {
			out := make([]ort.Tensor, 1)
			in := ort.Floats(l.maps, 1, int64(c.size[0]), int64(c.size[1]), int64(c.size[2]))
			if err := tail.Run(ctx, []ort.Tensor{in}, out); err != nil {
				return nil, err
			}
			for i, v := range out[0].Float32 {
				if sum == nil {
					sum = make([]float32, labels)
				}
				sum[i] += v / 2
			}
		}
		scores = append(scores, sum...)
	}
	return scores, nil
}
