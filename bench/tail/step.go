package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"ownsight/bench/internal/contest"
	"ownsight/internal/vision/nn/optimizer"
	"ownsight/internal/vision/nn/train"
)

const labels = 10

// rival is one side of the contest of steps: it trains a tail on one batch of made-up maps for as long as it is told.
func rival(ctx context.Context, c cut, o train.Options, whole bool) error {
	weights, bias := make([]float32, labels*1280), make([]float32, labels)
	wave(weights, 0.37)
	for i := range weights {
		weights[i] /= 16
	}
	network, err := c.tail(weights, bias)
	if err != nil {
		return err
	}
	s, err := c.step(network, labels, o)
	if err != nil {
		return err
	}
	defer s.Close()
	wave(s.Input(c.maps), 0.7)
	for i := range o.Batch {
		s.Input("targets")[i*labels+i%labels] = 1
	}
	loss, err := s.Run(ctx)
	if err != nil {
		return err
	}
	norm := optimizer.Norm(s.Gradient())
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(contest.Answer{Label: fmt.Sprintf("%.4g", norm), Score: loss}); err != nil {
		return err
	}
	adam := optimizer.NewAdamW(s.Groups(func(string) (float64, float64) { return 1, 0.01 }), optimizer.Options{})
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		seconds, err := strconv.ParseFloat(strings.TrimSpace(in.Text()), 64)
		if err != nil {
			return err
		}
		var f contest.Figures
		start, cpu := time.Now(), contest.OwnCPU()
		for f.Seconds < seconds {
			if _, err := s.Run(ctx); err != nil {
				return err
			}
			if whole {
				if _, err := adam.Step(s.Weights(), s.Gradient(), 1e-6); err != nil {
					return err
				}
			}
			f.Pictures += o.Batch
			f.Seconds = time.Since(start).Seconds()
		}
		f.CPU = contest.OwnCPU() - cpu
		if err := out.Encode(f); err != nil {
			return err
		}
	}
	return nil
}
