package main

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

// team is the same process on several cores, working at the same time.
type team []*contest.Process

// team starts a command on each core; its answer must be the server's.
func (m measurement) team(ctx context.Context, answer contest.Answer, cores []string, command ...string) (t team, err error) {
	for _, core := range cores {
		p, err := contest.Run(ctx, core, append(command, m.folder.Model(), m.folder.Pictures(size))...)
		if err != nil {
			return t, errors.Join(err, t.close())
		}
		t = append(t, p)
		if err := rig.Same(p.Answer, answer); err != nil {
			return t, errors.Join(err, t.close())
		}
	}
	return t, nil
}

// Work is one turn of all; the figures are their sums, the time the longest.
func (t team) Work(ctx context.Context, d time.Duration) (sum contest.Figures, err error) {
	each := make([]contest.Figures, len(t))
	var all errgroup.Group
	for i, p := range t {
		all.Go(func() (err error) {
			each[i], err = p.Work(ctx, d)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return sum, err
	}
	for _, f := range each {
		sum.Pictures += f.Pictures
		sum.CPU += f.CPU
		sum.Seconds = max(sum.Seconds, f.Seconds)
	}
	return sum, nil
}

func (t team) close() (err error) {
	for _, p := range t {
		err = errors.Join(err, p.Close())
	}
	return err
}
