package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/load"
	"ownsight/bench/internal/process"
	"ownsight/bench/internal/rig"
	"ownsight/internal/vision/backbone"
)

// contest holds the server against the frameworks: with a model as this machine trains it, and with one in float32 unless
// that is the same.
func (b *bench) contest(ctx context.Context) error {
	p, err := b.prepare(ctx, "")
	if err != nil {
		return err
	}
	if p.card.Backbone.Front == string(backbone.Float32) {
		return b.among(ctx, p, frameworks, "")
	}
	whole, err := b.prepare(ctx, string(backbone.Float32))
	if err != nil {
		return err
	}
	if err := b.among(ctx, p, frameworks, whole.Model()); err != nil {
		return err
	}
	return b.among(ctx, whole, frameworks, "")
}

// duel is the row of contest that is asked for, alone: the server with a model as this machine trains it, and the first of the
// frameworks with one in float32.
func (b *bench) duel(ctx context.Context) error {
	p, err := b.prepare(ctx, "")
	if err != nil {
		return err
	}
	whole, err := b.prepare(ctx, string(backbone.Float32))
	if err != nil {
		return err
	}
	return b.among(ctx, p, nil, whole.Model())
}

// entry is one that takes part.
type entry struct {
	name   string
	player contest.Rival
	memory int64 // bytes at most, alone; 0 is not measured
}

// Places of those that take part always, in the order of limits; frameworks follow.
const (
	ours = iota
	bare
	engine
	others
)

// limit is the work alone, in a process on each core, without a server.
type limit struct {
	name    string
	command []string
}

func (b *bench) limits() []limit {
	return []limit{
		{"bare ONNX Runtime and decoder, no server", []string{b.python, b.bare}},
		{"Ownsight's engine, no server", []string{b.engine}},
	}
}

// among measures everybody with one model, the server and some frameworks, and the first of the frameworks with a model in float32 too, unless there is none: with
// what one would have without this program. That model was trained for itself, so its answers are its own.
func (b *bench) among(ctx context.Context, p prepared, rivals []framework, other string) (err error) {
	heading(fmt.Sprintf("Beside Python's servers, the front in %s", p.card.Backbone.Front),
		"%d rounds of %s in turn; %d connections, server and load generator on the same two cores.", b.rounds, b.turn, connections)
	alone, err := b.alone(ctx, p, rivals)
	if err != nil {
		return err
	}
	server, own, answers, err := b.ours(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	list := []entry{ours: {"Ownsight, SigV4", own, alone[0]}}
	for _, limit := range b.limits() {
		team, err := contest.RunTeam(ctx, []string{"0", "1"}, append(limit.command, p.Model(), b.pictures())...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, team.Close()) }()
		if err := rig.Same(team[0].Answer, answers[0]); err != nil {
			return fmt.Errorf("%s: %w", limit.name, err)
		}
		list = append(list, entry{limit.name, team, 0})
	}
	for i, f := range rivals {
		r, err := b.rival(ctx, f, p.Model())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.close()) }()
		if err := b.agree(ctx, r, answers); err != nil {
			return err
		}
		if err := r.suspend(); err != nil {
			return err
		}
		list = append(list, entry{f.name, r, alone[1+i]})
	}
	if other != "" {
		r, err := b.rival(ctx, frameworks[0], other)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.close()) }()
		if err := r.suspend(); err != nil {
			return err
		}
		list = append(list, entry{frameworks[0].name + ", a model in float32", r, 0})
	}
	idle, err := idle(server.Processes())
	if err != nil {
		return err
	}
	players := make([]contest.Rival, len(list))
	for i, e := range list {
		players[i] = e.player
	}
	results, err := contest.Play(ctx, b.rounds, b.turn, players...)
	if err != nil {
		return err
	}
	report(list, results)
	if last := len(list) - 1; other != "" {
		p99 := func(f contest.Figures) float64 { return f.Quantile(0.99) }
		fmt.Printf("Ownsight beside %s: %s times the rate, %s times the p99.\n\n", list[last].name,
			ratio(results[ours], results[last], contest.Figures.Rate), ratio(results[ours], results[last], p99))
	}
	fmt.Printf("Ownsight took %.1f %% of a core while nobody asked; the rivals were suspended then.\n\n", 100*idle)
	return nil
}

