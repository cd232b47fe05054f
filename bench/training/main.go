// Command training trains on folders of real pictures: what the server reaches, beside what one would get from PyTorch
// on the same two cores, and how honest the server's report is.
//
//	training table [FLAGS] [FOLDER[:TASK]...]   accuracy and seconds beside PyTorch's, see rival.py
//	training gap [FLAGS] [FOLDER[:TASK]...]     the reported F1 beside that on pictures never seen, see gap.py; no boxes
//
// A FOLDER holds images and a labels.csv, boxes.csv or both; a name without a slash is looked for in the folder that
// OWNSIGHT_PICTURES names. TASK is labels or boxes; labels where there is a choice. The server's figures for the table
// come from ../judge/run_pack.py beside those pictures. Neither lies in this repository; without them the program says
// so and does nothing.
//
// Whatever was measured is kept in build/bench-training/results.jsonl and not measured again by the same program with
// the same settings, unless --fresh.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "training:", err)
		os.Exit(1)
	}
}

const usage = "usage: training table|gap [FLAGS] [FOLDER[:labels|:boxes]...]"

func run(ctx context.Context, args []string) error {
	b, names, err := parse(args)
	if err != nil {
		return err
	}
	packs, missing, err := b.choose(names)
	if err != nil {
		return err
	}
	if missing != "" {
		fmt.Printf("Skipped: %s.\n\n", missing)
		return nil
	}
	if b.book, err = openBook(filepath.Join(b.folder, "results.jsonl"), b.fresh); err != nil {
		return err
	}
	if b.what == "gap" {
		return b.gaps(ctx, packs)
	}
	return b.table(ctx, packs)
}

// parse reads what is wanted of which packs.
func parse(args []string) (b *bench, packs []string, err error) {
	if len(args) == 0 || args[0] != "table" && args[0] != "gap" {
		return nil, nil, errors.New(usage)
	}
	b = &bench{what: args[0], pictures: os.Getenv("OWNSIGHT_PICTURES")}
	b.command = "go run ./bench/training " + strings.Join(args, " ")
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&b.server, "server", "bin/ownsight", "the server's program")
	flags.StringVar(&b.python, "python", "build/venv/bin/python", "a Python with boto3")
	flags.StringVar(&b.folder, "out", "build/bench-training", "where the results and the server's data lie")
	flags.IntVar(&b.limit, "limit", 0, "training pictures a label at most, for a quick try; 0 is all")
	flags.BoolVar(&b.fresh, "fresh", false, "measure everything anew")
	if b.what == "table" {
		b.peaks = []float64{2e-4, 1e-3}
		flags.StringVar(&b.torch, "torch", "build/torch/bin/python", "a Python with PyTorch; empty leaves PyTorch out")
		flags.IntVar(&b.epochs, "epochs", 0, "of PyTorch; 0 is 12, and 5 for cls-signs")
		flags.Func("peaks", "highest rates of PyTorch (default 2e-4,1e-3)", func(text string) (err error) {
			b.peaks, err = numbers(text)
			return err
		})
	} else {
		flags.IntVar(&b.splits, "splits", 3, "how often the test pictures are halved")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return nil, nil, err
	}
	if b.torch == "" {
		b.peaks = nil
	}
	packs = flags.Args()
	if len(packs) == 0 {
		packs = usual(b.what)
	}
	return b, packs, nil
}

// bench is what was asked for.
type bench struct {
	what                  string // table or gap
	pictures              string // the folder of folders
	server, python, torch string
	folder, command       string
	limit, epochs, splits int
	fresh                 bool
	peaks                 []float64
	book                  *book
}

// usual are the packs that have goals; the gap is one of labels.
func usual(what string) (names []string) {
	for _, g := range goals {
		if what == "table" || g.task == "labels" {
			names = append(names, g.name+":"+g.task)
		}
	}
	return names
}

// choose finds the folders, or says what is missing.
func (b *bench) choose(names []string) (packs []pack, missing string, err error) {
	if b.pictures == "" {
		return nil, "OWNSIGHT_PICTURES names no folder of pictures", nil
	}
	if _, err := os.Stat(b.judge()); b.what == "table" && err != nil {
		return nil, b.judge() + " is missing", nil
	}
	for _, name := range names {
		name, task, _ := strings.Cut(name, ":")
		p := pack{folder: name, task: task}
		if !strings.Contains(name, "/") {
			p.folder = filepath.Join(b.pictures, name)
		}
		if p.folder, err = filepath.Abs(p.folder); err != nil {
			return nil, "", err
		}
		if p.task == "" {
			p.task = "labels"
			if _, err := os.Stat(filepath.Join(p.folder, "labels.csv")); err != nil {
				p.task = "boxes"
			}
		}
		if _, err := os.Stat(filepath.Join(p.folder, p.task+".csv")); err != nil {
			return nil, "", fmt.Errorf("%s: %w", p, err)
		}
		packs = append(packs, p)
	}
	return packs, "", nil
}

// judge is the script that asks a server from outside.
func (b *bench) judge() string { return filepath.Join(b.pictures, "..", "judge", "run_pack.py") }

// pack is a folder of pictures and what is to be learned from it.
type pack struct{ folder, task string }

func (p pack) name() string { return filepath.Base(p.folder) }

func (p pack) String() string {
	if p.task == "boxes" {
		return p.name() + ", boxes"
	}
	return p.name()
}

func numbers(text string) (list []float64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// heading says when, where and how the figures below were measured.
func (b *bench) heading(title string, records []record) {
	first, last := records[0].When, records[0].When
	for _, r := range records {
		first, last = min(first, r.When), max(last, r.When)
	}
	fmt.Printf("### %s\n\n`%s`, %s to %s. %s.\n\n", title, b.command, first, last, machine())
}

// machine names this one's processor and the language.
func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, found := strings.Cut(string(info), "model name"); found {
			line, _, _ := strings.Cut(rest, "\n")
			model = strings.TrimLeft(line, "\t :")
		}
	}
	return fmt.Sprintf("%s, %d cores seen; %s", model, runtime.NumCPU(), runtime.Version())
}
