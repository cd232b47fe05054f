package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// compose loads the file as `docker compose config` does, which validates it against the schema of the specification, and
// demands that it refuses to start without secrets.
func compose(file string) (string, error) {
	ctx := context.Background()
	load := func(environ ...string) (*types.Project, error) {
		o, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(environ), cli.WithWorkingDirectory(filepath.Dir(file)), cli.WithInterpolation(true))
		if err != nil {
			return nil, err
		}
		return o.LoadProject(ctx)
	}
	if _, err := load(); err == nil {
		return "", fmt.Errorf("  it loads without secrets")
	}
	project, err := load("POSTGRES_PASSWORD=one", "S3_ACCESS_KEY=two", "S3_SECRET_KEY=three")
	if err != nil {
		return "", fmt.Errorf("  %w", err)
	}
	var problems list
	nodes := 0
	for name, s := range project.Services {
		if s.Environment["OWNSIGHT_DATABASE"] == nil {
			continue
		}
		nodes++
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.Volumes) != 1 {
			problems.add("%s: its root can be written, or it keeps capabilities, or no data", name)
		}
		if s.StopGracePeriod == nil || time(s.StopGracePeriod) < 50 {
			problems.add("%s: it is killed before its jobs have come to a good end", name)
		}
		if advertised := s.Environment["OWNSIGHT_ADVERTISE"]; advertised == nil || *advertised != "http://"+name+":8600" {
			problems.add("%s: others do not find it where it says that it is", name)
		}
	}
	for name, s := range project.Services {
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" {
				problems.add("%s: port %s is open to everybody unless told otherwise", name, p.Published)
			}
		}
	}
	if nodes != 3 {
		problems.add("%d nodes", nodes)
	}
	return fmt.Sprintf("%d services, %d of them nodes", len(project.Services), nodes), problems.err()
}

// time is a duration in seconds.
func time(d *types.Duration) float64 { return float64(*d) / 1e9 }