// ours starts the server and its model, and tells what it says of each picture.
func (b *bench) ours(ctx context.Context, p prepared) (server *rig.Server, l *load.Load, answers []contest.Answer, err error) {
	if server, err = b.serve(ctx, p, bothCores); err != nil {
		return nil, nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, server.Stop())
		}
	}()
	f, err := b.fleet(server)
	if err != nil {
		return nil, nil, nil, err
	}
	v, err := f.find(ctx, tailProject)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := f.start(ctx, v); err != nil {
		return nil, nil, nil, err
	}
	pictures, err := files(b.pictures())
	if err != nil {
		return nil, nil, nil, err
	}
	for _, file := range pictures {
		a, err := f.ask(ctx, v, file)
		if err != nil {
			return nil, nil, nil, err
		}
		answers = append(answers, a)
	}
	requests, err := questions(b.pictures(), v.arn)
	if err != nil {
		return nil, nil, nil, err
	}
	keys, err := server.AWS.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	return server, load.New(server, connections, keys, requests), answers, nil
}

// agree refuses a rival that says another thing of a picture.
func (b *bench) agree(ctx context.Context, r *rival, answers []contest.Answer) error {
	pictures, err := files(b.pictures())
	if err != nil {
		return err
	}
	for i, file := range pictures {
		a, err := r.answer(ctx, bytes.NewReader(file))
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if err := rig.Same(a, answers[i]); err != nil {
			return fmt.Errorf("%s, picture %d: %w", r.name, i, err)
		}
	}
	return nil
}

// alone gives the memory of the server and of each framework at most, under load, while none of the others is there: what
// two of them share would count as half in each.
func (b *bench) alone(ctx context.Context, p prepared, rivals []framework) (peaks []int64, err error) {
	server, l, _, err := b.ours(ctx, p)
	if err != nil {
		return nil, err
	}
	peak, err := watch(ctx, server.Processes(), l, 2*b.turn)
	if err := errors.Join(err, server.Stop()); err != nil {
		return nil, err
	}
	peaks = append(peaks, peak)
	for _, f := range rivals {
		r, err := b.rival(ctx, f, p.Model())
		if err != nil {
			return nil, err
		}
		peak, err := watch(ctx, r.processes, r.load, 2*b.turn)
		if err := errors.Join(err, r.close()); err != nil {
			return nil, err
		}
		peaks = append(peaks, peak)
	}
	return peaks, nil
}

// watch gives the most that processes hold under a load.
func watch(ctx context.Context, of process.Tree, l *load.Load, d time.Duration) (peak int64, err error) {
	done := make(chan error)
	go func() {
		_, err := l.Work(ctx, d)
		done <- err
	}()
	for {
		held, failed := of.Memory()
		peak, err = max(peak, held), errors.Join(err, failed)
		select {
		case failed := <-done:
			return peak, errors.Join(err, failed)
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// idle is the share of a core that processes take while nobody asks.
func idle(p process.Tree) (share float64, err error) {
	before, err := p.CPU()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	time.Sleep(2 * time.Second)
	after, err := p.CPU()
	return (after - before) / time.Since(began).Seconds(), err
}

// report prints a row for each, and holds it against the framework that answers most.
func report(list []entry, results [][]contest.Figures) {
	best := others
	for i := others; i < len(list); i++ {
		if contest.Over(results[i], contest.Figures.Rate) > contest.Over(results[best], contest.Figures.Rate) {
			best = i
		}
	}
	p50 := func(f contest.Figures) float64 { return f.Quantile(0.5) }
	p99 := func(f contest.Figures) float64 { return f.Quantile(0.99) }
	table := contest.NewTable("what", "requests/s", "p50 ms", "p99 ms", "CPU ms each", "client's CPU ms", "memory, MB",
		"rate beside "+list[best].name, "p99 beside it", "CPU beside it", "rate beside bare", "CPU beside bare")
	cpu := func(f contest.Figures) float64 { return f.Milliseconds(f.CPU) }
	for i, e := range list {
		r := results[i]
		row := []any{e.name, contest.Over(r, contest.Figures.Rate), "", "", contest.Over(r, cpu),
			contest.Over(r, func(f contest.Figures) float64 { return f.Milliseconds(f.ClientCPU) }), float64(e.memory) / 1e6,
			ratio(r, results[best], contest.Figures.Rate), "", ratio(r, results[best], cpu), ratio(r, results[bare], contest.Figures.Rate), ratio(r, results[bare], cpu)}
		if r[0].Latencies != nil {
			row[2], row[3], row[8] = contest.Over(r, p50), contest.Over(r, p99), ratio(r, results[best], p99)
		}
		table.Row(row...)
	}
	table.Print()
}

// ratio is the median over rounds, and the middle half of them.
func ratio(a, b []contest.Figures, of func(contest.Figures) float64) string {
	median, low, high := contest.Ratio(a, b, of)
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median, low, high)
}
