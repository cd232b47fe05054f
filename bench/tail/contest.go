package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"ownsight/bench/internal/contest"
)

const (
	// How fast PyTorch is differs by a fifth from one process to the next on the same core, so each rival starts anew for
	// every sitting.
	sittings = 5
	rounds   = 4
	turn     = 400 * time.Millisecond
)

// match is one comparison. On two cores, Ownsight works on a batch of 32 in two halves, as its trainings do, and on one of
// 16 with two threads; PyTorch has two threads.
type match struct {
	what, cores              string
	batch, threads, replicas int
	mode                     string
}

var matches = []match{
	{"forward and back, one core, batch 16", "1", 16, 1, 1, "gradients"},
	{"with AdamW, one core, batch 16", "1", 16, 1, 1, "step"},
	{"with AdamW, two cores, batch 16", "0,1", 16, 2, 1, "step"},
	{"with AdamW, two cores, batch 32", "0,1", 32, 1, 2, "step"},
}

// compete measures one training step of blocks 11 to 15 and the head beside PyTorch. What counts is the rate beside the
// better of its two layouts, that whose median over all rounds is lower.
func compete(ctx context.Context, python, network string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	script := filepath.Join("bench", "tail", "rival.py")
	names := []string{"Ownsight", "PyTorch, channels last", "PyTorch, NCHW"}
	table := contest.NewTable("step", "who", "ms a picture", "CPU ms a picture", "rate beside PyTorch's best layout")
	for _, m := range matches {
		both := max(m.threads, m.replicas)
		commands := [][]string{
			{self, "step", "stride16", fmt.Sprint(m.batch), fmt.Sprint(m.threads), fmt.Sprint(m.replicas), m.mode},
			{python, script, network, "channels_last", fmt.Sprint(m.batch), fmt.Sprint(both), m.mode},
			{python, script, network, "nchw", fmt.Sprint(m.batch), fmt.Sprint(both), m.mode},
		}
		results := make([][]contest.Figures, len(commands))
		for range sittings {
			sitting, err := play(ctx, m.cores, commands)
			if err != nil {
				return err
			}
			for i := range results {
				results[i] = append(results[i], sitting[i]...)
			}
		}
		best := results[1]
		if contest.Over(results[2], contest.Figures.Rate) > contest.Over(best, contest.Figures.Rate) {
			best = results[2]
		}
		for i, who := range names {
			median, low, high := contest.Ratio(results[i], best, contest.Figures.Rate)
			table.Row(m.what, who,
				contest.Over(results[i], func(f contest.Figures) float64 { return f.Milliseconds(f.Seconds) }),
				contest.Over(results[i], func(f contest.Figures) float64 { return f.Milliseconds(f.CPU) }),
				fmt.Sprintf("%.2f (%.2f to %.2f)", median, low, high))
		}
	}
	table.Print()
	return nil
}

// play lets the rivals work in turn. All of them have to begin with the same loss and the same gradient.
func play(ctx context.Context, cores string, commands [][]string) (results [][]contest.Figures, err error) {
	var rivals []contest.Rival
	var first contest.Answer
	for i, command := range commands {
		p, err := contest.Run(ctx, cores, command...)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
		if i == 0 {
			first = p.Answer
		}
		if p.Answer.Label != first.Label || math.Abs(float64(p.Answer.Score-first.Score)) > 1e-4 {
			return nil, fmt.Errorf("%v says %v, %v says %v", commands[0], first, command, p.Answer)
		}
		rivals = append(rivals, p)
	}
	return contest.Play(ctx, rounds, turn, rivals...)
}
