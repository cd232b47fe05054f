// Command train measures whole trainings on folders of real pictures, through boto3, with the script that judges a
// server from outside (../judge/run_pack.py beside the pictures). Neither lies in this repository; without them it says
// so and does nothing.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

// packs are folders of the pictures: two with one label a picture, one with several.
var packs = []string{"cls-signs", "cls-clothing", "multi-fod"}

func main() { rig.Main(run, "OWNSIGHT", "PYTHON", "FOLDER") }

func run(ctx context.Context, args []string) (err error) {
	fmt.Printf("### Training on real pictures\n\n")
	pictures := os.Getenv("OWNSIGHT_PICTURES")
	script := filepath.Join(pictures, "..", "judge", "run_pack.py")
	if _, err := os.Stat(script); pictures == "" || err != nil {
		fmt.Printf("Skipped: OWNSIGHT_PICTURES names no folder of pictures with ../judge/run_pack.py beside it.\n\n")
		return nil
	}
	fmt.Printf("%s, once each, load %s before.\n\n", rig.Now(), rig.Load())
	folder := rig.Folder(args[2])
	data := filepath.Join(string(folder), "data-train")
	server, err := rig.Serve(ctx, args[0], data, folder.Log(), "0,1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	table := contest.NewTable("pictures", "labels", "training", "test", "training s", "accuracy", "macro AP", "F1 reported", "F1 answered", "start to answer s")
	for _, pack := range packs {
		r, err := judge(ctx, args[1], script, filepath.Join(pictures, pack), server.Endpoint, data)
		if err != nil {
			return err
		}
		accuracy := ""
		if r.Accuracy > 0 { // the script gives none where pictures have several labels
			accuracy = fmt.Sprintf("%.3f", r.Accuracy)
		}
		table.Row(pack, r.Labels, r.Train, r.Test, r.Seconds, accuracy, fmt.Sprintf("%.3f", r.AveragePrecision),
			fmt.Sprintf("%.3f", r.F1), fmt.Sprintf("%.3f", r.Answered), r.Start)
	}
	table.Print()
	return nil
}

// result is what the script prints, as far as it is shown.
type result struct {
	Labels           int     `json:"labels"`
	Train            int     `json:"train"`
	Test             int     `json:"test"`
	Seconds          float64 `json:"train_s"`
	Accuracy         float64 `json:"accuracy"`
	AveragePrecision float64 `json:"macro_AP"`
	F1               float64 `json:"reported_f1"`
	Answered         float64 `json:"answered_macro_F1"`
	Start            float64 `json:"start_to_answer_s"`
}

func judge(ctx context.Context, python, script, pack, endpoint, data string) (r result, err error) {
	cmd := exec.CommandContext(ctx, python, script, "--endpoint", endpoint, "--data", data, "--pack", pack)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("%s: %w", pack, err)
	}
	return r, json.Unmarshal(out, &r)
}
