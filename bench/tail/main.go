// Command tail measures fine-tuning the last blocks of the network from cached maps.
//
//	tail contest PYTHON LITE0.onnx   a training step beside PyTorch's, on one core and on two
//	tail step CUT BATCH THREADS REPLICAS gradients|step [PROFILE]
//
// The last is a rival in the contest, see bench/internal/contest.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"

	"ownsight/internal/vision/nn/train"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tail:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: contest PYTHON LITE0.onnx | step CUT BATCH THREADS REPLICAS gradients|step [PROFILE]")

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 3 && args[0] == "contest":
		return compete(ctx, args[1], args[2])
	case (len(args) == 6 || len(args) == 7) && args[0] == "step":
		c, known := cuts[args[1]]
		numbers, err := integers(args[2:5])
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("%s is no cut", args[1])
		}
		o := train.Options{Batch: numbers[0], Threads: numbers[1], Replicas: numbers[2]}
		if len(args) == 7 {
			o.Profile = args[6]
		}
		return rival(ctx, c, o, args[5] == "step")
	}
	return errUsage
}

func integers(texts []string) ([]int, error) {
	var numbers []int
	for _, t := range texts {
		n, err := strconv.Atoi(t)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}
