// Command serving measures how the server serves: beside what one would otherwise write in Python (rivals), asked more
// than it can answer (overload), a quiet model beside a flooded one (quiet), starts while many models run (start), and
// a machine full of models (many), and calls that ask about very many pictures (bulk). Each prints tables in Markdown.
//
//	serving [FLAGS] [rivals|overload|quiet|start|many|bulk]...   all but many unless named
//
// Pictures and models are made once and lie in the folder of --out until it is removed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"ownsight/bench/internal/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if args := os.Args[1:]; len(args) > 0 && args[0] == askerCommand {
		err = runAsker(ctx, args[1:])
	} else {
		err = run(ctx, args)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "serving:", err)
		os.Exit(1)
	}
}

// bench is what was asked for.
type bench struct {
	server, python, engine string
	scripts, bare, out     string
	rounds                 int
	turn                   time.Duration
	minUnits, maxUnits     int
	flood                  float64
	running, starting      int
	linears, tails         int
}

func run(ctx context.Context, args []string) error {
	b := &bench{}
	flags := flag.NewFlagSet("serving", flag.ContinueOnError)
	flags.StringVar(&b.server, "server", "bin/ownsight", "the server's program")
	flags.StringVar(&b.python, "python", "build/serving-venv/bin/python", "a Python with the packages of rivals/requirements.txt")
	flags.StringVar(&b.engine, "engine", "build/bench-serving/bin/engine", "the program of bench/engine")
	flags.StringVar(&b.scripts, "scripts", "bench/serving/rivals", "where the rivals lie")
	flags.StringVar(&b.bare, "bare", "bench/bare/bare.py", "the bare runtime")
	flags.StringVar(&b.out, "out", "build/bench-serving", "where models and pictures lie")
	flags.IntVar(&b.rounds, "rounds", 10, "how often everybody has a turn")
	flags.DurationVar(&b.turn, "turn", 4*time.Second, "how long a turn is")
	flags.IntVar(&b.minUnits, "min-units", 1, "MinInferenceUnits of what is asked")
	flags.IntVar(&b.maxUnits, "max-units", 0, "MaxInferenceUnits; 0 gives none")
	flags.Float64Var(&b.flood, "flood", 3, "quiet: the flood, as times what the server answers")
	flags.IntVar(&b.running, "running", 100, "start: models that run")
	flags.IntVar(&b.starting, "starts", 100, "start: how often one is started beside them")
	flags.IntVar(&b.linears, "linears", 1000, "many: linear models")
	flags.IntVar(&b.tails, "tails", 200, "many: fine-tuned models")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, path := range []*string{&b.server, &b.python, &b.engine, &b.scripts, &b.bare, &b.out} { // rivals work in a folder of their own
		var err error
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	parts := map[string]func(context.Context) error{
		"rivals": b.contest, "duel": b.duel, "overload": b.overload, "quiet": b.quiet, "start": b.start, "many": b.many, "bulk": b.bulk,
	}
	wanted := flags.Args()
	if len(wanted) == 0 {
		wanted = []string{"rivals", "overload", "quiet", "start", "bulk"}
	}
	for _, name := range wanted {
		if parts[name] == nil {
			return fmt.Errorf("there is no %s; rivals, duel, overload, quiet, start, many and bulk are", name)
		}
	}
	if err := b.draw(); err != nil {
		return err
	}
	for _, name := range wanted {
		if err := parts[name](ctx); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// heading says what comes, when, how it is measured and how busy the machine was.
func heading(title, how string, args ...any) {
	fmt.Printf("### %s\n\n%s, load %s before. %s\n\n", title, rig.Now(), rig.Load(), fmt.Sprintf(how, args...))
}
