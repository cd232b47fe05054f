package contest

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

// Team is the same process on several cores, working at the same time.
type Team []*Process

// RunTeam starts a command on each of the cores.
func RunTeam(ctx context.Context, cores []string, command ...string) (t Team, err error) {
	for _, core := range cores {
		p, err := Run(ctx, core, command...)
		if err != nil {
			return nil, errors.Join(err, t.Close())
		}
		t = append(t, p)
	}
	return t, nil
}

// Work is one turn of all; the figures are their sums, the time the longest.
func (t Team) Work(ctx context.Context, d time.Duration) (sum Figures, err error) {
	each := make([]Figures, len(t))
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

// Close ends the processes.
func (t Team) Close() (err error) {
	for _, p := range t {
		err = errors.Join(err, p.Close())
	}
	return err
}
