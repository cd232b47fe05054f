package main

import (
	"context"
	"errors"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

// team starts a command on each core; its answer must be the server's.
func (m measurement) team(ctx context.Context, answer contest.Answer, cores []string, command ...string) (contest.Team, error) {
	t, err := contest.RunTeam(ctx, cores, append(command, m.folder.Model(), m.folder.Pictures(size))...)
	if err != nil {
		return nil, err
	}
	for _, p := range t {
		if err := rig.Same(p.Answer, answer); err != nil {
			return nil, errors.Join(err, t.Close())
		}
	}
	return t, nil
}
