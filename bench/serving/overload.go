package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/load"
)

// Rates that are offered: first as times of what four connections get answered, to find where goodput peaks; then as times
// of the rate at which it does.
var (
	around = []float64{0.8, 0.9, 1, 1.1, 1.2}
	beyond = []float64{1, 1.5, 2, 3}
)

// overload asks a server on one core more than it can answer, from the other one.
func (b *bench) overload(ctx context.Context) (err error) {
	p, err := b.prepare(ctx, "")
	if err != nil {
		return err
	}
	heading("Asked more than it can answer", "Server on core 0, load generator on core 1; %d rounds of %s in turn, "+
		"requests at random times at a rate that does not wait for answers; units %d to %d. Times are from when a request was due.",
		b.rounds, b.turn, b.minUnits, b.maxUnits)
	server, err := b.serve(ctx, p, "0")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	f, err := b.fleet(server)
	if err != nil {
		return err
	}
	v, err := f.find(ctx, tailProject)
	if err != nil {
		return err
	}
	if err := f.start(ctx, v); err != nil {
		return err
	}
	a, err := b.asker("1", 0, server, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	closed, err := b.closed(a, v)
	if err != nil {
		return err
	}
	tries, err := b.offer(ctx, a, v, closed, around)
	if err != nil {
		return err
	}
	peak := 0
	for i := range tries {
		if goodput(tries[i]) > goodput(tries[peak]) {
			peak = i
		}
	}
	results, err := b.offer(ctx, a, v, closed*around[peak], beyond)
	if err != nil {
		return err
	}
	fmt.Printf("Four connections, one question after the other: %.0f a second. Goodput peaks at %.1f times that.\n\n", closed, around[peak])
	overloads(closed*around[peak], results)
	return nil
}

// closed is how many requests a second some connections get answered.
func (b *bench) closed(a *asker, v version) (float64, error) {
	if _, err := a.ask(order{ARN: v.arn, Connections: connections, For: b.turn / 4}); err != nil {
		return 0, err
	}
	o, err := a.ask(order{ARN: v.arn, Connections: connections, For: 2 * b.turn})
	return o.Goodput(), err
}

// offer asks at each of the times of a rate, in a new order every round. The result has the rounds of each.
func (b *bench) offer(ctx context.Context, a *asker, v version, rate float64, times []float64) ([][]load.Offered, error) {
	results := make([][]load.Offered, len(times))
	for range b.rounds {
		for _, i := range rand.Perm(len(times)) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			o, err := a.ask(order{ARN: v.arn, Pace: load.Pace{Rate: rate * times[i]}, For: b.turn})
			if err != nil {
				return nil, err
			}
			results[i] = append(results[i], o)
		}
	}
	return results, nil
}

func goodput(rounds []load.Offered) float64 { return over(rounds, load.Offered.Goodput) }

// over is the median over rounds of a figure.
func over(rounds []load.Offered, of func(load.Offered) float64) float64 {
	values := make([]float64, len(rounds))
	for i, o := range rounds {
		values[i] = of(o)
	}
	return contest.Median(values)
}

// overloads prints a row for each rate; ratios are those within a round.
func overloads(peak float64, results [][]load.Offered) {
	table := contest.NewTable("offered", "requests/s sent", "answers/s", "beside the peak", "refused, %", "refusal p50 ms", "refusal p99 ms",
		"answer p50 ms", "answer p99 ms", "sent late p99 ms", "client's cores busy")
	for i, rounds := range results {
		beside := make([]float64, len(rounds))
		for n, o := range rounds {
			beside[n] = o.Goodput() / results[0][n].Goodput()
		}
		table.Row(fmt.Sprintf("%.1f times the peak's", beyond[i]), beyond[i]*peak, goodput(rounds), contest.Median(beside),
			over(rounds, func(o load.Offered) float64 { return 100 * float64(len(o.Refused)) / float64(o.Sent) }),
			over(rounds, func(o load.Offered) float64 { return milliseconds(o.Refused, 0.5) }),
			over(rounds, func(o load.Offered) float64 { return milliseconds(o.Refused, 0.99) }),
			over(rounds, func(o load.Offered) float64 { return milliseconds(o.Accepted, 0.5) }),
			over(rounds, func(o load.Offered) float64 { return milliseconds(o.Accepted, 0.99) }),
			over(rounds, func(o load.Offered) float64 { return milliseconds(o.Late, 0.99) }),
			over(rounds, func(o load.Offered) float64 { return o.ClientCPU / o.Seconds }))
	}
	table.Print()
}

// milliseconds is a quantile of seconds; 0 without any.
func milliseconds(seconds []float64, q float64) float64 {
	if len(seconds) == 0 {
		return 0
	}
	return contest.Figures{Latencies: seconds}.Quantile(q)
}
