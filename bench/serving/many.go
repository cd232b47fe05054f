package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/load"
)

// many fills a server with linear models and fine-tuned ones, and asks random ones of them beside a lone one.
func (b *bench) many(ctx context.Context) (err error) {
	heading("A machine full of models", "%d linear models and %d fine-tuned ones run; each was asked once. One connection, %d rounds of %s in turn.",
		b.linears, b.tails, b.rounds, b.turn)
	f, err := b.crowd(ctx, "many")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Stop()) }()
	memory := contest.NewTable("running models", "server's memory, MB")
	note := func(what string) error {
		held, err := f.Processes().Memory()
		memory.Row(what, float64(held)/1e6)
		return err
	}
	names := []string{linearProject, tailProject}
	var players []contest.Rival
	var rows []string
	for i, n := range []int{b.linears, b.tails} {
		of, err := f.find(ctx, names[i])
		if err != nil {
			return err
		}
		if err := f.start(ctx, of); err != nil {
			return err
		}
		right, err := f.ask(ctx, of, f.picture)
		if err != nil {
			return err
		}
		if err := note(fmt.Sprintf("a lone one of the project %s more", names[i])); err != nil {
			return err
		}
		crowd, err := f.fill(ctx, of, n)
		if err != nil {
			return err
		}
		if err := note(fmt.Sprintf("%d copies of it, before any is asked", n)); err != nil {
			return err
		}
		for _, v := range crowd {
			got, err := f.ask(ctx, v, f.picture)
			if err != nil {
				return err
			}
			if got != right {
				return fmt.Errorf("%s says %v, and the model that it is a copy of %v", v.arn, got, right)
			}
		}
		if err := note("each of them asked once"); err != nil {
			return err
		}
		for _, kind := range []struct {
			name string
			of   []version
		}{{"a lone one", []version{of}}, {"random ones", crowd}} {
			l, err := b.random(ctx, f, kind.of)
			if err != nil {
				return err
			}
			players, rows = append(players, l), append(rows, fmt.Sprintf("%s, %s", names[i], kind.name))
		}
	}
	memory.Print()
	results, err := contest.Play(ctx, b.rounds, b.turn, players...)
	if err != nil {
		return err
	}
	p50 := func(f contest.Figures) float64 { return f.Quantile(0.5) }
	p99 := func(f contest.Figures) float64 { return f.Quantile(0.99) }
	table := contest.NewTable("asked", "requests/s", "p50 ms", "p99 ms", "p50 beside a lone one", "p99 beside a lone one")
	for i, r := range results {
		lone := results[i-i%2]
		table.Row(rows[i], contest.Over(r, contest.Figures.Rate), contest.Over(r, p50), contest.Over(r, p99), ratio(r, lone, p50), ratio(r, lone, p99))
	}
	table.Print()
	return nil
}

// random asks one model after the other, of some in a random order.
func (b *bench) random(ctx context.Context, f *fleet, of []version) (*load.Load, error) {
	keys, err := f.AWS.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	var requests []load.Request
	for _, i := range rand.Perm(len(of)) {
		each, err := questions(b.pictures(), of[i].arn)
		if err != nil {
			return nil, err
		}
		requests = append(requests, each[i%len(each)])
	}
	return load.New(f.Server, 1, keys, requests), nil
}
