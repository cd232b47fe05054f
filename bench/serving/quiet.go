package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/load"
)

const (
	quietRate    = 5.0 // requests a second
	quietSamples = 300 // at least, of each kind
	quietTurn    = 6 * time.Second
	quietName    = "quiet"
)

// floods are how urgent the load generator of the flood is: as any program, and so that it takes only what the server leaves
// of the cores, as one on another machine does.
var floods = []int{0, 19}

// quiet asks a model now and then, in turn alone and beside another one that is asked more than the machine can answer.
func (b *bench) quiet(ctx context.Context) (err error) {
	p, err := b.prepare(ctx, "")
	if err != nil {
		return err
	}
	server, err := b.serve(ctx, p, bothCores)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	f, err := b.fleet(server)
	if err != nil {
		return err
	}
	flooded, err := f.find(ctx, tailProject)
	if err != nil {
		return err
	}
	still, err := f.twin(ctx, flooded, quietName)
	if err != nil {
		return err
	}
	for _, v := range []version{flooded, still} {
		if err := f.start(ctx, v); err != nil {
			return err
		}
	}
	generators := make([]*asker, len(floods))
	for i, nice := range floods {
		if generators[i], err = b.asker(bothCores, nice, server, p); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, generators[i].close()) }()
	}
	listener, err := b.asker(bothCores, 0, server, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, listener.close()) }()
	closed, err := b.closed(generators[0], flooded)
	if err != nil {
		return err
	}
	rounds := quietSamples/int(quietRate*quietTurn.Seconds()) + 1
	heading("A quiet model beside a flooded one", "The quiet one is asked %.0f times a second, evenly, the other one at %.1f times the %.0f a second that "+
		"four connections get answered; %d rounds of %s alone and beside. Server and both load generators share two cores; units %d to %d.",
		quietRate, b.flood, closed, rounds, quietTurn, b.minUnits, b.maxUnits)
	var alone load.Offered
	beside, noise := make([]load.Offered, len(floods)), make([]load.Offered, len(floods))
	now := order{ARN: still.arn, Pace: load.Pace{Rate: quietRate, Even: true}, For: quietTurn}
	for range rounds {
		a, err := listener.ask(now)
		if err != nil {
			return err
		}
		alone = joined(alone, a)
		for i, flood := range generators {
			be, fl, err := both(listener, now, flood, order{ARN: flooded.arn, Pace: load.Pace{Rate: b.flood * closed}, For: quietTurn + 2*time.Second})
			if err != nil {
				return err
			}
			beside[i], noise[i] = joined(beside[i], be), joined(noise[i], fl)
		}
	}
	quietTable(alone, beside, noise)
	return nil
}

// both asks a flood, and a second later something else.
func both(listener *asker, now order, flood *asker, much order) (heard, noise load.Offered, err error) {
	var all errgroup.Group
	all.Go(func() (err error) {
		noise, err = flood.ask(much)
		return err
	})
	all.Go(func() (err error) {
		time.Sleep(time.Second) // until the flood is there
		heard, err = listener.ask(now)
		return err
	})
	return heard, noise, all.Wait()
}

// joined are the requests of several rounds.
func joined(a, b load.Offered) load.Offered {
	return load.Offered{Seconds: a.Seconds + b.Seconds, Sent: a.Sent + b.Sent, Good: a.Good + b.Good, ClientCPU: a.ClientCPU + b.ClientCPU,
		Accepted: slices.Concat(a.Accepted, b.Accepted), Refused: slices.Concat(a.Refused, b.Refused), Late: slices.Concat(a.Late, b.Late)}
}

func quietTable(alone load.Offered, beside, noise []load.Offered) {
	table := contest.NewTable("model", "sent", "refused", "answers/s", "p50 ms", "p90 ms", "p99 ms", "p50 beside alone",
		"p99 beside alone", "sent late p99 ms", "refusal p99 ms")
	row := func(name string, o load.Offered, against load.Offered) {
		cells := []any{name, o.Sent, len(o.Refused), o.Goodput(), milliseconds(o.Accepted, 0.5), milliseconds(o.Accepted, 0.9),
			milliseconds(o.Accepted, 0.99), "", "", milliseconds(o.Late, 0.99), milliseconds(o.Refused, 0.99)}
		if len(against.Accepted) > 0 {
			for i, q := range []float64{0.5, 0.99} {
				cells[7+i] = fmt.Sprintf("%.2f", milliseconds(o.Accepted, q)/milliseconds(against.Accepted, q))
			}
		}
		table.Row(cells...)
	}
	row("quiet, alone", alone, load.Offered{})
	for i, nice := range floods {
		generator := fmt.Sprintf("generator at nice %d", nice)
		row("quiet, beside the flooded one, its "+generator, beside[i], alone)
		row("the flooded one, its "+generator, noise[i], load.Offered{})
	}
	table.Print()
}
