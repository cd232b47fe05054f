// Command features measures decode and network on one core: the engine beside the bare runtime.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

const (
	core   = "0"
	rounds = 16
	turn   = 400 * time.Millisecond
)

func main() { rig.Main(run, "ENGINE", "PYTHON", "BARE.py", "FOLDER") }

func run(ctx context.Context, args []string) error {
	fmt.Printf("### Decode and features, one core\n\n%s, %d rounds of %s in turn, load %s before.\n\n", rig.Now(), rounds, turn, rig.Load())
	table := contest.NewTable("pictures", "what", "pictures/s", "CPU ms a picture", "decode ms", "resize ms", "network ms", "cores busy", "rate beside bare")
	for _, size := range []string{"1024x768", "1600x1200"} {
		if err := compare(ctx, table, size, args[0], args[1], args[2], rig.Folder(args[3])); err != nil {
			return err
		}
	}
	table.Print()
	return nil
}

func compare(ctx context.Context, table *contest.Table, size, engine, python, script string, folder rig.Folder) (err error) {
	ours, err := contest.Run(ctx, core, engine, folder.Model(), folder.Pictures(size))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ours.Close()) }()
	bare, err := contest.Run(ctx, core, python, script, folder.Model(), folder.Pictures(size))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.Close()) }()
	if err := rig.Same(ours.Answer, bare.Answer); err != nil {
		return err
	}
	results, err := contest.Play(ctx, rounds, turn, ours, bare)
	if err != nil {
		return err
	}
	for i, name := range []string{"Ownsight's engine", "bare ONNX Runtime"} {
		r := results[i]
		ratio, low, high := contest.Ratio(r, results[1], contest.Figures.Rate)
		table.Row(size, name,
			contest.Over(r, contest.Figures.Rate),
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.CPU) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.Decode) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.Resize) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.Network) }),
			contest.Over(r, func(f contest.Figures) float64 { return f.CPU / f.Seconds }),
			fmt.Sprintf("%.2f (%.2f to %.2f)", ratio, low, high))
	}
	return nil
}
